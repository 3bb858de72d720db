// SPDX-License-Identifier: GPL-3.0-or-later
// Membership: how the ring changes, and when a change is over.
#include "nodecore/membership/membership.h"
#include "nodecore/ring/token_allocation.h"

#include <algorithm>

namespace ringmaster {

namespace {

constexpr Duration lookEvery = std::chrono::milliseconds(500);

} // namespace

// What a change waits for may be another's end, of which nobody tells, or a word that was lost: who has not
// said yet that it sees the same is asked. Where all is quiet nothing is sent.
void Membership::lookAgainLater()
{
    m_ports.timers.startAt(m_ports.clock.now() + lookEvery, [this] {
        for (const NodeId peer : m_awaitingTable)
            sendState(peer, true);
        for (const NodeId peer : m_watch.linked()) {
            if (m_rings.isChanging() || !m_change.sees(peer, m_rings))
                sendState(peer, true);
        }
        lookAgain();
        lookAgainLater();
    });
}

void Membership::lookAgain()
{
    m_change.observe(
        m_rings, m_watch.linked(), [this](NodeId node) { return isReachable(node); }, m_ports.clock.now());
    considerJoining();
    considerFinishing();
}

void Membership::sendState(NodeId to, bool wantsReply)
{
    m_lastSaid = m_change.own(m_rings);
    const wire::RingState state{m_table.digest(), m_lastSaid.rings, m_lastSaid.caughtUp, wantsReply};
    (void)m_ports.transport.send(to, wire::encode(state)); // lost: lookAgainLater()
}

// Others may be waiting to hear what this node sees of a change.
void Membership::tellSoon()
{
    if (m_isTelling || !m_started)
        return;
    m_isTelling = true;
    m_ports.timers.startAt(m_ports.clock.now(), [this] {
        m_isTelling = false;
        for (const NodeId peer : m_watch.linked())
            sendState(peer, false);
        lookAgain();
    });
}

void Membership::handle(NodeId from, const wire::RingState& state)
{
    m_change.said(from, {state.rings, state.caughtUp});
    if (state.membersDigest != m_table.digest())
        sendTable(from);
    else
        greet(from); // it knows nothing that this node does not
    if (state.wantsReply)
        sendState(from, false);
    lookAgain();
}

bool Membership::isFirstOfItsCluster() const
{
    return std::all_of(m_config.join.begin(), m_config.join.end(),
                       [this](const QString& address) { return address == m_self.peerAddress; });
}

// The first node of a cluster has nobody to ask, and nothing to copy; others wait until they have been shown
// a ring.
void Membership::considerJoining()
{
    if (!m_started || m_isWritingOwn || m_self.state != MemberState::New)
        return;
    if (ring().isEmpty() && !isFirstOfItsCluster())
        return;
    if (!ring().isEmpty() && !mayChooseTokensNow())
        return;
    std::vector<Slot> tokens = chooseTokens();
    std::sort(tokens.begin(), tokens.end());
    if (ring().isEmpty()) {
        m_self.tokens = std::move(tokens);
        m_self.state = MemberState::Ready;
    } else {
        m_self.target = std::move(tokens);
        m_self.state = MemberState::Pending;
    }
    ownRecordChanged();
}

// One change at a time, and of the new ones in the order of names: whoever comes later sees the ring with the
// one before it.
bool Membership::mayChooseTokensNow() const
{
    if (m_rings.isChanging() || !m_change.allAgree())
        return false;
    const auto& members = m_table.members();
    return std::none_of(members.begin(), members.end(), [this](const auto& entry) {
        const Member& other = entry.second;
        return other.state == MemberState::New && other.name < m_self.name && m_watch.isReachable(other.id);
    });
}

std::vector<Slot> Membership::chooseTokens()
{
    if (!m_config.replaces.isEmpty()) {
        for (const auto& [id, member] : m_table.members()) {
            if (member.name == m_config.replaces && member.state != MemberState::Removed &&
                !member.tokens.empty()) {
                m_self.replaces = id;
                return member.tokens;
            }
        }
    }
    if (!m_config.tokenSlots.empty())
        return m_config.tokenSlots;
    const RingMember joiner{m_self.id, {}, m_self.zone, m_self.capacity};
    const int count = tokensFor(m_config.tokens, m_self.capacity);
    return allocateTokens(m_table.ringMembers(), joiner, count, m_config.replicas, m_ports.random);
}

// Ends what is over: every node that data comes to has it all, as far as this node was told since all saw the
// same rings.
void Membership::considerFinishing()
{
    if (!m_started || m_isWritingOwn || !m_rings.isChanging() || !m_change.allAgree() ||
        !m_change.isOver(m_rings))
        return;
    if (m_self.target)
        finishOwnChange();
    else
        finishRemovals();
}

namespace {

Member removedRecord(Member record)
{
    record.state = MemberState::Removed;
    record.tokens.clear();
    record.target.reset();
    ++record.version;
    return record;
}

} // namespace

void Membership::finishOwnChange()
{
    const NodeId replaced = std::exchange(m_self.replaces, NodeId{});
    m_self.tokens = *std::exchange(m_self.target, std::nullopt);
    m_self.state = m_self.tokens.empty() ? MemberState::Left : MemberState::Ready;
    // Together, and so everywhere: with one of the two records alone both would claim the tokens.
    std::vector<Member> others;
    if (const Member* gone = m_table.find(replaced))
        others.push_back(removedRecord(*gone));
    ownRecordChanged(others);
}

// Of the members that see it, the one with the smallest id writes the end of it; two that do write the same.
void Membership::finishRemovals()
{
    for (const auto& [id, member] : m_table.members()) {
        const bool mayWrite = member.state == MemberState::Ready && isReachable(id);
        if (mayWrite && id != m_self.id)
            return;
        if (mayWrite)
            break;
    }
    std::vector<Member> gone;
    for (const auto& [id, member] : m_table.members()) {
        if (member.state == MemberState::Leaving && member.isRemoval)
            gone.push_back(member);
    }
    for (const Member& record : gone)
        rewrite(removedRecord(record));
}

void Membership::rewrite(Member record)
{
    WriteBatch batch;
    MemberTable durable = m_table;
    durable.merge(m_self);
    durable.merge(record);
    rememberMembers(batch, durable);
    m_ports.store.write(std::move(batch), [this, record](const Result<void>& stored) {
        if (!stored)
            return m_events.log(
                "error",
                QStringLiteral("Cannot store the record of %1: %2").arg(record.name, stored.error().message));
        if (m_table.merge(record))
            afterTableChange();
    });
}

namespace {

Result<void> notNow(const QString& what, MemberState state)
{
    return failure(ErrorCode::Conflict,
                   QStringLiteral("This node is %1: it cannot %2 now. \"status\" shows what "
                                  "is under way, \"cancel\" undoes it.")
                       .arg(nameOf(state), what));
}

Result<void> otherChange()
{
    return failure(
        ErrorCode::Conflict,
        QStringLiteral("Another change of the ring is under way. Wait for its end, or cancel it."));
}

} // namespace

Result<void> Membership::join(std::vector<Slot> tokens)
{
    if (m_self.state != MemberState::Standby && m_self.state != MemberState::Left)
        return notNow(QStringLiteral("join"), m_self.state);
    m_config.tokenSlots = std::move(tokens);
    m_self.state = MemberState::New;
    ownRecordChanged();
    return {};
}

Result<void> Membership::leave()
{
    if (m_self.state != MemberState::Ready || m_self.target)
        return notNow(QStringLiteral("leave"), m_self.state);
    if (m_rings.isChanging())
        return otherChange();
    if (ring().nodes().size() <= 1)
        return failure(ErrorCode::Conflict,
                       QStringLiteral("This node is the last of the ring: nobody could take what it holds."));
    m_self.state = MemberState::Leaving;
    m_self.target = std::vector<Slot>();
    ownRecordChanged();
    return {};
}

Result<void> Membership::move(std::vector<Slot> tokens)
{
    if (m_self.state != MemberState::Ready || m_self.target)
        return notNow(QStringLiteral("move"), m_self.state);
    if (m_rings.isChanging())
        return otherChange();
    if (tokens.empty())
        return failure(ErrorCode::Malformed, QStringLiteral("There are no tokens to move to."));
    std::sort(tokens.begin(), tokens.end());
    tokens.erase(std::unique(tokens.begin(), tokens.end()), tokens.end());
    m_self.target = std::move(tokens);
    ownRecordChanged();
    return {};
}

Result<void> Membership::cancel()
{
    const bool isMoving = m_self.target.has_value() || m_self.state == MemberState::New;
    if (!isMoving || m_isWritingOwn)
        return notNow(QStringLiteral("cancel"), m_self.state);
    m_self.target.reset();
    m_self.replaces = NodeId{};
    m_self.state = m_self.tokens.empty() ? MemberState::Standby : MemberState::Ready;
    ownRecordChanged();
    return {};
}

Result<void> Membership::remove(NodeId member)
{
    const Member* found = m_table.find(member);
    if (found == nullptr)
        return failure(ErrorCode::Absent, QStringLiteral("There is no such member."));
    if (member == m_self.id || m_watch.isReachable(member))
        return failure(ErrorCode::Conflict,
                       QStringLiteral("%1 lives: let it leave, or stop it first.").arg(found->name));
    if (found->state == MemberState::Removed)
        return failure(ErrorCode::Conflict, QStringLiteral("%1 is REMOVED already.").arg(found->name));
    const bool holdsTokens = found->state == MemberState::Ready || found->state == MemberState::Leaving;
    if (holdsTokens && m_rings.isChanging() && !found->target)
        return otherChange();
    if (holdsTokens && ring().nodes().size() <= 1)
        return failure(ErrorCode::Conflict, QStringLiteral("%1 is the last of the ring.").arg(found->name));
    Member record = *found;
    record.target = holdsTokens ? std::optional(std::vector<Slot>()) : std::nullopt;
    record.isRemoval = holdsTokens;
    record.state = holdsTokens ? MemberState::Leaving : MemberState::Removed;
    ++record.version;
    rewrite(std::move(record));
    return {};
}

void Membership::compared(NodeId peer, MonoTime began)
{
    m_change.compared(m_rings, peer, began);
    if (m_change.own(m_rings) != m_lastSaid)
        tellSoon();
    considerFinishing();
}
} // namespace ringmaster
