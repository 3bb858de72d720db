// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/virtual_network.h"

namespace ringmaster {

namespace {

constexpr Duration redialDelay = std::chrono::milliseconds(100);

} // namespace

class VirtualNetwork::Endpoint final : public Transport {
public:
    Endpoint(VirtualNetwork& network, QString address)
        : m_network(network)
        , m_address(std::move(address))
    {}

    SendResult send(NodeId to, const QByteArray& message) override
    {
        for (const auto& [direction, link] : m_network.m_links) {
            if (direction.first != m_address || link.peer != to)
                continue;
            m_network.deliver(m_address, direction.second, link.epoch, message);
            return SendResult::Queued;
        }
        return SendResult::NoLink;
    }

    void setPeers(const QList<QString>& addresses) override
    {
        peers = addresses;
        for (const QString& peer : addresses)
            m_network.dialLater(m_address, peer, std::chrono::microseconds(1));
    }

    Node* node = nullptr; // null while unplugged
    QList<QString> peers;

private:
    VirtualNetwork& m_network;
    QString m_address;
};

VirtualNetwork::VirtualNetwork(EventQueue& queue, quint64 seed, Touched touched)
    : m_queue(queue)
    , m_random(seed)
    , m_touched(std::move(touched))
{}

VirtualNetwork::~VirtualNetwork() = default;

Transport& VirtualNetwork::transportAt(const QString& address)
{
    std::unique_ptr<Endpoint>& endpoint = m_endpoints[address];
    if (!endpoint)
        endpoint = std::make_unique<Endpoint>(*this, address);
    return *endpoint;
}

void VirtualNetwork::plugIn(const QString& address, Node& node)
{
    transportAt(address);
    m_endpoints.at(address)->node = &node;
    for (const auto& [other, endpoint] : m_endpoints) {
        if (endpoint->peers.contains(address))
            dialLater(other, address, redialDelay);
    }
}

void VirtualNetwork::unplug(const QString& address)
{
    m_endpoints.at(address)->node = nullptr;
    m_endpoints.at(address)->peers.clear();
    m_held.erase(address);
    m_paused.erase(address);
    for (const auto& [other, endpoint] : m_endpoints)
        breakLink(address, other);
}

void VirtualNetwork::dialLater(const QString& from, const QString& to, Duration delay)
{
    m_queue.after(delay, [this, from, to] { dial(from, to); });
}

bool VirtualNetwork::bothWaysOpen(const QString& a, const QString& b) const
{
    return !m_cuts.contains({a, b}) && !m_cuts.contains({b, a}) && !m_paused.contains(a) &&
           !m_paused.contains(b);
}

void VirtualNetwork::dial(const QString& from, const QString& to)
{
    const auto caller = m_endpoints.find(from);
    const auto callee = m_endpoints.find(to);
    const bool wanted =
        caller != m_endpoints.end() && caller->second->node != nullptr && caller->second->peers.contains(to);
    if (!wanted || m_links.contains({from, to}) || from == to)
        return;
    if (callee == m_endpoints.end() || callee->second->node == nullptr)
        return; // plugIn() dials again
    if (!bothWaysOpen(from, to))
        return dialLater(from, to, redialDelay);
    Node& a = *caller->second->node;
    Node& b = *callee->second->node;
    if (a.judge(b.hello()) || b.judge(a.hello()))
        return; // refused; a real transport would try again, and be refused again
    const quint64 epoch = ++m_epoch;
    m_links[{from, to}] = {b.id(), epoch, m_queue.now()};
    m_links[{to, from}] = {a.id(), epoch, m_queue.now()};
    a.linkUp(b.hello());
    b.linkUp(a.hello());
    m_touched(from);
    m_touched(to);
}

void VirtualNetwork::breakLink(const QString& a, const QString& b)
{
    const auto forth = m_links.find({a, b});
    if (forth == m_links.end())
        return;
    const NodeId peerOfA = forth->second.peer;
    const NodeId peerOfB = m_links.at({b, a}).peer;
    m_links.erase({a, b});
    m_links.erase({b, a});
    for (const auto& [address, peer] : {std::pair(a, peerOfA), std::pair(b, peerOfB)}) {
        if (Node* node = m_endpoints.at(address)->node) {
            node->linkDown(peer);
            m_touched(address);
        }
    }
    dialLater(a, b, redialDelay);
    dialLater(b, a, redialDelay);
}

void VirtualNetwork::deliver(const QString& from, const QString& to, quint64 epoch, const QByteArray& message)
{
    ++m_messages;
    if (m_cuts.contains({from, to}) || m_random.chance(m_faults.loss))
        return;
    Link& link = m_links.at({from, to});
    const int copies = m_random.chance(m_faults.duplication) ? 2 : 1;
    for (int i = 0; i < copies; ++i) {
        const Duration delay = m_random.between(m_faults.leastDelay, m_faults.mostDelay);
        link.lastArrival = std::max(link.lastArrival, m_queue.now() + delay);
        m_queue.at(link.lastArrival, [this, from, to, epoch, message] {
            const auto arrive = [this, from, to, epoch, message] {
                const auto current = m_links.find({to, from});
                if (current == m_links.end() || current->second.epoch != epoch)
                    return;
                const bool sound = m_endpoints.at(to)->node->receive(current->second.peer, message);
                m_touched(to);
                if (!sound)
                    breakLink(from, to);
            };
            if (m_paused.contains(to))
                m_held[to].push_back(arrive);
            else
                arrive();
        });
    }
}

void VirtualNetwork::cut(const QString& from, const QString& to)
{
    m_cuts.insert({from, to});
}
void VirtualNetwork::heal(const QString& from, const QString& to)
{
    m_cuts.erase({from, to});
}
void VirtualNetwork::healAll()
{
    m_cuts.clear();
}

void VirtualNetwork::resume(const QString& address)
{
    if (m_paused.erase(address) == 0)
        return;
    std::vector<std::function<void()>> held = std::exchange(m_held[address], {});
    for (std::function<void()>& arrival : held)
        m_queue.after(Duration{0}, std::move(arrival));
    m_queue.after(Duration{0}, [this, address] { m_touched(address); });
}

} // namespace ringmaster
