// SPDX-License-Identifier: GPL-3.0-or-later
// Membership: who is away as the members say, what follows from that by itself, and until when this node may
// acknowledge requests.
#include "nodecore/base/mutant.h"
#include "nodecore/membership/membership.h"

#include <QStringList>

#include <algorithm>

namespace ringmaster {

QString Membership::namesOf(const std::vector<NodeId>& members) const
{
    QStringList names;
    for (const NodeId member : members)
        names.append(nameOf(member));
    names.sort();
    return names.isEmpty() ? QStringLiteral("nobody") : names.join(QStringLiteral(", "));
}

std::set<NodeId> Membership::unreachableMembers() const
{
    std::set<NodeId> unreachable;
    for (const auto& [id, member] : m_table.members()) {
        if (member.state != MemberState::Removed && !isReachable(id))
            unreachable.insert(id);
    }
    return unreachable;
}

// The others count whom this node reaches where a member is to be removed.
void Membership::reachabilityChanged()
{
    m_events.membersChanged();
    tellSoon();
}

void Membership::takeWordsOf(NodeId from, const wire::RingState& state)
{
    const MonoTime asked{Duration{static_cast<Duration::rep>(state.answers)}};
    const bool isAnswer = state.answers != 0 && asked <= m_ports.clock.now();
    m_absences.expects(from, std::chrono::milliseconds(state.removeAfterMs));
    m_absences.said(from, state.absent, isAnswer ? std::optional(asked) : std::nullopt);
    if (isAnswer && state.grantsLease)
        m_lease.granted(from, asked);
}

AbsenceVotes Membership::votesOn(NodeId member) const
{
    return countAbsenceVotes(member, ring().nodes(), [&](NodeId observer) -> std::optional<bool> {
        if (observer == m_self.id)
            return !isReachable(member);
        return isReachable(observer) ? m_absences.seesUnreachable(observer, member) : std::nullopt;
    });
}

void Membership::askForLease()
{
    const MonoTime now = m_ports.clock.now();
    if (!m_lease.isNeeded() || now < m_askForLeaseAt)
        return;
    m_askForLeaseAt = now + m_lease.askEvery();
    for (const NodeId peer : m_watch.linked())
        sendState(peer, true);
}

std::optional<Error> Membership::whyNotToAcknowledge() const
{
    if (m_self.state == MemberState::Removed)
        return Error{ErrorCode::Unavailable,
                     QStringLiteral("%1 was removed from the cluster. Ask another member.").arg(m_self.name)};
    if (m_lease.isHeld(m_self.id, ring().nodes(), m_ports.clock.now()) ||
        isMutant(Mutant::AcknowledgeUnleased))
        return std::nullopt;
    return Error{
        ErrorCode::Unavailable,
        QStringLiteral("%1 reaches less than half of the ring's %2 members, and they remove after %3 s "
                       "whom they do not reach (--auto-remove-after): it acknowledges nothing, because "
                       "that might be thrown away. Ask a member on the larger side of the cut.")
            .arg(m_self.name)
            .arg(ring().nodes().size())
            .arg(m_absences.removeAfter() / std::chrono::seconds(1))};
}

// By the rule of AbsenceWatch, and then as an operator would: what remove() refuses now is looked at again.
void Membership::considerAbsence()
{
    const MonoTime now = m_ports.clock.now();
    for (const NodeId absent : m_absences.longAbsent(now)) {
        const Member* member = m_table.find(absent);
        const bool hasPart = member != nullptr &&
                             (member->state == MemberState::Ready || member->state == MemberState::Leaving ||
                              member->state == MemberState::Pending);
        if (!hasPart || endsRemovals() != m_self.id ||
            !m_absences.isAgreed(absent, m_self.id, ring().nodes(), now))
            continue;
        const QString name = member->name;
        if (!remove(absent, Force::No))
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

// The one that ends removals does it, by its own clock since its own start: rather too late than too early.
void Membership::writeOffThoseGoneForLong()
{
    const MonoTime now = m_ports.clock.now();
    std::erase_if(m_awaitedSince, [this](const auto& entry) {
        return !m_table.find(entry.first)->mayGiveBack || isReachable(entry.first);
    });
    std::vector<Member> due;
    for (const auto& [id, member] : m_table.members()) {
        if (!member.mayGiveBack || id == m_self.id || isReachable(id))
            continue;
        const auto [since, isNew] = m_awaitedSince.try_emplace(id, now);
        if (now - since->second >= m_config.removedMayReturn && !m_rewriting.contains(id))
            due.push_back(member);
    }
    if (due.empty() || endsRemovals() != m_self.id)
        return;
    for (const Member& member : due) {
        m_events.log(
            "warning",
            QStringLiteral("%1 was removed and has not returned within %2 s (--removed-may-return): what "
                           "it holds is no longer waited for, and stays out if it returns")
                .arg(member.name)
                .arg(m_config.removedMayReturn / std::chrono::seconds(1)));
        rewrite(writtenOffRecord(member));
    }
}

} // namespace ringmaster
