// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/membership/change_plan.h"

#include "nodecore/ring/ring_view.h"
#include "nodecore/ring/token_allocation.h"
#include "nodecore/ring/token_rebalance.h"

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
    Planner(const MemberTable& members, int replicas, const std::function<bool(NodeId)>& isReachable,
            Random& random)
        : m_now(members)
        , m_replicas(replicas)
        , m_isReachable(isReachable)
        , m_random(random)
        , m_table(members)
    {
        for (const auto& [id, member] : members.members()) {
            if (!member.isRemoval)
                continue;
            m_removed.insert(id);
            if (holdsTokens(member))
                put(member, {}); // that change is under way: the others are planned with it
        }
    }

    Result<void> apply(const ChangeWish& wish)
    {
        const bool isOfOne = wish.kind != ChangeWish::Kind::Rebalance;
        if (isOfOne && !isValidNodeName(wish.name))
            return malformed(QStringLiteral("\"%1\" is no node name.").arg(wish.name.left(64)));
        if (!m_named.insert(wish.name).second)
            return malformed(
                QStringLiteral("%1 is to change twice.").arg(isOfOne ? wish.name : QStringLiteral("All")));
        switch (wish.kind) {
        case ChangeWish::Kind::Join:
            return join(wish);
        case ChangeWish::Kind::Leave:
        case ChangeWish::Kind::Remove:
            return leave(wish);
        case ChangeWish::Kind::Rebalance:
            return rebalance();
        case ChangeWish::Kind::Move:
            return move(wish);
        case ChangeWish::Kind::Replace:
            return replace(wish);
        }
        return malformed(QStringLiteral("There is no such change."));
    }
    MemberTable take() { return std::move(m_table); }
    const std::set<NodeId>& removed() const { return m_removed; }

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
        return member.state == MemberState::Ready ||
               (member.state == MemberState::Leaving && !member.tokens.empty());
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
        for (const auto& [id, known] : m_table.members()) {
            if (known.name == wish.name)
                member.generation = std::max(member.generation, known.generation + 1);
        }
        member.id = nodeIdFor(wish.name, member.generation);
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
        if (wish.kind == ChangeWish::Kind::Remove)
            m_removed.insert(known->id);
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
        m_removed.insert(gone->id);
        put(*gone, {});
        put(heir, tokens);
        return {};
    }
    Result<void> rebalance()
    {
        if (m_now.rings(m_replicas).isChanging())
            return failure(
                ErrorCode::Conflict,
                QStringLiteral("The ring is changing. Wait for the end of that, or cancel it; then "
                               "the load can be evened out."));
        QStringList away;
        for (const RingMember& member : m_table.ringMembers()) {
            if (m_now.find(member.node) != nullptr && !m_isReachable(member.node))
                away.append(m_now.find(member.node)->name);
        }
        if (!away.isEmpty())
            return failure(
                ErrorCode::Conflict,
                QStringLiteral("%1 cannot be reached, and moves might wait for it for ever. Bring "
                               "it back, or remove or replace it; then the load can be evened out.")
                    .arg(away.join(QStringLiteral(", "))));
        for (const RingMember& moved : rebalanceTokens(m_table.ringMembers(), m_replicas, m_random))
            put(*m_table.find(moved.node), moved.tokens);
        return {};
    }

    const MemberTable& m_now;
    int m_replicas;
    const std::function<bool(NodeId)>& m_isReachable;
    Random& m_random;
    MemberTable m_table; // as it becomes
    std::set<QString> m_named;
    std::set<NodeId> m_removed;
};

} // namespace

Result<ChangePlan> planChange(const MemberTable& members, const std::vector<ChangeWish>& wishes,
                              const PlanRules& rules, const std::function<bool(NodeId)>& isReachable,
                              Random& random)
{
    if (wishes.empty())
        return malformed(QStringLiteral("There is nothing to plan: name at least one change."));
    Planner planner(members, rules.replicas, isReachable, random);
    for (const ChangeWish& wish : wishes) {
        const Result<void> applied = planner.apply(wish);
        if (!applied)
            return tl::make_unexpected(applied.error());
    }
    ChangePlan plan;
    plan.members = planner.take();
    plan.before = HashRing(members.ringMembers(), rules.replicas);
    plan.after = HashRing(plan.members.ringMembers(), rules.replicas);
    if (plan.after.isEmpty())
        return failure(ErrorCode::Conflict, QStringLiteral("Nobody would be left on the ring."));
    plan.moves = planRing(plan.before, plan.after);
    // A node that is not there yet will be, or the change does not begin.
    const auto willBeThere = [&](NodeId node) { return members.find(node) == nullptr || isReachable(node); };
    plan.risk = riskOf(plan.before, plan.after, plan.members, planner.removed(), rules, willBeThere);
    return plan;
}

} // namespace ringmaster
