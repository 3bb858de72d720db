// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/repair/tombstone_reaper.h"

#include "nodecore/base/mutant.h"

#include <algorithm>

namespace ringmaster {

namespace {

constexpr size_t itemsAtOnce = 512;
constexpr int reapRecordsAtOnce = 1000;
constexpr qsizetype reapBytesAtOnce = 1024 * 1024;
constexpr int recordsALook = 5000;
constexpr size_t firstAnswersKept = 64; // of one asker

} // namespace

TombstoneReaper::TombstoneReaper(Ports ports, Questions questions, ReapRules rules)
    : m_ports(ports)
    , m_questions(std::move(questions))
    , m_rules(rules)
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
                m_watched[record.key] = {hash, m_ports.clock.now(), std::nullopt, {}, m_pass};
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

std::vector<TombstoneReaper::Item> TombstoneReaper::due(bool second, MonoTime now) const
{
    std::vector<Item> items;
    for (const auto& [key, watched] : m_watched) {
        const bool isDue = second ? watched.agreed && *watched.agreed + m_rules.quiet <= now
                                  : !watched.agreed && watched.since + m_rules.after <= now;
        if (isDue)
            items.push_back({key, watched.hash});
        if (items.size() == itemsAtOnce)
            break;
    }
    return items;
}

void TombstoneReaper::considerCheck()
{
    if (m_check)
        return;
    const MonoTime now = m_ports.clock.now();
    std::vector<Item> items = due(true, now);
    const bool second = !items.empty();
    if (!second)
        items = due(false, now);
    if (!items.empty())
        ask(std::move(items), second);
}

std::optional<QString> TombstoneReaper::whoIsAway() const
{
    for (const NodeId member : m_questions.members()) {
        if (!m_ports.peers.isReachable(member))
            return m_ports.peers.nameOf(member);
    }
    return std::nullopt;
}

void TombstoneReaper::ask(std::vector<Item> items, bool second)
{
    wire::RequestId firstId;
    for (const Item& item : items)
        firstId = second ? std::max(firstId, m_watched.at(item.key).agreedId) : wire::RequestId();
    const wire::ReapCheckRequest request{m_ports.ids.next(),
                                         QByteArray::number(m_ports.peers.rings().digest(), 16), firstId,
                                         std::move(items)};
    m_check = Check{request.id, firstId, request.items, wire::subjectOf(request), {}, {}, {}};
    if (isMutant(Mutant::ReapTooEarly)) {
        m_check->firstId = request.id;
        m_check->clear.assign(m_check->items.size(), true);
        return concludeCheck();
    }
    Result<std::vector<bool>> here = answer(m_ports.peers.self(), request.id, firstId, m_check->items);
    if (!here)
        return abandonCheck(here.error().message);
    m_check->clear = std::move(*here);

    const QByteArray message = wire::encode(request);
    for (const NodeId member : m_questions.members()) {
        if (member == m_ports.peers.self())
            continue;
        if (m_ports.transport.send(member, message) != SendResult::Queued)
            return abandonCheck(QStringLiteral("%1 cannot be reached").arg(m_ports.peers.nameOf(member)));
        m_check->waitingFor.insert(member);
    }
    m_patience = m_ports.timers.startAt(m_ports.clock.now() + patience, [this] {
        abandonCheck(
            QStringLiteral("%1 did not answer").arg(m_ports.peers.nameOf(*m_check->waitingFor.begin())));
    });
    concludeCheck();
}

Result<std::vector<bool>> TombstoneReaper::answer(NodeId asker, wire::RequestId id, wire::RequestId firstId,
                                                  const std::vector<Item>& items)
{
    const QString self = m_ports.peers.nameOf(m_ports.peers.self());
    if (const std::optional<QString> away = whoIsAway())
        return failure(ErrorCode::Unavailable, QStringLiteral("%1 cannot reach %2").arg(self, *away));
    std::map<wire::RequestId, MonoTime>& answers = m_firstAnswers[asker];
    if (firstId.isNone()) {
        sendEchoes();
        answers[id] = m_ports.clock.now();
        if (answers.size() > firstAnswersKept)
            answers.erase(std::min_element(answers.begin(), answers.end(), [](const auto& a, const auto& b) {
                return a.second < b.second; // the oldest: an asker that has restarted gives other ids
            }));
        return clearHere(items);
    }
    const auto first = answers.find(firstId);
    if (first == answers.end() || !allEchoedSince(first->second)) {
        return failure(ErrorCode::Unavailable,
                       QStringLiteral("messages of %1 may still be under way").arg(self));
    }
    return clearHere(items);
}

std::vector<bool> TombstoneReaper::clearHere(const std::vector<Item>& items)
{
    std::vector<Key> keys;
    for (const Item& item : items)
        keys.push_back(item.key);
    std::vector<bool> clear = m_questions.busyWith(keys);
    for (size_t i = 0; i < items.size(); ++i) {
        const Key& key = items[i].key;
        const bool isPrimary =
            m_ports.peers.ring().isPrimary(m_ports.peers.self(), m_ports.replica.slot(key));
        const std::optional<quint64> held = m_ports.replica.latestHash(key);
        const bool holdsRight = held ? *held == items[i].hash : !isPrimary;
        clear[i] = !clear[i] && holdsRight && !m_ports.hints.holds(key);
    }
    return clear;
}

bool TombstoneReaper::allEchoedSince(MonoTime when) const
{
    const std::vector<NodeId> members = m_questions.members();
    return std::all_of(members.begin(), members.end(), [this, when](NodeId member) {
        const auto echoed = m_echoed.find(member);
        return member == m_ports.peers.self() || (echoed != m_echoed.end() && echoed->second >= when);
    });
}

void TombstoneReaper::sendEchoes()
{
    const wire::Echo echo{m_ports.ids.next(), static_cast<quint64>(m_ports.clock.now().sinceStart.count()),
                          false};
    for (const NodeId member : m_questions.members()) {
        if (member != m_ports.peers.self())
            (void)m_ports.transport.send(member, wire::encode(echo)); // lost: there will be no agreement
    }
}

void TombstoneReaper::handle(NodeId from, const wire::Echo& echo)
{
    if (!echo.isReply) {
        (void)m_ports.transport.send(from, wire::encode(wire::Echo{echo.id, echo.stamp, true}));
        return;
    }
    if (!m_ports.ids.isOwn(echo.id))
        return m_ports.ids.droppedAsUnknown(echo.id);
    const MonoTime sent{Duration{static_cast<Duration::rep>(echo.stamp)}};
    if (sent <= m_ports.clock.now())
        m_echoed[from] = std::max(m_echoed[from], sent);
}

void TombstoneReaper::handle(NodeId from, const wire::ReapCheckRequest& request)
{
    wire::ReapCheckReply reply{wire::replyTo(request), std::nullopt, {}};
    if (m_ports.peers.rings().isChanging() ||
        request.ringDigest != QByteArray::number(m_ports.peers.rings().digest(), 16)) {
        reply.error = Error{ErrorCode::Unavailable, QStringLiteral("the ring is changing")};
    } else {
        const Result<std::vector<bool>> clear = answer(from, request.id, request.firstId, request.items);
        if (clear)
            reply.clear.assign(clear->begin(), clear->end());
        else
            reply.error = clear.error();
    }
    (void)m_ports.transport.send(from, wire::encode(reply)); // lost: the asker's patience ends
}

void TombstoneReaper::handle(NodeId from, const wire::ReapCheckReply& reply)
{
    if (!m_check || m_check->id != reply.to.id)
        return m_ports.ids.droppedAsUnknown(reply.to.id);
    if (m_check->subject != reply.to.subject || m_check->waitingFor.erase(from) == 0)
        return m_ports.ids.droppedAsMismatched();
    if (reply.error || reply.clear.size() != m_check->items.size())
        return abandonCheck(reply.error ? reply.error->message : QStringLiteral("an answer was no answer"));
    for (size_t i = 0; i < reply.clear.size(); ++i) {
        if (reply.clear[i] == 0 && m_check->clear[i]) {
            m_check->clear[i] = false;
            m_check->objection =
                QStringLiteral("%1 holds something else for some of them").arg(m_ports.peers.nameOf(from));
        }
    }
    concludeCheck();
}

void TombstoneReaper::concludeCheck()
{
    if (!m_check->waitingFor.empty())
        return;
    const Check check = std::move(*m_check);
    std::vector<Item> agreed;
    for (size_t i = 0; i < check.items.size(); ++i) {
        const auto watched = m_watched.find(check.items[i].key);
        if (watched == m_watched.end() || watched->second.hash != check.items[i].hash)
            continue;
        Watched& tombstone = watched->second;
        tombstone.agreed = check.clear[i] ? std::optional(m_ports.clock.now()) : std::nullopt;
        tombstone.agreedId = check.id;
        if (!check.clear[i])
            tombstone.since = m_ports.clock.now(); // the others first
        else if (!check.firstId.isNone())
            agreed.push_back(check.items[i]);
    }
    if (!agreed.empty()) {
        const QByteArray message = wire::encode(wire::ReapRequest{agreed});
        for (const NodeId member : m_questions.members()) {
            if (member != m_ports.peers.self())
                (void)m_ports.transport.send(member, message); // lost: anti-entropy brings it back here
        }
        removeHere(agreed);
    }
    endCheck(check.objection);
}

// Nobody knows: all of it begins anew.
void TombstoneReaper::abandonCheck(const QString& waitsFor)
{
    for (const Item& item : m_check->items) {
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

void TombstoneReaper::handle(NodeId, const wire::ReapRequest& request)
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
    m_echoed.erase(peer);
    if (m_check && m_check->waitingFor.find(peer) != m_check->waitingFor.end())
        abandonCheck(QStringLiteral("%1 cannot be reached").arg(m_ports.peers.nameOf(peer)));
}

} // namespace ringmaster
