// SPDX-License-Identifier: GPL-3.0-or-later
// store_bench [folder]: how fast SqliteStore writes, reads and opens, in a temporary folder inside the given
// one (default: the current one; a tmpfs would flatter the figures). 100-byte values, 100 000 keys, fsync.
#include "nodecore/sqlite/sqlite_store.h"

#include <QCoreApplication>
#include <QCryptographicHash>
#include <QElapsedTimer>
#include <QEventLoop>
#include <QFile>
#include <QFileInfo>
#include <QTemporaryDir>

#include <algorithm>
#include <cstdio>
#include <random>

using namespace ringmaster;

namespace {

constexpr int keyCount = 100000;
constexpr int valueBytes = 100;

struct PlacedKey {
    Slot slot;
    Key key;
};

std::vector<PlacedKey> makeKeys()
{
    std::vector<PlacedKey> keys;
    for (int i = 0; i < keyCount; ++i) {
        const QByteArray name = "key-" + QByteArray::number(i);
        const QByteArray hash = QCryptographicHash::hash(name, QCryptographicHash::Md5);
        const auto slot =
            static_cast<quint16>(static_cast<quint8>(hash[0]) << 8 | static_cast<quint8>(hash[1]));
        keys.push_back({Slot{slot}, *Key::fromBytes(name)});
    }
    return keys;
}

std::unique_ptr<SqliteStore> openStore(const QString& folder, qsizetype foldBytes = 0)
{
    SqliteStoreOptions options;
    options.directory = folder;
    options.foldBytes = foldBytes > 0 ? foldBytes : options.foldBytes;
    auto store = SqliteStore::open(options);
    if (!store)
        qFatal("%s", qPrintable(store.error().message));
    return std::move(*store);
}

// Keeps a number of writes outstanding, each started by the end of another.
class WriteLoad {
public:
    enum class Order { Listed, Random };

    WriteLoad(SqliteStore& store, const std::vector<PlacedKey>& keys, int writes, Order order = Order::Random)
        : m_store(store)
        , m_keys(keys)
        , m_order(order)
        , m_left(writes)
        , m_latencies(static_cast<size_t>(writes))
    {}

    void run(const char* name, int outstanding)
    {
        const SqliteStore::Counters before = m_store.counters();
        m_clock.start();
        for (int i = 0; i < outstanding; ++i)
            writeOne();
        m_loop.exec();
        const double seconds = static_cast<double>(m_clock.nsecsElapsed()) / 1e9;
        const SqliteStore::Counters after = m_store.counters();
        std::sort(m_latencies.begin(), m_latencies.end());
        const auto at = [this](double part) {
            return m_latencies[static_cast<size_t>(part * static_cast<double>(m_latencies.size() - 1))] / 1e6;
        };
        std::printf(
            "%-28s %9.0f /s   p50 %.2f ms  p99 %.2f ms  p99.9 %.2f ms  worst %.1f ms   %.0f writes a commit, "
            "%llu folds\n",
            name, static_cast<double>(m_latencies.size()) / seconds, at(0.5), at(0.99), at(0.999), at(1),
            static_cast<double>(m_latencies.size()) / static_cast<double>(after.commits - before.commits),
            after.folds - before.folds);
        std::fflush(stdout);
    }

private:
    void writeOne()
    {
        if (m_left == 0)
            return;
        --m_left;
        const size_t which = m_order == Order::Random ? m_random() : static_cast<size_t>(m_left);
        const PlacedKey& at = m_keys[which % m_keys.size()];
        WriteBatch batch;
        batch.putObject(at.slot, at.key, QByteArray(valueBytes, static_cast<char>('a' + m_random() % 26)),
                        true);
        const qint64 begun = m_clock.nsecsElapsed();
        m_store.write(std::move(batch), [this, begun](const Result<void>& done) {
            if (!done)
                qFatal("%s", qPrintable(done.error().message));
            m_latencies[m_done++] = static_cast<double>(m_clock.nsecsElapsed() - begun);
            writeOne();
            if (m_done == m_latencies.size())
                m_loop.quit();
        });
    }

