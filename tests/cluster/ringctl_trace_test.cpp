// SPDX-License-Identifier: GPL-3.0-or-later
// What a person sees in a terminal of a write while a node is down, and of its way home afterwards.
#include "tests/cluster/chaos_cluster.h"

#include <QJsonArray>
#include <QRegularExpression>

using namespace ringmaster;
using namespace Qt::StringLiterals;

namespace {

constexpr int deadlineMs = 30'000;
const QString key = u"greeting"_s;

QStringList words(const QString& line)
{
    return line.split(u' ');
}

int numberOf(const ChaosCluster& cluster, const QString& name)
{
    for (int i = 0; i < cluster.size(); ++i) {
        if (cluster.name(i) == name)
            return i;
    }
    return -1;
}

QStringList primariesOf(const ChaosCluster& cluster)
{
    QStringList names;
    const QJsonObject placement = cluster.json(0, u"/api/v1/placement/"_s + key);
    for (const QJsonValue& replica : placement.value("preference_list"_L1).toArray())
        names.append(replica.toObject().value("node"_L1).toString());
    return names;
}

bool sees(const ChaosCluster& cluster, int observer, const QString& node)
{
    const QJsonObject view = cluster.json(observer, u"/api/v1/members"_s);
    for (const QJsonValue& member : view.value("members"_L1).toArray()) {
        if (member.toObject().value("name"_L1).toString() == node)
            return member.toObject().value("reachable"_L1).toBool();
    }
    return false;
}

// To all that run but itself, the node is there, or is not.
bool allSee(const ChaosCluster& cluster, const QString& node, bool isThere)
{
    for (int i = 0; i < cluster.size(); ++i) {
        const bool runs = cluster.node(i)->pid() > 0;
        if (runs && cluster.name(i) != node && sees(cluster, i, node) != isThere)
            return false;
    }
    return true;
}

bool allSeeAll(const ChaosCluster& cluster)
{
    for (int i = 0; i < cluster.size(); ++i) {
        if (!allSee(cluster, cluster.name(i), true))
            return false;
    }
    return true;
}

// Who keeps the hint, as the lines of a timeline say it; empty: nobody.
QString keeperIn(const QByteArray& timeline, const QString& owner)
{
    const QRegularExpression pattern(u"(n\\d+) +keeps a hint for %1\\n"_s.arg(owner));
    return pattern.match(QString::fromUtf8(timeline)).captured(1);
}

QString traceIdIn(const QByteArray& timeline)
{
    return QRegularExpression(u"^trace ([0-9a-f]{16}):"_s, QRegularExpression::MultilineOption)
        .match(QString::fromUtf8(timeline))
        .captured(1);
}

bool showsReturn(const QByteArray& timeline, const QString& keeper, const QString& owner)
{
    return QString::fromUtf8(timeline).contains(
        QRegularExpression(u"%1 +→ +%2 +hint brought home"_s.arg(keeper, owner)));
}

} // namespace

class RingctlTraceTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aWriteShowsItsHintAndTheReturn_data();
    void aWriteShowsItsHintAndTheReturn();
    void aProgramGetsTheSame();
    void whatFailedShowsHow();

private:
    // The last primary that is not asked goes; its name.
    static QString takeAPrimaryAway(ChaosCluster& cluster);
};

QString RingctlTraceTest::takeAPrimaryAway(ChaosCluster& cluster)
{
    QStringList primaries = primariesOf(cluster);
    primaries.removeOne(cluster.name(0));
    if (primaries.isEmpty())
        return {};
    NodeProcess* const victim = cluster.node(numberOf(cluster, primaries.last()));
    victim->kill();
    const bool isKnown = QTest::qWaitFor(
        [&] { return victim->pid() == 0 && allSee(cluster, primaries.last(), false); }, deadlineMs);
    return isKnown ? primaries.last() : QString();
}

void RingctlTraceTest::aWriteShowsItsHintAndTheReturn_data()
{
    QTest::addColumn<int>("nodes");
    QTest::newRow("five nodes: a fallback stands in") << 5;
    QTest::newRow("three nodes: the coordinator keeps it") << 3;
}

