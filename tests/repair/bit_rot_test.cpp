// SPDX-License-Identifier: GPL-3.0-or-later
// A bit that changes on one node's disk or on the wire: it is given to nobody, it spreads nowhere, and it is
// repaired. In virtual time.
#include "nodecore/ring/partitioner.h"
#include "tests/support/virtual_cluster.h"

#include <QtTest>

using namespace ringmaster;
using namespace std::chrono_literals;

class BitRotTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aFlippedBitIsNeverReadNeverSpreadsAndIsRepaired_data();
    void aFlippedBitIsNeverReadNeverSpreadsAndIsRepaired();
    void damagedBytesThatCompareLargerDoNotWin();
    void aDamagedCopyThatNobodyReadsIsFoundByTheScrub();
    void aScrubThatIsAskedForReadsEverythingAtOnce();
    void aScrubGoesOnWhereItStopped();
    void aLostCopyIsNotReadUntilAllOthersAreHeard();
    void aFullDiskOnlyPutsTheRepairOff();
    void theOnlyCopyIsGivenToNobodyAndCanBeWrittenAnew_data();
    void theOnlyCopyIsGivenToNobodyAndCanBeWrittenAnew();
    void aWriteGoesToAReplicaWhoseCopyIsSound();
    void aNodeThatStoppedUncleanlyStartsWithADamagedRecord();
    void aDamagedHintIsNotDelivered();
    void theSoundVersionOfADamagedHintIsKept();
    void whatIsDamagedInFlightIsRefused();
    void aDamagedRecordDoesNotStopTheRepairOfOthers();
    void replicasWithTheFormatBeforeConverge();
    void twoContentsUnderOneDotAreAnAlarm();
};

