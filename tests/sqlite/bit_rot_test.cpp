// SPDX-License-Identifier: GPL-3.0-or-later
// A byte of a value that changes in the database file while the node is stopped. SQLite does not notice.
#include "nodecore/sqlite/connection.h"
#include "nodecore/storage/replica.h"
#include "tests/sqlite/sqlite_harness.h"

#include <QFile>

using namespace ringmaster;

namespace {

class FixedClock final : public Clock {
public:
    MonoTime now() const override { return {}; }
    WallTime wallNow() const override { return WallTime{1'700'000'000'000}; }
};

Key keyNumber(int i)
{
    return *Key::fromBytes("key " + QByteArray::number(i));
}

QByteArray valueNumber(int i)
{
    return "the value of key " + QByteArray::number(i) + QByteArray(100, '.');
}

} // namespace

class SqliteBitRotTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        m_harness = std::make_unique<SqliteHarness>();
        start();
        for (int i = 0; i < keys; ++i) {
            SiblingSet set;
            set.write(keyNumber(i), {}, valueNumber(i), ActorId{1}, WallTime{1});
            m_sound.push_back(set.encoded());
            merge(i);
        }
        QVERIFY(m_harness->waitFor([this] { return m_merged == keys; }));
        stop();
    }

    void cleanup()
    {
        stop();
        m_harness.reset();
        m_sound.clear();
        m_merged = 0;
    }

    void aDamagedRecordIsGivenToNobodyAndIsReplaced()
    {
        damageValue(7);
        start();
        const Result<QByteArray> read = m_replica->read(keyNumber(7));
        QVERIFY(!read && read.error().code == ErrorCode::Damaged);
        QCOMPARE(*m_replica->read(keyNumber(8)), m_sound[8]);
        QVERIFY(!hasTrueSummaries());
        merge(7);
        QVERIFY(m_harness->waitFor([this] { return m_merged == keys + 1; }));
        QCOMPARE(*m_replica->read(keyNumber(7)), m_sound[7]);
        QVERIFY(hasTrueSummaries());
        QCOMPARE(m_replica->integrity().counters().repairedRecords, quint64{1});
        // And on the disk.
        stop();
        start();
        QCOMPARE(*m_replica->read(keyNumber(7)), m_sound[7]);
        QVERIFY(hasTrueSummaries());
    }

    // Their parts in the slot's hash are known only together.
    void twoDamagedRecordsOfOneSlotAreReplacedInOneBatch()
    {
        const auto [a, b] = twoOfOneSlot();
        damageValue(a);
        damageValue(b);
        start();
        m_replica->mergeAll({{keyNumber(a), m_sound[size_t(a)]}, {keyNumber(b), m_sound[size_t(b)]}},
                            [this](const auto& merged) { m_merged += merged ? 1 : 0; });
        QVERIFY(m_harness->waitFor([this] { return m_merged == keys + 1; }));
        QCOMPARE(*m_replica->read(keyNumber(a)), m_sound[size_t(a)]);
        QCOMPARE(*m_replica->read(keyNumber(b)), m_sound[size_t(b)]);
        QVERIFY(hasTrueSummaries());
        stop();
        start();
        QVERIFY(hasTrueSummaries());
    }

    // Beside the record stands whether it has a value.
    void aRecordThatIsCalledATombstoneIsCalledLiveAgain()
    {
        const Slot slot = slotOfNumber(7);
        {
            auto connection = Connection::open(m_harness->databasePath(), Connection::Access::ReadWrite);
            QVERIFY(connection);
            QVERIFY(
                (*connection)
                    ->execute(QStringLiteral("UPDATE records SET live = 0 WHERE area = %1").arg(slot.value)));
        }
        start();
        const ObjectCursor begin{slot, std::nullopt};
        const Result<ObjectPage> flipped = m_harness->store().scanDisk(begin, slot, 1000, 10'000'000);
        QVERIFY(flipped && !flipped->records.empty());
        for (const ObjectRecord& record : flipped->records) {
            QVERIFY(!record.live);
            m_replica->inspect(record);
        }
        const auto repaired = [&] { return m_replica->integrity().counters().repairedRecords; };
        QVERIFY(m_harness->waitFor([&] { return repaired() == flipped->records.size(); }));
        const auto allLive = [&] {
            const Result<ObjectPage> page = m_harness->store().scanDisk(begin, slot, 1000, 10'000'000);
            return page && std::all_of(page->records.begin(), page->records.end(),
                                       [](const ObjectRecord& record) { return record.live; });
        };
        QVERIFY(allLive());
        QCOMPARE(m_harness->store().totals().live, quint64{keys});
        stop();
        start();
        QVERIFY(allLive());
        QVERIFY(hasTrueSummaries());
        QCOMPARE(m_harness->store().totals().live, quint64{keys});
    }

    // A scrub reads the disk, also where memory says that all is well.
    void damageUnderACachedRecordIsMendedFromMemory()
    {
        start();
        QCOMPARE(*m_replica->read(keyNumber(7)), m_sound[7]);
        QByteArray onDisk = m_sound[7];
        onDisk.back() = '#';
        m_replica->inspect({slotOfNumber(7), keyNumber(7), onDisk, true});
        QCOMPARE(m_replica->integrity().counters().damagedRecords, quint64{1});
        QVERIFY(m_harness->waitFor([this] { return m_replica->integrity().damaged().empty(); }));
        QVERIFY(hasTrueSummaries());
        stop();
        start();
        QCOMPARE(*m_replica->read(keyNumber(7)), m_sound[7]);
    }

    void aScanOfTheDiskSeesWhatIsInMemoryOnlyAndWhatIsCached()
    {
        start();
        for (int i = 0; i < keys; i += 3)
            QVERIFY(m_replica->read(keyNumber(i)));
        SiblingSet set;
        set.write(keyNumber(keys), {}, QByteArray("new"), ActorId{1}, WallTime{2});
        m_sound.push_back(set.encoded());
        merge(keys);
        QVERIFY(m_harness->waitFor([this] { return m_merged == keys + 1; }));
        const ObjectCursor begin{Slot{0}, std::nullopt};
        const Result<ObjectPage> usual = m_harness->store().scan(begin, lastSlot, 1000, 10'000'000);
        const Result<ObjectPage> disk = m_harness->store().scanDisk(begin, lastSlot, 1000, 10'000'000);
        QCOMPARE(disk->records.size(), size_t{keys + 1});
        for (size_t i = 0; i < disk->records.size(); ++i) {
            QVERIFY(disk->records[i].key == usual->records[i].key);
            QCOMPARE(disk->records[i].bytes, usual->records[i].bytes);
        }
    }

