// SPDX-License-Identifier: GPL-3.0-or-later
// scrub: reading everything from the disks now, to find damage.
#include "app/ringctl/await.h"
#include "app/ringctl/command.h"
#include "app/ringctl/member_calls.h"
#include "app/ringctl/output.h"

#include <QElapsedTimer>
#include <QJsonArray>

#include <algorithm>

namespace ringmaster::ctl {

using namespace Qt::StringLiterals;

namespace {

constexpr std::chrono::milliseconds betweenScrubLooks{100};

struct NodeScrub {
    QString node;
    QString problem; // why it takes no part; else empty
    qint64 passesBefore = 0;
    ClientIntegrity before;
    ClientIntegrity after;

    // Damage that the pass has found is repaired, or named as not repaired yet.
    bool isOver() const { return !problem.isEmpty() || after.scrubPasses > passesBefore; }
    qint64 found() const { return after.damagedRecords - before.damagedRecords; }
    qint64 repaired() const { return after.repairedRecords - before.repairedRecords; }
    qint64 hints() const { return after.damagedHints - before.damagedHints; }
};

// A node that does not answer once takes no further part.
class ScrubRun {
public:
    explicit ScrubRun(Members members)
        : m_asked(std::move(members))
    {
        for (const MemberSnapshot& member : std::as_const(m_asked))
            m_nodes.append({member.name, {}, 0, {}, {}});
        look();
        for (NodeScrub& node : m_nodes)
            node.before = node.after;
        askEach<qint64>([](NodeClient& client, QObject* context,
                           ClientCallback<qint64> done) { client.scrub(context, std::move(done)); },
                        [](NodeScrub& node, qint64 passes) { node.passesBefore = passes; });
    }

    // False where some are not done at the deadline. What was found has a moment to be repaired.
    bool wait(const QElapsedTimer& clock, qint64 deadlineMs)
    {
        constexpr int looksForRepair = 50;
        int left = looksForRepair;
        for (;;) {
            look();
            const bool over = std::all_of(m_nodes.begin(), m_nodes.end(),
                                          [](const NodeScrub& node) { return node.isOver(); });
            const bool sound = std::all_of(m_nodes.begin(), m_nodes.end(), [](const NodeScrub& node) {
                return !node.problem.isEmpty() || node.after.damagedNow == 0;
            });
            if (over && (sound || left-- == 0))
                return true;
            if (clock.elapsed() > deadlineMs)
                return over;
            pauseFor(betweenScrubLooks);
        }
    }

    const QList<NodeScrub>& nodes() const { return m_nodes; }

private:
    void look()
    {
        askEach<ClientStats>([](NodeClient& client, QObject* context,
                                ClientCallback<ClientStats> done) { client.stats(context, std::move(done)); },
                             [](NodeScrub& node, const ClientStats& stats) { node.after = stats.integrity; });
    }

    template <class T, class Start, class Take>
    void askEach(Start start, Take take)
    {
        for (const auto& [member, answer] : askMembers<T>(m_asked, start)) {
            const QString name = member;
            const auto node = std::find_if(m_nodes.begin(), m_nodes.end(),
                                           [&](const NodeScrub& one) { return one.node == name; });
            if (answer)
                take(*node, *answer);
            else
                node->problem = silenceText(answer.error());
        }
        m_asked.removeIf([this](const MemberSnapshot& member) {
            return std::any_of(m_nodes.begin(), m_nodes.end(), [&](const NodeScrub& node) {
                return node.node == member.name && !node.problem.isEmpty();
            });
        });
    }

