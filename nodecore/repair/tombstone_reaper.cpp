// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/repair/tombstone_reaper.h"

#include "nodecore/base/mutant.h"

#include <algorithm>

namespace ringmaster {

namespace {

constexpr size_t itemsAtOnce = 512;
constexpr qsizetype keyBytesAtOnce = ReapVoter::maxKeyBytes / 2; // but for the last key
constexpr int reapRecordsAtOnce = 1000;
constexpr qsizetype reapBytesAtOnce = 1024 * 1024;
constexpr int recordsALook = 5000;

} // namespace

TombstoneReaper::TombstoneReaper(Ports ports, ReapVoter::Questions questions, ReapRules rules)
    : m_ports(ports)
    , m_rules(rules)
    , m_voter({ports.transport, ports.store, ports.hints, ports.replica, ports.peers, ports.ids},
              std::move(questions))
{}

void TombstoneReaper::start()
{
    if (isEnabled())
        m_ports.timers.startAt(m_ports.clock.now() + interval, [this] { tick(); });
}

void TombstoneReaper::tick()
{
    look();
    considerCheck();
    start();
}

// Goes on through the own store where it stopped; slots without tombstones cost next to nothing.
void TombstoneReaper::look()
{
    const SlotSummary all = m_ports.store.totals();
    if (all.objects == all.live) {
        m_watched.clear();
        m_waitsFor.clear();
        return;
    }
    int records = 0;
    for (int looked = 0; looked < slotCount && records < recordsALook; ++looked) {
        const Slot slot{static_cast<quint16>(m_nextSlot)};
        const SlotSummary held = m_ports.store.slotSummary(slot);
        const bool isLeader = held.objects > held.live && !m_ports.peers.rings().isChanging() &&
                              m_ports.peers.ring().isPrimary(m_ports.peers.self(), slot) &&
                              m_ports.peers.ring().preferenceList(slot).front() == m_ports.peers.self();
        if (isLeader && !lookAt(slot))
            return; // unreadable now: the same slot again next time
        records += isLeader ? static_cast<int>(held.objects) : 0;
        m_nextSlot = (m_nextSlot + 1) % slotCount;
        if (m_nextSlot == 0)
            endPass();
    }
}

bool TombstoneReaper::lookAt(Slot slot)
{
    std::optional<ObjectCursor> cursor = ObjectCursor{slot, std::nullopt};
    while (cursor) {
        Result<ObjectPage> page = m_ports.store.scan(*cursor, slot, reapRecordsAtOnce, reapBytesAtOnce);
        if (!page)
            return false;
        for (const ObjectRecord& record : page->records) {
            const auto found = m_watched.find(record.key);
            if (record.live || (found == m_watched.end() && m_watched.size() >= maxWatched))
                continue;
            const quint64 hash = recordHash(record.key, record.bytes);
            if (found == m_watched.end() || found->second.hash != hash)
                m_watched[record.key] = {hash, m_ports.clock.now(), std::nullopt, m_pass};
            else
                found->second.pass = m_pass;
        }
        cursor = std::move(page->next);
    }
    return true;
}

// What the pass has not met is gone, has a value again, or is another node's to see off.
void TombstoneReaper::endPass()
{
    for (auto watched = m_watched.begin(); watched != m_watched.end();) {
        if (watched->second.pass != m_pass)
            watched = m_watched.erase(watched);
        else
            ++watched;
    }
    ++m_pass;
}

namespace {

// Collects the items of one check up to its bounds.
class Batch {
public:
    bool isFull() const { return m_items.size() >= itemsAtOnce || m_bytes >= keyBytesAtOnce; }
    void add(const Key& key, quint64 hash)
    {
        m_bytes += key.bytes().size();
        m_items.push_back({key, hash});
    }
    std::vector<ReapVoter::Item> take() { return std::move(m_items); }

private:
    std::vector<ReapVoter::Item> m_items;
    qsizetype m_bytes = 0;
};

} // namespace

// Those that all agreed to in one first check, the one that waits longest.
std::vector<TombstoneReaper::Item> TombstoneReaper::dueSecond(wire::RequestId& firstCheck) const
{
    const Agreed* longest = nullptr;
    for (const auto& [key, watched] : m_watched) {
        if (watched.agreed && (!longest || watched.agreed->when < longest->when))
            longest = &*watched.agreed;
    }
    if (!longest || m_ports.clock.now() < longest->when + m_rules.quiet)
        return {};
    firstCheck = longest->check;
    Batch batch;
    for (const auto& [key, watched] : m_watched) {
        if (watched.agreed && watched.agreed->check == firstCheck && !batch.isFull())
            batch.add(key, watched.hash);
    }
    return batch.take();
}

std::vector<TombstoneReaper::Item> TombstoneReaper::dueFirst() const
{
    const MonoTime now = m_ports.clock.now();
    Batch batch;
    std::set<wire::RequestId> agreed;
    for (const auto& [key, watched] : m_watched) {
        if (watched.agreed)
            agreed.insert(watched.agreed->check);
        else if (watched.since + m_rules.after <= now && !batch.isFull())
            batch.add(key, watched.hash);
    }
    return agreed.size() < checksAgreed ? batch.take() : std::vector<Item>();
}

void TombstoneReaper::considerCheck()
{
    if (m_check)
        return;
    wire::RequestId firstCheck;
    std::vector<Item> items = dueSecond(firstCheck);
    if (items.empty())
        items = dueFirst();
    if (!items.empty())
        ask(std::move(items), firstCheck);
}

void TombstoneReaper::ask(std::vector<Item> items, wire::RequestId firstCheck)
{
    const NodeId self = m_ports.peers.self();
    m_check = Check{{m_ports.ids.next(), m_voter.view(), firstCheck, std::move(items)}, {}, {}, {}};
    const wire::ReapCheckRequest request = m_check->request;
    m_check->clear.assign(request.items.size(), true);
    if (isMutant(Mutant::ReapTooEarly)) {
        m_check->request.firstId = request.id;
        return concludeCheck();
    }
    const std::vector<NodeId> members = m_voter.members();
    m_check->waitingFor = {members.begin(), members.end()};
    const QByteArray message = wire::encode(request);
    for (const NodeId member : members) {
        if (member != self && m_ports.transport.send(member, message) != SendResult::Queued)
            return abandonCheck(QStringLiteral("%1 cannot be reached").arg(m_ports.peers.nameOf(member)));
    }
    m_patience = m_ports.timers.startAt(m_ports.clock.now() + patience, [this] {
        abandonCheck(
            QStringLiteral("%1 did not answer").arg(m_ports.peers.nameOf(*m_check->waitingFor.begin())));
    });
    const auto done = [this, self, id = request.id](const ReapVoter::Vote& vote) { voted(self, id, vote); };
    if (firstCheck.isNone())
        m_voter.voteFirst(self, request.id, request.ringDigest, request.items, done);
    else
        done(m_voter.voteSecond(self, firstCheck, request.ringDigest, request.items));
}

void TombstoneReaper::handle(NodeId from, const wire::ReapCheckRequest& request)
{
    // A reply that is lost: the asker's patience ends.
    const auto done = [this, from, to = wire::replyTo(request)](const ReapVoter::Vote& vote) {
        wire::ReapCheckReply reply{to, std::nullopt, {}};
        if (vote)
            reply.clear.assign(vote->begin(), vote->end());
        else
            reply.error = vote.error();
        (void)m_ports.transport.send(from, wire::encode(reply));
    };
    if (request.firstId.isNone())
        m_voter.voteFirst(from, request.id, request.ringDigest, request.items, done);
    else
        done(m_voter.voteSecond(from, request.firstId, request.ringDigest, request.items));
}

void TombstoneReaper::handle(NodeId from, const wire::ReapCheckReply& reply)
{
    if (!m_check || m_check->request.id != reply.to.id)
        return m_ports.ids.droppedAsUnknown(reply.to.id);
    if (wire::replyTo(m_check->request) != reply.to || !m_check->waitingFor.contains(from))
        return m_ports.ids.droppedAsMismatched();
    if (reply.error)
        voted(from, reply.to.id, tl::make_unexpected(*reply.error));
    else
        voted(from, reply.to.id, std::vector<bool>(reply.clear.begin(), reply.clear.end()));
}

void TombstoneReaper::voted(NodeId member, wire::RequestId check, const ReapVoter::Vote& vote)
{
    if (!m_check || m_check->request.id != check || m_check->waitingFor.erase(member) == 0)
        return;
    if (!vote || vote->size() != m_check->clear.size())
        return abandonCheck(vote ? QStringLiteral("an answer was no answer") : vote.error().message);
    for (size_t i = 0; i < vote->size(); ++i) {
        if (!(*vote)[i] && m_check->clear[i]) {
            m_check->clear[i] = false;
            m_check->objection =
                QStringLiteral("%1 holds something else for some of them").arg(m_ports.peers.nameOf(member));
        }
    }
    if (m_check->waitingFor.empty())
        concludeCheck();
}

void TombstoneReaper::concludeCheck()
{
    const Check check = std::move(*m_check);
    endCheck(check.objection);
    const MonoTime now = m_ports.clock.now();
    std::vector<Item> agreed;
    for (size_t i = 0; i < check.request.items.size(); ++i) {
        const Item& item = check.request.items[i];
        const auto watched = m_watched.find(item.key);
        if (watched == m_watched.end() || watched->second.hash != item.hash)
            continue;
        watched->second.agreed.reset();
        if (!check.clear[i])
            watched->second.since = now; // the others first
        else if (check.isSecond())
            agreed.push_back(item);
        else
            watched->second.agreed = Agreed{now, check.request.id};
    }
    if (!agreed.empty())
        reapEverywhere(agreed);
    considerCheck();
}

void TombstoneReaper::reapEverywhere(const std::vector<Item>& items)
{
    const QByteArray message = wire::encode(wire::ReapRequest{items});
    for (const NodeId member : m_voter.members()) {
        if (member != m_ports.peers.self())
            (void)m_ports.transport.send(member, message); // lost: anti-entropy brings it back here
    }
    removeHere(items);
}

// Nobody knows: all of it begins anew.
void TombstoneReaper::abandonCheck(const QString& waitsFor)
{
    for (const Item& item : m_check->request.items) {
        const auto watched = m_watched.find(item.key);
        if (watched != m_watched.end())
            watched->second.agreed.reset();
    }
    endCheck(waitsFor);
}

void TombstoneReaper::endCheck(const QString& waitsFor)
{
    m_waitsFor = waitsFor;
    m_ports.timers.cancel(m_patience);
    m_check.reset();
}

void TombstoneReaper::handle(NodeId /*from*/, const wire::ReapRequest& request)
{
    removeHere(request.items);
}

void TombstoneReaper::removeHere(const std::vector<Item>& items)
{
    std::vector<Replica::Reaped> keys;
    for (const Item& item : items) {
        m_watched.erase(item.key);
        if (!m_ports.hints.holds(item.key))
            keys.push_back({item.key, item.hash});
    }
    m_reaped += m_ports.replica.reap(keys);
}

void TombstoneReaper::linkLost(NodeId peer)
{
    m_voter.linkLost(peer);
    if (m_check && m_check->waitingFor.contains(peer))
        abandonCheck(QStringLiteral("%1 cannot be reached").arg(m_ports.peers.nameOf(peer)));
}

} // namespace ringmaster
