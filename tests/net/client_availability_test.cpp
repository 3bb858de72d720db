// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/client/availability.h"

#include <QTest>

using namespace ringmaster;

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
    row("one down", snapshotOf(3, three, {QStringLiteral("n3")}), Level::Fragile,
        "2 of 3 nodes up. Every key can be read and written. Losing n1 or n2 as well would stop reads and "
        "writes "
        "for all keys.");
    row("one down, R=1", snapshotOf(3, three, {QStringLiteral("n3")}, 1), Level::Fragile,
        "2 of 3 nodes up. Every key can be read and written. Losing n1 or n2 as well would stop writes for "
        "all keys.");
    row("two down", snapshotOf(3, three, {QStringLiteral("n2"), QStringLiteral("n3")}), Level::None,
        "1 of 3 nodes up. No key can be read or written: R=2 and W=2 need one more node.");
    row("two down, R=1", snapshotOf(3, three, {QStringLiteral("n2"), QStringLiteral("n3")}, 1), Level::None,
        "1 of 3 nodes up. No key can be written: W=2 needs one more node. Every key can be read.");
    row("all needed", snapshotOf(3, three, {}, 1, 3), Level::Fragile,
        "3 of 3 nodes up. Every key can be read and written. Losing n1, n2 or n3 would stop writes for all "
        "keys.");
    row("one node alone", snapshotOf(1, {0}, {}, 1, 1), Level::Fragile,
        "1 of 1 node up. Every key can be read and written. Losing n1 would stop reads and writes for all "
        "keys.");
    row("too few nodes", snapshotOf(1, {0}, {}), Level::None,
        "1 of 1 node up. No key can be read or written: R=2 and W=2 need one more node.");
    row("some keys", snapshotOf(4, {0, 1, 2, 3}, {QStringLiteral("n1"), QStringLiteral("n2")}, 1, 2),
        Level::Degraded,
        "2 of 4 nodes up. 50 % of the keys (32768 of 65536 slots) cannot be written. Every key can be read.");
    row("some keys, both", snapshotOf(4, {0, 1, 2, 3}, {QStringLiteral("n1"), QStringLiteral("n2")}),
        Level::Degraded,
        "2 of 4 nodes up. 50 % of the keys (32768 of 65536 slots) can be neither read nor written: R=2 and "
        "W=2 need "
        "one more node.");
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
    const auto availability =
        availabilityOf(snapshotOf(4, {0, 1, 2, 3}, {QStringLiteral("n1"), QStringLiteral("n2")}, 1, 2));
    QCOMPARE(availability.unreadableSlots, 0);
    QCOMPARE(availability.unwritableSlots, slotCount / 2);
    QCOMPARE(availability.critical, (QStringList{QStringLiteral("n3"), QStringLiteral("n4")}));
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