namespace {

Slot slotOfKey(const QByteArray& key)
{
    return slotOf(Partitioner::Md5, keyOf(key));
}

QByteArray storedAt(VirtualCluster& cluster, int i, const QByteArray& key)
{
    return cluster.store(i).durableObject(slotOfKey(key), keyOf(key))->value_or(QByteArray());
}

bool flip(VirtualCluster& cluster, int i, const QByteArray& key, quint64 bit)
{
    return cluster.store(i).flipBit(slotOfKey(key), keyOf(key), bit);
}

// Where a byte of the value lies in the record, as a bit.
quint64 bitOf(VirtualCluster& cluster, int i, const QByteArray& key, const QByteArray& value)
{
    return static_cast<quint64>(storedAt(cluster, i, key).lastIndexOf(value)) * 8;
}

bool hasTrueSummaries(VirtualCluster& cluster, int i)
{
    quint64 hash = 0;
    const Result<ObjectPage> page =
        cluster.store(i).scan({Slot{0}, std::nullopt}, lastSlot, 100'000, 100'000'000);
    for (const ObjectRecord& record : page->records)
        hash += recordHash(record.key, record.bytes);
    return hash == cluster.store(i).totals().hash;
}

RequestOptions quorumOf(int quorum)
{
    RequestOptions options;
    options.quorum = quorum;
    return options;
}

IntegrityView integrityOf(VirtualCluster& cluster, int i)
{
    return cluster.node(i).stats().integrity;
}

// Nobody scrubs: what is found is found by who reads.
VirtualClusterConfig unscrubbed(int nodes = 3)
{
    VirtualClusterConfig config;
    config.nodes = nodes;
    config.node.replicas = std::min(nodes, 3);
    config.node.readQuorum = config.node.writeQuorum = std::min(nodes, 2);
    config.node.scrubWithin = 0s;
    return config;
}

} // namespace

void BitRotTest::aFlippedBitIsNeverReadNeverSpreadsAndIsRepaired_data()
{
    QTest::addColumn<int>("quorum");
    for (int quorum = 1; quorum <= 3; ++quorum)
        QTest::addRow("R=%d", quorum) << quorum;
}

void BitRotTest::aFlippedBitIsNeverReadNeverSpreadsAndIsRepaired()
{
    QFETCH(int, quorum);
    VirtualCluster cluster(unscrubbed());
    QVERIFY(cluster.startAll());
    QVERIFY(cluster.put(0, "k", "value", {}, quorumOf(3)));
    const QByteArray sound = storedAt(cluster, 0, "k");
    QCOMPARE(storedAt(cluster, 1, "k"), sound);
    for (int at = 0; at < sound.size(); ++at) {
        const quint64 bit = static_cast<quint64>(at * 8 + at % 8);
        QVERIFY(flip(cluster, 1, "k", bit));
        for (const int asked : {1, 0, 2}) {
            const auto got = cluster.get(asked, "k", quorumOf(quorum));
            if (got)
                QCOMPARE(valuesOf(got->siblings), QByteArrayList{"value"});
            QCOMPARE(storedAt(cluster, 0, "k"), sound);
            QCOMPARE(storedAt(cluster, 2, "k"), sound);
        }
        QVERIFY2(cluster.runUntil([&] { return storedAt(cluster, 1, "k") == sound; }, 20s),
                 qPrintable(QString::number(at)));
        QVERIFY(hasTrueSummaries(cluster, 1));
        QVERIFY(cluster.runUntil([&] { return integrityOf(cluster, 1).damagedNow == 0; }, 20s));
        QVERIFY(cluster.get(1, "k", quorumOf(3)));
    }
    QCOMPARE(integrityOf(cluster, 1).counters.damagedRecords, quint64(sound.size()));
    QCOMPARE(integrityOf(cluster, 1).counters.repairedRecords, quint64(sound.size()));
    QVERIFY(cluster.log().join(QLatin1Char('\n')).contains(QStringLiteral("copy of the key \"k\"")));
}

void BitRotTest::damagedBytesThatCompareLargerDoNotWin()
{
    VirtualCluster cluster(unscrubbed());
    QVERIFY(cluster.startAll());
    QVERIFY(cluster.put(0, "k", "aaaa", {}, quorumOf(3)));
    QVERIFY(flip(cluster, 1, "k", bitOf(cluster, 1, "k", "aaaa") + 1)); // "caaa"
    QVERIFY(storedAt(cluster, 1, "k").contains("caaa"));
    for (int i = 0; i < 3; ++i)
        (void)cluster.get(i, "k", quorumOf(3));
    cluster.runFor(20s);
    for (int i = 0; i < 3; ++i) {
        QVERIFY(!storedAt(cluster, i, "k").contains("caaa"));
        QCOMPARE(valuesOf(cluster.get(i, "k", quorumOf(3))->siblings), QByteArrayList{"aaaa"});
    }
}

void BitRotTest::aDamagedCopyThatNobodyReadsIsFoundByTheScrub()
{
    VirtualClusterConfig config = unscrubbed();
    config.node.scrubWithin = 1h;
    VirtualCluster cluster(config);
    QVERIFY(cluster.startAll());
    for (int i = 0; i < 50; ++i)
        QVERIFY(cluster.put(0, QByteArray::number(i), "value", {}, quorumOf(3)));
    const QByteArray sound = storedAt(cluster, 0, "7");
    QVERIFY(flip(cluster, 2, "7", bitOf(cluster, 2, "7", "value")));
    // In an hour the pass that was under way and the next one have come by.
    QVERIFY(cluster.runUntil([&] { return storedAt(cluster, 2, "7") == sound; }, 2h + 1min));
    QVERIFY(hasTrueSummaries(cluster, 2));
    QCOMPARE(integrityOf(cluster, 2).counters.damagedRecords, quint64(1));
    QVERIFY(cluster.runUntil([&] { return integrityOf(cluster, 2).scrub.passes >= 2; }, 2h));
    QVERIFY(integrityOf(cluster, 2).scrub.lastEnded.has_value());
}

void BitRotTest::aScrubThatIsAskedForReadsEverythingAtOnce()
{
    VirtualCluster cluster(unscrubbed());
    QVERIFY(cluster.startAll());
    for (int i = 0; i < 500; ++i)
        QVERIFY(cluster.put(0, QByteArray::number(i), "value", {}, quorumOf(3)));
    for (int i = 0; i < 500; i += 50)
        QVERIFY(flip(cluster, 1, QByteArray::number(i), static_cast<quint64>(i * 13)));
    cluster.node(1).scrubNow();
    cluster.touched(1);
    QVERIFY(cluster.runUntil([&] { return integrityOf(cluster, 1).scrub.passes == 1; }, 10s));
    QCOMPARE(integrityOf(cluster, 1).scrub.objects, quint64(500));
    QCOMPARE(integrityOf(cluster, 1).counters.damagedRecords, quint64(10));
    QVERIFY(cluster.runUntil([&] { return integrityOf(cluster, 1).damagedNow == 0; }, 20s));
    QVERIFY(cluster.store(1).totals() == cluster.store(0).totals());
    QVERIFY(hasTrueSummaries(cluster, 1));
}

void BitRotTest::aScrubGoesOnWhereItStopped()
{
    VirtualClusterConfig config = unscrubbed(1);
    config.node.scrubWithin = 10h;
    VirtualCluster cluster(config);
    QVERIFY(cluster.startAll());
    for (int i = 0; i < 500; ++i)
        QVERIFY(cluster.put(0, QByteArray::number(i), "value"));
    cluster.crash(0);
    cluster.start(0);
    cluster.runFor(5h);
    const int reached = integrityOf(cluster, 0).scrub.slot;
    QVERIFY2(reached > 30'000 && reached < 36'000, qPrintable(QString::number(reached)));
    cluster.crash(0);
    cluster.start(0);
    QVERIFY(integrityOf(cluster, 0).scrub.slot > reached - 2048);
    QVERIFY(cluster.runUntil([&] { return integrityOf(cluster, 0).scrub.passes == 1; }, 5h + 30min));
}

// The record's causal history is damaged: any other replica may be the only one that has what was
// acknowledged here too.
void BitRotTest::aLostCopyIsNotReadUntilAllOthersAreHeard()
{
    VirtualCluster cluster(unscrubbed());
    QVERIFY(cluster.startAll());
    QVERIFY(cluster.put(0, "k", "old", {}, quorumOf(3)));
    cluster.crash(1);
    QVERIFY(cluster.runUntil([&] { return cluster.node(0).stats().connectedPeers == 1; }));
    const auto read = cluster.get(0, "k");
    RequestOptions strict = quorumOf(2);
    strict.sloppy = false;
    QVERIFY(cluster.put(0, "k", "new", read->siblings.context(), strict)); // on 0 and 2 only
    cluster.crash(2);
    cluster.start(1);
    QVERIFY(flip(cluster, 0, "k", 5 * 8)); // in the actor
    cluster.crash(1);
    cluster.start(1);
    // Only the node with the old value is there to be asked; its copy must not become a good one of node 0's.
    QVERIFY(!cluster.get(0, "k", quorumOf(2)));
    cluster.runFor(30s);
    const auto got = cluster.get(0, "k", quorumOf(2));
    QVERIFY(!got || valuesOf(got->siblings) == QByteArrayList{"new"});
    cluster.start(2);
    QVERIFY(cluster.runUntil([&] { return integrityOf(cluster, 0).damagedNow == 0; }, 60s));
    QCOMPARE(valuesOf(cluster.get(0, "k", quorumOf(3))->siblings), QByteArrayList{"new"});
    QVERIFY(hasTrueSummaries(cluster, 0));
}

// The actor cannot retire while the disk takes no writes, and nobody says so.
void BitRotTest::aFullDiskOnlyPutsTheRepairOff()
{
    VirtualCluster cluster(unscrubbed());
    QVERIFY(cluster.startAll());
    QVERIFY(cluster.put(0, "k", "value", {}, quorumOf(3)));
    const QByteArray sound = storedAt(cluster, 0, "k");
    cluster.disk(1).becomeReadOnly(QStringLiteral("The disk is full."));
    QVERIFY(flip(cluster, 1, "k", 5 * 8)); // in the actor
    QVERIFY(!cluster.get(1, "k", quorumOf(3)));
    cluster.runFor(15s);
    QCOMPARE(integrityOf(cluster, 1).damagedNow, quint64(1));
    cluster.disk(1).recover();
    QVERIFY(cluster.runUntil([&] { return storedAt(cluster, 1, "k") == sound; }, 40s));
    QCOMPARE(integrityOf(cluster, 1).damagedNow, quint64(0));
}

void BitRotTest::theOnlyCopyIsGivenToNobodyAndCanBeWrittenAnew_data()
{
    QTest::addColumn<bool>("history");
    QTest::newRow("a value is damaged") << false;
    QTest::newRow("the causal history is damaged") << true;
}

void BitRotTest::theOnlyCopyIsGivenToNobodyAndCanBeWrittenAnew()
{
    QFETCH(bool, history);
    VirtualCluster cluster(unscrubbed(1));
    QVERIFY(cluster.startAll());
    QVERIFY(cluster.put(0, "k", "value"));
    QVERIFY(flip(cluster, 0, "k", history ? 40 : bitOf(cluster, 0, "k", "value")));
    QVERIFY(!cluster.get(0, "k"));
    cluster.runFor(20s);
    QVERIFY(!cluster.get(0, "k"));
    QCOMPARE(integrityOf(cluster, 0).damagedNow, quint64(1));
    QVERIFY(integrityOf(cluster, 0).damagedKeys == std::vector<Key>{keyOf("k")});
    QVERIFY(cluster.put(0, "k", "again"));
    QVERIFY(cluster.runUntil([&] { return cluster.get(0, "k").has_value(); }, 30s));
    QCOMPARE(valuesOf(cluster.get(0, "k")->siblings), QByteArrayList{"again"});
    QVERIFY(cluster.runUntil([&] { return integrityOf(cluster, 0).damagedNow == 0; }, 30s));
    QVERIFY(hasTrueSummaries(cluster, 0));
}

void BitRotTest::aWriteGoesToAReplicaWhoseCopyIsSound()
{
    VirtualCluster cluster(unscrubbed());
    QVERIFY(cluster.startAll());
    QVERIFY(cluster.put(0, "k", "value", {}, quorumOf(3)));
    QVERIFY(flip(cluster, 0, "k", bitOf(cluster, 0, "k", "value")));
    const auto written = cluster.put(0, "k", "other");
    QVERIFY(written);
    QVERIFY(written->quorum.coordinator != cluster.node(0).id());
    const QByteArrayList both{"other", "value"};
    QVERIFY(cluster.runUntil([&] { return integrityOf(cluster, 0).damagedNow == 0; }, 20s));
    QCOMPARE(valuesOf(cluster.get(0, "k", quorumOf(3))->siblings), both);
}

void BitRotTest::aNodeThatStoppedUncleanlyStartsWithADamagedRecord()
{
    VirtualCluster cluster(unscrubbed());
    QVERIFY(cluster.startAll());
    QVERIFY(cluster.put(0, "k", "value", {}, quorumOf(3)));
    const QByteArray sound = storedAt(cluster, 0, "k");
    cluster.crash(2);
    QVERIFY(flip(cluster, 2, "k", bitOf(cluster, 2, "k", "value")));
    cluster.start(2);
    QVERIFY(cluster.runUntil([&] { return storedAt(cluster, 2, "k") == sound; }, 60s));
    QVERIFY(hasTrueSummaries(cluster, 2));
}

void BitRotTest::aDamagedHintIsNotDelivered()
{
    VirtualCluster cluster(unscrubbed(4));
    QVERIFY(cluster.startAll());
    // A key whose replicas are the first three nodes, so that the fourth stands in.
    QByteArray key;
    for (int i = 0; key.isEmpty(); ++i) {
        const QByteArray one = QByteArray::number(i);
        if (!cluster.node(0).ring().isPrimary(cluster.node(3).id(), slotOfKey(one)))
            key = one;
    }
    cluster.crash(2);
    QVERIFY(cluster.runUntil([&] { return cluster.node(0).stats().connectedPeers == 2; }));
    QVERIFY(cluster.put(0, key, "value"));
    QVERIFY(cluster.runUntil([&] { return cluster.node(3).stats().hints == 1; }));
    cluster.runFor(1s); // the hint is on the disk
    const auto hints = cluster.store(3).sideScan(SideTable::Hints, {}, 10);
    QCOMPARE(hints->size(), size_t(1));
    const ActorId before = cluster.node(3).members().members[3].member.actor;
    const auto at = static_cast<quint64>(hints->front().bytes.lastIndexOf("value"));
    QVERIFY(cluster.store(3).flipBit(SideTable::Hints, hints->front().name, at * 8 + 1));
    cluster.start(2);
    QVERIFY(cluster.runUntil([&] { return storedAt(cluster, 2, key) == storedAt(cluster, 0, key); }, 60s));
    QVERIFY(cluster.runUntil([&] { return cluster.node(3).stats().hints == 0; }, 60s));
    QCOMPARE(integrityOf(cluster, 3).counters.damagedHints, quint64(1));
    QVERIFY(cluster.store(3).sideScan(SideTable::Hints, {}, 10)->empty());
    // A dot of its own may have been in there.
    QVERIFY(cluster.node(3).members().members[3].member.actor != before);
    QCOMPARE(valuesOf(cluster.get(2, key, quorumOf(3))->siblings), QByteArrayList{"value"});
}

// One hint, with two versions of which one is damaged; nobody else has the other one.
void BitRotTest::theSoundVersionOfADamagedHintIsKept()
{
    VirtualCluster cluster(unscrubbed(4));
    QVERIFY(cluster.startAll());
    QByteArray key;
    for (int i = 0; key.isEmpty(); ++i) {
        const QByteArray one = QByteArray::number(i);
        if (!cluster.node(0).ring().isPrimary(cluster.node(3).id(), slotOfKey(one)))
            key = one;
    }
    cluster.crash(2);
    QVERIFY(cluster.runUntil([&] { return cluster.node(0).stats().connectedPeers == 2; }));
    SiblingSet both;
    both.write(keyOf(key), {}, QByteArray("first"), ActorId{5}, WallTime{1});
    both.write(keyOf(key), {}, QByteArray("other"), ActorId{6}, WallTime{1});
    const wire::WriteRequest asHint{
        wire::RequestId::received(1, 1),        {1000}, keyOf(key), both.encoded(),
        nodeIdFor(cluster.configOf(2).name, 0), {}};
    QVERIFY(cluster.node(3).receive(cluster.node(0).id(), wire::encode(asHint)));
    cluster.touched(3);
    QVERIFY(cluster.runUntil([&] { return cluster.node(3).stats().hints == 1; }));
    cluster.runFor(1s); // the hint is on the disk
    const auto hints = cluster.store(3).sideScan(SideTable::Hints, {}, 10);
    QCOMPARE(hints->size(), size_t(1));
    const auto at = static_cast<quint64>(hints->front().bytes.lastIndexOf("first"));
    QVERIFY(cluster.store(3).flipBit(SideTable::Hints, hints->front().name, at * 8 + 1));
    cluster.start(2);
    QVERIFY(
        cluster.runUntil([&] { return cluster.store(3).sideScan(SideTable::Hints, {}, 10)->empty(); }, 60s));
    QCOMPARE(integrityOf(cluster, 3).counters.damagedHints, quint64(1));
    const auto isOnAll = [&] {
        for (int i = 0; i < 3; ++i) {
            const Result<SiblingSet> held = SiblingSet::decode(keyOf(key), storedAt(cluster, i, key));
            if (!held || valuesOf(*held) != QByteArrayList{"other"})
                return false;
        }
        return storedAt(cluster, 3, key).isEmpty();
    };
    QVERIFY(cluster.runUntil(isOnAll, 120s));
}

// Every message that carries the value, whatever it is: a write, the answer to a read, a forwarded write's
// answer, hints, listings, objects that differ.
void BitRotTest::whatIsDamagedInFlightIsRefused()
{
    VirtualCluster cluster(unscrubbed());
    QVERIFY(cluster.startAll());
    bool isOn = true;
    int changed = 0;
    cluster.network().tamper([&](int, int, QByteArray& message) {
        const qsizetype at = message.lastIndexOf("precious");
        if (!isOn || at < 0)
            return;
        message[at] = 'z';
        ++changed;
    });
    const auto isUntouched = [&] {
        for (int i = 0; i < 3; ++i) {
            if (storedAt(cluster, i, "k").contains("zrecious"))
                return false;
        }
        return true;
    };
    (void)cluster.put(0, "k", "precious", {}, quorumOf(1));
    for (int i = 0; i < 3; ++i) {
        for (int quorum = 1; quorum <= 3; ++quorum) {
            const auto got = cluster.get(i, "k", quorumOf(quorum));
            QVERIFY(!got || got->siblings.isEmpty() || valuesOf(got->siblings) == QByteArrayList{"precious"});
        }
    }
    cluster.runFor(60s);
    QVERIFY(changed > 10);
    QVERIFY(isUntouched());
    quint64 refused = 0;
    for (int i = 0; i < 3; ++i)
        refused += integrityOf(cluster, i).counters.damagedReceived;
    QVERIFY(refused > 5);
    isOn = false;
    QVERIFY(cluster.runUntil(
        [&] {
            return cluster.store(1).totals() == cluster.store(0).totals() &&
                   cluster.store(2).totals() == cluster.store(0).totals();
        },
        60s));
    QCOMPARE(valuesOf(cluster.get(1, "k", quorumOf(3))->siblings), QByteArrayList{"precious"});
}

void BitRotTest::aDamagedRecordDoesNotStopTheRepairOfOthers()
{
    VirtualCluster cluster(unscrubbed(2));
    QVERIFY(cluster.startAll());
    QVERIFY(cluster.put(0, "k", "value", {}, quorumOf(2)));
    // Both copies: nothing can repair them.
    QVERIFY(flip(cluster, 0, "k", bitOf(cluster, 0, "k", "value")));
    QVERIFY(flip(cluster, 1, "k", bitOf(cluster, 1, "k", "value") + 1));
    QVERIFY(!cluster.get(0, "k"));
    cluster.crash(1);
    for (int i = 0; i < 100; ++i)
        QVERIFY(cluster.put(0, QByteArray::number(i), "v", {}, quorumOf(1)));
    cluster.start(1);
    QVERIFY(cluster.runUntil([&] { return cluster.store(1).totals().objects == 101; }, 60s));
    QVERIFY(!cluster.get(1, "k"));
}

void BitRotTest::replicasWithTheFormatBeforeConverge()
{
    VirtualCluster cluster(unscrubbed());
    QVERIFY(cluster.startAll());
    QVERIFY(cluster.put(0, "k", "hi", {}, quorumOf(3)));
    const QByteArray now = storedAt(cluster, 0, "k");
    const SiblingSet set = *SiblingSet::decode(keyOf("k"), now);
    const Sibling only = set.siblings().front();
    ByteWriter old;
    old.varint(1);
    old.u64(only.dot.actor.value);
    old.varint(only.dot.counter);
    old.varint(static_cast<quint64>(only.written.msSinceEpoch) * 2);
    old.varint(1);
    old.varint(0);
    old.u8(0);
    old.bytes(only.value);
    QVERIFY(*SiblingSet::decode(keyOf("k"), old.result()) == set);
    // One node has the bytes that the previous build wrote.
    WriteBatch batch;
    batch.putObject(slotOfKey("k"), keyOf("k"), old.result(), true);
    cluster.store(1).write(std::move(batch), [](const Result<void>&) {});
    cluster.store(1).commitPending();
    QCOMPARE(valuesOf(cluster.get(1, "k", quorumOf(1))->siblings), QByteArrayList{"hi"});
    QVERIFY(cluster.runUntil([&] { return storedAt(cluster, 1, "k") == now; }, 60s));
    QVERIFY(hasTrueSummaries(cluster, 1));
    cluster.runFor(20s);
    for (int i = 0; i < 3; ++i)
        QCOMPARE(cluster.node(i).stats().repair.divergentSlots, quint64(0));
}

void BitRotTest::twoContentsUnderOneDotAreAnAlarm()
{
    VirtualCluster cluster(unscrubbed());
    QVERIFY(cluster.startAll());
    for (int i = 0; i < 2; ++i) {
        SiblingSet set;
        set.write(keyOf("k"), {}, i == 0 ? QByteArray("one") : QByteArray("two"), ActorId{77}, WallTime{1});
        WriteBatch batch;
        batch.putObject(slotOfKey("k"), keyOf("k"), set.encoded(), true);
        cluster.store(i).write(std::move(batch), [](const Result<void>&) {});
        cluster.store(i).commitPending();
    }
    QVERIFY(cluster.runUntil(
        [&] {
            return !storedAt(cluster, 2, "k").isEmpty() &&
                   storedAt(cluster, 0, "k") == storedAt(cluster, 1, "k") &&
                   storedAt(cluster, 2, "k") == storedAt(cluster, 1, "k");
        },
        60s));
    quint64 alarms = 0;
    for (int i = 0; i < 3; ++i)
        alarms += integrityOf(cluster, i).counters.contradictions;
    QVERIFY(alarms > 0);
    QVERIFY(cluster.log().join(QLatin1Char('\n')).contains(QStringLiteral("ALARM: the key \"k\"")));
}

QTEST_GUILESS_MAIN(BitRotTest)
#include "bit_rot_test.moc"
