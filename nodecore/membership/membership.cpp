// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/membership/membership.h"

#include <algorithm>

namespace ringmaster {

namespace {

QString softwareVersion()
{
    return QStringLiteral(RINGMASTER_VERSION);
}

// A full disk may get room.
constexpr Duration storeRetry = std::chrono::seconds(2);

// So many peers are sent each change at once; more would be sent too much, and hear of it by gossip.
constexpr size_t fewPeers = 8;

} // namespace

Membership::Membership(MembershipConfig config, Ports ports, Events events, Remembered remembered,
                       ActorId actor)
    : m_config(std::move(config))
    , m_ports(ports)
    , m_events(std::move(events))
    , m_process(ports.random.next())
    , m_table(std::move(remembered.members))
    , m_secrets(std::move(remembered.secrets))
    , m_secretsWritten(m_secrets)
    , m_change(nodeIdFor(m_config.identity.name, m_config.identity.generation),
               std::min(m_config.readQuorum, m_config.writeQuorum))
    , m_absences(m_config.autoRemoveAfter)
    , m_lease(m_config.autoRemoveAfter)
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
    if (m_self.tokens.empty() && !m_self.target)
        m_self.zone = m_config.zone;
    m_self.capacity = m_config.capacity;
    m_self.software = softwareVersion();
    m_wasDismissed = m_self.state == MemberState::Removed && !m_self.mayGiveBack;
    if (m_self.state == MemberState::Starting)
        m_self.state = m_config.standby ? MemberState::Standby : MemberState::New;
    ++m_self.version;
    m_table.merge(m_self);
    setRings();
}

void Membership::setRings()
{
    m_rings = m_table.rings(m_config.replicas);
    std::set<NodeId> gone;
    for (const NodeId id : m_table.changersNow()) {
        const Member& member = *m_table.find(id);
        if (member.isRemoval)
            gone.insert(id);
        if (member.replaces != NodeId{})
            gone.insert(member.replaces);
    }
    m_change.ringsChanged(m_rings, m_rings.digest() ^ m_table.changesDigest(), std::move(gone));
    lookAtRemovals();
}

void Membership::start()
{
    makeSecretIfFounder();
    WriteBatch batch;
    rememberIdentity(batch, m_config.identity, m_self.actor);
    rememberMembers(batch, m_table);
    rememberSecrets(batch, m_secretsWritten);
    m_ports.store.write(std::move(batch), [this, secrets = m_secretsWritten](const Result<void>& stored) {
        if (stored) {
            m_secrets.merge(secrets);
            return becomeKnown();
        }
        m_events.log("error",
                     QStringLiteral("Cannot remember who this node is: %1").arg(stored.error().message));
        // Nobody hears of this node until then.
        if (stored.error().code == ErrorCode::ReadOnly)
            m_ports.timers.startAt(m_ports.clock.now() + storeRetry, [this] { start(); });
    });
}

// The first node of a cluster makes the cluster's secret, and so does a member whose folder is of a version
// that had none: the members' secrets become one set as soon as they meet. Others are told it with their
// first member table.
void Membership::makeSecretIfFounder()
{
    const bool isMember = !m_self.tokens.empty();
    if (!m_secretsWritten.isEmpty() || !(isFirstOfItsCluster() || isMember))
        return;
    ByteWriter secret(ClusterSecrets::secretBytes);
    while (secret.size() < ClusterSecrets::secretBytes)
        secret.u64(m_ports.random.next());
    m_secretsWritten.add(secret.take());
}

void Membership::becomeKnown()
{
    m_started = true;
    warnOfAnotherZone();
    afterTableChange();
    considerJoining();
    lookAgainLater();
    m_watch.start();
}

// The others remember this node better than its disk does, or decide over it: REMOVED is final, whatever the
// versions are.
bool Membership::isNewsOfSelf(const Member& record) const
{
    if (m_self.state == MemberState::Removed)
        return m_self.mayGiveBack && record.state == MemberState::Removed && !record.mayGiveBack;
    return record.state == MemberState::Removed || (record.version >= m_self.version && record != m_self);
}

// Which replicas are where follows from the zones, so a node stays where its tokens are.
void Membership::warnOfAnotherZone()
{
    if (m_self.zone != m_config.zone)
        m_events.log("warning",
                     QStringLiteral("This node has its tokens in zone \"%1\" and stays there, whatever "
                                    "--zone says now (\"%2\"). To move it, let it leave first, restart it "
                                    "with the other zone, and let it join again.")
                         .arg(m_self.zone, m_config.zone));
}

