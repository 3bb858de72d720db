// SPDX-License-Identifier: GPL-3.0-or-later
// Membership: members that are gone, and the records that others write for them.
#include "nodecore/membership/membership.h"

#include <algorithm>

namespace ringmaster {

namespace {

bool holdsTokens(const Member& member)
{
    return member.state == MemberState::Ready ||
           (member.state == MemberState::Leaving && !member.tokens.empty());
}

bool isBeingRemoved(const Member& member)
{
    return member.state == MemberState::Leaving && member.isRemoval;
}

// By the others' decision, over or not.
bool isGone(const Member& member)
{
    return isBeingRemoved(member) || member.state == MemberState::Removed;
}

bool onlyRemovalsAreUnderWay(const MemberTable& members)
{
    return std::none_of(members.members().begin(), members.members().end(), [](const auto& entry) {
        const Member& member = entry.second;
        const bool changes = member.target || (member.state == MemberState::Leaving && holdsTokens(member));
        return changes && !isBeingRemoved(member);
    });
}

} // namespace

// What takes a majority also takes its time to be known: all are asked what they see, for the next attempt.
Result<void> Membership::refuseWithoutVotes(const Member& member) const
{
    const AbsenceVotes votes = votesOn(member.id);
    if (votes.isMajority())
        return {};
    std::vector<NodeId> silent = votes.silent;
    std::erase(silent, member.id);
    return failure(
        ErrorCode::Conflict,
        QStringLiteral(
            "A majority of the ring's members has to say that %1 cannot be reached: %2 of %3. Now %4 "
            "cannot reach it; %5 reaches it; of %6 nothing is heard. Nothing was changed. Where those "
            "are gone for good, --force does it all the same: what only %1 has taken is then lost "
            "unless it returns and gives it back, and what this side takes and the other does not hear "
            "of may be undone where the other side removes this one.")
            .arg(member.name)
            .arg(votes.needed)
            .arg(ring().nodes().size())
            .arg(namesOf(votes.unreachable), namesOf(votes.reaching), namesOf(silent)));
}

// Of slots all of whose replicas are removed nobody has the data.
Result<void> Membership::refuseLastCopies(const Member& member) const
{
    const auto isGone = [&](NodeId node) {
        const Member* found = m_table.find(node);
        return node == member.id || (found != nullptr && isBeingRemoved(*found));
    };
    int lost = 0;
    for (int i = 0; i < slotCount; ++i) {
        const std::vector<NodeId>& replicas = ring().preferenceList(Slot{static_cast<quint16>(i)});
        lost += !replicas.empty() && std::all_of(replicas.begin(), replicas.end(), isGone) ? 1 : 0;
    }
    if (lost == 0)
        return {};
    return failure(
        ErrorCode::Conflict,
        QStringLiteral("Of %1 of %2 slots %3 has the last copy: what it holds of them would be lost, "
                       "unless it returns and gives it back. Nothing was changed. Bring it back, or give "
                       "that up with --force.")
            .arg(lost)
            .arg(slotCount)
            .arg(member.name));
}

// What the ring would lack afterwards, the last copies before all.
Result<void> Membership::refuseForItsConsequence(const Member& member)
{
    if (const auto refused = refuseLastCopies(member); !refused)
        return refused;
    ChangeWish wish;
    wish.kind = ChangeWish::Kind::Remove;
    wish.name = member.name;
    return judgeConsequence(wish, Force::No, QStringLiteral("%1 cannot be removed").arg(member.name));
}

Result<void> Membership::remove(NodeId member, Force force)
{
    const Member* found = m_table.find(member);
    if (found == nullptr)
        return failure(ErrorCode::Absent, QStringLiteral("There is no such member."));
    if (isGone(m_self))
        return failure(
            ErrorCode::Conflict,
            QStringLiteral("The other members are removing %1: it removes nobody.").arg(m_self.name));
    if (member == m_self.id || m_watch.isReachable(member))
        return failure(ErrorCode::Conflict,
                       QStringLiteral("%1 lives: let it leave, or stop it first.").arg(found->name));
    if (found->state == MemberState::Removed)
        return failure(ErrorCode::Conflict, QStringLiteral("%1 is REMOVED already.").arg(found->name));
    if (isBeingRemoved(*found) || m_rewriting.contains(member))
        return failure(ErrorCode::Conflict, QStringLiteral("%1 is being removed already.").arg(found->name));
    // Several that are gone may have to go together: what one of them held would else wait for another.
    if (holdsTokens(*found) && m_rings.isChanging() && !found->target && !onlyRemovalsAreUnderWay(m_table))
        return otherChangeIsUnderWay();
    if (holdsTokens(*found) && m_rings.next().nodes().size() <= 1)
        return failure(ErrorCode::Conflict, QStringLiteral("%1 is the last of the ring.").arg(found->name));
    if (force == Force::No) {
        if (const auto refused = refuseWithoutVotes(*found); !refused) {
            for (const NodeId peer : m_watch.linked())
                sendState(peer, true);
            return refused;
        }
        const auto refused = holdsTokens(*found) ? refuseForItsConsequence(*found) : Result<void>();
        if (!refused)
            return refused;
    }
    const AbsenceVotes votes = votesOn(member);
    Member record = *found;
    record.removedBy = m_self.id;
    // Where a majority is for it, it is no less a removal by the majority because a person accepts what it
    // costs.
    record.isForced = force == Force::Yes && !votes.isMajority();
    record.supporters = static_cast<quint32>(votes.unreachable.size());
    if (!holdsTokens(*found)) {
        rewrite(removedRecord(std::move(record), m_self.id));
        return {};
    }
    record.target = std::vector<Slot>();
    record.isRemoval = true;
    record.state = MemberState::Leaving;
    ++record.version;
    rewrite(std::move(record));
    return {};
}

// Of the members that this one can reach.
NodeId Membership::endsRemovals() const
{
    for (const auto& [id, member] : m_table.members()) {
        if (member.state == MemberState::Ready && isReachable(id))
            return id;
    }
    return {};
}

void Membership::lookAtRemovals()
{
    std::set<NodeId> removals;
    for (const auto& [id, member] : m_table.members()) {
        if (isBeingRemoved(member))
            removals.insert(id);
    }
    m_vetoes.look(removals, m_started && m_rings.isChanging() && !m_change.hasCaughtUp());
}

Result<void> Membership::cancelRemoval(NodeId member)
{
    const auto refused = [](const QString& why) { return failure(ErrorCode::Conflict, why); };
    const Member* found = m_table.find(member);
    if (found == nullptr)
        return failure(ErrorCode::Absent, QStringLiteral("There is no such member."));
    if (found->state == MemberState::Removed)
        return refused(QStringLiteral("%1 is REMOVED: that is final. Under its name a node joins anew with "
                                      "ringnode --rejoin.")
                           .arg(found->name));
    if (!isBeingRemoved(*found))
        return refused(QStringLiteral("%1 is not being removed. What it began itself it takes back itself: "
                                      "ask it.")
                           .arg(found->name));
    if (m_rewriting.contains(member))
        return refused(QStringLiteral("The record of %1 is just being written. See what it says then.")
                           .arg(found->name));
    if (!m_vetoes.held().contains(member) || !onlyRemovalsAreUnderWay(m_table))
        return refused(
            QStringLiteral("This node cannot take the removal of %1 back: it has all the data that "
                           "comes to it, or was started since, so the removal may be over "
                           "already. Ask the other members; where none can, it ends soon.")
                .arg(found->name));
    Member record = *found;
    record.target.reset();
    record.isRemoval = false;
    record.isForced = false;
    record.supporters = 0;
    record.removedBy = NodeId{};
    record.state = MemberState::Ready;
    ++record.version;
    m_takingBack.insert(member);
    rewrite(std::move(record));
    return {};
}

void Membership::takeBackRemovalsOfThoseBack()
{
    const std::set<NodeId> vetoes = m_vetoes.held();
    for (const NodeId member : vetoes) {
        if (isReachable(member) && cancelRemoval(member))
            m_events.log("warning",
                         QStringLiteral("%1 is back: taking its removal back").arg(nameOf(member)));
    }
}

// Of the members that see it, the one with the smallest id writes the end of it; two that do write the same.
void Membership::finishRemovals()
{
    if (endsRemovals() != m_self.id)
        return;
    std::vector<Member> gone;
    for (const auto& [id, member] : m_table.members()) {
        if (isBeingRemoved(member))
            gone.push_back(member);
    }
    if (!takesEnoughPartInRemovals(gone))
        return;
    for (const Member& record : gone)
        rewrite(removedRecord(record, m_self.id));
}

// A majority of the ring sees the same removals as this node, or a person has forced one of them: two sides
// of a cut that moved between them do not both end one.
bool Membership::takesEnoughPartInRemovals(const std::vector<Member>& gone) const
{
    const bool isForced =
        std::any_of(gone.begin(), gone.end(), [](const Member& member) { return member.isForced; });
    const std::vector<NodeId>& nodes = ring().nodes();
    const auto taking = std::count_if(nodes.begin(), nodes.end(), [this](NodeId node) {
        return node == m_self.id || (isReachable(node) && m_change.isSeenBy(node));
    });
    return isForced || 2 * static_cast<size_t>(taking) > nodes.size();
}

Result<void> Membership::writeOff(NodeId member)
{
    const Member* found = m_table.find(member);
    if (found == nullptr)
        return failure(ErrorCode::Absent, QStringLiteral("There is no such member."));
    if (found->state != MemberState::Removed)
        return failure(
            ErrorCode::Conflict,
            QStringLiteral("%1 is %2: only what a removed member holds can be given up. Remove it first.")
                .arg(found->name, ringmaster::nameOf(found->state)));
    if (!found->mayGiveBack || m_rewriting.contains(member))
        return failure(
            ErrorCode::Conflict,
            QStringLiteral("%1 has given everything back, or is written off already.").arg(found->name));
    rewrite(writtenOffRecord(*found));
    return {};
}

void Membership::gaveEverythingBack()
{
    if (m_self.state != MemberState::Removed || !m_self.mayGiveBack)
        return;
    m_self.mayGiveBack = false;
    ownRecordChanged();
}

bool Membership::isDismissed() const
{
    return isToBeDismissed() && !own().mayGiveBack && own().state == MemberState::Removed &&
           (m_wasDismissed || !m_knowsMyTable.empty());
}

void Membership::rewrite(Member record)
{
    if (!m_rewriting.emplace(record.id, record).second)
        return;
    WriteBatch batch;
    rememberMembers(batch, asWritten());
    m_ports.store.write(std::move(batch), [this, record](const Result<void>& stored) {
        m_rewriting.erase(record.id);
        m_takingBack.erase(record.id);
        if (!stored)
            return m_events.log(
                "error",
                QStringLiteral("Cannot store the record of %1: %2").arg(record.name, stored.error().message));
        // Whoever is removed meanwhile removes nobody: a removal of its is void (opposing_removals.h).
        if (record.removedBy == m_self.id && isGone(m_self))
            return persistMembers();
        if (takeRecord(record))
            afterTableChange();
    });
}

} // namespace ringmaster