    SqliteStore& m_store;
    const std::vector<PlacedKey>& m_keys;
    const Order m_order;
    int m_left;
    std::vector<double> m_latencies; // ns
    size_t m_done = 0;
    QElapsedTimer m_clock;
    QEventLoop m_loop;
    std::mt19937 m_random{1};
};

void read(const char* name, SqliteStore& store, const std::vector<PlacedKey>& keys, int reads)
{
    std::mt19937 random(2);
    const quint64 before = store.counters().diskReads;
    QElapsedTimer clock;
    clock.start();
    for (int i = 0; i < reads; ++i) {
        const PlacedKey& at = keys[random() % keys.size()];
        const auto found = store.durableObject(at.slot, at.key);
        if (!found || !*found)
            qFatal("a key is missing");
    }
    const double seconds = static_cast<double>(clock.nsecsElapsed()) / 1e9;
    std::printf("%-28s %9.0f /s   %.0f %% from disk\n", name, reads / seconds,
                100.0 * static_cast<double>(store.counters().diskReads - before) / reads);
}

// Resident memory, from /proc; 0 where there is none.
double residentMiB()
{
    QFile file(QStringLiteral("/proc/self/statm"));
    if (!file.open(QIODevice::ReadOnly))
        return 0;
    return file.readAll().split(' ').value(1).toDouble() * 4096 / (1024 * 1024);
}

std::unique_ptr<SqliteStore> timeOpening(const char* name, const QString& folder)
{
    QElapsedTimer clock;
    clock.start();
    std::unique_ptr<SqliteStore> store = openStore(folder);
    const double milliseconds = static_cast<double>(clock.nsecsElapsed()) / 1e6;
    const auto sizeOf = [&folder](const char* file) {
        return static_cast<double>(QFileInfo(folder + QLatin1String(file)).size()) / (1024 * 1024);
    };
    std::printf("%-28s %9.1f ms  %llu objects, file %.1f MiB, log %.1f MiB, %.0f MiB resident\n", name,
                milliseconds, store->totals().objects, sizeOf("/ringmaster.db"), sizeOf("/ringmaster.db-wal"),
                residentMiB());
    return store;
}

// What a process leaves that is killed with a journal just short of a fold.
void timeOpeningAfterAKill(const QString& parent, const std::vector<PlacedKey>& keys)
{
    const QTemporaryDir folder(parent + QStringLiteral("/store_bench-XXXXXX"));
    const QTemporaryDir copy(parent + QStringLiteral("/store_bench-XXXXXX"));
    const auto store = openStore(folder.path(), 1 << 30);
    WriteLoad(*store, keys, 60000).run("write, never folded", 256);
    for (const char* name : {"/ringmaster.db", "/ringmaster.db-wal"}) {
        if (!QFile::copy(folder.path() + QLatin1String(name), copy.path() + QLatin1String(name)))
            qFatal("a file cannot be copied");
    }
    timeOpening("open, nothing folded", copy.path());
}

} // namespace

int main(int argc, char** argv)
{
    const QCoreApplication app(argc, argv);
    const QString parent = argc > 1 ? QString::fromLocal8Bit(argv[1]) : QStringLiteral(".");
    const QTemporaryDir folder(parent + QStringLiteral("/store_bench-XXXXXX"));
    const std::vector<PlacedKey> keys = makeKeys();

    std::unique_ptr<SqliteStore> store = timeOpening("make", folder.path());
    WriteLoad(*store, keys, keyCount, WriteLoad::Order::Listed).run("write new keys, 256", 256);
    WriteLoad(*store, keys, 300000).run("write, 256 outstanding", 256);
    WriteLoad(*store, keys, 300000).run("write, 64 outstanding", 64);
    WriteLoad(*store, keys, 10000).run("write, 1 outstanding", 1);
    read("read, hot", *store, keys, 1000000);

    QElapsedTimer clock;
    clock.start();
    store->close();
    std::printf("%-28s %9.1f ms\n", "close", static_cast<double>(clock.nsecsElapsed()) / 1e6);
    store.reset();

    store = timeOpening("open, all folded", folder.path());
    read("read, cold", *store, keys, 100000);
    read("read, all seen once", *store, keys, 1000000);
    timeOpeningAfterAKill(parent, keys);
    return 0;
}
