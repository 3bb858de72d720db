// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/membership/change_risk.h"

#include <QStringList>

#include <algorithm>

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
    }

    int slotsAtRisk = 0;
    int slotsLost = 0;
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

QString wordsFor(const Weighing& weighed, const MemberTable& members)
{
    QStringList parts;
    const auto slotsOfAll = [](int count) {
        return QStringLiteral("%1 of %2 slots").arg(count).arg(slotCount);
    };
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
    if (weighed.slotsLost > 0)
        parts.append(QStringLiteral("of %1 no replica is left: what they held is lost")
                         .arg(slotsOfAll(weighed.slotsLost)));
    return parts.join(QStringLiteral("; "));
}

} // namespace

ChangeRisk riskOf(const HashRing& before, const HashRing& after, const MemberTable& members,
                  const std::set<NodeId>& removed, const PlanRules& rules,
                  const std::function<bool(NodeId)>& isReachable)
{
    Weighing weighed(before, after, removed, rules, isReachable);
    for (int slot = 0; slot < slotCount; ++slot)
        weighed.weigh(Slot{static_cast<quint16>(slot)});
    ChangeRisk risk{weighed.slotsAtRisk, weighed.slotsLost, weighed.receiversAway,
                    wordsFor(weighed, members)};
    risk.waitsFor.insert(weighed.sourcesAway.begin(), weighed.sourcesAway.end());
    return risk;
}

} // namespace ringmaster
