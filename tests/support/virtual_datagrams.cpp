// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/virtual_datagrams.h"

#include <algorithm>

namespace ringmaster {

class VirtualDatagrams::Endpoint final : public Datagrams {
public:
    Endpoint(VirtualDatagrams& network, QString at)
        : address(std::move(at))
        , m_network(network)
    {}

    void send(NodeId, const QString& to, const QByteArray& datagram) override
    {
        m_network.send(*this, to, datagram);
    }

    QString address;
    Receiver receiver;
    bool isPaused = false;
    std::vector<std::pair<const Endpoint*, QByteArray>> held;
    qsizetype heldBytes = 0;

private:
    VirtualDatagrams& m_network;
};

VirtualDatagrams::VirtualDatagrams(EventQueue& queue, quint64 seed)
    : m_queue(queue)
    , m_random(seed)
{}

VirtualDatagrams::~VirtualDatagrams() = default;

VirtualDatagrams::Endpoint& VirtualDatagrams::endpoint(const QString& address)
{
    Endpoint*& found = m_byAddress[address];
    if (found == nullptr) {
        m_endpoints.push_back(std::make_unique<Endpoint>(*this, address));
        found = m_endpoints.back().get();
    }
    return *found;
}

Datagrams& VirtualDatagrams::portAt(const QString& address)
{
    return endpoint(address);
}

void VirtualDatagrams::plugIn(const QString& address, Receiver receiver)
{
    Endpoint& end = endpoint(address);
    end.receiver = std::move(receiver);
    end.isPaused = false;
    end.held.clear();
    end.heldBytes = 0;
}

void VirtualDatagrams::setDelay(Duration least, Duration most)
{
    m_leastDelay = least;
    m_mostDelay = most;
}

void VirtualDatagrams::cut(const QString& from, const QString& to)
{
    m_cuts.emplace(&endpoint(from), &endpoint(to));
}

void VirtualDatagrams::heal(const QString& from, const QString& to)
{
    m_cuts.erase({&endpoint(from), &endpoint(to)});
}

void VirtualDatagrams::send(const Endpoint& from, const QString& to, const QByteArray& datagram)
{
    ++m_sent;
    m_bytesSent += static_cast<quint64>(datagram.size());
    m_largest = std::max(m_largest, datagram.size());
    Endpoint& target = endpoint(to);
    const bool isCut = !m_cuts.empty() && m_cuts.count({&from, &target}) > 0;
    if (isCut || datagram.size() > Datagrams::maxBytes || m_random.chance(m_loss))
        return;
    m_queue.after(m_random.between(m_leastDelay, m_mostDelay),
                  [this, &from, &target, datagram] { arrive(from, target, datagram); });
}

void VirtualDatagrams::arrive(const Endpoint& from, Endpoint& to, const QByteArray& datagram)
{
    if (!to.receiver)
        return;
    if (!to.isPaused)
        return to.receiver(from.address, datagram);
    if (to.heldBytes + datagram.size() > bufferBytes)
        return;
    to.heldBytes += datagram.size();
    to.held.emplace_back(&from, datagram);
}

void VirtualDatagrams::pause(const QString& address)
{
    endpoint(address).isPaused = true;
}

void VirtualDatagrams::resume(const QString& address)
{
    Endpoint& end = endpoint(address);
    end.isPaused = false;
    end.heldBytes = 0;
    for (const auto& [from, datagram] : std::exchange(end.held, {})) {
        m_queue.after(Duration{0},
                      [this, sender = from, &end, bytes = datagram] { arrive(*sender, end, bytes); });
    }
}

} // namespace ringmaster
