// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/client/availability.h"

#include <QTest>

using namespace ringmaster;
using namespace Qt::StringLiterals;

namespace {

// Members n1, n2, ... and tokens by slot, evenly spread, in the order given: "0 1 2" is a ring where n1, n2
// and n3 own a third each. down: names that cannot be reached.
ClusterSnapshot snapshotOf(int members, const QList<int>& owners, const QStringList& down, int r = 2,
                           int w = 2)
{
    ClusterSnapshot snapshot;
    snapshot.connected = true;
    snapshot.replicas = 3;
    snapshot.readQuorum = r;
    snapshot.writeQuorum = w;
    for (int i = 0; i < members; ++i) {
        MemberSnapshot member;
        member.name = QStringLiteral("n%1").arg(i + 1);
        member.state = QStringLiteral("READY");
        member.reachable = !down.contains(member.name);
        snapshot.members.append(member);
    }
    for (int i = 0; i < owners.size(); ++i) {
        const qint64 end = static_cast<qint64>(slotCount) * (i + 1) / owners.size() - 1;
        snapshot.tokens.append({Slot{static_cast<quint16>(end)}, owners.at(i)});
    }
    return snapshot;
}

ClusterSnapshot withFullDisks(ClusterSnapshot snapshot, const QStringList& full)
{
    for (MemberSnapshot& member : snapshot.members)
        member.takesWrites = !full.contains(member.name);
    return snapshot;
}

ClusterSnapshot awaiting(ClusterSnapshot snapshot, const QStringList& names)
{
    for (MemberSnapshot& member : snapshot.members) {
        member.isAwaited = names.contains(member.name);
        member.reachable = !member.isAwaited;
    }
    return snapshot;
}

} // namespace

class AvailabilityTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aSentenceSaysWhatCanBeDone_data();
    void aSentenceSaysWhatCanBeDone();
    void slotsAreCounted();
    void replicasStandInDistinctZones();
    void nothingIsSaidOfAClusterThatDoesNotAnswer();
    void membersThatLeftAreNotCounted();
};

void AvailabilityTest::aSentenceSaysWhatCanBeDone_data()
{
    using Level = Availability::Level;
    QTest::addColumn<ClusterSnapshot>("snapshot");
    QTest::addColumn<int>("level");
    QTest::addColumn<QString>("sentence");
    const auto row = [](const char* name, const ClusterSnapshot& snapshot, Level level,
                        const char* sentence) {
        QTest::newRow(name) << snapshot << static_cast<int>(level) << QString::fromLatin1(sentence);
    };
    const QList<int> three{0, 1, 2};
    row("all up", snapshotOf(3, three, {}), Level::Full,
        "3 of 3 nodes up. Every key can be read and written.");
    row("one down", snapshotOf(3, three, {u"n3"_s}), Level::Fragile,
        "2 of 3 nodes up. Every key can be read and written. Losing n1 or n2 as well would stop reads and "
        "writes for all keys.");
    row("one down, R=1", snapshotOf(3, three, {u"n3"_s}, 1), Level::Fragile,
        "2 of 3 nodes up. Every key can be read and written. Losing n1 or n2 as well would stop writes for "
        "all keys.");
    row("two down", snapshotOf(3, three, {u"n2"_s, u"n3"_s}), Level::None,
        "1 of 3 nodes up. No key can be read or written: R=2 needs one more node, W=2 needs one more node.");
    row("two down, R=1", snapshotOf(3, three, {u"n2"_s, u"n3"_s}, 1), Level::None,
        "1 of 3 nodes up. No key can be written: W=2 needs one more node. Every key can be read.");
    row("all needed", snapshotOf(3, three, {}, 1, 3), Level::Fragile,
        "3 of 3 nodes up. Every key can be read and written. Losing n1, n2 or n3 would stop writes for all "
        "keys.");
    row("one node alone", snapshotOf(1, {0}, {}, 1, 1), Level::Fragile,
        "1 of 1 node up. Every key can be read and written. Losing n1 would stop reads and writes for all "
        "keys.");
    row("too few nodes", snapshotOf(1, {0}, {}), Level::None,
        "1 of 1 node up. No key can be read or written: R=2 needs one more node, W=2 needs one more node.");
    row("others stand in", snapshotOf(4, {0, 1, 2, 3}, {u"n1"_s, u"n2"_s}), Level::Fragile,
        "2 of 4 nodes up. Every key can be read and written. For 50 % of the keys (32768 of 65536 slots) "
        "other nodes stand in for n1 and n2; until those are back, it cannot be said of such a key that "
        "nothing is stored under it. Losing n3 or n4 as well would stop reads and writes for all keys.");
    row("others stand in for writes alone", snapshotOf(4, {0, 1, 2, 3}, {u"n1"_s, u"n2"_s}, 1, 2),
        Level::Fragile,
        "2 of 4 nodes up. Every key can be read and written. For 50 % of the keys (32768 of 65536 slots) "
        "other nodes stand in for n1 and n2. Losing n3 or n4 as well would stop reads and writes for all "
        "keys.");
    row("none of a key's own nodes is up", snapshotOf(5, {0, 1, 2, 3, 4}, {u"n1"_s, u"n2"_s, u"n3"_s}),
        Level::Degraded,
        "2 of 5 nodes up. What is stored cannot be read for 20 % of the keys (13107 of 65536 slots): none of "
        "their own nodes is up. Every key can be written.");
    row("disks are full", withFullDisks(snapshotOf(3, three, {}), {u"n1"_s, u"n2"_s, u"n3"_s}), Level::None,
        "3 of 3 nodes up. n1, n2 and n3 take no writes: their disks are full, or their stores have failed. "
        "No key can be written: W=2 needs 2 more nodes that take writes. Every key can be read.");
    row("one disk is full", withFullDisks(snapshotOf(4, {0, 1, 2, 3}, {}), {u"n1"_s}), Level::Full,
        "4 of 4 nodes up. n1 takes no writes: its disk is full, or its store has failed. Every key can be "
        "read and written.");
    row("not known yet", awaiting(snapshotOf(3, three, {}), {u"n2"_s, u"n3"_s}), Level::Unknown,
        "1 of 3 nodes up. Whether every key can be read and written is known as soon as there is word of n2 "
        "and n3.");
    row("what is not known changes nothing", awaiting(snapshotOf(3, three, {}), {u"n3"_s}), Level::Fragile,
        "2 of 3 nodes up. Every key can be read and written. Losing n1 or n2 as well would stop reads and "
        "writes for all keys.");
    row("no ring", snapshotOf(3, {}, {}), Level::Unknown,
        "3 of 3 nodes up. No node holds a part of the ring yet, so no key can be read or written.");
}

