// SPDX-License-Identifier: GPL-3.0-or-later
// How much one key may hold: what is refused when it is written, and what never is.
#include "nodecore/storage/memory_store.h"
#include "nodecore/storage/replica.h"
#include "tests/support/virtual_time.h"

#include <QtTest>

using namespace ringmaster;

namespace {

constexpr qsizetype mib = 1024 * 1024;

class OneReplica {
public:
    OneReplica() { m_replica.setActor(ActorId{1}); }

    Result<Replica::Minted> write(SiblingSet::Content content, const VersionVector& context = {})
    {
        std::optional<Result<Replica::Minted>> result;
        m_replica.mint(m_key, std::move(content), context,
                       [&](Result<Replica::Minted> minted) { result = std::move(minted); });
        return *result;
    }
    Result<Replica::Minted> writeAsHint(SiblingSet::Content content, const VersionVector& context = {})
    {
        std::optional<Result<Replica::Minted>> result;
        m_replica.mintAsHint(NodeId{9}, m_key, std::move(content), context, {},
                             [&](Result<Replica::Minted> minted) { result = std::move(minted); });
        return *result;
    }
    // As a merge with what others wrote meanwhile leaves it.
    void put(const SiblingSet& set)
    {
        WriteBatch batch;
        batch.putObject(m_replica.slot(m_key), m_key, set.encoded(), set.hasValue());
        m_store.write(std::move(batch), [](const Result<void>&) {});
    }
    SiblingSet held() { return SiblingSet::decode(m_key, *m_replica.read(m_key)).value(); }

private:
    Key m_key = *Key::fromBytes("k");
    EventQueue m_queue;
    VirtualClock m_clock{m_queue};
    MemoryStore m_store{MemoryStore::Commit::AtOnce};
    HintStore m_hints{m_store};
    Replica m_replica{m_store, m_hints, m_clock, Partitioner::Md5};
};

// Siblings of other nodes, over the bound.
SiblingSet tooMuch(size_t siblings, qsizetype bytesEach)
{
    SiblingSet set;
    for (size_t i = 0; i < siblings; ++i)
        set.write(*Key::fromBytes("k"), {}, QByteArray(bytesEach, 'v'), ActorId{100 + i}, WallTime{1});
    return set;
}

VersionVector contextOfFirst(const SiblingSet& set, size_t siblings)
{
    VersionVector context;
    const std::vector<Sibling> all = set.siblings();
    for (size_t i = 0; i < siblings; ++i)
        context.raise(all[i].dot.actor, all[i].dot.counter);
    return context;
}

} // namespace

class ReplicaBoundsTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void siblingsAreBoundedByTheirBytes()
    {
        OneReplica replica;
        int written = 0;
        Result<Replica::Minted> last = replica.write(QByteArray(mib, 'v'));
        for (; last && written < 20; ++written)
            last = replica.write(QByteArray(mib, 'v'));
        QVERIFY(!last);
        QCOMPARE(last.error().code, ErrorCode::Conflict);
        QCOMPARE(replica.held().siblingCount(), size_t{8});
        QVERIFY2(last.error().message.contains(QStringLiteral("8 siblings of 8388608 bytes")),
                 qPrintable(last.error().message));
        QVERIFY2(last.error().message.contains(QStringLiteral("with the context of that read")),
                 qPrintable(last.error().message));
    }

    void siblingsOfAHintAreBoundedToo()
    {
        OneReplica replica;
        for (int i = 0; i < 8; ++i)
            QVERIFY(replica.writeAsHint(QByteArray(mib, 'v')));
        QCOMPARE(replica.writeAsHint(QByteArray(mib, 'v')).error().code, ErrorCode::Conflict);
    }

    void oneValueMayBeAsLargeAsItIs()
    {
        OneReplica replica;
        const auto first = replica.write(QByteArray(16 * mib, 'v'));
        QVERIFY(first);
        QVERIFY(replica.write(QByteArray(16 * mib, 'w'), first->set.context()));
        QCOMPARE(replica.write("small").error().code, ErrorCode::Conflict);
    }

    void aWriteThatResolvesIsTakenHoweverMuchThereIs_data()
    {
        QTest::addColumn<size_t>("siblings");
        QTest::addColumn<qsizetype>("bytesEach");
        QTest::addColumn<size_t>("seen");
        QTest::newRow("bytes, all of it") << size_t{12} << mib << size_t{12};
        QTest::newRow("bytes, one of them") << size_t{12} << mib << size_t{1};
        QTest::newRow("bytes, in empty values") << size_t{12} << mib << size_t{6};
        QTest::newRow("number, all of it") << size_t{300} << qsizetype{0} << size_t{300};
        QTest::newRow("number, some of it") << size_t{300} << qsizetype{0} << size_t{10};
        QTest::newRow("number, one of them") << size_t{300} << qsizetype{0} << size_t{1};
    }
    void aWriteThatResolvesIsTakenHoweverMuchThereIs()
    {
        QFETCH(size_t, siblings);
        QFETCH(qsizetype, bytesEach);
        QFETCH(size_t, seen);
        for (const bool isDelete : {true, false}) {
            OneReplica replica;
            const SiblingSet set = tooMuch(siblings, bytesEach);
            replica.put(set);
            const auto content =
                isDelete ? SiblingSet::Content() : SiblingSet::Content(QByteArray(bytesEach, 'w'));
            const auto written = replica.write(content, contextOfFirst(set, seen));
            QVERIFY2(written, written ? "" : qPrintable(written.error().message));
            QCOMPARE(replica.held().siblingCount(), siblings - seen + 1);
        }
    }

    void aWriteThatMakesItWorseIsRefused_data()
    {
        QTest::addColumn<size_t>("siblings");
        QTest::addColumn<qsizetype>("bytesEach");
        QTest::addColumn<size_t>("seen");
        QTest::addColumn<qsizetype>("bytes");
        QTest::newRow("one more, of a byte") << size_t{12} << mib << size_t{0} << qsizetype{1};
        QTest::newRow("no more, but larger") << size_t{12} << mib << size_t{1} << 2 * mib;
        QTest::newRow("one more than the number") << size_t{100} << qsizetype{1} << size_t{0} << qsizetype{1};
    }
    void aWriteThatMakesItWorseIsRefused()
    {
        QFETCH(size_t, siblings);
        QFETCH(qsizetype, bytesEach);
        QFETCH(size_t, seen);
        QFETCH(qsizetype, bytes);
        OneReplica replica;
        const SiblingSet set = tooMuch(siblings, bytesEach);
        replica.put(set);
        QCOMPARE(replica.write(QByteArray(bytes, 'w'), contextOfFirst(set, seen)).error().code,
                 ErrorCode::Conflict);
    }
};

QTEST_GUILESS_MAIN(ReplicaBoundsTest)
#include "replica_bounds_test.moc"