void RingctlTraceTest::aWriteShowsItsHintAndTheReturn()
{
    QFETCH(int, nodes);
    ChaosCluster cluster(nodes);
    QVERIFY(cluster.start());
    QTRY_VERIFY_WITH_TIMEOUT(allSeeAll(cluster), deadlineMs);
    const QStringList primaries = primariesOf(cluster);
    const QString away = takeAPrimaryAway(cluster);
    QVERIFY(!away.isEmpty());

    const RingctlResult put = cluster.ctl({u"put"_s, key, u"hello"_s, u"--trace"_s});
    QVERIFY2(put.exitCode == 0, put.errors.constData());
    QVERIFY2(put.output.contains("is unreachable (primary)"), put.output.constData());
    const QString keeper = keeperIn(put.output, away);
    QVERIFY2(!keeper.isEmpty(), put.output.constData());
    const bool isFallback = put.output.contains("stored (fallback for " + away.toUtf8() + ')');
    QCOMPARE(isFallback, nodes == 5);
    QCOMPARE(primaries.contains(keeper), nodes == 3);
    QVERIFY(!showsReturn(put.output, keeper, away));
    QVERIFY2(put.output.contains((keeper + u" keeps the hint until "_s + away).toUtf8()),
             put.output.constData());
    const RingctlResult owed = cluster.ctl({u"hints"_s});
    QVERIFY2(owed.output.contains((u"waiting for "_s + away).toUtf8()), owed.output.constData());
    QVERIFY2(owed.errors.contains(away.toUtf8() + " does not answer"), owed.errors.constData());

    const QString id = traceIdIn(put.output);
    cluster.node(numberOf(cluster, away))->start();
    RingctlResult trace;
    const auto hasReturned = [&] {
        trace = cluster.ctl({u"trace"_s, id});
        return showsReturn(trace.output, keeper, away);
    };
    QTRY_VERIFY2_WITH_TIMEOUT(hasReturned(), trace.output.constData(), deadlineMs);
    QVERIFY(!trace.output.contains("keeps the hint until"));
    QTRY_COMPARE_WITH_TIMEOUT(cluster.ctl({u"hints"_s}).output,
                              QByteArray("No node keeps a hint for another.\n"), deadlineMs);
}

void RingctlTraceTest::aProgramGetsTheSame()
{
    ChaosCluster cluster(5);
    QVERIFY(cluster.start());
    QTRY_VERIFY_WITH_TIMEOUT(allSeeAll(cluster), deadlineMs);
    const QString away = takeAPrimaryAway(cluster);
    QVERIFY(!away.isEmpty());
    for (const QString& line : {u"put greeting hello"_s, u"delete greeting"_s}) {
        const RingctlResult answer = cluster.ctl(words(line) << u"--trace"_s << u"--json"_s);
        QVERIFY2(answer.exitCode == 0, answer.output.constData());
        const QJsonObject trace =
            QJsonDocument::fromJson(answer.output).object().value("trace"_L1).toObject();
        QStringList hintsFor;
        for (const QJsonValue& step : trace.value("steps"_L1).toArray()) {
            if (step.toObject().value("event"_L1) == "hint_kept"_L1)
                hintsFor.append(step.toObject().value("owner"_L1).toString());
        }
        QCOMPARE(hintsFor, QStringList{away});
        const RingctlResult later =
            cluster.ctl({u"trace"_s, trace.value("id"_L1).toString(), u"--json"_s}, 0);
        QCOMPARE(QJsonDocument::fromJson(later.output).object().value("steps"_L1), trace.value("steps"_L1));
    }
    const RingctlResult read = cluster.ctl(words(u"get greeting --raw --trace"_s));
    QCOMPARE(read.exitCode, 3);
    QVERIFY2(read.output.isEmpty() && read.errors.contains("holds "), read.errors.constData());
    QCOMPARE(cluster.ctl(words(u"trace 0000000000000001"_s)).exitCode, 3);
}

void RingctlTraceTest::whatFailedShowsHow()
{
    ChaosCluster cluster(3);
    QVERIFY(cluster.start());
    QTRY_VERIFY_WITH_TIMEOUT(allSeeAll(cluster), deadlineMs);
    for (const int i : {1, 2}) {
        cluster.node(i)->kill();
        QTRY_VERIFY_WITH_TIMEOUT(cluster.node(i)->pid() == 0 && allSee(cluster, cluster.name(i), false),
                                 deadlineMs);
    }
    const RingctlResult put = cluster.ctl({u"put"_s, key, u"hello"_s, u"--trace"_s});
    QCOMPARE(put.exitCode, 4);
    QVERIFY2(put.errors.contains("is unreachable (primary)"), put.errors.constData());
    QVERIFY2(put.errors.contains("failed: the client is told so"), put.errors.constData());
    const RingctlResult json = cluster.ctl({u"put"_s, key, u"hello"_s, u"--trace"_s, u"--json"_s});
    const QJsonObject answer = QJsonDocument::fromJson(json.output).object();
    QCOMPARE(answer.value("error"_L1).toString(), u"quorum_not_met"_s);
    QCOMPARE(answer.value("trace"_L1).toObject().value("outcome"_L1).toString(), u"failed"_s);
}

QTEST_GUILESS_MAIN(RingctlTraceTest)
#include "ringctl_trace_test.moc"
