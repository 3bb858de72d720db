// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/repair/reap_voter.h"

#include "nodecore/base/mutant.h"

#include <algorithm>
#include <numeric>

namespace ringmaster {

namespace {

Error unavailable(const QString& message)
{
    return {ErrorCode::Unavailable, message};
}

} // namespace

ReapVoter::ReapVoter(Ports ports, Questions questions)
    : m_ports(ports)
    , m_questions(std::move(questions))
{}

QByteArray ReapVoter::view() const
{
    const RingView& rings = m_ports.peers.rings();
    if (rings.isChanging())
        return {};
    quint64 members = 0;
    for (const NodeId member : m_questions.members())
        members = (members ^ member.value) * 0x9e3779b97f4a7c15ULL + 1;
    return QByteArray::number(rings.digest(), 16) + '-' + QByteArray::number(members, 16);
}

std::optional<Error> ReapVoter::objection(const QByteArray& askersView, const std::vector<Item>& items) const
{
    const QByteArray own = view();
    if (own.isEmpty())
        return unavailable(QStringLiteral("the ring is changing"));
    if (own != askersView) {
        return unavailable(QStringLiteral("%1 sees another ring or other members")
                               .arg(m_ports.peers.nameOf(m_ports.peers.self())));
    }
    for (const NodeId member : m_questions.members()) {
        if (member != m_ports.peers.self() && !m_ports.peers.isReachable(member)) {
            return unavailable(
                QStringLiteral("%1 cannot reach %2")
                    .arg(m_ports.peers.nameOf(m_ports.peers.self()), m_ports.peers.nameOf(member)));
        }
    }
    const qsizetype bytes =
        std::accumulate(items.begin(), items.end(), qsizetype{0},
                        [](qsizetype sum, const Item& item) { return sum + item.key.bytes().size(); });
    if (bytes > maxKeyBytes)
        return Error{ErrorCode::TooLarge,
                     QStringLiteral("a check of %1 bytes of keys is too large").arg(bytes)};
    return std::nullopt;
}

// Durable and latest alike: what is durable comes back after a crash, what is latest becomes durable.
bool ReapVoter::holdsOnly(const Item& item) const
{
    const Result<Replica::HeldHashes> held = m_ports.replica.heldHashes(item.key);
    if (!held || m_ports.hints.holds(item.key))
        return false;
    const std::optional<quint64> wanted = item.hash;
    if ((held->durable == wanted || isMutant(Mutant::ReapWhatIsLatest)) && held->latest == wanted)
        return true;
    const bool isPrimary =
        m_ports.peers.ring().isPrimary(m_ports.peers.self(), m_ports.replica.slot(item.key));
    return !isPrimary && !held->durable && !held->latest;
}

void ReapVoter::voteFirst(NodeId asker, wire::RequestId check, const QByteArray& askersView,
                          const std::vector<Item>& items, VoteDone done)
{
    if (const std::optional<Error> why = objection(askersView, items))
        return done(tl::make_unexpected(*why));
    if (find(asker, check) != m_votes.end())
        return; // the question came twice
    makeRoomFor(asker);
    FirstVote vote{.asker = asker,
                   .check = check,
                   .view = askersView,
                   .clear = {},
                   .guarded = {},
                   .waitingFor = {},
                   .done = std::move(done)};
    std::vector<Key> keys;
    for (const Item& item : items)
        keys.push_back(item.key);
    const std::vector<bool> busy = m_questions.busyWith(keys);
    for (size_t i = 0; i < items.size(); ++i) {
        vote.clear.push_back(!busy[i] && holdsOnly(items[i]));
        if (vote.clear.back())
            vote.guarded.insert(items[i].key, items[i].hash);
    }
    guard(vote);
    m_votes.push_back(std::move(vote));
    beginEchoes(m_votes.back());
    if (isMutant(Mutant::ReapWhatIsLatest)) {
        m_votes.back().isSynced = true;
        return giveIfReady(std::prev(m_votes.end()));
    }
    beginSync(m_votes.back());
}

std::deque<ReapVoter::FirstVote>::iterator ReapVoter::find(NodeId asker, const wire::RequestId& check)
{
    return std::find_if(m_votes.begin(), m_votes.end(),
                        [&](const FirstVote& vote) { return vote.asker == asker && vote.check == check; });
}

void ReapVoter::giveIfReady(std::deque<FirstVote>::iterator vote)
{
    if (!vote->isReady() || !vote->done)
        return;
    const VoteDone done = std::exchange(vote->done, nullptr);
    done(std::vector<bool>(vote->clear));
}

// Of this node's copies and hints, and of what it has removed.
void ReapVoter::beginSync(const FirstVote& vote)
{
    WriteBatch nothing;
    nothing.isSynced = true;
    m_ports.store.write(std::move(nothing),
                        [this, asker = vote.asker, check = vote.check](const Result<void>& synced) {
                            const auto found = find(asker, check);
                            if (found == m_votes.end())
                                return;
                            if (synced) {
                                found->isSynced = true;
                                return giveIfReady(found);
                            }
                            const VoteDone done = std::move(found->done);
                            drop(found);
                            done(tl::make_unexpected(synced.error()));
                        });
}

// From here on each of its keys is guarded: what is sent before this moment is sent before the Echo.
void ReapVoter::guard(const FirstVote& vote)
{
    for (auto guarded = vote.guarded.begin(); guarded != vote.guarded.end(); ++guarded)
        ++m_guarded[guarded.key()];
}

void ReapVoter::unguard(const Key& key)
{
    const auto found = m_guarded.find(key);
    if (--*found == 0)
        m_guarded.erase(found);
}

void ReapVoter::makeRoomFor(NodeId asker)
{
    const auto isOfAsker = [asker](const FirstVote& vote) { return vote.asker == asker; };
    if (std::count_if(m_votes.begin(), m_votes.end(), isOfAsker) < static_cast<ptrdiff_t>(votesKept))
        return;
    drop(std::find_if(m_votes.begin(), m_votes.end(), isOfAsker));
}

void ReapVoter::drop(std::deque<FirstVote>::iterator vote)
{
    for (auto guarded = vote->guarded.begin(); guarded != vote->guarded.end(); ++guarded)
        unguard(guarded.key());
    m_votes.erase(vote);
}

void ReapVoter::beginEchoes(FirstVote& vote)
{
    const wire::Echo echo{m_ports.ids.next(), false};
    vote.echo = echo.id.number();
    const QByteArray message = wire::encode(echo);
    for (const NodeId member : m_questions.members()) {
        if (member == m_ports.peers.self())
            continue;
        vote.waitingFor.insert(member);
        (void)m_ports.transport.send(member, message); // lost: there will be no vote
    }
}

void ReapVoter::handle(NodeId from, const wire::Echo& echo)
{
    if (!echo.isReply) {
        (void)m_ports.transport.send(from, wire::encode(wire::Echo{echo.id, true}));
        return;
    }
    if (!m_ports.ids.isOwn(echo.id))
        return m_ports.ids.droppedAsUnknown(echo.id);
    if (isMutant(Mutant::CountNoEchoes))
        return;
    std::vector<std::pair<VoteDone, std::vector<bool>>> given;
    for (FirstVote& vote : m_votes) {
        if (vote.echo <= echo.id.number() && vote.waitingFor.erase(from) > 0 && vote.isReady())
            given.emplace_back(std::exchange(vote.done, nullptr), vote.clear);
    }
    // The votes may change meanwhile: this node's own questions are answered by a call.
    for (const auto& [done, clear] : given)
        done(clear);
}

ReapVoter::Vote ReapVoter::voteSecond(NodeId asker, wire::RequestId firstCheck, const QByteArray& askersView,
                                      const std::vector<Item>& items)
{
    if (const std::optional<Error> why = objection(askersView, items))
        return tl::make_unexpected(*why);
    const auto first = std::find_if(m_votes.begin(), m_votes.end(), [&](const FirstVote& vote) {
        return vote.asker == asker && vote.check == firstCheck && vote.view == askersView;
    });
    if (first == m_votes.end() || !first->isReady()) {
        return tl::make_unexpected(unavailable(QStringLiteral("%1 knows of no first vote on them")
                                                   .arg(m_ports.peers.nameOf(m_ports.peers.self()))));
    }
    std::vector<bool> clear;
    for (const Item& item : items) {
        const auto guarded = first->guarded.constFind(item.key);
        clear.push_back(guarded != first->guarded.constEnd() && *guarded == item.hash && holdsOnly(item));
    }
    return clear;
}

void ReapVoter::received(const Key& key, QByteArrayView set)
{
    if (set.isEmpty() || !m_guarded.contains(key) || isMutant(Mutant::IgnoreSetsBetweenVotes))
        return;
    const quint64 hash = recordHash(key, set);
    for (FirstVote& vote : m_votes) {
        const auto guarded = vote.guarded.find(key);
        if (guarded == vote.guarded.end() || *guarded == hash)
            continue;
        vote.guarded.erase(guarded);
        unguard(key);
    }
}

// The Echo may be lost with the link: there will be no such vote.
void ReapVoter::linkLost(NodeId peer)
{
    std::vector<VoteDone> failed;
    for (size_t i = m_votes.size(); i > 0; --i) {
        FirstVote& vote = m_votes[i - 1];
        if (!vote.waitingFor.contains(peer))
            continue;
        failed.push_back(std::move(vote.done));
        drop(m_votes.begin() + static_cast<ptrdiff_t>(i - 1));
    }
    const Error why =
        unavailable(QStringLiteral("%1 cannot reach %2")
                        .arg(m_ports.peers.nameOf(m_ports.peers.self()), m_ports.peers.nameOf(peer)));
    for (const VoteDone& done : failed)
        done(tl::make_unexpected(why));
}

} // namespace ringmaster