// It is the same member, and has its tokens back.
void Membership::reclaim(const Member& olderSelf)
{
    if (olderSelf.actor == m_self.actor && olderSelf.version > m_self.version)
        m_events.hasForgotten();
    m_self.version = std::max(m_self.version, olderSelf.version);
    // A folder of the time before it left: tombstones may have been reaped without it since.
    const bool isBackFromLeft =
        olderSelf.state == MemberState::Left && (!m_self.tokens.empty() || !m_events.holdsNothing());
    if (isBackFromLeft)
        m_events.log("error",
                     QStringLiteral("this node has left the cluster, and its data folder is of a time before "
                                    "that: the members have what it gave them, and take nothing of this "
                                    "folder. To join again, start it with an empty folder"));
    if (!olderSelf.tokens.empty() || olderSelf.state == MemberState::Removed || isBackFromLeft) {
        becomeAsRecorded(olderSelf);
        warnOfAnotherZone();
    }
    ownRecordChanged();
}

void Membership::becomeAsRecorded(const Member& record)
{
    m_self.tokens = record.tokens;
    m_self.target = record.target;
    m_self.isRemoval = record.isRemoval;
    m_self.removedBy = record.removedBy;
    m_self.isForced = record.isForced;
    m_self.supporters = record.supporters;
    m_self.mayGiveBack = record.mayGiveBack;
    m_self.state = record.state;
    m_self.zone = record.zone;
}

void Membership::ownRecordChanged(const std::vector<Member>& others)
{
    ++m_self.version;
    m_isWritingOwn = true;
    for (const Member& other : others)
        m_rewriting[other.id] = other;
    WriteBatch batch;
    rememberMembers(batch, asWritten());
    m_ports.store.write(std::move(batch), [this, record = m_self, others](const Result<void>& stored) {
        m_isWritingOwn = record.version != m_self.version;
        for (const Member& other : others)
            m_rewriting.erase(other.id);
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

void Membership::changeActor(ActorId actor, std::function<void()> done,
                             std::function<void(const Error&)> refused)
{
    WriteBatch batch;
    rememberIdentity(batch, m_config.identity, actor);
    m_ports.store.write(std::move(batch), [this, actor, done = std::move(done),
                                           refused = std::move(refused)](const Result<void>& stored) {
        if (!stored) {
            m_events.log("warning",
                         QStringLiteral("Cannot store a new actor: %1").arg(stored.error().message));
            if (refused)
                refused(stored.error());
            return;
        }
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

    m_knowsMyTable.clear();
    QList<QString> addresses = m_config.join;
    std::vector<PeerWatch::Whereabouts> others;
    std::vector<NodeId> otherIds;
    for (const auto& [id, member] : m_table.members()) {
        const bool isAwaited = member.mayGiveBack && m_table.latestNamed(member.name)->id == id;
        if (isAwaited && id != m_self.id)
            addresses.append(member.peerAddress);
        if (id == m_self.id || member.state == MemberState::Removed || member.state == MemberState::Left)
            continue;
        addresses.append(member.peerAddress);
        others.push_back({id, member.peerAddress});
        otherIds.push_back(id);
    }
    m_watch.setMembers(others);
    m_absences.setMembers(otherIds);
    addresses.removeAll(m_self.peerAddress);
    std::sort(addresses.begin(), addresses.end());
    addresses.erase(std::unique(addresses.begin(), addresses.end()), addresses.end());
    m_ports.transport.setPeers(addresses);

    sendTableToFew();
    if (ringChanged)
        m_events.ringChanged();
    m_events.membersChanged();
    reportRefusal();
    tellSoon();
}

void Membership::sendTableToFew()
{
    const std::vector<NodeId> peers = m_watch.linked();
    for (const NodeId peer : peers) {
        if (peers.size() <= fewPeers)
            sendTable(peer);
    }
}

MemberTable Membership::asWritten() const
{
    MemberTable table = m_table;
    table.merge(m_self);
    for (const auto& [id, record] : m_rewriting)
        table.merge(record);
    return table;
}

void Membership::persistMembers()
{
    WriteBatch batch;
    rememberMembers(batch, asWritten());
    m_ports.store.write(std::move(batch), [this](const Result<void>& stored) {
        if (!stored)
            m_events.log("warning",
                         QStringLiteral("Cannot store the member table: %1").arg(stored.error().message));
    });
}

void Membership::sendTable(NodeId to)
{
    // A link that takes nothing now gets the table when the next card finds the digests different.
    (void)m_ports.transport.send(to, wire::encode(wire::Members{m_table.encodedRecords(), m_secrets.all()}));
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

} // namespace ringmaster
