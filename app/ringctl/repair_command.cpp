// SPDX-License-Identifier: GPL-3.0-or-later
// repair: bringing all replicas together now.
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

constexpr std::chrono::milliseconds betweenLooks{100};

struct NodeRepair {
    QString node;
    QString problem; // why it takes no part; else empty
    int peers = 0;
    bool busy = true;
    ClientRepair before;
    ClientRepair after;

    qint64 given() const { return after.objectsGiven - before.objectsGiven; }
    qint64 taken() const { return after.objectsTaken - before.objectsTaken; }
};

// A node that does not answer once takes no further part.
class RepairRun {
public:
    RepairRun(Members members, std::optional<Slot> slot)
        : m_asked(std::move(members))
        , m_slot(slot)
    {
        for (const MemberSnapshot& member : std::as_const(m_asked))
            m_nodes.append({member.name, {}, 0, true, {}, {}});
        look();
        for (NodeRepair& node : m_nodes)
            node.before = node.after;
    }

    void begin()
    {
        askAll<int>([this](NodeClient& client, QObject* context,
                           ClientCallback<int> done) { client.repair(m_slot, context, std::move(done)); },
                    [](NodeRepair& node, int peers) {
                        node.peers = peers;
                        node.busy = true;
                    });
    }

    // False where some are still busy at the deadline.
    bool waitUntilIdle(const QElapsedTimer& clock, qint64 deadlineMs)
    {
        look();
        while (isBusy()) {
            if (clock.elapsed() > deadlineMs)
                return false;
            pauseFor(betweenLooks);
            look();
        }
        return true;
    }

    const QList<NodeRepair>& nodes() const { return m_nodes; }

private:
    bool isBusy() const
    {
        return std::any_of(m_nodes.begin(), m_nodes.end(),
                           [](const NodeRepair& node) { return node.problem.isEmpty() && node.busy; });
    }

    void look()
    {
        askAll<ClientStats>([](NodeClient& client, QObject* context,
                               ClientCallback<ClientStats> done) { client.stats(context, std::move(done)); },
                            [](NodeRepair& node, const ClientStats& stats) {
                                node.after = stats.repair;
                                node.busy = stats.repair.busy;
                            });
    }

    template <class T, class Start, class Take>
    void askAll(Start start, Take take)
    {
        for (const auto& [member, answer] : askMembers<T>(m_asked, start)) {
            const QString name = member;
            const auto node = std::find_if(m_nodes.begin(), m_nodes.end(),
                                           [&](const NodeRepair& one) { return one.node == name; });
            if (answer)
                take(*node, *answer);
            else
                node->problem = silenceText(answer.error());
        }
        m_asked.removeIf([this](const MemberSnapshot& member) {
            return std::any_of(m_nodes.begin(), m_nodes.end(), [&](const NodeRepair& node) {
                return node.node == member.name && !node.problem.isEmpty();
            });
        });
    }

    Members m_asked;
    std::optional<Slot> m_slot;
    QList<NodeRepair> m_nodes;
};

struct RepairSum {
    qint64 given = 0;
    qint64 taken = 0;
    qint64 divergentSlots = 0; // the most that any node found in the last round
    bool isWhole = true;       // every member took part
};

RepairSum sumOf(const QList<NodeRepair>& nodes)
{
    RepairSum sum;
    for (const NodeRepair& node : nodes) {
        sum.isWhole = sum.isWhole && node.problem.isEmpty();
        if (!node.problem.isEmpty())
            continue;
        sum.given += node.given();
        sum.taken += node.taken();
        sum.divergentSlots = qMax(sum.divergentSlots, node.after.divergentSlots);
    }
    return sum;
}