private:
    static constexpr int keys = 400;
    // So that some slots hold several keys.
    static Slot slotOfNumber(int i) { return slotOf(Partitioner::Md5Mod10000, keyNumber(i)); }

    void start()
    {
        m_harness->open();
        m_hints = std::make_unique<HintStore>(m_harness->store());
        m_replica =
            std::make_unique<Replica>(m_harness->store(), *m_hints, m_clock, Partitioner::Md5Mod10000);
        m_replica->setActor(ActorId{9});
        QVERIFY(m_hints->load());
        QVERIFY(m_replica->load());
    }

    void stop()
    {
        m_harness->close();
        m_replica.reset();
        m_hints.reset();
    }

    void merge(int i)
    {
        m_replica->merge(keyNumber(i), m_sound[size_t(i)],
                         [this](const Result<void>& merged) { m_merged += merged ? 1 : 0; });
    }

    static std::pair<int, int> twoOfOneSlot()
    {
        for (int b = 1; b < keys; ++b) {
            for (int a = 0; a < b; ++a) {
                if (slotOfNumber(a) == slotOfNumber(b))
                    return {a, b};
            }
        }
        qFatal("no two keys are in one slot");
    }

    void damageValue(int i)
    {
        QFile file(m_harness->databasePath());
        QVERIFY(file.open(QIODevice::ReadWrite));
        QByteArray whole = file.readAll();
        const QByteArray value = valueNumber(i);
        int places = 0;
        for (qsizetype at = whole.indexOf(value); at >= 0; at = whole.indexOf(value, at + 1)) {
            whole[at] = '#';
            ++places;
        }
        QVERIFY(places > 0);
        file.seek(0);
        QCOMPARE(file.write(whole), whole.size());
    }

    bool hasTrueSummaries()
    {
        quint64 hash = 0;
        const Result<ObjectPage> page =
            m_harness->store().scan({Slot{0}, std::nullopt}, lastSlot, 1000, 10'000'000);
        for (const ObjectRecord& record : page->records)
            hash += recordHash(record.key, record.bytes);
        return hash == m_harness->store().totals().hash;
    }

    std::unique_ptr<SqliteHarness> m_harness;
    FixedClock m_clock;
    std::unique_ptr<HintStore> m_hints;
    std::unique_ptr<Replica> m_replica;
    std::vector<QByteArray> m_sound;
    int m_merged = 0;
};

QTEST_GUILESS_MAIN(SqliteBitRotTest)
#include "bit_rot_test.moc"
