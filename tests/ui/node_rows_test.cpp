// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/ui/sample_cluster.h"
#include "ui/nodes/node_list_model.h"
#include "ui/theme/palette.h"

#include <QAbstractItemModelTester>
#include <QSignalSpy>
#include <QTest>

using namespace ringmaster;

class NodeRowsTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void rowsSayStateAndLoad();
    void aProcessThatEndedIsDownBeforeTheClusterKnows();
    void aNodeThatIsStartingHasARowBeforeItIsAMember();
    void namesAreInOrderOfTheirNumbers();
    void anUpdateTellsOnlyWhatDiffers();
    void twelveNodesHaveTwelveHues();
    void whatANodeSaysOfItselfIsShown();
    void aNodeKeepsItsHueWhenOthersComeAndGo();
    void oneNodeMoreThanThereAreHuesSharesOne();
};

namespace {

QString printed(const QList<NodeRow>& rows)
{
    QStringList lines;
    for (const NodeRow& row : rows)
        lines.append(QStringLiteral("%1 | %2 | %3 | %4 | hue %5")
                         .arg(row.name, stateWords(row), row.address, loadWords(row))
                         .arg(row.hue));
    return lines.join(QLatin1Char('\n')).replace(QChar(0x202f), QLatin1Char(' '));
}

QString printed(const NodeListModel& model)
{
    QStringList lines;
    for (int row = 0; row < model.rowCount(); ++row)
        lines.append(model.index(row).data(Qt::AccessibleTextRole).toString());
    return lines.join(QLatin1Char('\n')).replace(QChar(0x202f), QLatin1Char(' '));
}

NodeHues huesOf(const QStringList& names)
{
    NodeHues hues;
    hues.meet(names);
    return hues;
}

ProcessFacts process(int number, NodeProcess::State state, qint64 sinceMs = 0)
{
    ProcessFacts facts;
    facts.name = QStringLiteral("n%1").arg(number);
    facts.state = state;
    facts.sinceMs = sinceMs;
    facts.httpAddress = QStringLiteral("127.0.0.1:%1").arg(8100 + number);
    return facts;
}

const QStringList names{QStringLiteral("n1"), QStringLiteral("n2"), QStringLiteral("n3")};

} // namespace

void NodeRowsTest::rowsSayStateAndLoad()
{
    ClusterSnapshot s = sample::snapshot();
    s.members[1].state = QStringLiteral("PENDING");
    s.members[2].reachable = false;
    s.members[2].unreachableMs = 11500;
    QCOMPARE(printed(nodeRows(s, {}, huesOf(names), 1000)),
             QStringLiteral("n1 | Up | 127.0.0.1:8101 | 4 121 keys · 100/s | hue 0\n"
                            "n2 | Joining | 127.0.0.1:8102 | 4 122 keys · 200/s | hue 1\n"
                            "n3 | Down 12 s | 127.0.0.1:8103 | 4 123 keys | hue 2"));
}

void NodeRowsTest::aProcessThatEndedIsDownBeforeTheClusterKnows()
{
    const QList<ProcessFacts> processes{process(1, NodeProcess::State::Serving),
                                        process(2, NodeProcess::State::Died, 3000),
                                        process(3, NodeProcess::State::Stopped, 500)};
    const ClusterSnapshot s = withProcesses(sample::snapshot(), processes);
    QVERIFY(s.members.at(0).reachable);
    QVERIFY(!s.members.at(1).reachable);
    QVERIFY(!s.members.at(2).reachable);
    QCOMPARE(printed(nodeRows(s, processes, huesOf(names))),
             QStringLiteral("n1 | Up | 127.0.0.1:8101 | 4 121 keys · 100/s | hue 0\n"
                            "n2 | Down 3 s | 127.0.0.1:8102 | 4 122 keys | hue 1\n"
                            "n3 | Stopped | 127.0.0.1:8103 | 4 123 keys | hue 2"));
}

void NodeRowsTest::aNodeThatIsStartingHasARowBeforeItIsAMember()
{
    const QList<ProcessFacts> processes{process(1, NodeProcess::State::Starting)};
    const QList<NodeRow> rows = nodeRows(ClusterSnapshot(), processes, huesOf(names));
    QCOMPARE(printed(rows), QStringLiteral("n1 | Starting | 127.0.0.1:8101 |  | hue 0"));
    QVERIFY(canStop(rows.first()));
    QVERIFY(!canStart(rows.first()));
}