void AvailabilityTest::aSentenceSaysWhatCanBeDone()
{
    QFETCH(ClusterSnapshot, snapshot);
    const Availability availability = availabilityOf(snapshot);
    QTEST(availability.sentence, "sentence");
    QTEST(static_cast<int>(availability.level), "level");
}

void AvailabilityTest::slotsAreCounted()
{
    const auto availability = availabilityOf(snapshotOf(4, {0, 1, 2, 3}, {u"n1"_s, u"n2"_s}));
    QCOMPARE(availability.unreadableSlots, 0);
    QCOMPARE(availability.unwritableSlots, 0);
    QCOMPARE(availability.stoodInSlots, slotCount / 2);
    QCOMPARE(availability.critical, (QStringList{u"n3"_s, u"n4"_s}));
}

// n1, n2 and n3 are one zone and follow one another on the ring; n4 and n5 are two more. By zones each key
// has one replica in each, without them some keys have all three on n1, n2 and n3.
void AvailabilityTest::replicasStandInDistinctZones()
{
    const QStringList down{QStringLiteral("n1"), QStringLiteral("n2"), QStringLiteral("n3")};
    ClusterSnapshot snapshot = snapshotOf(5, {0, 1, 2, 3, 4}, down);
    QVERIFY(availabilityOf(snapshot).unreadableSlots > 0);
    for (int i = 0; i < 5; ++i)
        snapshot.members[i].zone = i < 3 ? QStringLiteral("a") : QStringLiteral("b%1").arg(i);
    QCOMPARE(availabilityOf(snapshot).unreadableSlots, 0);
}

void AvailabilityTest::nothingIsSaidOfAClusterThatDoesNotAnswer()
{
    ClusterSnapshot snapshot = snapshotOf(3, {0, 1, 2}, {});
    snapshot.connected = false;
    snapshot.problem = QStringLiteral("No node answers.");
    QCOMPARE(availabilityOf(snapshot).sentence, QStringLiteral("No node answers."));
    QCOMPARE(availabilityOf(snapshot).level, Availability::Level::Unknown);
    QVERIFY(!availabilityOf({}).sentence.isEmpty());
}

void AvailabilityTest::membersThatLeftAreNotCounted()
{
    ClusterSnapshot snapshot = snapshotOf(4, {0, 1, 2}, {QStringLiteral("n4")});
    snapshot.members.last().state = QStringLiteral("LEFT");
    QCOMPARE(availabilityOf(snapshot).sentence,
             QStringLiteral("3 of 3 nodes up. Every key can be read and written."));
}

QTEST_GUILESS_MAIN(AvailabilityTest)
#include "client_availability_test.moc"
