// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/membership/change_risk.h"

#include <QStringList>

#include <algorithm>
#include <limits>

namespace ringmaster {

namespace {

class Weighing {
public:
    Weighing(const HashRing& before, const HashRing& after, const std::set<NodeId>& removed,
             const PlanRules& rules, const std::function<bool(NodeId)>& isReachable)
        : m_before(before)
        , m_after(after)
        , m_removed(removed)
        , m_rules(rules)
        , m_isReachable(isReachable)
    {}

    void weigh(Slot slot)
    {
        const std::vector<NodeId>& before = m_before.preferenceList(slot);
        const std::vector<NodeId>& after = m_after.preferenceList(slot);
        if (!hasQuorum(before) || !hasQuorum(after)) {
            ++slotsAtRisk;
            collectAway(before, away);
            collectAway(after, away);
        }
        std::vector<NodeId> incoming;
        std::copy_if(after.begin(), after.end(), std::back_inserter(incoming), [&](NodeId node) {
            return std::find(before.begin(), before.end(), node) == before.end();
        });
        collectAway(incoming, receiversAway);
        if (!incoming.empty())
            weighSources(before);
        weighAfter(before, after);
    }

    int slotsAtRisk = 0;
    int slotsLost = 0;
    int slotsWithoutQuorumAfter = 0;
    int slotsBelowReplicasAfter = 0;
    size_t fewestAfter = std::numeric_limits<size_t>::max(); // replicas of a slot that loses one
    std::set<NodeId> away;
    std::set<NodeId> receiversAway;
    std::set<NodeId> sourcesAway;

private:
    bool hasQuorum(const std::vector<NodeId>& replicas) const
    {
        const auto there = std::count_if(replicas.begin(), replicas.end(), m_isReachable);
        const int quorum = std::max(m_rules.readQuorum, m_rules.writeQuorum);
        return there >= std::min<ptrdiff_t>(quorum, static_cast<ptrdiff_t>(replicas.size()));
    }
    void collectAway(const std::vector<NodeId>& nodes, std::set<NodeId>& to) const
    {
        std::copy_if(nodes.begin(), nodes.end(), std::inserter(to, to.end()),
                     [this](NodeId node) { return !m_isReachable(node); });
    }
    // As many as RingChange wants to have compared with.
    void weighSources(const std::vector<NodeId>& before)
    {
        std::vector<NodeId> sources;
        std::copy_if(before.begin(), before.end(), std::back_inserter(sources),
                     [this](NodeId node) { return m_removed.find(node) == m_removed.end(); });
        if (sources.empty() && !before.empty())
            ++slotsLost;
        const int quorum = std::min(m_rules.readQuorum, m_rules.writeQuorum);
        const auto wanted = std::max<ptrdiff_t>(1, static_cast<ptrdiff_t>(before.size()) - quorum + 1);
        const auto there = std::count_if(sources.begin(), sources.end(), m_isReachable);
        if (there < std::min(wanted, static_cast<ptrdiff_t>(sources.size())))
            collectAway(sources, sourcesAway);
    }

    // The ring when the change is over. What was so before is no consequence of the change.
    void weighAfter(const std::vector<NodeId>& before, const std::vector<NodeId>& after)
    {
        if (after.size() >= before.size())
            return;
        fewestAfter = std::min(fewestAfter, after.size());
        const auto left = static_cast<int>(after.size());
        slotsWithoutQuorumAfter += left < std::max(m_rules.readQuorum, m_rules.writeQuorum) ? 1 : 0;
        slotsBelowReplicasAfter += left < m_rules.replicas ? 1 : 0;
    }

