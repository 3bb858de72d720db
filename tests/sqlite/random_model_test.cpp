// SPDX-License-Identifier: GPL-3.0-or-later
// Random work on a SqliteStore, compared with maps that do the same in the plainest way.
#include "tests/sqlite/sqlite_harness.h"

#include <QRandomGenerator>

#include <map>
#include <random>

using namespace ringmaster;

namespace {

using Bytes = std::optional<QByteArray>;

struct Model {
    std::map<std::pair<quint16, QByteArray>, std::pair<QByteArray, bool>> objects;
    std::map<QByteArray, QByteArray> hints;

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
            if (change.bytes)
                hints[change.name] = *change.bytes;
            else
                hints.erase(change.name);
        }
    }
    Bytes object(quint16 slot, const QByteArray& key) const
    {
        const auto found = objects.find({slot, key});
        return found == objects.end() ? Bytes() : Bytes(found->second.first);
    }
};

class Work {
public:
    Work(SqliteHarness& harness, quint32 seed)
        : m_harness(harness)
        , m_random(seed)
    {}

    void step()
    {
        const WriteBatch batch = randomBatch();
        m_latest.apply(batch);
        m_pending.push_back(batch);
        m_harness.store().write(batch, [this](const Result<void>& done) {
            QVERIFY(done);
            m_durable.apply(m_pending.front());
            m_pending.pop_front();
        });
        if (below(8) == 0)
            QCoreApplication::processEvents();
        compareOne();
        if (below(40) == 0)
            compareAll();
        if (below(150) == 0) {
            m_harness.reopen();
            QVERIFY(m_pending.empty());
            QVERIFY(summariesMatch(m_harness.store()));
        }
    }

    void finish()
    {
        QVERIFY(m_harness.waitFor([this] { return m_pending.empty(); }));
        compareAll();
        QVERIFY(summariesMatch(m_harness.store()));
    }

private:
    quint32 below(quint32 bound) { return m_random() % bound; }
    Slot randomSlot() { return Slot{static_cast<quint16>(below(20) * 3000)}; }
    QByteArray randomKey() { return QByteArray(static_cast<int>(1 + below(3)), static_cast<char>(below(4))); }
    QByteArray randomBytes()
    {
        return QByteArray(static_cast<int>(below(20) == 0 ? below(30000) : below(50)), 'x');
    }

    WriteBatch randomBatch()
    {
        WriteBatch batch;
        for (quint32 changes = below(5); changes > 0; --changes) {
            const Slot slot = randomSlot();
            const Key key = keyOf(randomKey());
            if (below(4) == 0)
                batch.removeObject(slot, key);
            else
                batch.putObject(slot, key, randomBytes(), below(3) > 0);
        }
        if (below(3) == 0)
            batch.put(SideTable::Hints, randomKey(), randomBytes());
        if (below(3) == 0)
            batch.remove(SideTable::Hints, randomKey());
        return batch;
    }

    void compareOne()
    {
        const Slot slot = randomSlot();
        const QByteArray key = randomKey();
        QCOMPARE(m_harness.store().latestObject(slot, keyOf(key)).value(), m_latest.object(slot.value, key));
        QCOMPARE(m_harness.store().durableObject(slot, keyOf(key)).value(),
                 m_durable.object(slot.value, key));
    }

    void compareAll()
    {
        const auto found = scanAll(m_harness.store(), Slot{0}, lastSlot, static_cast<int>(1 + below(50)));
        QVERIFY(found.has_value());
        QCOMPARE(found->size(), m_durable.objects.size());
        auto expected = m_durable.objects.begin();
        for (const ObjectRecord& record : *found) {
            QVERIFY(expected->first == std::pair(record.slot.value, record.key.bytes()));
            QVERIFY(expected->second == std::pair(record.bytes, record.live));
            ++expected;
        }
        const auto hints = m_harness.store().sideScan(SideTable::Hints, {}, 1000);
        QCOMPARE(hints->size(), m_latest.hints.size());
        auto hint = m_latest.hints.begin();
        for (const SideEntry& entry : *hints) {
            QVERIFY(hint->first == entry.name && hint->second == entry.bytes);
            ++hint;
        }
    }

    SqliteHarness& m_harness;
    std::mt19937 m_random;
    Model m_latest;
    Model m_durable;
    std::deque<WriteBatch> m_pending;
};

} // namespace

class RandomModelTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void itDoesWhatPlainMapsDo_data()
    {
        QTest::addColumn<qsizetype>("foldBytes");
        QTest::addColumn<qsizetype>("cacheBytes");
        QTest::newRow("always folding, no cache") << qsizetype{0} << qsizetype{0};
        QTest::newRow("often folding, small cache") << qsizetype{20000} << qsizetype{10000};
        QTest::newRow("rarely folding") << qsizetype{1 << 30} << qsizetype{1 << 30};
    }

    void itDoesWhatPlainMapsDo()
    {
        QFETCH(qsizetype, foldBytes);
        QFETCH(qsizetype, cacheBytes);
        const quint32 seed = QRandomGenerator::global()->generate();
        qInfo("seed %u", seed);
        SqliteHarness harness;
        harness.options().foldBytes = foldBytes;
        harness.options().cacheBytes = cacheBytes;
        harness.options().durability = Durability::Relaxed; // it is not the disk that is tested here
        Work work(harness, seed);
        for (int i = 0; i < 1500 && !QTest::currentTestFailed(); ++i)
            work.step();
        work.finish();
    }
};

QTEST_GUILESS_MAIN(RandomModelTest)
#include "random_model_test.moc"
