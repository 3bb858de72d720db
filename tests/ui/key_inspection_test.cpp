// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/ui/sample_cluster.h"
#include "ui/inspector/placement_model.h"

#include <QTest>

using namespace ringmaster;

class KeyInspectionTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void beforeAnyAnswerTheRingSaysWhereAKeyBelongs();
    void eachReplicaSaysHowItStands();
    void withoutAReadTheReplicasAreComparedWithOneAnother();
    void aFallbackIsListedOnlyWhereItHoldsSomething();
    void bytesThatAreNoTextAreEscaped();
    void aValueCannotRearrangeItsCard();
};

namespace {

const Key cart = *Key::fromBytes("cart:4711");

ClientSibling sibling(int actor, quint64 counter, const QByteArray& value = {})
{
    ClientSibling s;
    s.dot = sample::actor(actor) + QLatin1Char(':') + QString::number(counter);
    s.clock = {{sample::actor(actor), counter}};
    s.value = value;
    return s;
}

ClientPlacement::Replica replica(const QString& node, const QList<ClientSibling>& siblings)
{
    ClientPlacement::Replica r;
    r.node = node;
    r.role = QStringLiteral("primary");
    r.reachable = true;
    r.siblings = siblings;
    return r;
}

ClientPlacement::Replica silent(const QString& node)
{
    ClientPlacement::Replica r;
    r.node = node;
    r.role = QStringLiteral("primary");
    r.error = QStringLiteral("unreachable");
    return r;
}

QString printed(const KeyInspection& inspection)
{
    PlacementModel model;
    model.setRows(inspection.rows);
    QStringList lines;
    for (int row = 0; row < model.rowCount(); ++row) {
        QStringList cells;
        for (int column = 0; column < model.columnCount(); ++column)
            cells.append(model.index(row, column).data().toString());
        lines.append(cells.join(QStringLiteral(" | ")));
    }
    return lines.join(QLatin1Char('\n'));
}

} // namespace

void KeyInspectionTest::beforeAnyAnswerTheRingSaysWhereAKeyBelongs()
{
    ClusterSnapshot s = sample::snapshot(4, 16);
    const ClusterFacts facts = sample::facts(s);
    const KeyInspection inspection = inspectKey(cart, facts, std::nullopt, std::nullopt);
    QCOMPARE(inspection.key, QStringLiteral("cart:4711"));
    QCOMPARE(inspection.slot, slotOf(inspection.position));
    QCOMPARE(inspection.rows.size(), 3);
    QVERIFY(!inspection.versions);
}

void KeyInspectionTest::eachReplicaSaysHowItStands()
{
    ClusterSnapshot s = sample::snapshot(4, 16);
    s.members[3].reachable = false;
    ClientPlacement placement;
    placement.replicas = {replica(QStringLiteral("n1"), {sibling(1, 4), sibling(2, 2)}),
                          replica(QStringLiteral("n2"), {sibling(1, 4)}), replica(QStringLiteral("n3"), {}),
                          silent(QStringLiteral("n4"))};
    ClientValue value;
    value.siblings = {sibling(1, 4, "tea"), sibling(2, 2, "jam")};
    const KeyInspection inspection = inspectKey(cart, sample::facts(s), placement, value);
    QCOMPARE(printed(inspection), QStringLiteral("n1 | primary | n1:4 · n2:2 | current\n"
                                                 "n2 | primary | n1:4 | stale\n"
                                                 "n3 | primary |  | holds nothing\n"
                                                 "n4 | primary |  | unreachable"));
    QCOMPARE(inspection.versions->size(), 2);
    QCOMPARE(inspection.versions->first().clock, QStringLiteral("n1:4"));
}

void KeyInspectionTest::withoutAReadTheReplicasAreComparedWithOneAnother()
{
    ClientPlacement placement;
    placement.replicas = {replica(QStringLiteral("n1"), {sibling(1, 4)}),
                          replica(QStringLiteral("n2"), {sibling(1, 4)}), replica(QStringLiteral("n3"), {})};
    QCOMPARE(
        printed(inspectKey(cart, sample::facts(sample::snapshot()), placement, std::nullopt)),
        QStringLiteral(
            "n1 | primary | n1:4 | current\nn2 | primary | n1:4 | current\nn3 | primary |  | holds nothing"));
    placement.replicas = {replica(QStringLiteral("n1"), {})};
    QCOMPARE(printed(inspectKey(cart, sample::facts(sample::snapshot()), placement, ClientValue())),
             QStringLiteral("n1 | primary |  | nothing written"));
}

void KeyInspectionTest::aFallbackIsListedOnlyWhereItHoldsSomething()
{
    ClientPlacement placement;
    placement.replicas = {replica(QStringLiteral("n1"), {sibling(1, 1)}), replica(QStringLiteral("n2"), {}),
                          replica(QStringLiteral("n3"), {sibling(1, 1)})};
    placement.replicas[1].role = QStringLiteral("fallback");
    placement.replicas[2].role = QStringLiteral("fallback");
    QCOMPARE(printed(inspectKey(cart, sample::facts(sample::snapshot()), placement, std::nullopt)),
             QStringLiteral("n1 | primary | n1:1 | current\nn3 | fallback | n1:1 | current"));
}

void KeyInspectionTest::bytesThatAreNoTextAreEscaped()
{
    ClientValue value;
    value.siblings = {sibling(9, 1, QByteArray("\xffok\x00", 4))};
    const KeyInspection inspection =
        inspectKey(*Key::fromBytes("k\xfe"), sample::facts(sample::snapshot()), std::nullopt, value);
    QCOMPARE(inspection.key, QStringLiteral("k\\xfe"));
    QCOMPARE(inspection.versions->first().value, QStringLiteral("\\xffok\\x00"));
    QVERIFY(!inspection.versions->first().utf8);
    QCOMPARE(inspection.versions->first().name,
             QStringLiteral("n9:1").replace(QStringLiteral("n9"), QStringLiteral("a00000")));
}

void KeyInspectionTest::aValueCannotRearrangeItsCard()
{
    ClientValue value;
    value.siblings = {sibling(1, 4, QStringLiteral("pay \u202e05$\nsecond line\x1b").toUtf8())};
    const KeyInspection inspection = inspectKey(cart, sample::facts(sample::snapshot()), std::nullopt, value);
    QCOMPARE(inspection.versions->first().value, QStringLiteral("pay \\u202e05$\nsecond line\\u001b"));
}

QTEST_GUILESS_MAIN(KeyInspectionTest)
#include "key_inspection_test.moc"