    Members m_asked;
    QList<NodeScrub> m_nodes;
};

struct ScrubSum {
    qint64 found = 0;
    qint64 left = 0;
    qint64 contradictions = 0; // since the nodes started
    bool isWhole = true;       // every member took part
};

ScrubSum sumOf(const QList<NodeScrub>& nodes)
{
    ScrubSum sum;
    for (const NodeScrub& node : nodes) {
        sum.isWhole = sum.isWhole && node.problem.isEmpty();
        sum.found += node.found() + node.hints();
        sum.left += node.after.damagedNow;
        sum.contradictions += node.after.contradictions;
    }
    return sum;
}

QJsonObject scrubJson(const QList<NodeScrub>& nodes, const ScrubSum& sum, bool isOver)
{
    QJsonArray list;
    for (const NodeScrub& node : nodes) {
        QJsonObject object{{u"node"_s, node.node}};
        if (!node.problem.isEmpty()) {
            object.insert(u"error"_s, node.problem);
        } else {
            object.insert(u"objects"_s, node.after.scrubbedObjects);
            object.insert(u"damaged_records"_s, node.found());
            object.insert(u"repaired_records"_s, node.repaired());
            object.insert(u"damaged_now"_s, node.after.damagedNow);
            object.insert(u"damaged_hints"_s, node.hints());
            object.insert(u"contradictions"_s, node.after.contradictions);
        }
        list.append(object);
    }
    return {{u"nodes"_s, list}, {u"found"_s, sum.found}, {u"damaged_now"_s, sum.left}, {u"over"_s, isOver}};
}

void printScrub(const QList<NodeScrub>& nodes, const ScrubSum& sum)
{
    QList<QStringList> rows;
    for (const NodeScrub& node : nodes) {
        if (node.problem.isEmpty())
            rows.append({node.node, QString::number(node.after.scrubbedObjects),
                         QString::number(node.found()), QString::number(node.repaired()),
                         QString::number(node.after.damagedNow)});
        else
            rows.append({node.node, u"-"_s, u"-"_s, u"-"_s, u"-"_s, node.problem});
    }
    print(table({u"NODE"_s, u"READ"_s, u"DAMAGED"_s, u"REPAIRED"_s, u"LEFT"_s, {}}, rows, {1, 2, 3, 4}));
    if (sum.found == 0 && sum.left == 0)
        print(u"Every checksum fits."_s);
    if (sum.found > 0)
        print(
            u"A disk or the memory of a node changes bytes: the nodes' logs name the keys. Look at the machine."_s);
    if (sum.left > 0)
        print(
            u"What is left is repaired when the other replicas of the keys can be reached; \"stats\" names the keys."_s);
    if (sum.contradictions > 0)
        print(u"%1 had two contents under one dot since the nodes started: see their logs."_s.arg(
            counted(sum.contradictions, u"version"_s)));
    if (!sum.isWhole)
        print(u"Not every node took part: run this again when they are back."_s);
}

ExitCode scrub(const Invocation& in)
{
    const auto seconds = in.intValue(u"timeout"_s, 1, 7 * 86'400);
    if (!seconds)
        return fail(seconds.error(), in.json);
    const auto members = membersToAsk(in);
    if (!members)
        return fail(members.error(), in.json);
    QElapsedTimer clock;
    clock.start();
    ScrubRun run(*members);
    const bool isOver = run.wait(clock, qint64{1000} * *seconds);
    const ScrubSum sum = sumOf(run.nodes());
    if (in.json)
        printJson(scrubJson(run.nodes(), sum, isOver));
    else
        printScrub(run.nodes(), sum);
    if (!isOver && !in.json)
        note(u"The nodes are still at it after %1; they go on by themselves."_s.arg(
            counted(*seconds, u"second"_s)));
    return isOver && sum.isWhole && sum.left == 0 ? ExitCode::Ok : ExitCode::Failed;
}

} // namespace

QList<Command> scrubCommands()
{
    return {{u"scrub"_s,
             {},
             0,
             u"Read everything from the disks of all nodes now, and verify its checksums."_s,
             u"The nodes do so by themselves, slowly (ringnode --scrub-days); this begins it everywhere, and "
             u"waits "
             u"until it\nis over. Damaged records are repaired from the other replicas. Exit code 1 where "
             u"damage is "
             u"left or a node did not\ntake part."_s,
             {{u"timeout"_s, u"How long to wait (default 3600)."_s, u"SECONDS"_s, u"3600"_s}},
             scrub}};
}

} // namespace ringmaster::ctl
