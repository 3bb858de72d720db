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
constexpr Duration joinRetry = std::chrono::milliseconds(500);

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
    if (m_self.tokens.empty())
        m_self.state = MemberState::New;
    ++m_self.version;
    m_table.merge(m_self);
    m_ring = HashRing(m_table.ringMembers(), m_config.replicas);
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
    considerJoiningLater();
    m_watch.start();
}

// What is waited for may be another's end, of which nobody tells.
void Membership::considerJoiningLater()
{
    m_ports.timers.startAt(m_ports.clock.now() + joinRetry, [this] {
        considerJoining();
        considerJoiningLater();
    });
}

// The first node of a cluster has nobody to ask; others wait until they have been shown a ring.
void Membership::considerJoining()
{
    if (!m_started || m_self.state != MemberState::New)
        return;
    const bool isFirst =
        std::all_of(m_config.join.begin(), m_config.join.end(),
                    [this](const QString& address) { return address == m_self.peerAddress; });
    if (m_ring.isEmpty() && !isFirst)
        return;
    if (!m_ring.isEmpty() && !mayChooseTokensNow())
        return;
    if (!m_config.tokenSlots.empty())
        return becomeReady(m_config.tokenSlots);
    RingMember joiner{m_self.id, {}, m_self.zone, m_self.capacity};
    becomeReady(
        allocateTokens(m_table.ringMembers(), joiner, m_config.tokens, m_config.replicas, m_ports.random));
}

// One at a time, in the order of names: whoever comes later sees the ring with the one before it.
bool Membership::mayChooseTokensNow() const
{
    const auto& members = m_table.members();
    return std::none_of(members.begin(), members.end(), [this](const auto& entry) {
        const Member& other = entry.second;
        return other.state == MemberState::New && other.name < m_self.name && m_watch.isReachable(other.id);
    });
}

void Membership::becomeReady(std::vector<Slot> tokens)
{
    std::sort(tokens.begin(), tokens.end());
    m_self.tokens = std::move(tokens);
    m_self.state = MemberState::Ready;
    ownRecordChanged();
}

// The others remember this node better than its disk does: it is the same member, and has its tokens back.
void Membership::reclaim(const Member& olderSelf)
{
    m_self.version = olderSelf.version;
    if (!olderSelf.tokens.empty()) {
        m_self.tokens = olderSelf.tokens;
        m_self.state = olderSelf.state;
    }
    ownRecordChanged();
}

void Membership::ownRecordChanged()
{
    ++m_self.version;
    WriteBatch batch;
    MemberTable durable = m_table;
    durable.merge(m_self);
    rememberMembers(batch, durable);
    m_ports.store.write(std::move(batch), [this, record = m_self](const Result<void>& stored) {
        if (!stored) {
            m_events.log(
                "error",
                QStringLiteral("Cannot store this node's member record: %1").arg(stored.error().message));
            if (stored.error().code == ErrorCode::ReadOnly && record.version == m_self.version)
                m_ports.timers.startAt(m_ports.clock.now() + storeRetry, [this] { ownRecordChanged(); });
            return;
        }
        if (!m_table.merge(record))
            return;
        m_watch.announce({record.id, record.version, digestOf(record)});
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
    HashRing ring(m_table.ringMembers(), m_config.replicas);
    const bool ringChanged = ring.digest() != m_ring.digest();
    m_ring = std::move(ring);

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
    const bool changed = m_watch.linkUp(peer.node);
    m_events.log("info", QStringLiteral("linked with %1 at %2").arg(peer.name, peer.peerAddress));
    sendTable(peer.node);
    if (!changed)
        return;
    m_events.reachable(peer.node);
    m_events.membersChanged();
}

void Membership::linkDown(NodeId peer)
{
    m_linkedAs.erase(peer);
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
    if (digest != m_table.digest())
        sendTable(from);
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

bool Membership::handle(NodeId /*from*/, const wire::Members& members)
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
