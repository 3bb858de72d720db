// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/storage/hint_store.h"

#include "nodecore/base/mutant.h"
#include "nodecore/version/checksum.h"

#include <QtEndian>

#include <algorithm>

namespace ringmaster {

namespace {

constexpr qsizetype maxSetBytes = 70 * 1024 * 1024;
constexpr qsizetype maxMergedBytes = 60 * 1024 * 1024; // what a store takes in one batch, with room to spare
constexpr int entriesAtOnce = 1000;
constexpr size_t maxOrigins = 16;
constexpr qsizetype originBytes = 16;

// Big-endian, so that the side table's order is the order of age.
QByteArray nameOf(HintStore::HintNumber number)
{
    QByteArray name(8, Qt::Uninitialized);
    qToBigEndian(number, name.data());
    return name;
}

HintStore::HintNumber numberOf(const QByteArray& name)
{
    return qFromBigEndian<quint64>(name.constData());
}

// Ends with a checksum of everything before it. The format before ended without one.
QByteArray encoded(const HintStore::Hint& hint)
{
    ByteWriter to(72 + hint.key.bytes().size() + hint.set.size());
    to.u64(hint.owner.value);
    to.u16(hint.slot.value);
    to.bytes(hint.key.bytes());
    to.bytes(hint.set);
    to.varint(hint.origins.size());
    for (const HintOrigin& origin : hint.origins) {
        to.u64(origin.coordinator.value);
        to.u64(origin.trace);
    }
    to.u64(checksumOf(to.result()));
    return to.take();
}

// A hint without its checksum was read to the end; what it says is to be verified.
struct ReadHint {
    HintStore::Hint hint;
    bool isIntact = false; // the checksum over the whole fits, or it is of the format without one
};

std::optional<ReadHint> readHint(const SideEntry& entry)
{
    if (entry.name.size() != 8)
        return std::nullopt;
    ByteReader from(entry.bytes);
    const NodeId owner{from.u64()};
    const Slot slot{from.u16()};
    Result<Key> key = Key::fromBytes(from.bytes(Key::maxBytes));
    QByteArray set = from.bytes(maxSetBytes);
    std::vector<HintOrigin> origins;
    const quint64 n = from.count(originBytes, maxOrigins);
    for (quint64 i = 0; i < n; ++i) {
        const NodeId coordinator{from.u64()};
        origins.push_back({coordinator, from.u64()});
    }
    const bool isChecked = from.remaining() > 0;
    const bool fits =
        !isChecked || from.u64() == checksumOf(QByteArrayView(entry.bytes).chopped(sizeof(quint64)));
    if (!from.finished() || !key)
        return std::nullopt;
    return ReadHint{{numberOf(entry.name), owner, slot, std::move(*key), std::move(set), std::move(origins)},
                    fits};
}

// The checksum of a version covers its key and its dot. So of an actor all of whose versions are sound the
// counter is sound as well; of an actor without versions nothing is known, and nothing is kept.
std::optional<QByteArray> soundPartOf(const Key& key, const QByteArray& set)
{
    const Result<SiblingSet> held = SiblingSet::decodeForRepair(key, set);
    if (!held || !SiblingSet::hasChecksums(set))
        return std::nullopt;
    SiblingSet sound;
    for (const Sibling& sibling : held->siblings()) {
        SiblingSet ofActor;
        ofActor.adoptEntry(sibling.dot.actor, *held);
        if (!ofActor.hasDamagedVersion())
            sound.adoptEntry(sibling.dot.actor, *held);
    }
    return sound.isEmpty() ? std::nullopt : std::optional(sound.encoded());
}

} // namespace

Result<HintStore::Hint> HintStore::decode(const SideEntry& entry)
{
    std::optional<ReadHint> read = readHint(entry);
    const Soundness soundness =
        read ? SiblingSet::verify(read->hint.key, read->hint.set) : Soundness::Damaged;
    if (!read || !read->isIntact || soundness > Soundness::Unchecked)
        return failure(ErrorCode::Damaged, QStringLiteral("A stored hint cannot be read."));
    if (soundness == Soundness::Unchecked)
        read->hint.set = SiblingSet::decode(read->hint.key, read->hint.set)->encoded();
    return std::move(read->hint);
}

bool HintStore::holds(const Key& key) const
{
    const auto isOfKey = [&key](const auto& damaged) { return damaged.second && damaged.second->key == key; };
    return m_byKey.contains(key) || m_leaving.contains(key) ||
           std::any_of(m_damaged.begin(), m_damaged.end(), isOfKey);
}

HintStore::HintStore(Store& store, HintLimits limits)
    : m_store(store)
    , m_limits(limits)
{}

Result<void> HintStore::load()
{
    m_index.clear();
    m_byKey.clear();
    m_bySlot.clear();
    m_leaving.clear();
    m_byOwner.clear();
    m_owed.clear();
    m_total = {};
    QByteArray after;
    while (true) {
        const Result<std::vector<SideEntry>> entries =
            m_store.sideScan(SideTable::Hints, after, entriesAtOnce);
        if (!entries)
            return tl::make_unexpected(entries.error());
        for (const SideEntry& entry : *entries) {
            const Result<Hint> hint = decode(entry);
            if (!hint) {
                foundDamaged(entry, QStringLiteral("it was read when the node started"));
                continue;
            }
            insert(hint->number, {hint->owner, hint->slot, hint->key, quint64(entry.bytes.size()), true});
            m_last = std::max(m_last, hint->number);
        }
        if (entries->size() < entriesAtOnce)
            return {};
        after = entries->back().name;
    }
}

void HintStore::insert(HintNumber number, Entry entry)
{
    Tally& owed = m_owed[entry.owner];
    for (Tally* tally : {&owed, &m_total}) {
        ++tally->hints;
        tally->bytes += entry.bytes;
    }
    m_byKey[entry.key].push_back(number);
    m_bySlot[entry.slot].push_back(number);
    m_byOwner[entry.owner].insert(number);
    m_index.emplace(number, std::move(entry));
}

void HintStore::erase(HintNumber number)
{
    const auto found = m_index.find(number);
    if (found == m_index.end())
        return;
    const Entry& entry = found->second;
    Tally& owed = m_owed[entry.owner];
    for (Tally* tally : {&owed, &m_total}) {
        --tally->hints;
        tally->bytes -= entry.bytes;
    }
    std::vector<HintNumber>& ofKey = m_byKey[entry.key];
    ofKey.erase(std::remove(ofKey.begin(), ofKey.end(), number), ofKey.end());
    if (ofKey.empty())
        m_byKey.remove(entry.key);
    std::vector<HintNumber>& ofSlot = m_bySlot[entry.slot];
    ofSlot.erase(std::remove(ofSlot.begin(), ofSlot.end(), number), ofSlot.end());
    if (ofSlot.empty())
        m_bySlot.erase(entry.slot);
    std::set<HintNumber>& ofOwner = m_byOwner[entry.owner];
    ofOwner.erase(number);
    if (ofOwner.empty()) {
        m_byOwner.erase(entry.owner);
        m_owed.erase(entry.owner);
    }
    m_index.erase(found);
}

// A batch that is not refused is what the store shows from its writing on.
bool HintStore::isRefused(HintNumber number) const
{
    if (m_index.at(number).durable)
        return false;
    const Result<std::optional<QByteArray>> bytes = m_store.side(SideTable::Hints, nameOf(number));
    return bytes && !*bytes;
}

std::optional<HintStore::HintNumber> HintStore::newestOf(NodeId owner, const Key& key) const
{
    std::optional<HintNumber> newest;
    const auto ofKey = m_byKey.constFind(key);
    if (ofKey == m_byKey.constEnd())
        return newest;
    for (const HintNumber number : *ofKey) {
        if (m_index.at(number).owner == owner && (!newest || number > *newest) && !isRefused(number))
            newest = number;
    }
    return newest;
}

Result<HintStore::Hint> HintStore::read(HintNumber number)
{
    Result<std::optional<QByteArray>> bytes = m_store.side(SideTable::Hints, nameOf(number));
    if (!bytes)
        return tl::make_unexpected(bytes.error());
    const SideEntry entry{nameOf(number), bytes->value_or(QByteArray())};
    Result<Hint> hint = decode(entry);
    const auto known = m_index.find(number);
    if (!hint && known != m_index.end()) {
        foundDamaged(
            entry,
            QStringLiteral("of the key \"%1\"").arg(QString::fromUtf8(known->second.key.bytes().left(100))));
    }
    return hint;
}

void HintStore::foundDamaged(const SideEntry& entry, const QString& what)
{
    if (m_damaged.contains(entry.name))
        return;
    std::optional<Saved> saved;
    if (const std::optional<ReadHint> read = readHint(entry)) {
        if (const auto set = soundPartOf(read->hint.key, read->hint.set))
            saved = Saved{entry.name, read->hint.key, *set};
    }
    m_damaged.emplace(entry.name, std::move(saved));
    if (m_integrity != nullptr)
        m_integrity->foundDamagedHint(what);
}

std::vector<HintStore::Saved> HintStore::savedOfDamaged() const
{
    std::vector<Saved> all;
    for (const auto& [name, saved] : m_damaged) {
        if (saved)
            all.push_back(*saved);
    }
    return all;
}

void HintStore::dropDamaged(const std::vector<Saved>& saved)
{
    for (const Saved& held : saved)
        m_damaged[held.name].reset();
    WriteBatch batch;
    for (const auto& [name, still] : m_damaged) {
        if (still)
            continue;
        if (name.size() == sizeof(HintNumber))
            erase(numberOf(name));
        batch.remove(SideTable::Hints, name);
    }
    std::erase_if(m_damaged, [](const auto& damaged) { return !damaged.second; });
    m_store.write(std::move(batch), [](const Result<void>&) {}); // refused: found again at the next start
}

std::optional<HintStore::HintNumber> HintStore::inspectNext(HintNumber after)
{
    auto next = m_index.upper_bound(after);
    while (next != m_index.end() && !next->second.durable)
        ++next;
    if (next == m_index.end())
        return std::nullopt;
    const HintNumber number = next->first;
    (void)read(number); // names it where it is damaged
    return number;
}

void HintStore::keep(NodeId owner, Slot slot, const Key& key, const QByteArray& set, HintOrigin origin,
                     std::function<void(Result<void>)> done)
{
    if (m_total.hints >= m_limits.hints || m_total.bytes + quint64(set.size()) > m_limits.bytes) {
        if (isMutant(Mutant::AcknowledgeDroppedHints))
            return done({});
        return done(failure(ErrorCode::Unavailable,
                            QStringLiteral("This node keeps as many hints for others as it may.")));
    }
    Result<Hint> hint = mergedWithOlder(owner, key, set);
    if (!hint)
        return done(tl::make_unexpected(hint.error()));
    std::optional<HintNumber> older = newestOf(owner, key);
    if (hint->set.size() > maxMergedBytes) {
        // Each by itself can be stored and given to the owner.
        hint = Hint{0, owner, {}, key, set, {}};
        older.reset();
    }
    const HintNumber number = ++m_last;
    hint->slot = slot;
    if (origin.trace != 0)
        hint->origins.push_back(origin);
    if (hint->origins.size() > maxOrigins)
        hint->origins.erase(hint->origins.begin());
    QByteArray bytes = encoded(*hint);
    insert(number, {owner, slot, key, quint64(bytes.size()), false});

    WriteBatch batch;
    batch.put(SideTable::Hints, nameOf(number), std::move(bytes));
    m_store.write(std::move(batch),
                  [this, number, older, done = std::move(done)](const Result<void>& stored) {
                      if (!stored) {
                          erase(number);
                      } else {
                          m_index.at(number).durable = true;
                          // Only now: until the newer one is durable, the older one is what a reader may see.
                          if (older)
                              forget({*older}, [](const Result<void>&) {});
                      }
                      done(stored);
                  });
}

Result<HintStore::Hint> HintStore::mergedWithOlder(NodeId owner, const Key& key, const QByteArray& set)
{
    const std::optional<HintNumber> older = newestOf(owner, key);
    if (!older)
        return Hint{0, owner, {}, key, set, {}};
    Result<Hint> hint = read(*older);
    if (!hint)
        return hint;
    Result<SiblingSet> merged = SiblingSet::decode(key, hint->set);
    const Result<SiblingSet> incoming = SiblingSet::decode(key, set);
    if (!merged)
        return tl::make_unexpected(merged.error());
    if (!incoming)
        return tl::make_unexpected(incoming.error());
    std::vector<Dot> contradictions;
    merged->merge(*incoming, &contradictions);
    if (m_integrity != nullptr)
        m_integrity->foundContradictions(key, contradictions);
    hint->set = merged->encoded();
    return hint;
}

Result<SiblingSet> HintStore::heldFor(const Key& key, bool durableOnly)
{
    SiblingSet held;
    const auto ofKey = m_byKey.constFind(key);
    if (ofKey == m_byKey.constEnd())
        return held;
    for (const HintNumber number : *ofKey) {
        if ((durableOnly && !m_index.at(number).durable) || isRefused(number))
            continue;
        const Result<Hint> hint = read(number);
        if (!hint)
            return tl::make_unexpected(hint.error());
        const Result<SiblingSet> set = SiblingSet::decode(key, hint->set);
        if (!set)
            return tl::make_unexpected(set.error());
        held.merge(*set); // hints of several owners for one key come from one set
    }
    return held;
}

std::vector<HintStore::Place> HintStore::keysIn(const ObjectCursor& from, Slot last, size_t enough) const
{
    std::vector<Place> places;
    const auto end = m_bySlot.upper_bound(last);
    for (auto slot = m_bySlot.lower_bound(from.slot); slot != end && places.size() < enough; ++slot) {
        std::set<Key> keys;
        for (const HintNumber number : slot->second) {
            const Entry& entry = m_index.at(number);
            const bool isPassed = slot->first == from.slot && from.after && !(*from.after < entry.key);
            if (entry.durable && !isPassed)
                keys.insert(entry.key);
        }
        for (const Key& key : keys)
            places.push_back({slot->first, key});
    }
    return places;
}

Result<std::vector<HintStore::Hint>> HintStore::oldest(NodeId owner, size_t most, qsizetype mostBytes,
                                                       const std::function<bool(HintNumber)>& isLeftOut)
{
    std::vector<Hint> hints;
    const auto ofOwner = m_byOwner.find(owner);
    if (ofOwner == m_byOwner.end())
        return hints;
    qsizetype bytes = 0;
    for (const HintNumber number : ofOwner->second) {
        if (hints.size() >= most || bytes >= mostBytes)
            break;
        if (!m_index.at(number).durable || (isLeftOut && isLeftOut(number)))
            continue;
        Result<Hint> hint = read(number);
        if (!hint && hint.error().code == ErrorCode::Damaged)
            continue; // to be dropped; the others go on
        if (!hint)
            return tl::make_unexpected(hint.error());
        bytes += hint->set.size();
        hints.push_back(std::move(*hint));
    }
    return hints;
}

void HintStore::forget(const std::vector<HintNumber>& numbers, std::function<void(Result<void>)> done)
{
    WriteBatch batch;
    std::vector<std::pair<HintNumber, Entry>> going;
    for (const HintNumber number : numbers) {
        const auto found = m_index.find(number);
        if (found == m_index.end())
            continue;
        batch.remove(SideTable::Hints, nameOf(number));
        // At once: from here on the store shows nothing under this name.
        going.emplace_back(number, found->second);
        ++m_leaving[found->second.key];
        erase(number);
    }
    m_store.write(std::move(batch),
                  [this, going = std::move(going), done = std::move(done)](const Result<void>& stored) {
                      // A full disk still has them. To take them for gone would let a tombstone be reaped
                      // that one of them brings the past of back.
                      for (const auto& [number, entry] : going) {
                          if (--m_leaving[entry.key] == 0)
                              m_leaving.remove(entry.key);
                          if (!stored)
                              insert(number, entry);
                      }
                      done(stored);
                  });
}

} // namespace ringmaster
