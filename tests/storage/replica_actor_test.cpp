// SPDX-License-Identifier: GPL-3.0-or-later
// What a replica does when it hears of dots of its own that its store has forgotten.
#include "nodecore/storage/memory_store.h"
#include "nodecore/storage/replica.h"
#include "tests/support/virtual_time.h"

#include <QtTest>

using namespace ringmaster;

namespace {

const ActorId first{1};
const ActorId second{2};

Key keyOf(const QByteArray& bytes)
{
    return *Key::fromBytes(bytes);
}

QByteArrayList valuesOf(const SiblingSet& set)
{
    QByteArrayList values;
    for (const Sibling& sibling : set.siblings())
        values << sibling.value;
    std::sort(values.begin(), values.end());
    return values;
}

} // namespace

class ReplicaActorTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init()
    {
        m_queue.emplace();
        m_clock.emplace(*m_queue);
        m_store.emplace();
        m_hints.emplace(*m_store);
        m_replica.emplace(*m_store, *m_hints, *m_clock, Partitioner::Md5);
        m_replica->setActor(first);
        m_spent = 0;
        m_replica->onSpentActor([this] { ++m_spent; });
        m_minted.clear();
    }

    void whatItMintedItselfIsNoNews()
    {
        mint("k", "one");
        m_store->commitPending();
        const QByteArray known = m_minted.at(0)->encoded;
        mint("k", "two");
        m_replica->merge(keyOf("k"), known, {});
        m_store->commitPending();
        m_replica->merge(keyOf("k"), m_minted.at(1)->encoded, {});
        QCOMPARE(m_spent, 0);
    }

    void aLaterDotOfItsOwnIs()
    {
        m_replica->merge(keyOf("k"), elsewhere({"one", "two"}).encoded(), {});
        QCOMPARE(m_spent, 1);
        m_replica->merge(keyOf("k"), elsewhere({"one", "two", "three"}).encoded(), {});
        QCOMPARE(m_spent, 1); // once is enough
    }

    void theSameDotWithAnotherContentIs()
    {
        mint("k", "mine");
        m_store->commitPending();
        m_replica->merge(keyOf("k"), elsewhere({"theirs"}).encoded(), {});
        m_store->commitPending();
        QCOMPARE(m_spent, 1);
        QCOMPARE(valuesOf(held("k")), QByteArrayList{"theirs"}); // as all others have it
    }

    void aDotBelowTheFloorOfAReapedKeyIsNot()
    {
        mint("k", std::nullopt);
        m_store->commitPending();
        const SiblingSet reaped = m_minted.at(0)->set;
        QCOMPARE(m_replica->reap({{keyOf("k"), *m_replica->heldHashes(keyOf("k"))->latest}}), size_t{1});
        m_store->commitPending();
        m_replica->merge(keyOf("k"), reaped.encoded(), {});
        QCOMPARE(m_spent, 0);
    }

    void nothingIsMintedUntilThereIsANewActor()
    {
        m_replica->actorIsSpent();
        mint("k", "v");
        m_store->commitPending();
        QVERIFY(!m_minted.at(0));
        m_replica->setActor(second);
        m_store->commitPending();
        QCOMPARE(m_minted.at(0)->dot, (Dot{second, 1}));
    }

    void mintsUnderWayAreMintedAnewAndLeaveNoOldDot()
    {
        mint("k", "mine");
        mint("other", "a");
        mint("other", "b");
        m_replica->merge(keyOf("k"), elsewhere({"theirs"}).encoded(), {});
        QCOMPARE(m_spent, 1);
        m_store->commitPending();
        for (const auto& minted : m_minted)
            QVERIFY(!minted); // nobody is shown them
        m_replica->setActor(second);
        m_store->commitPending();
        m_store->commitPending();
        for (const auto& minted : m_minted)
            QVERIFY(minted && minted->dot.actor == second);
        QCOMPARE(valuesOf(held("k")), (QByteArrayList{"mine", "theirs"}));
        QCOMPARE(valuesOf(held("other")), (QByteArrayList{"a", "b"}));
        QCOMPARE(held("other").counterOf(first), quint64{0});
    }

    void whereNoNewActorCanBeStoredMintsFail()
    {
        m_replica->actorIsSpent();
        std::optional<Error> why;
        const auto done = [&](const Result<Replica::Minted>& minted) { why = minted.error(); };
        m_replica->mint(keyOf("k"), "v", {}, done);
        m_replica->refuseMints({ErrorCode::ReadOnly, QStringLiteral("full")});
        QCOMPARE(why->code, ErrorCode::ReadOnly);
        why.reset();
        m_replica->mint(keyOf("k"), "v", {}, done);
        QCOMPARE(why->code, ErrorCode::ReadOnly);
        m_replica->setActor(second);
        mint("k", "v");
        m_store->commitPending();
        QVERIFY(m_minted.at(0));
    }

private:
    void mint(const QByteArray& key, const SiblingSet::Content& content)
    {
        const size_t number = m_minted.size();
        m_minted.emplace_back();
        m_replica->mint(keyOf(key), content, {}, [this, number](const Result<Replica::Minted>& minted) {
            if (minted)
                m_minted[number] = *minted;
        });
    }
    // What the first actor minted before its store was put back.
    static SiblingSet elsewhere(const QByteArrayList& values)
    {
        SiblingSet set;
        qint64 when = 1000;
        for (const QByteArray& value : values)
            set.write(keyOf("k"), {}, value, first, WallTime{++when});
        return set;
    }
    SiblingSet held(const QByteArray& key)
    {
        return *SiblingSet::decode(keyOf(key), *m_replica->read(keyOf(key)));
    }

    std::optional<EventQueue> m_queue;
    std::optional<VirtualClock> m_clock;
    std::optional<MemoryStore> m_store;
    std::optional<HintStore> m_hints;
    std::optional<Replica> m_replica;
    int m_spent = 0;
    std::vector<std::optional<Replica::Minted>> m_minted;
};

QTEST_GUILESS_MAIN(ReplicaActorTest)
#include "replica_actor_test.moc"
