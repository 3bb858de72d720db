// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/membership/membership.h"

#include "nodecore/ring/token_allocation.h"

#include <QCryptographicHash>
#include <QtEndian>

#include <algorithm>

namespace ringmaster {

namespace {

QString softwareVersion()
{
    return QStringLiteral(RINGMASTER_VERSION);
}

// A full disk may get room.
constexpr Duration storeRetry = std::chrono::seconds(2);
constexpr Duration lookEvery = std::chrono::milliseconds(500);
// Between two tables for one peer because its card says that it has another.
constexpr Duration tableRest = std::chrono::milliseconds(50);

// So many peers are sent each change at once; more would be sent too much, and hear of it by gossip.
constexpr size_t fewPeers = 8;

quint64 digestOf(const Member& member)
{
    ByteWriter to;
    member.encode(to);
    const QByteArray hash = QCryptographicHash::hash(to.result(), QCryptographicHash::Md5);
    return qFromBigEndian<quint64>(hash.constData());
}

} // namespace

Membership::Membership(MembershipConfig config, Ports ports, Events events, Remembered remembered,
                       ActorId actor)
    : m_config(std::move(config))
    , m_ports(ports)
    , m_events(std::move(events))
    , m_process(ports.random.next())
    , m_table(std::move(remembered.members))
    , m_change(nodeIdFor(m_config.identity.name, m_config.identity.generation), m_config.writeQuorum)
    , m_watch(m_config.swim, nodeIdFor(m_config.identity.name, m_config.identity.generation),
              m_config.identity.cluster,
              {ports.clock, ports.timers, ports.random, ports.transport, ports.datagrams}, watchEvents())
{
    const NodeId id = nodeIdFor(m_config.identity.name, m_config.identity.generation);
    if (const Member* known = m_table.find(id))
        m_self = *known;
    m_self.id = id;
    m_self.name = m_config.identity.name;
    m_self.generation = m_config.identity.generation;
    m_self.actor = actor;
    m_self.peerAddress = m_config.peerAddress;
    m_self.httpAddress = m_config.httpAddress;
    m_self.zone = m_config.zone;
    m_self.software = softwareVersion();
    if (m_self.state == MemberState::Starting)
        m_self.state = m_config.standby ? MemberState::Standby : MemberState::New;
    ++m_self.version;
    m_table.merge(m_self);
    setRings();
}

void Membership::setRings()
{
    m_rings = m_table.rings(m_config.replicas);
    m_change.ringsChanged(m_rings);
}

void Membership::start()
{
    WriteBatch batch;
    rememberIdentity(batch, m_config.identity, m_self.actor);
    rememberMembers(batch, m_table);
    m_ports.store.write(std::move(batch), [this](const Result<void>& stored) {
        if (stored)
            return becomeKnown();
        m_events.log("error",
                     QStringLiteral("Cannot remember who this node is: %1").arg(stored.error().message));
        // Nobody hears of this node until then.
        if (stored.error().code == ErrorCode::ReadOnly)
            m_ports.timers.startAt(m_ports.clock.now() + storeRetry, [this] { start(); });
    });
}

void Membership::becomeKnown()
{
    m_started = true;
    afterTableChange();
    considerJoining();
    lookAgainLater();
    m_watch.start();
}

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
    return allocateTokens(m_table.ringMembers(), joiner, m_config.tokens, m_config.replicas, m_ports.random);
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

// The others remember this node better than its disk does: it is the same member, and has its tokens back.
void Membership::reclaim(const Member& olderSelf)
{
    m_self.version = olderSelf.version;
    if (!olderSelf.tokens.empty() || olderSelf.state == MemberState::Removed) {
        m_self.tokens = olderSelf.tokens;
        m_self.target = olderSelf.target;
        m_self.isRemoval = olderSelf.isRemoval;
        m_self.state = olderSelf.state;
    }
    ownRecordChanged();
}

void Membership::ownRecordChanged(const std::vector<Member>& others)
{
    ++m_self.version;
    m_isWritingOwn = true;
    WriteBatch batch;
    MemberTable durable = m_table;
    durable.merge(m_self);
    for (const Member& other : others)
        durable.merge(other);
    rememberMembers(batch, durable);
    m_ports.store.write(std::move(batch), [this, record = m_self, others](const Result<void>& stored) {
        m_isWritingOwn = record.version != m_self.version;
        if (!stored) {
            m_events.log(
                "error",
                QStringLiteral("Cannot store this node's member record: %1").arg(stored.error().message));
            if (stored.error().code == ErrorCode::ReadOnly && record.version == m_self.version)
                m_ports.timers.startAt(m_ports.clock.now() + storeRetry,
                                       [this, others] { ownRecordChanged(others); });
            return;
        }
        bool changed = takeRecord(record);
        for (const Member& other : others)
            changed = takeRecord(other) || changed;
        if (changed)
            afterTableChange();
    });
}

void Membership::changeActor(ActorId actor, std::function<void()> done)
{
    WriteBatch batch;
    rememberIdentity(batch, m_config.identity, actor);
    m_ports.store.write(std::move(batch), [this, actor, done = std::move(done)](const Result<void>& stored) {
        if (!stored)
            return m_events.log("warning",
                                QStringLiteral("Cannot store a new actor: %1").arg(stored.error().message));
        m_self.actor = actor;
        done();
        ownRecordChanged();
    });
}

// The table has changed and may have changed the ring: everybody hears of it.
void Membership::afterTableChange()
{
    const quint64 before = m_rings.digest();
    setRings();
    const bool ringChanged = m_rings.digest() != before;

    QList<QString> addresses = m_config.join;
    std::vector<PeerWatch::Whereabouts> others;
    for (const auto& [id, member] : m_table.members()) {
        if (id == m_self.id || member.state == MemberState::Removed || member.state == MemberState::Left)
            continue;
        addresses.append(member.peerAddress);
        others.push_back({id, member.peerAddress});
    }
    m_watch.setMembers(others);
    addresses.removeAll(m_self.peerAddress);
    std::sort(addresses.begin(), addresses.end());
    addresses.erase(std::unique(addresses.begin(), addresses.end()), addresses.end());
    m_ports.transport.setPeers(addresses);

    if (const std::vector<NodeId> peers = m_watch.linked(); peers.size() <= fewPeers) {
        for (const NodeId peer : peers)
            sendTable(peer);
    }
    if (ringChanged)
        m_events.ringChanged();
    m_events.membersChanged();
    tellSoon();
}

void Membership::persistMembers()
{
    // With the own record as it was last written, though m_table has it only after its commit: this batch
    // comes later, and would put the older record back.
    MemberTable durable = m_table;
    durable.merge(m_self);
    WriteBatch batch;
    rememberMembers(batch, durable);
    m_ports.store.write(std::move(batch), [this](const Result<void>& stored) {
        if (!stored)
            m_events.log("warning",
                         QStringLiteral("Cannot store the member table: %1").arg(stored.error().message));
    });
}

void Membership::sendTable(NodeId to)
{
    // A link that takes nothing now gets the table when the next card finds the digests different.
    (void)m_ports.transport.send(to, wire::encode(wire::Members{m_table.encodedRecords()}));
}

bool Membership::isReachable(NodeId node) const
{
    return node == m_self.id || m_watch.isReachable(node);
}

Duration Membership::unreachableFor(NodeId node) const
{
    return node == m_self.id ? Duration{0} : m_watch.unreachableFor(node);
}

PeerVitals Membership::vitalsOf(NodeId node) const
{
    if (node == m_self.id)
        return m_events.ownVitals();
    const auto found = m_vitals.find(node);
    return found == m_vitals.end() ? PeerVitals{} : found->second;
}

QString Membership::nameOf(NodeId node) const
{
    const Member* member = m_table.find(node);
    return member == nullptr ? node.toString() : member->name;
}

Hello Membership::hello() const
{
    Hello hello;
    hello.cluster = m_config.identity.cluster;
    hello.node = m_self.id;
    hello.name = m_self.name;
    hello.actor = m_self.actor;
    hello.process = m_process;
    hello.peerAddress = m_self.peerAddress;
    hello.httpAddress = m_self.httpAddress;
    hello.partitioner = static_cast<quint8>(m_config.identity.partitioner);
    hello.replicas = static_cast<quint8>(m_config.replicas);
    return hello;
}

std::optional<Error> Membership::judge(const Hello& peer) const
{
    const auto conflict = [](const QString& message) { return Error{ErrorCode::Conflict, message}; };
    if (peer.cluster != m_config.identity.cluster) {
        return Error{
            ErrorCode::Foreign,
            QStringLiteral("%1 belongs to cluster \"%2\", this node to \"%3\". Check --cluster and --join.")
                .arg(peer.name, peer.cluster, m_config.identity.cluster)};
    }
    if (peer.partitioner != static_cast<quint8>(m_config.identity.partitioner))
        return conflict(
            QStringLiteral("%1 places keys with another partitioner. Start it with --partitioner %2.")
                .arg(peer.name, ringmaster::nameOf(m_config.identity.partitioner)));
    if (peer.replicas != m_config.replicas)
        return conflict(
            QStringLiteral("%1 keeps %2 replicas, this node %3. Start all members with the same --replicas.")
                .arg(peer.name)
                .arg(peer.replicas)
                .arg(m_config.replicas));
    if (!isValidNodeName(peer.name) || peer.node != nodeIdFor(peer.name, 0))
        return conflict(
            QStringLiteral("A peer introduced itself as \"%1\", which is not its id's name.").arg(peer.name));
    if (peer.node == m_self.id && peer.process != m_process)
        return conflict(
            QStringLiteral("Another node is named %1 too, at %2. Give each node a name of its own.")
                .arg(peer.name, peer.peerAddress));
    const auto linked = m_linkedAs.find(peer.node);
    const bool namesake = linked != m_linkedAs.end() && linked->second.process != peer.process &&
                          linked->second.peerAddress != peer.peerAddress && m_watch.isReachable(peer.node);
    if (namesake)
        return conflict(
            QStringLiteral(
                "A node named %1 is a living member already, at %2. Give each node a name of its own.")
                .arg(peer.name, linked->second.peerAddress));
    return std::nullopt;
}

void Membership::linkUp(const Hello& peer)
{
    m_linkedAs[peer.node] = peer;
    m_awaitingTable.insert(peer.node);
    m_events.log("info", QStringLiteral("linked with %1 at %2").arg(peer.name, peer.peerAddress));
    sendTable(peer.node);
}

// Its table has come: whatever it knows of the ring, this node now knows too. Not before that is it asked for
// anything, or a node that was away could coordinate by the ring of that time.
void Membership::greet(NodeId peer)
{
    if (m_awaitingTable.erase(peer) == 0)
        return;
    const bool changed = m_watch.linkUp(peer);
    sendState(peer, true);
    if (!changed)
        return;
    m_events.reachable(peer);
    m_events.membersChanged();
}

void Membership::linkDown(NodeId peer)
{
    m_linkedAs.erase(peer);
    m_awaitingTable.erase(peer);
    m_change.forget(peer);
    const bool changed = m_watch.linkDown(peer);
    m_events.log("warning", QStringLiteral("lost the link with %1").arg(nameOf(peer)));
    m_events.unreachable(peer);
    if (changed)
        m_events.membersChanged();
}

void Membership::heard(NodeId peer)
{
    if (!m_watch.heard(peer))
        return;
    m_events.log("info", QStringLiteral("%1 is heard again").arg(nameOf(peer)));
    m_events.reachable(peer);
    m_events.membersChanged();
}

// How this node fares, and what its table is: on each ping and answer.
QByteArray Membership::ownCard() const
{
    const PeerVitals own = m_events.ownVitals();
    ByteWriter to(24);
    to.u64(m_table.digest());
    to.varint(own.keys);
    to.u32(static_cast<quint32>(own.requestsPerSecond * 10));
    return to.take();
}

void Membership::takeCard(NodeId from, const QByteArray& card)
{
    ByteReader reader(card);
    const quint64 digest = reader.u64();
    const PeerVitals vitals{reader.varint(), reader.u32() / 10.0};
    if (!reader.finished())
        return;
    m_vitals[from] = vitals;
    if (digest != m_table.digest() && m_table.find(from) != nullptr)
        sendTableSoon(from);
}

// At once, or after a rest: a datagram is cheaply forged, and a table is large.
void Membership::sendTableSoon(NodeId to)
{
    TableRest& rest = m_tableRests[to];
    if (rest.isComing)
        return;
    const MonoTime now = m_ports.clock.now();
    if (now >= rest.until) {
        rest.until = now + tableRest;
        return sendTable(to);
    }
    rest.isComing = true;
    m_ports.timers.startAt(rest.until, [this, to] {
        m_tableRests[to].isComing = false;
        sendTableSoon(to);
    });
}

// Who told of it has the record, and sends its table when it sees that ours is another.
void Membership::newsCame(const SwimNews& news, NodeId toldBy)
{
    const Member* known = m_table.find(news.member);
    const bool isKnown =
        known != nullptr && (known->version > news.version ||
                             (known->version == news.version && digestOf(*known) == news.digest));
    if (!isKnown)
        m_watch.ask(toldBy);
}

bool Membership::takeRecord(const Member& record)
{
    if (!m_table.merge(record))
        return false;
    m_watch.announce({record.id, record.version, digestOf(record)});
    return true;
}

bool Membership::handle(NodeId from, const wire::Members& members)
{
    std::vector<Member> records;
    for (const QByteArray& bytes : members.records) {
        std::optional<Member> record = decodeMemberRecord(bytes);
        if (!record)
            return false;
        records.push_back(std::move(*record));
    }
    bool changed = false;
    for (const Member& record : records) {
        if (record.id != m_self.id)
            changed = takeRecord(record) || changed;
        else if (m_started && record.version >= m_self.version && record != m_self)
            reclaim(record);
    }
    if (changed) {
        persistMembers();
        afterTableChange();
    }
    greet(from);
    considerJoining();
    return true;
}

PeerWatch::Events Membership::watchEvents()
{
    PeerWatch::Events events;
    events.observed = [this](NodeId peer, SwimState state) {
        m_events.log(state == SwimState::Alive ? "info" : "warning",
                     QStringLiteral("%1 is %2, as far as this node sees")
                         .arg(nameOf(peer), ringmaster::nameOf(state)));
        m_events.membersChanged();
    };
    events.silent = [this](NodeId peer) { silent(peer); };
    events.ownCard = [this] { return ownCard(); };
    events.card = [this](NodeId from, const QByteArray& card) { takeCard(from, card); };
    events.news = [this](const SwimNews& news, NodeId toldBy) { newsCame(news, toldBy); };
    return events;
}

void Membership::silent(NodeId peer)
{
    m_events.log("warning", QStringLiteral("%1 is silent; counting it as unreachable").arg(nameOf(peer)));
    m_events.unreachable(peer);
    m_events.membersChanged();
}

} // namespace ringmaster
