// SPDX-License-Identifier: GPL-3.0-or-later
// Membership: members that are gone, and the records that others write for them.
#include "nodecore/membership/membership.h"

#include <algorithm>

namespace ringmaster {

namespace {

bool holdsTokens(const Member& member)
{
    return member.state == MemberState::Ready || member.state == MemberState::Leaving;
}

bool isBeingRemoved(const Member& member)
{
    return member.state == MemberState::Leaving && member.isRemoval;
}

bool onlyRemovalsAreUnderWay(const MemberTable& members)
{
    return std::none_of(members.members().begin(), members.members().end(), [](const auto& entry) {
        const Member& member = entry.second;
        const bool changes = member.target || member.state == MemberState::Leaving;
        return changes && !isBeingRemoved(member);
    });
}

} // namespace

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
    if (isBeingRemoved(*found) || m_rewriting.contains(member))
        return failure(ErrorCode::Conflict, QStringLiteral("%1 is being removed already.").arg(found->name));
    // Several that are gone may have to go together: what one of them held would else wait for another.
    if (holdsTokens(*found) && m_rings.isChanging() && !found->target && !onlyRemovalsAreUnderWay(m_table))
        return otherChangeIsUnderWay();
    if (holdsTokens(*found) && m_rings.next().nodes().size() <= 1)
        return failure(ErrorCode::Conflict, QStringLiteral("%1 is the last of the ring.").arg(found->name));
    if (!holdsTokens(*found)) {
        rewrite(removedRecord(*found));
        return {};
    }
    Member record = *found;
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
    for (const Member& record : gone)
        rewrite(removedRecord(record));
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
        if (takeRecord(record))
            afterTableChange();
    });
}

// By the rule of AbsenceWatch, and then as an operator would: what remove() refuses now is looked at again.
void Membership::considerAbsence()
{
    const MonoTime now = m_ports.clock.now();
    for (const NodeId absent : m_absences.longAbsent(now)) {
        const Member* member = m_table.find(absent);
        const bool hasPart =
            member != nullptr && (holdsTokens(*member) || member->state == MemberState::Pending);
        if (!hasPart || endsRemovals() != m_self.id ||
            !m_absences.isAgreed(absent, m_self.id, ring().nodes(), now))
            continue;
        const QString name = member->name;
        if (!remove(absent))
            continue;
        const Duration rule = m_absences.removeAfter();
        m_events.log("warning",
                     QStringLiteral("%1 is down for %2 s, as a majority of the ring's members see: "
                                    "removing it (--auto-remove-after)")
                         .arg(name)
                         .arg(rule / std::chrono::seconds(1)));
        m_events.removing(absent, rule);
        return;
    }
}

} // namespace ringmaster
