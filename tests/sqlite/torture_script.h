// SPDX-License-Identifier: GPL-3.0-or-later
// What a tortured store is told to do, the same for every run of one seed; and what it must then hold.
#pragma once

#include "nodecore/sqlite/sqlite_store.h"
#include "tests/storage/store_contract.h"

#include <map>
#include <random>

namespace ringmaster::torture {

// What a store holds after some batches.
struct Content {
    std::map<std::pair<quint16, QByteArray>, std::pair<QByteArray, bool>> objects;
    std::map<QByteArray, QByteArray> hints;
    friend bool operator==(const Content&, const Content&) = default;

    void apply(const WriteBatch& batch)
    {
        for (const WriteBatch::ObjectChange& change : batch.objects) {
            const std::pair place{change.slot.value, change.key.bytes()};
            if (change.bytes)
                objects[place] = {*change.bytes, change.live};
            else
                objects.erase(place);
        }
        for (const WriteBatch::SideChange& change : batch.side) {
            if (change.table != SideTable::Hints)
                continue;
            if (change.bytes)
                hints[change.name] = *change.bytes;
            else
                hints.erase(change.name);
        }
    }
};

inline QByteArray counterName()
{
    return "batches";
}

// Sessions of groups of batches: a store is opened, takes the groups one after another, and is closed. Each
// batch leaves its number, from 1, in the store, and is complete or not there.
struct Script {
    using Group = std::vector<WriteBatch>;
    using Session = std::vector<Group>;
    std::vector<Session> sessions;
    std::vector<Content> after{Content{}}; // by number of batches

    explicit Script(quint64 seed)
        : m_random(seed)
    {
        constexpr int sessionCount = 2;
        constexpr int groupCount = 7;
        for (int s = 0; s < sessionCount; ++s) {
            Session& session = sessions.emplace_back();
            for (int g = 0; g < groupCount; ++g) {
                Group& group = session.emplace_back();
                // The first of all comes by itself: see TorturedRun.
                for (quint64 left = s + g == 0 ? 1 : 1 + below(16); left > 0; --left)
                    group.push_back(nextBatch());
            }
        }
    }
    int batchCount() const { return static_cast<int>(after.size()) - 1; }

private:
    quint64 below(quint64 bound) { return m_random() % bound; }

    WriteBatch nextBatch()
    {
        const int number = static_cast<int>(after.size());
        WriteBatch batch;
        for (quint64 changes = 1 + below(8); changes > 0; --changes) {
            const quint64 key = below(300);
            const Slot slot{static_cast<quint16>(key % 40 * 1600)};
            if (below(5) == 0)
                batch.removeObject(slot, *Key::fromBytes(QByteArray::number(key)));
            else
                batch.putObject(slot, *Key::fromBytes(QByteArray::number(key)), bytes(), below(3) > 0);
        }
        const QByteArray hint = QByteArray::number(below(20));
        if (below(4) == 0)
            batch.remove(SideTable::Hints, hint);
        else if (below(3) == 0)
            batch.put(SideTable::Hints, hint, bytes());
        batch.put(SideTable::Meta, counterName(), QByteArray::number(number));
        if (number == 1)
            batch.put(SideTable::Meta, actorEntryName.toByteArray(), "actor");
        Content content = after.back();
        content.apply(batch);
        after.push_back(std::move(content));
        return batch;
    }
    QByteArray bytes()
    {
        const quint64 size = below(40) == 0 ? below(9000) : below(60);
        return QByteArray(static_cast<int>(size), static_cast<char>('a' + below(26)));
    }

    std::mt19937_64 m_random;
};

// So small that a few groups are a fold, and some folds a checkpoint.
inline SqliteStoreOptions tortureOptions(const QString& directory)
{
    SqliteStoreOptions options;
    options.directory = directory;
    options.foldBytes = 12000;
    options.foldStep = 4;
    options.cacheBytes = 4000;
    options.checkpointBytes = 1 << 20;
    options.recoveryInterval = std::chrono::milliseconds(1);
    return options;
}

// What the store holds now; nothing where it cannot be read.
inline std::optional<Content> contentOf(Store& store)
{
    const auto records = scanAll(store);
    const auto hints = store.sideScan(SideTable::Hints, {}, 1000);
    if (!records || !hints)
        return std::nullopt;
    Content content;
    for (const ObjectRecord& record : *records)
        content.objects[{record.slot.value, record.key.bytes()}] = {record.bytes, record.live};
    for (const SideEntry& entry : *hints)
        content.hints[entry.name] = entry.bytes;
    return content;
}

} // namespace ringmaster::torture
