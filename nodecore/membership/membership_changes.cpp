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
            if (m_rings.isChanging() || !m_change.isSeenBy(peer) ||
                m_absences.isAsking(m_ports.clock.now()) || isToReplace() || isToBeDismissed())
                sendState(peer, true);
        }
        askForLease();
        lookAgain();
        takeBackRemovalsOfThoseBack();
        considerAbsence();
        writeOffThoseGoneForLong();
        lookAgainLater();
    });
}

void Membership::lookAgain()
{
    m_change.observe(
        m_rings, m_watch.linked(), [this](NodeId node) { return isReachable(node); }, m_ports.clock.now());
    settleClaims();
    joinAgainIfCrowdedOut();
    giveUpReplacingOneThatIsBack();
    considerJoining();
    considerFinishing();
    considerHavingLeft();
}

void Membership::sendState(NodeId to, bool wantsReply, std::optional<MonoTime> question)
{
    m_lastSaid = m_change.own();
    if (!m_takingBack.empty())
        m_lastSaid.caughtUp = 0;
    const MonoTime now = m_ports.clock.now();
    const auto stampOf = [](MonoTime when) { return static_cast<quint64>(when.sinceStart.count()); };
    const wire::RingState state{
        .membersDigest = exchangeDigest(),
        .change = m_lastSaid.change,
        .caughtUp = m_lastSaid.caughtUp,
        .wantsReply = wantsReply,
        .asked = wantsReply ? stampOf(now) : 0,
        .answers = question ? stampOf(*question) : 0,
        .grantsLease = question && m_absences.mayGrantLease(to, now),
        .removeAfterMs = static_cast<quint32>(
            std::chrono::ceil<std::chrono::milliseconds>(m_absences.removeAfter()).count()),
        .absent = m_absences.say(unreachableMembers(), question.has_value(), now)};
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
    m_change.said(from, {state.change, state.caughtUp});
    takeWordsOf(from, state);
    if (state.membersDigest != exchangeDigest()) {
        sendTable(from);
    } else {
        m_knowsMyTable.insert(from);
        greet(from); // it knows nothing that this node does not
    }
    if (state.wantsReply)
        sendState(from, false, MonoTime{Duration{static_cast<Duration::rep>(state.asked)}});
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
    if (!m_config.replaces.isEmpty() && !mayReplaceNow())
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
        const Member& gone = *replacedMember();
        m_self.replaces = gone.id;
        return gone.tokens;
    }
    if (!m_config.tokenSlots.empty())
        return m_config.tokenSlots;
    const RingMember joiner{m_self.id, {}, m_self.zone, m_self.capacity};
    const int count = tokensFor(m_config.tokens, m_self.capacity);
    return allocateTokens(m_table.ringMembers(), joiner, count, m_config.replicas, m_ports.random);
}

// The slots of this node's target that are another's: who is settled there keeps them; of two that come, the
// smaller id has them.
std::vector<Slot> Membership::slotsClaimedByOthers() const
{
    std::vector<Slot> claimed;
    for (const auto& [id, other] : m_table.members()) {
        const bool isSettled = other.state == MemberState::Ready && !other.target;
        const bool isComing = other.state == MemberState::Pending || other.state == MemberState::Ready;
        if (id == m_self.id || id == m_self.replaces || !(isSettled || (isComing && id < m_self.id)))
            continue;
        const std::vector<Slot> theirs = other.target.value_or(other.tokens);
        std::set_intersection(m_self.target->begin(), m_self.target->end(), theirs.begin(), theirs.end(),
                              std::back_inserter(claimed));
    }
    std::sort(claimed.begin(), claimed.end());
    claimed.erase(std::unique(claimed.begin(), claimed.end()), claimed.end());
    return claimed;
}

// Two that choose within one message's way of each other may choose alike. One of them steps back before
// anybody counts on it, and chooses again on the ring that the other has led to. One whose tokens were placed
// by hand goes on with what is left of them, and steps back where nothing is.
void Membership::settleClaims()
{
    if (!m_started || m_isWritingOwn || !m_self.target || m_self.target->empty())
        return;
    const std::vector<Slot> claimed = slotsClaimedByOthers();
    if (claimed.empty())
        return;
    const bool isJoining = m_self.state == MemberState::Pending;
    const bool hasChosen = isJoining && m_config.tokenSlots.empty();
    std::vector<Slot> left;
    if (!hasChosen)
        std::set_difference(m_self.target->begin(), m_self.target->end(), claimed.begin(), claimed.end(),
                            std::back_inserter(left));
    if (!left.empty()) {
        m_events.log("warning",
                     QStringLiteral("%1 of the slots that were asked for are other members' tokens: going "
                                    "on without them")
                         .arg(claimed.size()));
        m_self.target = std::move(left);
        return ownRecordChanged();
    }
    m_events.log("warning", hasChosen
                                ? QStringLiteral("another node takes the same tokens: choosing again")
                                : QStringLiteral("other members have all the tokens that were asked for: "
                                                 "the change is taken back. Give others"));
    m_self.target.reset();
    m_self.replaces = NodeId{};
    if (isJoining)
        m_self.state = hasChosen ? MemberState::New : MemberState::Standby;
    ownRecordChanged();
}

// Where no data has to come, two that moved alike may both be over it before either hears of the other. The
// tokens of one of them count for nothing then, so that it gives them up changes no ring.
void Membership::joinAgainIfCrowdedOut()
{
    const bool isSettled = m_self.state == MemberState::Ready && !m_self.target;
    if (!m_started || m_isWritingOwn || !isSettled || m_self.tokens.empty() || m_rings.isChanging() ||
        std::binary_search(ring().nodes().begin(), ring().nodes().end(), m_self.id))
        return;
    m_events.log("warning", QStringLiteral("another member has all of this node's tokens: joining again"));
    m_self.tokens.clear();
    m_self.state = MemberState::New;
    ownRecordChanged();
}

