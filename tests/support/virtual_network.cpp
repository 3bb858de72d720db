// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/virtual_network.h"

#include "nodecore/wire/message.h"

#include <algorithm>

namespace ringmaster {

namespace {

constexpr Duration redialDelay = std::chrono::milliseconds(100);
constexpr Duration redialRefusedDelay = std::chrono::seconds(2);

bool mayComeTwice(const QByteArray& message)
{
    static const QByteArray forward =
        wire::encode(wire::ForwardRequest{{}, {}, Key::placeholder(), {}, {}, 1, 0, true});
    return message.at(0) != forward.at(0); // the type byte
}

} // namespace

class VirtualNetwork::Endpoint final : public Transport {
public:
    Endpoint(VirtualNetwork& network, int index, QString at)
        : address(std::move(at))
        , m_network(network)
        , m_index(index)
    {}

    SendResult send(NodeId to, const QByteArray& message) override
    {
        for (size_t i = 0; i < ways.size(); ++i) {
            if (!ways[i].linked || ways[i].peer != to)
                continue;
            if (ways[i].underWay >= m_network.m_faults.queue)
                return SendResult::Overloaded;
            m_network.send(m_index, static_cast<int>(i), message);
            return SendResult::Queued;
        }
        return SendResult::NoLink;
    }

    void setPeers(const QList<QString>& addresses) override
    {
        peers.clear();
        for (const QString& peer : addresses) {
            const int index = m_network.indexOf(peer);
            peers.insert(index);
            m_network.dialLater(m_index, index, std::chrono::microseconds(1));
        }
    }

