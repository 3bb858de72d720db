// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/sim/removal.h"

#include <algorithm>

namespace ringmaster::sim {

namespace {

using namespace std::chrono_literals;
using Kind = RemovalAct::Kind;

// A program that is told of its removal ends at once.
constexpr Duration lookAtRemovalEvery = 10ms;
constexpr Duration insistEvery = 500ms;
// So often refused, whoever changes the ring otherwise is told to stop that: it may wait for who is gone.
constexpr int patientTries = 10;

const char* nameOf(Kind kind)
{
    switch (kind) {
    case Kind::Kill:
        return "is killed";
    case Kind::ComeBack:
        return "comes back";
    case Kind::Remove:
        return "is to be removed";
    case Kind::TakeBack:
        return "is to stay after all";
    }
    return "";
}

Fault drawCut(int member, int nodes, Duration begins, SeededRandom& random)
{
    Fault cut;
    cut.kind = FaultKind::Partition;
    cut.begins = begins;
    cut.lasts = random.between(2500ms, 8s);
    cut.side = {member};
    if (nodes > 3 && random.chance(0.5))
        cut.side.push_back((member + 1 + static_cast<int>(random.below(quint64(nodes - 1)))) % nodes);
    return cut;
}

} // namespace

Removal drawRemoval(int nodes, Duration within, SeededRandom& random)
{
    Removal removal;
    removal.member = static_cast<int>(random.below(quint64(nodes)));
    const Duration begins = random.between(0ns, within / 2);
    const auto add = [&](Kind kind, Duration after) {
        removal.acts.push_back({kind, after, static_cast<int>(random.below(quint64(nodes)))});
        return after;
    };
    const auto way = random.below(10);
    removal.isForGood = way < 4;
    if (way < 7)
        add(Kind::Kill, begins);
    else
        removal.cut = drawCut(removal.member, nodes, begins, random);
    Duration last = begins + (removal.cut ? 1500ms : 50ms);
    const auto orders = 1 + random.below(3);
    for (quint64 i = 0; i < orders; ++i) {
        last = add(Kind::Remove, last + random.between(0ns, 1500ms));
        if (random.chance(0.35))
            (void)add(Kind::TakeBack, last + random.between(0ns, random.chance(0.5) ? 50ms : 1500ms));
    }
    if (way >= 4 && way < 7) // before, during or after it
        add(Kind::ComeBack, begins + random.between(100ms, random.chance(0.5) ? 2s : 8s));
    std::stable_sort(removal.acts.begin(), removal.acts.end(),
                     [](const RemovalAct& a, const RemovalAct& b) { return a.when < b.when; });
    return removal;
}

Removal drawOtherRemoval(const Removal& one, int nodes, Duration within, SeededRandom& random)
{
    Removal other = drawRemoval(nodes, within, random);
    while (other.isForGood || other.cut || other.member == one.member)
        other = drawRemoval(nodes, within, random);
    return other;
}

Removal drawAbsence(int nodes, Duration longerThan, SeededRandom& random)
{
    Removal removal;
    removal.member = static_cast<int>(random.below(quint64(nodes)));
    const Duration begins = random.between(0ns, 2s);
    const Duration lasts = longerThan + random.between(0ns, 8s);
    const auto way = random.below(4);
    removal.isForGood = way == 0;
    if (way < 2)
        removal.acts.push_back({Kind::Kill, begins, 0});
    else
        removal.cut =
            Fault{.kind = FaultKind::Partition, .begins = begins, .lasts = lasts, .side = {removal.member}};
    if (way == 1)
        removal.acts.push_back({Kind::ComeBack, begins + lasts, 0});
    return removal;
}

QString describe(const Removal& removal)
{
    QStringList lines;
    if (removal.heirComes)
        lines << QStringLiteral("at %1 ms an heir comes for %2")
                     .arg(std::chrono::duration<double, std::milli>(*removal.heirComes).count())
                     .arg(nodeName(removal.member));
    for (const RemovalAct& act : removal.acts) {
        lines << QStringLiteral("at %1 ms %2 %3%4")
                     .arg(std::chrono::duration<double, std::milli>(act.when).count())
                     .arg(nodeName(removal.member), QLatin1String(nameOf(act.kind)),
                          act.kind == Kind::Kill && removal.isForGood ? QStringLiteral(" for good")
                                                                      : QString());
    }
    return lines.join(QStringLiteral("\n  "));
}

RemovalActor::RemovalActor(VirtualCluster& cluster, const std::optional<Removal>& removal, Trace& trace,
                           std::function<void(int)> ended)
    : m_cluster(cluster)
    , m_removal(removal)
    , m_trace(trace)
    , m_ended(std::move(ended))
{}

void RemovalActor::say(const QString& what)
{
    m_trace.line(m_cluster.queue(), QStringLiteral("REMOVAL %1 %2").arg(nodeName(m_removal->member), what));
}

void RemovalActor::begin()
{
    if (!m_removal)
        return;
    for (const RemovalAct& one : m_removal->acts)
        m_cluster.queue().after(one.when, [this, &one] { act(one); });
    if (m_removal->heirComes)
        m_cluster.queue().after(*m_removal->heirComes, [this] { bringHeir(); });
    lookWhoIsRemoved();
}

// The last machine, which is configured for it.
void RemovalActor::bringHeir()
{
    const int heir = m_cluster.size() - 1;
    if (m_isHealed || m_cluster.isUp(heir))
        return;
    say(QStringLiteral("has an heir: ") + nodeName(heir));
    m_cluster.start(heir);
}

void RemovalActor::kill()
{
    const int member = m_removal->member;
    const bool wasUp = m_cluster.isUp(member);
    m_cluster.crash(member);
    if (wasUp)
        m_ended(member);
}

void RemovalActor::act(const RemovalAct& act)
{
    if (m_isHealed)
        return;
    const int member = m_removal->member;
    say(QLatin1String(nameOf(act.kind)));
    switch (act.kind) {
    case Kind::Kill:
        m_isAway = true;
        return kill();
    case Kind::ComeBack:
        m_isAway = false;
        if (m_over.count(member) == 0)
            m_cluster.start(member);
        return;
    case Kind::Remove:
        if (ask(act))
            m_isTakenBack = false;
        return;
    case Kind::TakeBack:
        if (ask(act))
            m_isTakenBack = true;
        return;
    }
}

// Each in turn until one does it: an operator's way with a cluster of which each node sees something else.
bool RemovalActor::ask(const RemovalAct& act)
{
    const NodeId member = nodeIdFor(nodeName(m_removal->member), 0);
    for (int i = 0; i < m_cluster.size(); ++i) {
        const int asked = (act.firstAsked + i) % m_cluster.size();
        const bool isItself = asked == m_removal->member;
        if ((isItself && act.kind == Kind::Remove) || !m_cluster.isUp(asked) || m_cluster.isPaused(asked))
            continue;
        Node& node = m_cluster.node(asked);
        const Result<void> done = act.kind == Kind::Remove ? node.remove(member)
                                  : isItself               ? node.cancel()
                                                           : node.cancelRemoval(member);
        m_cluster.touched(asked);
        say(QStringLiteral("%1, says %2: %3")
                .arg(QLatin1String(nameOf(act.kind)), nodeName(asked),
                     done ? QStringLiteral("done") : done.error().message));
        if (done)
            return true;
    }
    return false;
}

// Whoever it is: where the members remove by themselves it may be another.
void RemovalActor::lookWhoIsRemoved()
{
    for (int i = 0; i < m_cluster.size(); ++i) {
        if (!m_cluster.isUp(i) || !m_cluster.node(i).isDismissed())
            continue;
        say(QStringLiteral("is over: %1 is REMOVED, has given everything back, and ends").arg(nodeName(i)));
        m_over.insert(i);
        m_cluster.crash(i);
        m_ended(i);
    }
    m_cluster.queue().after(lookAtRemovalEvery, [this] { lookWhoIsRemoved(); });
}

bool RemovalActor::isKeptDown(int node) const
{
    return m_over.count(node) > 0 || (m_isAway && m_removal->member == node);
}

void RemovalActor::heal()
{
    m_isHealed = true;
    if (!m_isAway)
        return;
    m_isAway = m_removal->isForGood && !m_isTakenBack;
    if (m_isAway)
        insist(0);
}

bool RemovalActor::isRemovedForAll() const
{
    for (int i = 0; i < m_cluster.size(); ++i) {
        if (!m_cluster.isUp(i))
            continue;
        for (const MemberView& view : m_cluster.node(i).members().members) {
            if (view.member.name == nodeName(m_removal->member) && view.member.state != MemberState::Removed)
                return false;
        }
    }
    return true;
}

void RemovalActor::insist(int tries)
{
    if (isRemovedForAll())
        return;
    const RemovalAct again{Kind::Remove, {}, tries};
    if (!ask(again) && tries > 0 && tries % patientTries == 0) {
        for (int i = 0; i < m_cluster.size(); ++i) {
            if (!m_cluster.isUp(i))
                continue;
            (void)m_cluster.node(i).cancel();
            m_cluster.touched(i);
        }
    }
    m_cluster.queue().after(insistEvery, [this, tries] { insist(tries + 1); });
}

} // namespace ringmaster::sim