QJsonObject repairJson(const QList<NodeRepair>& nodes, const RepairSum& sum, bool isIdle)
{
    QJsonArray list;
    for (const NodeRepair& node : nodes) {
        QJsonObject object{{u"node"_s, node.node}};
        if (!node.problem.isEmpty()) {
            object.insert(u"error"_s, node.problem);
        } else {
            object.insert(u"peers"_s, node.peers);
            object.insert(u"objects_given"_s, node.given());
            object.insert(u"objects_taken"_s, node.taken());
            object.insert(u"divergent_slots"_s, node.after.divergentSlots);
        }
        list.append(object);
    }
    return {{u"nodes"_s, list},
            {u"objects_given"_s, sum.given},
            {u"objects_taken"_s, sum.taken},
            {u"divergent_slots"_s, sum.divergentSlots},
            {u"idle"_s, isIdle}};
}

void printRepair(const QList<NodeRepair>& nodes, const RepairSum& sum)
{
    QList<QStringList> rows;
    for (const NodeRepair& node : nodes) {
        if (node.problem.isEmpty())
            rows.append({node.node, QString::number(node.peers), QString::number(node.given()),
                         QString::number(node.taken())});
        else
            rows.append({node.node, u"-"_s, u"-"_s, u"-"_s, node.problem});
    }
    print(table({u"NODE"_s, u"PEERS"_s, u"GAVE"_s, u"TOOK"_s, {}}, rows, {1, 2, 3}));
    print(u"%1 given, %2 taken; %3 left"_s.arg(counted(sum.given, u"object"_s))
              .arg(sum.taken)
              .arg(counted(sum.divergentSlots, u"divergent slot"_s)));
    if (sum.divergentSlots > 0)
        print(u"What is written meanwhile differs for a moment. If it stays so, run this again."_s);
    if (!sum.isWhole)
        print(u"Not every node took part: run this again when they are back."_s);
}

Result<std::optional<Slot>> slotFrom(const Invocation& in)
{
    if (!in.isSet(u"slot"_s))
        return std::optional<Slot>();
    const auto number = in.intValue(u"slot"_s, 0, lastSlot.value);
    if (!number)
        return tl::make_unexpected(number.error());
    return std::optional(Slot{static_cast<quint16>(*number)});
}

ExitCode repair(const Invocation& in)
{
    const auto slot = slotFrom(in);
    if (!slot)
        return fail(slot.error(), in.json);
    const auto seconds = in.intValue(u"timeout"_s, 1, 86'400);
    if (!seconds)
        return fail(seconds.error(), in.json);
    const auto members = membersToAsk(in);
    if (!members)
        return fail(members.error(), in.json);
    QElapsedTimer clock;
    clock.start();
    RepairRun run(*members, *slot);
    // The second time shows what is left: it costs next to nothing where nothing is.
    bool isIdle = true;
    for (int pass = 0; pass < 2 && isIdle; ++pass) {
        run.begin();
        isIdle = run.waitUntilIdle(clock, qint64{1000} * *seconds);
    }
    const RepairSum sum = sumOf(run.nodes());
    if (in.json)
        printJson(repairJson(run.nodes(), sum, isIdle));
    else
        printRepair(run.nodes(), sum);
    if (!isIdle && !in.json)
        note(u"The nodes are still at it after %1; they go on by themselves."_s.arg(
            counted(*seconds, u"second"_s)));
    return isIdle && sum.isWhole && sum.divergentSlots == 0 ? ExitCode::Ok : ExitCode::Failed;
}

} // namespace

QList<Command> repairCommands()
{
    return {
        {u"repair"_s,
         {},
         0,
         u"Compare all replicas now, and repair what differs."_s,
         u"The nodes do so by themselves all the time; this begins it everywhere, and waits until all are "
         u"idle. Exit code 1\nwhere something is left or a node did not take part."_s,
         {{u"slot"_s, u"Only this slot (0 to 65535), key by key; see \"ringctl placement\"."_s, u"N"_s},
          {u"timeout"_s, u"How long to wait (default 600)."_s, u"SECONDS"_s, u"600"_s}},
         repair}};
}

} // namespace ringmaster::ctl