// Ends what is over: every node that data comes to has it all, as far as this node was told since all saw the
// same rings.
void Membership::considerFinishing()
{
    if (!m_started || m_isWritingOwn || !m_takingBack.empty() || !m_rings.isChanging() ||
        !m_change.allAgree() || !m_change.isOver(m_rings))
        return;
    if (m_self.isRemoval)
        return; // the others decide
    if (m_self.target && m_table.changersNow().contains(m_self.id)) {
        if (mayFinishReplacing())
            finishOwnChange();
    } else {
        finishRemovals();
    }
}

void Membership::finishOwnChange()
{
    const NodeId replaced = std::exchange(m_self.replaces, NodeId{});
    m_self.tokens = *std::exchange(m_self.target, std::nullopt);
    m_self.state = m_self.tokens.empty() ? MemberState::Leaving : MemberState::Ready;
    // Together, and so everywhere: with one of the two records alone both would claim the tokens.
    std::vector<Member> others;
    if (const Member* gone = m_table.find(replaced))
        others.push_back(removedRecord(*gone, m_self.id));
    ownRecordChanged(others);
}

// The change is over, and it takes no more; what it still holds it gives away.
bool Membership::hasLeftRing() const
{
    return m_self.state == MemberState::Leaving && m_self.tokens.empty() && !m_self.target &&
           !m_self.isRemoval;
}

// LEFT promises that this node holds nothing: then the others need not ask it before they reap a tombstone.
// What was written before is on the disk, or refused, when the empty batch is.
void Membership::considerHavingLeft()
{
    const auto isOver = [this] {
        return !m_isWritingOwn && hasLeftRing() && m_events.knowsWhatItHolds() && m_events.holdsNothing();
    };
    if (!m_started || m_isLookingWhetherEmpty || !isOver())
        return;
    m_isLookingWhetherEmpty = true;
    WriteBatch nothing;
    nothing.isSynced = true;
    m_ports.store.write(std::move(nothing), [this, isOver](const Result<void>& stored) {
        m_isLookingWhetherEmpty = false;
        if (!stored || !isOver())
            return;
        m_self.state = MemberState::Left;
        ownRecordChanged();
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

} // namespace

Result<void> Membership::join(std::vector<Slot> tokens, Force force)
{
    if (m_self.state != MemberState::Standby && m_self.state != MemberState::Left && !hasLeftRing())
        return notNow(QStringLiteral("join"), m_self.state);
    if (m_self.state == MemberState::Left && !m_events.holdsNothing())
        return failure(ErrorCode::Conflict,
                       QStringLiteral("Its data folder holds what is of a time before it left, and may have "
                                      "been deleted since. Start it with an empty folder to join again."));
    m_replaceForce = force;
    if (!m_config.replaces.isEmpty()) {
        if (const auto refused = refuseReplacing(); !refused)
            return refused;
    }
    m_waitsBecause.clear();
    m_config.tokenSlots = std::move(tokens);
    m_self.state = MemberState::New;
    ownRecordChanged();
    return {};
}

Result<void> Membership::judgeConsequence(const ChangeWish& wish, Force force, const QString& act)
{
    if (force == Force::Yes)
        return {};
    const PlanRules rules{m_config.replicas, m_config.readQuorum, m_config.writeQuorum};
    const auto plan = planChange(
        m_table, {wish}, rules, [this](NodeId node) { return isReachable(node); }, m_ports.random);
    if (!plan)
        return tl::make_unexpected(plan.error());
    if (plan->risk.consequence.isEmpty())
        return {};
    return tl::make_unexpected(refusalOf(plan->risk, act));
}

Result<void> Membership::leave(Force force)
{
    if (m_self.state != MemberState::Ready || m_self.target)
        return notNow(QStringLiteral("leave"), m_self.state);
    if (m_rings.isChanging())
        return otherChangeIsUnderWay();
    if (ring().nodes().size() <= 1)
        return failure(ErrorCode::Conflict,
                       QStringLiteral("This node is the last of the ring: nobody could take what it holds."));
    ChangeWish wish;
    wish.kind = ChangeWish::Kind::Leave;
    wish.name = m_self.name;
    if (const auto judged = judgeConsequence(wish, force, QStringLiteral("%1 cannot leave").arg(m_self.name));
        !judged)
        return judged;
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
        return otherChangeIsUnderWay();
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
    if (m_self.isRemoval) // removal_vetoes.h
        return failure(ErrorCode::Conflict,
                       QStringLiteral("The other members are removing this node. Now that it is back, one of "
                                      "them takes that back where it is not over."));
    const bool isMoving = m_self.target.has_value() || m_self.state == MemberState::New;
    if (!isMoving || m_isWritingOwn)
        return notNow(QStringLiteral("cancel"), m_self.state);
    m_self.target.reset();
    m_self.replaces = NodeId{};
    m_self.state = m_self.tokens.empty() ? MemberState::Standby : MemberState::Ready;
    ownRecordChanged();
    return {};
}

void Membership::compared(NodeId peer, MonoTime began)
{
    m_change.compared(m_rings, peer, began);
    lookAtRemovals();
    if (m_change.own() != m_lastSaid)
        tellSoon();
    considerFinishing();
}
} // namespace ringmaster
