// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/net/event_broadcaster.h"

#include "nodecore/net/api_json.h"
#include "nodecore/net/change_json.h"

#include <QDateTime>

#include <algorithm>

namespace ringmaster {

namespace {

constexpr quint64 maxIncomingBytes = 4096; // nothing that a listener sends means anything
constexpr int ticksToPing = 20;
constexpr int ticksToClose = 60;
constexpr auto tickInterval = std::chrono::seconds(1);

JsonWriter beginEvent(QByteArrayView type)
{
    JsonWriter json;
    json.beginObject();
    json.textField("type", type);
    json.integerField("at_ms", QDateTime::currentMSecsSinceEpoch());
    return json;
}

QByteArray ended(JsonWriter& json)
{
    json.endObject();
    return json.take();
}

} // namespace

EventBroadcaster::EventBroadcaster(const Node& node, std::function<qint64()> queuedPeerBytes, QObject* parent)
    : QObject(parent)
    , m_node(node)
    , m_queuedPeerBytes(std::move(queuedPeerBytes))
{
    m_ticker.setInterval(tickInterval);
    connect(&m_ticker, &QTimer::timeout, this, &EventBroadcaster::tick);
}

EventBroadcaster::~EventBroadcaster()
{
    for (Listener& listener : m_listeners)
        listener.socket->disconnect(this);
}

void EventBroadcaster::add(std::unique_ptr<QWebSocket> socket)
{
    socket->setMaxAllowedIncomingFrameSize(maxIncomingBytes);
    socket->setMaxAllowedIncomingMessageSize(maxIncomingBytes);
    QWebSocket* const key = socket.get();
    // Queued: it may end while all listeners are being told something.
    connect(
        key, &QWebSocket::disconnected, this, [this, key] { remove(key); }, Qt::QueuedConnection);
    connect(key, &QWebSocket::bytesWritten, this, [this, key] {
        if (Listener* listener = find(key))
            catchUp(*listener);
    });
    connect(key, &QWebSocket::pong, this, [this, key] {
        if (Listener* listener = find(key))
            listener->silentTicks = 0;
    });
    m_listeners.push_back({std::move(socket)});
    if (!m_ticker.isActive())
        m_ticker.start();
    send(m_listeners.back(), hello());
}

EventBroadcaster::Listener* EventBroadcaster::find(const QWebSocket* socket)
{
    const auto found =
        std::find_if(m_listeners.begin(), m_listeners.end(),
                     [socket](const Listener& listener) { return listener.socket.get() == socket; });
    return found == m_listeners.end() ? nullptr : &*found;
}

void EventBroadcaster::remove(const QWebSocket* socket)
{
    const auto found =
        std::find_if(m_listeners.begin(), m_listeners.end(),
                     [socket](const Listener& listener) { return listener.socket.get() == socket; });
    if (found == m_listeners.end())
        return;
    // This is its own signal: it goes when it has returned.
    found->socket->disconnect(this);
    found->socket.release()->deleteLater();
    m_listeners.erase(found);
    if (m_listeners.empty())
        m_ticker.stop();
}

// ---- what is told ---------------------------------------------------------------------------------------

void EventBroadcaster::announceMembers()
{
    m_membersChanged = !m_listeners.empty();
    sendSoon();
}

void EventBroadcaster::announceRing()
{
    m_ringChanged = !m_listeners.empty();
    sendSoon();
}

void EventBroadcaster::announceRequest(const NodeObserver::RequestSummary& summary)
{
    if (m_listeners.empty())
        return;
    ++m_requestsNotTold;
    if (m_requestsThisSecond >= requestEventsASecond)
        return;
    ++m_requestsThisSecond;
    m_requests.push_back({summary, std::exchange(m_requestsNotTold, 0)});
    sendSoon();
}

void EventBroadcaster::announceHintsReturned(NodeId owner, quint64 hints)
{
    if (m_listeners.empty())
        return;
    m_hintsReturned[owner] += hints;
    sendSoon();
}

void EventBroadcaster::announceRemoving(NodeId member, Duration absent)
{
    if (m_listeners.empty())
        return;
    m_removing[member] = absent;
    sendSoon();
}

void EventBroadcaster::sendSoon()
{
    if (!m_listeners.empty() && !std::exchange(m_isSendingSoon, true))
        QMetaObject::invokeMethod(this, &EventBroadcaster::sendPending, Qt::QueuedConnection);
}

void EventBroadcaster::sendPending()
{
    m_isSendingSoon = false;
    for (const FinishedRequest& finished : std::exchange(m_requests, {}))
        broadcast(request(finished));
    for (const auto& [owner, count] : std::exchange(m_hintsReturned, {}))
        broadcast(hints(owner, count));
    for (const auto& [member, absent] : std::exchange(m_removing, {}))
        broadcast(removal(member, absent));
    if (std::exchange(m_membersChanged, false))
        broadcast(members());
    if (std::exchange(m_ringChanged, false))
        broadcast(ring());
}

void EventBroadcaster::tick()
{
    m_requestsThisSecond = 0;
    broadcast(stats());
    const bool isTransferring = !m_node.transfers().empty();
    if (std::exchange(m_wasTransferring, isTransferring) || isTransferring)
        broadcast(transfers());
    pingAll();
}

void EventBroadcaster::pingAll()
{
    for (Listener& listener : m_listeners) {
        if (++listener.silentTicks % ticksToPing == 0)
            listener.socket->ping();
        if (listener.silentTicks >= ticksToClose)
            listener.socket->abort();
    }
}

QByteArray EventBroadcaster::hello() const
{
    JsonWriter json = beginEvent("hello");
    json.textField("node", m_node.config().name);
    json.textField("cluster", m_node.config().cluster);
    json.textField("version", QByteArrayView(RINGMASTER_VERSION));
    return ended(json);
}

QByteArray EventBroadcaster::members() const
{
    JsonWriter json = beginEvent("members");
    writeMembersInto(json, m_node);
    return ended(json);
}

QByteArray EventBroadcaster::ring() const
{
    JsonWriter json = beginEvent("ring");
    json.textField("digest", m_node.ring().digest());
    return ended(json);
}

QByteArray EventBroadcaster::request(const FinishedRequest& finished) const
{
    const NodeObserver::RequestSummary& summary = finished.summary;
    JsonWriter json = beginEvent("request");
    json.textField("op", QByteArrayView(summary.operation));
    writeKey(json, summary.key);
    json.booleanField("ok", summary.ok);
    json.name("ms");
    json.milliseconds(summary.took);
    json.integerField("needed", summary.quorum.needed);
    json.name("answered");
    json.beginArray();
    for (const QuorumReport::Answer& answer : summary.quorum.answered)
        json.text(m_node.nameOf(answer.node));
    json.endArray();
    json.countField("request_count", finished.count);
    if (summary.quorum.trace != TraceId{}) {
        json.name("trace");
        json.hex(summary.quorum.trace.value);
    }
    return ended(json);
}

QByteArray EventBroadcaster::hints(NodeId owner, quint64 count) const
{
    JsonWriter json = beginEvent("hints");
    json.textField("node", m_node.config().name);
    json.textField("owner", m_node.nameOf(owner));
    json.countField("returned", count);
    return ended(json);
}

QByteArray EventBroadcaster::removal(NodeId member, Duration absent) const
{
    JsonWriter json = beginEvent("removal");
    json.textField("node", m_node.config().name);
    json.textField("member", m_node.nameOf(member));
    json.countField("absent_s", static_cast<quint64>(absent / std::chrono::seconds(1)));
    return ended(json);
}

QByteArray EventBroadcaster::stats() const
{
    JsonWriter json = beginEvent("stats");
    writeStatsInto(json, m_node, m_queuedPeerBytes ? m_queuedPeerBytes() : 0);
    return ended(json);
}

QByteArray EventBroadcaster::transfers() const
{
    JsonWriter json = beginEvent("transfers");
    json.textField("node", m_node.config().name);
    writeTransfers(json, m_node);
    return ended(json);
}

// ---- how it is told -------------------------------------------------------------------------------------

void EventBroadcaster::broadcast(const QByteArray& event)
{
    for (Listener& listener : m_listeners)
        send(listener, event);
}

void EventBroadcaster::send(Listener& listener, const QByteArray& event)
{
    catchUp(listener);
    if (listener.dropped > 0 || listener.socket->bytesToWrite() > maxQueuedBytes)
        ++listener.dropped;
    else
        listener.socket->sendTextMessage(QString::fromUtf8(event));
}

void EventBroadcaster::catchUp(Listener& listener)
{
    if (listener.dropped == 0 || listener.socket->bytesToWrite() > maxQueuedBytes / 2)
        return;
    JsonWriter json = beginEvent("lagged");
    json.countField("dropped", std::exchange(listener.dropped, 0));
    listener.socket->sendTextMessage(QString::fromUtf8(ended(json)));
}

} // namespace ringmaster