    const HashRing& m_before;
    const HashRing& m_after;
    const std::set<NodeId>& m_removed;
    const PlanRules& m_rules;
    const std::function<bool(NodeId)>& m_isReachable;
};

QString namesOf(const std::set<NodeId>& nodes, const MemberTable& members)
{
    QStringList names;
    for (const NodeId node : nodes)
        names.append(members.find(node) ? members.find(node)->name : node.toString());
    names.sort();
    return names.join(QStringLiteral(", "));
}

QString slotsOfAll(int count)
{
    return QStringLiteral("%1 of %2 slots").arg(count).arg(slotCount);
}

QString wordsFor(const Weighing& weighed, const MemberTable& members)
{
    QStringList parts;
    if (weighed.slotsAtRisk > 0)
        parts.append(QStringLiteral("%1 cannot reach a quorum of their replicas while the change is under "
                                    "way, because %2 cannot be reached: strict requests for their keys "
                                    "would fail")
                         .arg(slotsOfAll(weighed.slotsAtRisk), namesOf(weighed.away, members)));
    if (!weighed.receiversAway.empty())
        parts.append(QStringLiteral("data is to come to %1, which cannot be reached: the change waits until "
                                    "it is back")
                         .arg(namesOf(weighed.receiversAway, members)));
    if (!weighed.sourcesAway.empty())
        parts.append(QStringLiteral("with these quorums the data that moves is known to be whole only when "
                                    "it was compared with %1 too, which cannot be reached: the change waits "
                                    "until it is back, or is removed")
                         .arg(namesOf(weighed.sourcesAway, members)));
    return parts.join(QStringLiteral("; "));
}

// "R=2 and W=2 need": what so many replicas are too few for.
QString needsMoreThan(int replicas, const PlanRules& rules)
{
    QStringList quorums;
    if (rules.readQuorum > replicas)
        quorums.append(QStringLiteral("R=%1").arg(rules.readQuorum));
    if (rules.writeQuorum > replicas)
        quorums.append(QStringLiteral("W=%1").arg(rules.writeQuorum));
    return quorums.join(QStringLiteral(" and ")) +
           (quorums.size() == 1 ? QStringLiteral(" needs") : QStringLiteral(" need"));
}

QString consequenceOf(const Weighing& weighed, const PlanRules& rules)
{
    QStringList parts;
    const auto fewest = static_cast<int>(weighed.fewestAfter);
    const QString left =
        fewest == 1 ? QStringLiteral("1 replica") : QStringLiteral("%1 replicas").arg(fewest);
    if (weighed.slotsLost > 0)
        parts.append(QStringLiteral("of %1 no replica is left: what they held is lost")
                         .arg(slotsOfAll(weighed.slotsLost)));
    if (weighed.slotsWithoutQuorumAfter > 0) {
        const bool reads = rules.readQuorum > fewest;
        const bool writes = rules.writeQuorum > fewest;
        parts.append(QStringLiteral("%1 keep %2, and %3 more: afterwards none of their keys can be %4")
                         .arg(slotsOfAll(weighed.slotsWithoutQuorumAfter), left, needsMoreThan(fewest, rules),
                              reads && writes ? QStringLiteral("read or written")
                              : reads         ? QStringLiteral("read")
                                              : QStringLiteral("written")));
    } else if (weighed.slotsBelowReplicasAfter > 0)
        parts.append(QStringLiteral("%1 keep %2 instead of N=%3: afterwards their keys outlive the loss of "
                                    "fewer nodes")
                         .arg(slotsOfAll(weighed.slotsBelowReplicasAfter), left)
                         .arg(rules.replicas));
    return parts.join(QStringLiteral("; "));
}

} // namespace

Error refusalOf(const ChangeRisk& risk, const QString& act)
{
    return {ErrorCode::Conflict,
            QStringLiteral("%1: %2. Nothing was changed. Add a node first, or accept that with --force "
                           "(\"force\": true in the API).")
                .arg(act, risk.consequence)};
}

ChangeRisk riskOf(const HashRing& before, const HashRing& after, const MemberTable& members,
                  const std::set<NodeId>& removed, const PlanRules& rules,
                  const std::function<bool(NodeId)>& isReachable)
{
    Weighing weighed(before, after, removed, rules, isReachable);
    for (int slot = 0; slot < slotCount; ++slot)
        weighed.weigh(Slot{static_cast<quint16>(slot)});
    const QString words = wordsFor(weighed, members);
    const QString consequence = consequenceOf(weighed, rules);
    ChangeRisk risk{
        .slotsAtRisk = weighed.slotsAtRisk,
        .slotsLost = weighed.slotsLost,
        .slotsWithoutQuorumAfter = weighed.slotsWithoutQuorumAfter,
        .slotsBelowReplicasAfter = weighed.slotsBelowReplicasAfter,
        .waitsFor = weighed.receiversAway,
        .consequence = consequence,
        .words = words.isEmpty() || consequence.isEmpty() ? words + consequence
                                                          : words + QStringLiteral("; ") + consequence,
    };
    risk.waitsFor.insert(weighed.sourcesAway.begin(), weighed.sourcesAway.end());
    return risk;
}

} // namespace ringmaster
