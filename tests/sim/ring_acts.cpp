// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/sim/ring_acts.h"

#include <algorithm>

namespace ringmaster::sim {

namespace {

using namespace std::chrono_literals;

const char* nameOf(RingActKind kind)
{
    switch (kind) {
    case RingActKind::Join:
        return "joins";
    case RingActKind::Leave:
        return "is to leave";
    case RingActKind::Return:
        return "is to join again";
    case RingActKind::Move:
        return "is to move";
    case RingActKind::Cancel:
        return "is to cancel";
    case RingActKind::Retire:
        return "is to leave, and to be stopped then";
    }
    return "";
}

std::vector<Slot> anySlots(SeededRandom& random)
{
    std::vector<Slot> slots;
    for (int token = 0; token < 3; ++token)
        slots.push_back(Slot{static_cast<quint16>(random.below(slotCount))});
    return slots;
}

// Another node's move, as two operators who do not know of each other order it; now and then to the same
// place.
RingAct atTheSameMoment(const RingAct& move, int nodes, SeededRandom& random)
{
    RingAct other = move;
    other.node = static_cast<int>(random.below(quint64(nodes)));
    if (random.below(4) != 0)
        other.slots = anySlots(random);
    return other;
}

} // namespace

QString describe(const RingAct& act)
{
    return nodeName(act.node) + QLatin1Char(' ') + QLatin1String(nameOf(act.kind));
}

std::vector<RingAct> drawRingActs(int nodes, int spares, Duration within, SeededRandom& random)
{
    std::vector<RingAct> acts;
    for (int spare = 0; spare < spares; ++spare)
        acts.push_back({RingActKind::Join, random.between(0ns, within), nodes + spare, {}});
    const auto more = 1 + random.below(4);
    for (quint64 i = 0; i < more; ++i) {
        RingAct act;
        act.kind = static_cast<RingActKind>(1 + random.below(5));
        act.when = random.between(0ns, within);
        act.node = static_cast<int>(random.below(quint64(nodes + spares)));
        if (act.kind == RingActKind::Move)
            act.slots = anySlots(random);
        if (act.kind == RingActKind::Move && random.below(2) == 0)
            acts.push_back(atTheSameMoment(act, nodes + spares, random));
        acts.push_back(std::move(act));
    }
    std::stable_sort(acts.begin(), acts.end(),
                     [](const RingAct& a, const RingAct& b) { return a.when < b.when; });
    return acts;
}

RingActor::RingActor(VirtualCluster& cluster, const std::vector<RingAct>& acts, int leastNodes, Trace& trace,
                     std::function<void(int)> stopped)
    : m_cluster(cluster)
    , m_acts(acts)
    , m_leastNodes(static_cast<size_t>(leastNodes))
    , m_trace(trace)
    , m_stopped(std::move(stopped))
{}

void RingActor::begin()
{
    for (const RingAct& one : m_acts)
        m_cluster.queue().after(one.when, [this, &one] { act(one); });
}

// Who leaves may not know yet of another that does.
bool RingActor::mayLeave(int node) const
{
    const std::vector<NodeId>& ring = m_cluster.node(node).rings().next().nodes();
    size_t staying = 0;
    for (int i = 0; i < m_cluster.size(); ++i) {
        const NodeId id = nodeIdFor(m_cluster.configOf(i).name, 0);
        const bool isThere = std::find(ring.begin(), ring.end(), id) != ring.end();
        staying += isThere && i != node && !m_leavers.contains(i) ? 1 : 0;
    }
    return staying >= m_leastNodes;
}

Result<void> RingActor::ask(const RingAct& act)
{
    Node& node = m_cluster.node(act.node);
    switch (act.kind) {
    case RingActKind::Leave:
    case RingActKind::Retire:
        if (!mayLeave(act.node))
            return failure(ErrorCode::Conflict, QStringLiteral("too few would be left"));
        return node.leave();
    case RingActKind::Return:
        return node.join({});
    case RingActKind::Move:
        return node.move(act.slots);
    case RingActKind::Cancel:
        return node.cancel();
    case RingActKind::Join:
        break;
    }
    return {};
}

void RingActor::act(const RingAct& act)
{
    const bool isJoin = act.kind == RingActKind::Join;
    if (isJoin == m_cluster.isUp(act.node) || isRetired(act.node))
        return; // it is there already, or is not there to be asked
    if (isJoin)
        m_cluster.start(act.node);
    const Result<void> done = ask(act);
    const bool leaves = act.kind == RingActKind::Leave || act.kind == RingActKind::Retire;
    if (done && leaves)
        m_leavers.insert(act.node);
    else if (done)
        m_leavers.erase(act.node);
    if (done && act.kind == RingActKind::Retire && m_retiring.insert(act.node).second)
        stopOnceLeft(act.node);
    else if (done)
        m_retiring.erase(act.node);
    m_trace.line(m_cluster.queue(), QStringLiteral("RING ") + describe(act) +
                                        (done ? QString() : QStringLiteral(": ") + done.error().message));
    m_cluster.touched(act.node);
}

// By itself and by somebody else: an operator asks either.
bool RingActor::isSeenLeft(int node) const
{
    if (!m_cluster.isUp(node) || m_cluster.node(node).state() != MemberState::Left)
        return false;
    for (int i = 0; i < m_cluster.size(); ++i) {
        if (i == node || !m_cluster.isUp(i))
            continue;
        for (const MemberView& view : m_cluster.node(i).members().members) {
            if (view.member.name == nodeName(node) && view.member.state == MemberState::Left)
                return true;
        }
    }
    return false;
}

// Unless it changes its mind before.
void RingActor::stopOnceLeft(int node)
{
    if (m_retiring.count(node) == 0)
        return;
    if (isSeenLeft(node) && !m_isAnswering) {
        m_trace.line(m_cluster.queue(),
                     QStringLiteral("RING %1 has left, and is stopped").arg(nodeName(node)));
        m_retired.insert(node);
        m_cluster.crash(node);
        return m_stopped(node);
    }
    m_cluster.queue().after(std::chrono::milliseconds(100), [this, node] { stopOnceLeft(node); });
}

} // namespace ringmaster::sim
