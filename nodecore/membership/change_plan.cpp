// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/membership/change_plan.h"

#include "nodecore/ring/ring_view.h"
#include "nodecore/ring/token_allocation.h"

#include <QStringList>

#include <algorithm>
#include <set>

namespace ringmaster {

namespace {

tl::unexpected<Error> malformed(const QString& message)
{
    return failure(ErrorCode::Malformed, message);
}

class Planner {
public:
    Planner(const MemberTable& members, int replicas, Random& random)
        : m_replicas(replicas)
        , m_random(random)
        , m_table(members)
    {}

    Result<void> apply(const ChangeWish& wish)
    {
        if (!isValidNodeName(wish.name))
            return malformed(QStringLiteral("\"%1\" is no node name.").arg(wish.name.left(64)));
        if (!m_named.insert(wish.name).second)
            return malformed(QStringLiteral("%1 is to change twice.").arg(wish.name));
        switch (wish.kind) {
        case ChangeWish::Kind::Join:
            return join(wish);
        case ChangeWish::Kind::Leave:
        case ChangeWish::Kind::Remove:
            return leave(wish);
        case ChangeWish::Kind::Move:
            return move(wish);
        case ChangeWish::Kind::Replace:
            return replace(wish);
        }
        return malformed(QStringLiteral("There is no such change."));
    }
    MemberTable take() { return std::move(m_table); }

private:
    const Member* find(const QString& name) const
    {
        for (const auto& [id, member] : m_table.members()) {
            if (member.name == name && member.state != MemberState::Removed)
                return &member;
        }
        return nullptr;
    }
    static bool holdsTokens(const Member& member)
    {
        return member.state == MemberState::Ready || member.state == MemberState::Leaving;
    }
    void put(Member member, std::vector<Slot> tokens)
    {
        std::sort(tokens.begin(), tokens.end());
        tokens.erase(std::unique(tokens.begin(), tokens.end()), tokens.end());
        member.tokens = std::move(tokens);
        member.target.reset();
        member.state = member.tokens.empty() ? MemberState::Left : MemberState::Ready;
        ++member.version;
        m_table.merge(member);
    }
    Member madeUp(const ChangeWish& wish) const
    {
        Member member;
        member.name = wish.name;
        member.id = nodeIdFor(wish.name, 0);
        member.zone = wish.zone;
        member.capacity = wish.capacity;
        return member;
    }
    Result<void> join(const ChangeWish& wish)
    {
        const Member* known = find(wish.name);
        if (known && holdsTokens(*known))
            return failure(ErrorCode::Conflict, QStringLiteral("%1 is on the ring already.").arg(wish.name));
        const Member joiner = known ? *known : madeUp(wish);
        std::vector<Slot> tokens = wish.tokenSlots;
        if (tokens.empty()) {
            const RingMember member{joiner.id, {}, joiner.zone, joiner.capacity};
            const int count = tokensFor(wish.tokens, joiner.capacity);
            tokens = allocateTokens(m_table.ringMembers(), member, count, m_replicas, m_random);
        }
        put(joiner, std::move(tokens));
        return {};
    }
    Result<void> leave(const ChangeWish& wish)
    {
        const Member* known = find(wish.name);
        if (!known || !holdsTokens(*known))
            return failure(ErrorCode::Absent, QStringLiteral("%1 is not on the ring.").arg(wish.name));
        put(*known, {});
        return {};
    }
    Result<void> move(const ChangeWish& wish)
    {
        const Member* known = find(wish.name);
        if (!known || !holdsTokens(*known))
            return failure(ErrorCode::Absent, QStringLiteral("%1 is not on the ring.").arg(wish.name));
        if (wish.tokenSlots.empty())
            return malformed(QStringLiteral("%1 is to move, and no position is given.").arg(wish.name));
        put(*known, wish.tokenSlots);
        return {};
    }
    Result<void> replace(const ChangeWish& wish)
    {
        const Member* gone = find(wish.replaces);
        if (!gone || !holdsTokens(*gone))
            return failure(ErrorCode::Absent, QStringLiteral("%1 is not on the ring.").arg(wish.replaces));
        const Member* known = find(wish.name);
        if (known && holdsTokens(*known))
            return failure(ErrorCode::Conflict, QStringLiteral("%1 is on the ring already.").arg(wish.name));
        const std::vector<Slot> tokens = gone->tokens;
        const Member heir = known ? *known : madeUp(wish);
        put(*gone, {});
        put(heir, tokens);
        return {};
    }

    int m_replicas;
    Random& m_random;
    MemberTable m_table;
    std::set<QString> m_named;
};

// Of one ring's replicas of a slot, as many as a quorum needs, or all where there are fewer.
bool hasQuorum(const HashRing& ring, Slot slot, int quorum, const std::function<bool(NodeId)>& isReachable)
{
    const std::vector<NodeId>& replicas = ring.preferenceList(slot);
    const auto there = std::count_if(replicas.begin(), replicas.end(), isReachable);
    return there >= std::min<ptrdiff_t>(quorum, static_cast<ptrdiff_t>(replicas.size()));
}

void weighRisk(ChangePlan& plan, const MemberTable& now, int quorum,
               const std::function<bool(NodeId)>& isReachable)
{
    // A node that is not there yet will be, or the change does not begin.
    const auto willBeThere = [&](NodeId node) { return now.find(node) == nullptr || isReachable(node); };
    std::set<NodeId> away;
    for (int i = 0; i < slotCount; ++i) {
        const Slot slot{static_cast<quint16>(i)};
        if (hasQuorum(plan.before, slot, quorum, willBeThere) &&
            hasQuorum(plan.after, slot, quorum, willBeThere))
            continue;
        ++plan.slotsAtRisk;
        for (const HashRing* ring : {&plan.before, &plan.after}) {
            for (const NodeId node : ring->preferenceList(slot)) {
                if (!willBeThere(node))
                    away.insert(node);
            }
        }
    }
    if (plan.slotsAtRisk == 0)
        return;
    QStringList names;
    for (const NodeId node : away)
        names.append(plan.members.find(node) ? plan.members.find(node)->name : node.toString());
    plan.risk =
        QStringLiteral("%1 of %2 slots cannot reach a quorum of their replicas while the change is under "
                       "way, because %3 cannot be reached: strict requests for their keys would fail")
            .arg(plan.slotsAtRisk)
            .arg(slotCount)
            .arg(names.join(QStringLiteral(", ")));
}

} // namespace

Result<ChangePlan> planChange(const MemberTable& members, const std::vector<ChangeWish>& wishes, int replicas,
                              int quorum, const std::function<bool(NodeId)>& isReachable, Random& random)
{
    if (wishes.empty())
        return malformed(QStringLiteral("There is nothing to plan: name at least one change."));
    Planner planner(members, replicas, random);
    for (const ChangeWish& wish : wishes) {
        const Result<void> applied = planner.apply(wish);
        if (!applied)
            return tl::make_unexpected(applied.error());
    }
    ChangePlan plan;
    plan.members = planner.take();
    plan.before = HashRing(members.ringMembers(), replicas);
    plan.after = HashRing(plan.members.ringMembers(), replicas);
    if (plan.after.isEmpty())
        return failure(ErrorCode::Conflict, QStringLiteral("Nobody would be left on the ring."));
    plan.moves = planRing(plan.before, plan.after);
    weighRisk(plan, members, quorum, isReachable);
    return plan;
}

} // namespace ringmaster
