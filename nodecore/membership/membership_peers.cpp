// SPDX-License-Identifier: GPL-3.0-or-later
// Membership: the peers, their links and what they tell.
#include "nodecore/membership/membership.h"
#include "nodecore/membership/opposing_removals.h"

#include <QCryptographicHash>
#include <QtEndian>

#include <algorithm>

namespace ringmaster {

namespace {

// Between two tables for one peer because its card says that it has another.
constexpr Duration tableRest = std::chrono::milliseconds(50);

quint64 digestOf(const Member& member)
{
    ByteWriter to;
    member.encode(to);
    const QByteArray hash = QCryptographicHash::hash(to.result(), QCryptographicHash::Md5);
    return qFromBigEndian<quint64>(hash.constData());
}

// A member that has the peer's name and another generation, and is not gone. One that was removed itself is
// welcome, to be told so.
std::optional<Member> otherOfItsName(const MemberTable& table, const Hello& peer)
{
    const Member* known = table.find(peer.node);
    if (known != nullptr && known->state == MemberState::Removed)
        return std::nullopt;
    for (const auto& [id, member] : table.members()) {
        if (member.name == peer.name && id != peer.node && member.state != MemberState::Removed)
            return member;
    }
    return std::nullopt;
}

} // namespace

Hello Membership::hello() const
{
    Hello hello;
    hello.cluster = m_config.identity.cluster;
    hello.node = m_self.id;
    hello.name = m_self.name;
    hello.generation = m_self.generation;
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
    if (!isValidNodeName(peer.name) || peer.node != nodeIdFor(peer.name, peer.generation))
        return conflict(
            QStringLiteral("A peer introduced itself as \"%1\", which is not its id's name.").arg(peer.name));
    if (peer.node == m_self.id && peer.process != m_process)
        return conflict(
            QStringLiteral("Another node is named %1 too, at %2. Give each node a name of its own.")
                .arg(peer.name, peer.peerAddress));
    if (const auto earlier = otherOfItsName(m_table, peer))
        return conflict(
            QStringLiteral("%1 is the name of a member already, at %2, which was not removed. Give "
                           "each node a name of its own.")
                .arg(peer.name, earlier->peerAddress));
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
    m_wasEverLinked = true;
    m_refusals.accepted(peer.peerAddress);
    m_awaitingTable.insert(peer.node);
    m_events.log("info", QStringLiteral("linked with %1 at %2").arg(peer.name, peer.peerAddress));
    reportRefusal();
    sendTable(peer.node);
}

void Membership::refused(const QString& address, const Refusal& why)
{
    m_refusals.refused(address, why.message);
    reportRefusal();
}

// Those that a link could be had with: whoever has left or was removed is asked nothing.
QStringList Membership::addressesOfOthers() const
{
    QStringList addresses;
    for (const auto& [id, member] : m_table.members()) {
        const bool isGone = member.state == MemberState::Left || member.state == MemberState::Removed;
        if (id != m_self.id && !isGone)
            addresses.append(member.peerAddress);
    }
    return addresses;
}

std::optional<QString> Membership::refusedByMembers() const
{
    if (!m_linkedAs.empty())
        return std::nullopt;
    return m_refusals.reasonsOf(addressesOfOthers());
}

bool Membership::hasMetMembers() const
{
    return m_wasEverLinked || addressesOfOthers().isEmpty();
}

// Once for each time that it begins, and that it ends.
void Membership::reportRefusal()
{
    const std::optional<QString> why = refusedByMembers();
    if (why.has_value() == m_isReportedRefused)
        return;
    m_isReportedRefused = why.has_value();
    if (why)
        m_events.log("error",
                     QStringLiteral("no member accepts this node, so it serves nothing and acknowledges "
                                    "nothing until one does. Its data is kept. %1")
                         .arg(*why));
    else
        m_events.log("info", QStringLiteral("a member accepts this node again"));
    m_events.membersChanged();
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
    reachabilityChanged();
}

std::vector<NodeId> Membership::linkedPeers() const
{
    std::vector<NodeId> peers;
    for (const auto& [id, hello] : m_linkedAs)
        peers.push_back(id);
    return peers;
}

void Membership::linkDown(NodeId peer)
{
    m_linkedAs.erase(peer);
    m_awaitingTable.erase(peer);
    m_knowsMyTable.erase(peer);
    m_change.forget(peer);
    m_absences.forget(peer);
    const bool changed = m_watch.linkDown(peer);
    m_events.log("warning", QStringLiteral("lost the link with %1").arg(nameOf(peer)));
    m_events.unreachable(peer);
    reportRefusal();
    if (changed)
        reachabilityChanged();
}

void Membership::heard(NodeId peer)
{
    m_absences.heard(peer, m_ports.clock.now());
    if (!m_watch.heard(peer))
        return;
    m_events.log("info", QStringLiteral("%1 is heard again").arg(nameOf(peer)));
    m_events.reachable(peer);
    reachabilityChanged();
}

// How this node fares, and what its table is: on each ping and answer.
QByteArray Membership::ownCard() const
{
    const PeerVitals own = m_events.ownVitals();
    ByteWriter to(24);
    to.u64(exchangeDigest());
    to.varint(own.keys);
    to.u32(static_cast<quint32>(own.requestsPerSecond * 10));
    to.u8(own.takesWrites ? 1 : 0);
    return to.take();
}

void Membership::takeCard(NodeId from, const QByteArray& card)
{
    ByteReader reader(card);
    const quint64 digest = reader.u64();
    const PeerVitals vitals{reader.varint(), reader.u32() / 10.0, reader.u8() != 0};
    if (!reader.finished())
        return;
    m_vitals[from] = vitals;
    if (digest != exchangeDigest() && m_table.find(from) != nullptr)
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
    MemberTable theirs;
    for (const Member& record : records)
        theirs.merge(record);
    const bool changed = takeTable(from, theirs);
    takeSecrets(members.secrets);
    if (changed) {
        persistMembers();
        afterTableChange();
    }
    greet(from);
    considerJoining();
    return true;
}

std::vector<NodeId> Membership::unreachedButLiving() const
{
    std::vector<NodeId> reachable;
    std::vector<NodeId> others;
    for (const NodeId node : m_rings.nodes())
        (isReachable(node) ? reachable : others).push_back(node);
    std::erase(reachable, m_self.id);
    std::erase_if(others, [&](NodeId node) {
        const bool isSaidDown =
            !reachable.empty() && std::all_of(reachable.begin(), reachable.end(), [&](NodeId observer) {
                return m_absences.saysAbsent(observer, node);
            });
        return isSaidDown || m_watch.stateOf(node) == SwimState::Down;
    });
    return others;
}

// A secret seals, and is told on, once it is durable here.
void Membership::takeSecrets(const std::vector<QByteArray>& secrets)
{
    bool isNews = false;
    for (const QByteArray& secret : secrets)
        isNews = m_secretsWritten.add(secret) || isNews;
    if (!isNews)
        return;
    WriteBatch batch;
    rememberSecrets(batch, m_secretsWritten);
    m_ports.store.write(std::move(batch), [this, written = m_secretsWritten](const Result<void>& stored) {
        if (!stored) {
            m_secretsWritten = m_secrets; // the next table brings them again
            return m_events.log(
                "warning",
                QStringLiteral("Cannot store the cluster's secrets: %1").arg(stored.error().message));
        }
        if (!m_secrets.merge(written))
            return;
        sendTableToFew();
        m_events.membersChanged();
        tellSoon();
    });
}

// What one that was removed knows of the others is of the past, but for a removal that stands against its
// own.
bool Membership::takeTable(NodeId from, const MemberTable& theirs)
{
    const Member* sender = m_table.find(from);
    const bool isOfThePast = sender != nullptr && sender->state == MemberState::Removed;
    const MemberTable ours = asWritten(); // a removal on its way to the disk counts too
    const OpposingRemovals opposing(ours, theirs);
    std::vector<Member> taken;
    for (const auto& [id, record] : theirs.members()) {
        if (!opposing.isVoid(record) && (!isOfThePast || id == from || opposing.stands(record)))
            taken.push_back(record);
    }
    bool changed = restore(opposing.restored());
    for (const Member& record : taken) {
        if (record.id != m_self.id)
            changed = takeRecord(record) || changed;
        else if (m_started && isNewsOfSelf(record))
            reclaim(record);
    }
    return changed;
}

// Those whose removal is void. This node's own only where it has not begun to give back what it holds.
bool Membership::restore(const std::vector<Member>& members)
{
    for (const Member& member : members) {
        m_events.log(
            "warning",
            QStringLiteral(
                "two sides of a cut have removed each other: the removal of %1 is void, because more "
                "members agreed to that of who began it, or its id is the smaller one. Who stays "
                "removed gives back what it holds")
                .arg(member.name));
        if (member.id != m_self.id) {
            m_table.restore(member);
        } else if (m_self.state != MemberState::Removed) {
            becomeAsRecorded(member);
            ownRecordChanged();
        }
    }
    return !members.empty();
}

PeerWatch::Events Membership::watchEvents()
{
    PeerWatch::Events events;
    events.observed = [this](NodeId peer, SwimState state) {
        m_absences.observed(peer, state == SwimState::Down, ring().nodes(), m_ports.clock.now());
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
    reachabilityChanged();
}
} // namespace ringmaster
