// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/net/node_host.h"

#include "nodecore/membership/swim_message.h"
#include "nodecore/net/node_faults.h"
#include "nodecore/net/peer_datagrams.h"
#include "nodecore/net/system_address.h"
#include "nodecore/net/system_clock.h"
#include "nodecore/net/system_random.h"
#include "nodecore/net/system_reserved_port.h"
#include "nodecore/net/system_turn_end.h"

#include <QSysInfo>
#include <QTimer>

#include <algorithm>
#include <optional>

namespace ringmaster {

class NodeHost::Impl final : public NodeObserver, public PeerHandler {
public:
    Impl(NodeHostOptions givenOptions, Store& givenStore, Log givenLog);
    ~Impl() override;

    Result<void> open();
    void start();

    // NodeObserver
    void membersChanged() override;
    void ringChanged() override;
    void requestFinished(const RequestSummary& summary) override;
    void hintsReturned(NodeId owner, quint64 hints) override;
    void removing(NodeId member, Duration absent) override;
    void storeDamaged(const QString& reason) override;
    void logged(const char* level, const QString& line) override { log(level, line); }

    // PeerHandler
    Hello hello() const override { return node->hello(); }
    std::optional<Error> judge(const Hello& peer) const override { return node->judge(peer); }
    void linkUp(const Hello& peer) override { node->linkUp(peer); }
    void linkDown(NodeId peer) override;
    bool receive(NodeId from, QByteArrayView message) override;
    void refused(const QString& address, const Refusal& why) override;

    NodeHost* host = nullptr;
    NodeHostOptions options;
    Store& store;
    Log log;
    SystemClock clock;
    SystemRandom random;
    // In the order in which they need each other; they go in the opposite one.
    PeerTransport transport;
    PeerDatagrams datagrams;
    std::unique_ptr<NodeFaults> faults; // null: the ports are used as they are
    std::unique_ptr<Node> node;
    std::unique_ptr<HttpServer> http;

private:
    Result<void> listenToPeers();
    void receiveDatagram(const QString& from, QByteArrayView datagram);
    Result<HostPort> takeHttpPort(std::optional<SystemReservedPort>& reserved) const;
    QString announced(const HostPort& listening) const;
    NodePorts ports();
    std::optional<MonoTime> nextDue() const;
    void turnEnded();
    void watchStore();
    void armTimer();