    QString address;
    Node* node = nullptr; // null while unplugged
    bool paused = false;
    std::set<int> peers;                     // to keep links with
    std::vector<Way> ways;                   // to each endpoint, by index
    std::vector<std::function<void()>> held; // arrivals while paused

private:
    VirtualNetwork& m_network;
    int m_index;
};

VirtualNetwork::VirtualNetwork(EventQueue& queue, quint64 seed, Touched touched)
    : m_queue(queue)
    , m_random(seed)
    , m_datagrams(queue, seed ^ 0x756470)
    , m_touched(std::move(touched))
{}

VirtualNetwork::~VirtualNetwork() = default;

int VirtualNetwork::indexOf(const QString& address)
{
    const auto found = std::find_if(m_endpoints.begin(), m_endpoints.end(),
                                    [&address](const auto& end) { return end->address == address; });
    const auto index = static_cast<int>(found - m_endpoints.begin());
    if (found == m_endpoints.end())
        m_endpoints.push_back(std::make_unique<Endpoint>(*this, index, address));
    return index;
}

VirtualNetwork::Way& VirtualNetwork::way(int from, int to)
{
    std::vector<Way>& ways = endpoint(from).ways;
    if (ways.size() <= size_t(to))
        ways.resize(size_t(to) + 1);
    return ways[size_t(to)];
}

Transport& VirtualNetwork::transportAt(const QString& address)
{
    return endpoint(indexOf(address));
}

void VirtualNetwork::plugIn(const QString& address, Node& node)
{
    const int index = indexOf(address);
    endpoint(index).node = &node;
    m_datagrams.plugIn(address, [this, index, &node](const QString& from, const QByteArray& datagram) {
        node.receiveDatagram(from, datagram);
        m_touched(index);
    });
    for (int other = 0; other < static_cast<int>(m_endpoints.size()); ++other) {
        if (endpoint(other).peers.count(index) > 0)
            dialLater(other, index, redialDelay);
    }
}

void VirtualNetwork::unplug(const QString& address)
{
    m_datagrams.unplug(address);
    const int index = indexOf(address);
    Endpoint& gone = endpoint(index);
    gone.node = nullptr;
    gone.peers.clear();
    gone.held.clear();
    gone.paused = false;
    for (int other = 0; other < static_cast<int>(m_endpoints.size()); ++other)
        breakLink(index, other);
}

void VirtualNetwork::dialLater(int from, int to, Duration delay)
{
    m_queue.after(delay, [this, from, to] { dial(from, to); });
}

bool VirtualNetwork::isOpen(int a, int b)
{
    return !way(a, b).cut && !way(b, a).cut && !endpoint(a).paused && !endpoint(b).paused;
}

void VirtualNetwork::dial(int from, int to)
{
    const Endpoint& caller = endpoint(from);
    const bool wanted = caller.node != nullptr && caller.peers.count(to) > 0;
    if (!wanted || from == to || way(from, to).linked)
        return;
    if (endpoint(to).node == nullptr)
        return; // plugIn() dials again
    if (!isOpen(from, to))
        return dialLater(from, to, redialDelay);
    Node& a = *caller.node;
    Node& b = *endpoint(to).node;
    const std::optional<Error> unfit = a.judge(b.hello());
    if (const std::optional<Error> refusal = unfit ? unfit : b.judge(a.hello())) {
        a.refused(endpoint(to).address, {refusal->code, refusal->message});
        m_touched(from);
        return dialLater(from, to, redialRefusedDelay);
    }
    const quint64 epoch = ++m_epoch;
    for (const auto& [here, there, peer] : {std::tuple(from, to, b.id()), std::tuple(to, from, a.id())}) {
        Way& direction = way(here, there);
        direction.linked = true;
        direction.peer = peer;
        direction.epoch = epoch;
        direction.underWay = 0;
        direction.lastArrival = m_queue.now();
    }
    a.linkUp(b.hello());
    b.linkUp(a.hello());
    m_touched(from);
    m_touched(to);
}

void VirtualNetwork::breakLink(int a, int b)
{
    if (!way(a, b).linked)
        return;
    for (Way* direction : {&way(a, b), &way(b, a)}) {
        direction->linked = false;
        direction->stuck.clear();
    }
    tellLinkDown(a, way(a, b).peer);
    tellLinkDown(b, way(b, a).peer);
    dialLater(a, b, redialDelay);
    dialLater(b, a, redialDelay);
}

void VirtualNetwork::tellLinkDown(int at, NodeId peer)
{
    Node* node = endpoint(at).node;
    if (node == nullptr)
        return;
    node->linkDown(peer);
    m_touched(at);
}

void VirtualNetwork::note(int from, int to, Fate fate, const QByteArray& message) const
{
    if (m_watcher)
        m_watcher(from, to, fate, message);
}

void VirtualNetwork::send(int from, int to, const QByteArray& message)
{
    ++m_messages;
    m_largest = std::max(m_largest, message.size());
    const Way& direction = way(from, to);
    if (direction.cut || m_random.chance(m_faults.loss))
        return note(from, to, Fate::Lost, message);
    ++way(from, to).underWay;
    carry(from, to, direction.epoch, message);
    if (m_random.chance(m_faults.duplication) && mayComeTwice(message)) {
        note(from, to, Fate::Duplicated, message);
        ++way(from, to).underWay;
        carry(from, to, direction.epoch, message);
    }
}

void VirtualNetwork::carry(int from, int to, quint64 epoch, const QByteArray& message)
{
    Way& direction = way(from, to);
    if (direction.clogged) {
        direction.stuck.push_back([this, from, to, epoch, message] { carry(from, to, epoch, message); });
        return;
    }
    const Duration delay = m_random.between(m_faults.leastDelay, m_faults.mostDelay);
    direction.lastArrival = std::max(direction.lastArrival, m_queue.now() + delay);
    m_queue.at(direction.lastArrival, [this, from, to, epoch, message] { arrive(from, to, epoch, message); });
}

void VirtualNetwork::arrive(int from, int to, quint64 epoch, const QByteArray& message)
{
    const Way& back = way(to, from);
    if (!back.linked || back.epoch != epoch)
        return note(from, to, Fate::Lost, message);
    Endpoint& end = endpoint(to);
    if (end.paused) {
        end.held.push_back([this, from, to, epoch, message] { arrive(from, to, epoch, message); });
        return;
    }
    --way(from, to).underWay;
    QByteArray arrived = message;
    if (m_tamper)
        m_tamper(from, to, arrived);
    note(from, to, Fate::Arrived, arrived);
    const bool sound = end.node->receive(back.peer, arrived);
    m_touched(to);
    if (!sound)
        breakLink(from, to);
}

void VirtualNetwork::cut(const QString& from, const QString& to)
{
    way(indexOf(from), indexOf(to)).cut = true;
    m_datagrams.cut(from, to);
}
void VirtualNetwork::heal(const QString& from, const QString& to)
{
    way(indexOf(from), indexOf(to)).cut = false;
    m_datagrams.heal(from, to);
}

void VirtualNetwork::clog(const QString& from, const QString& to)
{
    way(indexOf(from), indexOf(to)).clogged = true;
}
void VirtualNetwork::unclog(const QString& from, const QString& to)
{
    unclogWay(way(indexOf(from), indexOf(to)));
}

void VirtualNetwork::unclogWay(Way& way)
{
    way.clogged = false;
    for (const std::function<void()>& message : std::exchange(way.stuck, {}))
        message();
}

void VirtualNetwork::reset(const QString& a, const QString& b)
{
    breakLink(indexOf(a), indexOf(b));
}

void VirtualNetwork::healAll()
{
    m_datagrams.healAll();
    for (const auto& end : m_endpoints) {
        for (size_t i = 0; i < end->ways.size(); ++i) {
            end->ways[i].cut = false;
            unclogWay(end->ways[i]);
        }
    }
}

void VirtualNetwork::pause(const QString& address)
{
    endpoint(indexOf(address)).paused = true;
    m_datagrams.pause(address);
}

void VirtualNetwork::resume(const QString& address)
{
    const int index = indexOf(address);
    Endpoint& end = endpoint(index);
    if (!std::exchange(end.paused, false))
        return;
    m_datagrams.resume(address);
    for (std::function<void()>& arrival : std::exchange(end.held, {}))
        m_queue.after(Duration{0}, std::move(arrival));
    m_queue.after(Duration{0}, [this, index] { m_touched(index); });
}

} // namespace ringmaster