void NodeRowsTest::namesAreInOrderOfTheirNumbers()
{
    const QList<NodeRow> rows = nodeRows(sample::snapshot(11, 4), {}, NodeHues());
    QCOMPARE(rows.at(1).name, QStringLiteral("n2"));
    QCOMPARE(rows.at(10).name, QStringLiteral("n11"));
}

void NodeRowsTest::anUpdateTellsOnlyWhatDiffers()
{
    NodeListModel model;
    const QAbstractItemModelTester tester(&model);
    ClusterSnapshot s = sample::snapshot();
    const NodeHues hues = huesOf(names);
    model.setRows(nodeRows(s, {}, hues));
    QSignalSpy changed(&model, &QAbstractItemModel::dataChanged);
    QSignalSpy reset(&model, &QAbstractItemModel::modelReset);
    model.setRows(nodeRows(s, {}, hues));
    QCOMPARE(changed.count(), 0);
    s.members[1].keys = 7;
    model.setRows(nodeRows(s, {}, hues));
    QCOMPARE(changed.count(), 1);
    s.members.removeAt(0);
    s.members.append(sample::member(4));
    model.setRows(nodeRows(s, {}, hues));
    QCOMPARE(reset.count(), 0);
    QCOMPARE(printed(model), QStringLiteral("n2, Up, 127.0.0.1:8102, 7 keys · 200/s\n"
                                            "n3, Up, 127.0.0.1:8103, 4 123 keys · 300/s\n"
                                            "n4, Up, 127.0.0.1:8104, 1 004 keys · 400/s"));
}

void NodeRowsTest::twelveNodesHaveTwelveHues()
{
    QStringList all;
    for (int i = 1; i <= 12; ++i)
        all.append(QStringLiteral("n%1").arg(i));
    const NodeHues hues = huesOf(all);
    QSet<int> distinct;
    for (const QString& name : all)
        distinct.insert(hues.hueOf(name));
    QCOMPARE(distinct.size(), 12);
}

void NodeRowsTest::whatANodeSaysOfItselfIsShown()
{
    ClusterSnapshot s = sample::snapshot();
    s.members[0].takesWrites = false;
    s.members[1].reachable = false;
    s.members[1].isAwaited = true;
    const QList<NodeRow> rows = nodeRows(s, {}, huesOf(names));
    QVERIFY(rows.at(0).problem.contains(QStringLiteral("takes no writes")));
    QCOMPARE(stateWords(rows.at(1)), QStringLiteral("Starting"));
}

void NodeRowsTest::aNodeKeepsItsHueWhenOthersComeAndGo()
{
    NodeHues hues = huesOf({QStringLiteral("n2"), QStringLiteral("n5")});
    const int two = hues.hueOf(QStringLiteral("n2"));
    hues.meet({QStringLiteral("n1"), QStringLiteral("n2"), QStringLiteral("apple")});
    QCOMPARE(hues.hueOf(QStringLiteral("n2")), two);
    QCOMPARE(two, 1);
    QCOMPARE(hues.hueOf(QStringLiteral("n5")), 4);
    QSet<int> distinct{hues.hueOf(QStringLiteral("n1")), hues.hueOf(QStringLiteral("n2")),
                       hues.hueOf(QStringLiteral("n5")), hues.hueOf(QStringLiteral("apple"))};
    QCOMPARE(distinct.size(), 4);
}

void NodeRowsTest::oneNodeMoreThanThereAreHuesSharesOne()
{
    QStringList many;
    for (int i = 1; i <= Palette::nodeHues + 1; ++i)
        many.append(QStringLiteral("n%1").arg(i));
    const NodeHues hues = huesOf(many);
    QSet<int> distinct;
    for (const QString& name : many) {
        QVERIFY(hues.hueOf(name) >= 0 && hues.hueOf(name) < Palette::nodeHues);
        distinct.insert(hues.hueOf(name));
    }
    QCOMPARE(distinct.size(), Palette::nodeHues);
}

QTEST_GUILESS_MAIN(NodeRowsTest)
#include "node_rows_test.moc"