    QTimer m_timer;
    std::optional<MonoTime> m_armedFor;
    bool m_wasServing = false;
    bool m_wasRemoved = false;
    StoreHealth::State m_lastHealth = StoreHealth::State::Ok;
    std::unique_ptr<SystemTurnEnd> m_turnEnd;
};

NodeHost::Impl::Impl(NodeHostOptions givenOptions, Store& givenStore, Log givenLog)
    : options(std::move(givenOptions))
    , store(givenStore)
    , log(std::move(givenLog))
    , transport(options.peers)
{
    if (options.faultInjection)
        faults = std::make_unique<NodeFaults>(clock, random, transport, datagrams, store);
    m_timer.setSingleShot(true);
    m_timer.setTimerType(Qt::PreciseTimer);
    QObject::connect(&m_timer, &QTimer::timeout, &m_timer, [this] {
        m_armedFor.reset();
        node->timePassed();
        if (faults)
            faults->timePassed();
    });
}

NodeHost::Impl::~Impl()
{
    datagrams.setReceiver({});
    transport.attach(nullptr);
}

// The port that HTTP will be served on, kept free until then where any will do.
Result<HostPort> NodeHost::Impl::takeHttpPort(std::optional<SystemReservedPort>& reserved) const
{
    auto address = HostPort::parse(options.node.httpAddress);
    if (!address || address->port != 0)
        return address;
    const auto resolved = address->resolved();
    if (!resolved)
        return tl::make_unexpected(resolved.error());
    auto port = SystemReservedPort::on(*resolved);
    if (!port)
        return tl::make_unexpected(port.error());
    address->port = port->port();
    reserved.emplace(std::move(*port));
    return address;
}

QString NodeHost::Impl::announced(const HostPort& listening) const
{
    const QHostAddress numeric(listening.host);
    const bool isWildcard = numeric == QHostAddress::AnyIPv4 || numeric == QHostAddress::AnyIPv6;
    QString announcedHost = isWildcard ? QSysInfo::machineHostName() : listening.host;
    if (!options.advertisedHost.isEmpty())
        announcedHost = options.advertisedHost;
    return HostPort{announcedHost, listening.port}.toString();
}

// Datagrams and links have one port number: where any will do, it has to be free for both.
Result<void> NodeHost::Impl::listenToPeers()
{
    const auto wanted = HostPort::parse(options.node.peerAddress);
    if (!wanted)
        return tl::make_unexpected(wanted.error());
    const auto resolved = wanted->resolved();
    if (!resolved)
        return tl::make_unexpected(resolved.error());
    if (resolved->isLoopback())
        options.node.swim = swimForOneMachine();
    constexpr int attempts = 16;
    Result<void> listening;
    for (int i = 0; i < (wanted->port == 0 ? attempts : 1); ++i) {
        if (auto taken = datagrams.listen(*resolved, wanted->port); !taken)
            return taken;
        listening = transport.listen(HostPort{wanted->host, datagrams.port()}.toString());
        if (listening)
            break;
    }
    return listening;
}

Result<void> NodeHost::Impl::open()
{
    if (const auto listening = listenToPeers(); !listening)
        return listening;
    std::optional<SystemReservedPort> reserved;
    const auto httpAddress = takeHttpPort(reserved);
    const auto peerAddress = HostPort::parse(transport.listeningAddress());
    if (!httpAddress || !peerAddress)
        return tl::make_unexpected(httpAddress ? peerAddress.error() : httpAddress.error());

    NodeConfig config = options.node;
    config.httpAddress = announced(*httpAddress);
    config.peerAddress = announced(*peerAddress);
    auto made = Node::create(std::move(config), ports());
    if (!made)
        return tl::make_unexpected(made.error());
    node = std::move(*made);
    HttpServerOptions httpOptions = options.http;
    httpOptions.faults = faults.get();
    httpOptions.queuedPeerBytes = [this] { return transport.queuedBytes(); };
    httpOptions.allowedHosts.append(HostPort::parse(node->config().httpAddress).value_or(HostPort{}).host);
    http = std::make_unique<HttpServer>(*node, httpOptions);
    return http->listen(httpAddress->toString());
}

void NodeHost::Impl::start()
{
    // The end of each turn of the event loop is the one place after which nothing can have moved nextDue()
    // unseen: requests, peers' messages, timers and the store's callbacks all come by.
    m_turnEnd = std::make_unique<SystemTurnEnd>([this] { turnEnded(); });
    node->start();
    transport.attach(this);
    datagrams.setReceiver(
        [this](const QString& from, QByteArrayView datagram) { receiveDatagram(from, datagram); });
}

void NodeHost::Impl::receiveDatagram(const QString& from, QByteArrayView datagram)
{
    if (!faults || faults->datagrams().admits(SwimMessage::senderOf(datagram)))
        node->receiveDatagram(from, datagram);
}

NodePorts NodeHost::Impl::ports()
{
    if (faults)
        return {faults->clock(), random, faults->transport(), faults->store(), *this, faults->datagrams()};
    return {clock, random, transport, store, *this, datagrams};
}

void NodeHost::Impl::linkDown(NodeId peer)
{
    if (faults)
        faults->transport().linkLost(peer);
    node->linkDown(peer);
}

bool NodeHost::Impl::receive(NodeId from, QByteArrayView message)
{
    const bool isLost = faults && !faults->transport().admits(from);
    return isLost || node->receive(from, message);
}

std::optional<MonoTime> NodeHost::Impl::nextDue() const
{
    const auto due = node->nextDue();
    const auto faultsDue = faults ? faults->nextDue() : std::nullopt;
    return due && faultsDue ? std::min(*due, *faultsDue) : due ? due : faultsDue;
}

void NodeHost::Impl::turnEnded()
{
    armTimer();
    watchStore();
    if (!m_wasServing && node->isServing()) {
        m_wasServing = true;
        Q_EMIT host->serving();
    }
    if (!m_wasRemoved && node->isDismissed()) {
        m_wasRemoved = true;
        Q_EMIT host->removed();
    }
}

// Moved only when something is due earlier: one that comes too early sees to it that the next is right.
void NodeHost::Impl::armTimer()
{
    const auto due = nextDue();
    if (!due || (m_armedFor && *m_armedFor <= *due))
        return;
    const Duration left = std::max(*due - clock.now(), Duration{0});
    m_armedFor = due;
    m_timer.start(std::chrono::ceil<std::chrono::milliseconds>(left));
}

void NodeHost::Impl::watchStore()
{
    const StoreHealth health = faults ? faults->store().health() : store.health();
    if (health.state == std::exchange(m_lastHealth, health.state))
        return;
    switch (health.state) {
    case StoreHealth::State::Ok:
        return log("info", QStringLiteral("the store takes writes again"));
    case StoreHealth::State::ReadOnly:
        return log("warning", QStringLiteral("the store takes no writes: %1").arg(health.reason));
    case StoreHealth::State::Failed:
        log("error", QStringLiteral("the store failed: %1").arg(health.reason));
        Q_EMIT host->storeFailed(health.reason);
    }
}

void NodeHost::Impl::refused(const QString& address, const Refusal& why)
{
    node->refused(address, why);
    Q_EMIT host->refused(address, why);
}

void NodeHost::Impl::membersChanged()
{
    if (http)
        http->announceMembers();
}

void NodeHost::Impl::ringChanged()
{
    if (http)
        http->announceRing();
}

void NodeHost::Impl::requestFinished(const RequestSummary& summary)
{
    if (http)
        http->announceRequest(summary);
}

void NodeHost::Impl::storeDamaged(const QString& reason)
{
    log("error",
        QStringLiteral("the data folder is damaged: %1. Move it away and start again: the other members "
                       "fill the node")
            .arg(reason));
    Q_EMIT host->storeFailed(reason);
}

void NodeHost::Impl::hintsReturned(NodeId owner, quint64 hints)
{
    if (http)
        http->announceHintsReturned(owner, hints);
}

void NodeHost::Impl::removing(NodeId member, Duration absent)
{
    if (http)
        http->announceRemoving(member, absent);
}

Result<std::unique_ptr<NodeHost>> NodeHost::create(NodeHostOptions options, Store& store, Log log)
{
    auto impl = std::make_unique<Impl>(std::move(options), store, std::move(log));
    if (const auto opened = impl->open(); !opened)
        return tl::make_unexpected(opened.error());
    return std::unique_ptr<NodeHost>(new NodeHost(std::move(impl)));
}

NodeHost::NodeHost(std::unique_ptr<Impl> impl)
    : m_impl(std::move(impl))
{
    m_impl->host = this;
}

NodeHost::~NodeHost() = default;

void NodeHost::start()
{
    m_impl->start();
}

Node& NodeHost::node()
{
    return *m_impl->node;
}

const Node& NodeHost::node() const
{
    return *m_impl->node;
}

QString NodeHost::httpAddress() const
{
    return m_impl->http->listeningAddress();
}

QString NodeHost::peerAddress() const
{
    return m_impl->transport.listeningAddress();
}

int NodeHost::linkCount() const
{
    return m_impl->transport.linkCount();
}

} // namespace ringmaster
