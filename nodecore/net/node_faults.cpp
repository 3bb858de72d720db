// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/net/node_faults.h"

#include "nodecore/net/json_writer.h"
#include "nodecore/net/system_pause.h"
#include "nodecore/node/node.h"

namespace ringmaster {

namespace {

using std::chrono::milliseconds;

// Answers leave at the end of a turn of the event loop; this is many turns.
constexpr milliseconds untilAnswersHaveLeft{20};

// The other member of that name or id.
Result<NodeId> peerNamed(const QString& nameOrId, const Node& node)
{
    const MembersView view = node.members();
    QStringList names;
    for (const MemberView& each : view.members) {
        const Member& member = each.member;
        if (member.id == node.id())
            continue;
        if (member.name == nameOrId || member.id.toString() == nameOrId)
            return member.id;
        names.append(member.name);
    }
    constexpr qsizetype namesShown = 20;
    const QString others = names.isEmpty()
                               ? QStringLiteral("it has none")
                               : names.mid(0, namesShown).join(QStringLiteral(", ")) +
                                     (names.size() > namesShown ? QStringLiteral(", ...") : QString());
    return failure(ErrorCode::Malformed,
                   QStringLiteral("\"%1\" is no peer of %2. Its peers: %3. Nothing was changed.")
                       .arg(nameOrId.left(64), node.config().name, others));
}

QByteArrayView cutName(bool isOut, bool isIn)
{
    if (isOut)
        return isIn ? "both" : "out";
    return isIn ? "in" : "none";
}

qint64 inMs(Duration duration)
{
    return std::chrono::duration_cast<milliseconds>(duration).count();
}

} // namespace

NodeFaults::NodeFaults(const Clock& clock, Random& random, Transport& transport, Datagrams& datagrams,
                       Store& store)
    : m_clock(clock)
    , m_transport(transport, clock, random)
    , m_datagrams(datagrams, m_transport)
    , m_store(store, clock)
{
    m_pauseTimer.setSingleShot(true);
    m_pauseTimer.setInterval(untilAnswersHaveLeft);
    QObject::connect(&m_pauseTimer, &QTimer::timeout, &m_pauseTimer, [this] { systemPause(m_pause); });
}

Result<void> NodeFaults::apply(const FaultBody& body, const Node& node)
{
    std::vector<NodeId> peers;
    for (const FaultBody::Link& link : body.links) {
        const Result<NodeId> peer = peerNamed(link.peer, node);
        if (!peer)
            return tl::make_unexpected(peer.error());
        peers.push_back(*peer);
    }
    if (body.clear) {
        m_transport.healAll();
        m_store.setFault({});
        m_clock.setOffset({});
        m_pauseTimer.stop();
    }
    for (size_t i = 0; i < peers.size(); ++i)
        m_transport.setFault(peers[i], body.links[i].changed(m_transport.faultOf(peers[i])));
    m_store.setFault(body.changed(m_store.fault()));
    m_clock.setOffset(body.clockJump.value_or(m_clock.offset()));
    if (body.pause) {
        m_pause = *body.pause;
        m_pauseTimer.start();
    }
    return {};
}

void NodeFaults::writeInto(JsonWriter& json, const Node& node) const
{
    json.textField("node", node.config().name);
    json.name("links");
    json.beginArray();
    for (const auto& [peer, fault] : m_transport.faults()) {
        json.beginObject();
        json.textField("peer", node.nameOf(peer));
        json.integerField("delay_ms", inMs(fault.delay));
        json.name("loss");
        json.real(fault.loss);
        json.textField("cut", cutName(fault.cutOut, fault.cutIn));
        json.textField("udp_cut", cutName(fault.datagramsCutOut, fault.datagramsCutIn));
        json.endObject();
    }
    json.endArray();
    json.name("disk");
    json.beginObject();
    json.integerField("slow_ms", inMs(m_store.fault().slow));
    json.booleanField("full", m_store.fault().full);
    json.endObject();
    json.integerField("clock_jump_ms", m_clock.offset().count());
}

void NodeFaults::timePassed()
{
    m_transport.timePassed();
    m_store.timePassed();
}

std::optional<MonoTime> NodeFaults::nextDue() const
{
    const auto sending = m_transport.nextDue();
    const auto storing = m_store.nextDue();
    return sending && storing ? std::min(*sending, *storing) : sending ? sending : storing;
}

} // namespace ringmaster
