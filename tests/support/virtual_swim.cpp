// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/virtual_swim.h"

#include <algorithm>
#include <numeric>

namespace ringmaster {

namespace {

constexpr quint64 clusterTag = 0x7465737473;
constexpr Duration linkDelay = std::chrono::milliseconds(1);

// The number is found again in an id whose order says nothing.
int numberOf(NodeId id)
{
    return static_cast<int>(id.value & 0xffff);
}

} // namespace

struct VirtualSwim::Machine {
    Machine(EventQueue& queue, quint64 seed)
        : clock(queue)
        , random(seed)
    {}

    NodeId id;
    QString address;
    VirtualClock clock;
    SeededRandom random;
    std::unique_ptr<Timers> timers;
    std::unique_ptr<SwimDetector> detector; // null while it is down
    quint64 life = 0;
    std::optional<MonoTime> wake;
    bool isStarved = false;
    bool hasLinks = true;
    quint64 informedOf = 0; // the largest version of news that were told
};

VirtualSwim::VirtualSwim(int nodes, quint64 seed, SwimRules rules)
    : m_rules(rules)
    , m_random(seed)
    , m_network(m_queue, seed ^ 0x647461)
{
    for (int i = 0; i < nodes; ++i)
        add({});
    std::vector<int> all(static_cast<size_t>(nodes));
    std::iota(all.begin(), all.end(), 0);
    for (int i = 0; i < nodes; ++i)
        boot(i, all);
}

VirtualSwim::~VirtualSwim() = default;

void VirtualSwim::add(const std::vector<int>& known)
{
    const auto number = static_cast<quint64>(m_nodes.size());
    auto machine = std::make_unique<Machine>(m_queue, m_random.next());
    machine->id = NodeId{(m_random.next() & ~quint64{0xffff}) | number};
    machine->address = QStringLiteral("node-%1:7000").arg(number);
    m_nodes.push_back(std::move(machine));
    if (!known.empty())
        boot(static_cast<int>(number), known);
}

void VirtualSwim::boot(int i, const std::vector<int>& known)
{
    Machine& machine = *m_nodes[size_t(i)];
    ++machine.life;
    machine.wake.reset();
    machine.isStarved = false;
    machine.timers = std::make_unique<Timers>();
    machine.detector =
        std::make_unique<SwimDetector>(m_rules, machine.id, clusterTag,
                                       SwimDetector::Ports{machine.clock, *machine.timers, machine.random,
                                                           m_network.portAt(machine.address)},
                                       eventsOf(i));
    for (const int other : known)
        machine.detector->setMember(id(other), address(other));
    m_network.plugIn(machine.address, [this, i, &machine](const QString& from, const QByteArray& datagram) {
        machine.timers->runDue(m_queue.now());
        machine.detector->receive(from, datagram);
        wakeLater(i);
    });
    machine.detector->start();
    wakeLater(i);
}

SwimDetector::Events VirtualSwim::eventsOf(int i)
{
    SwimDetector::Events events;
    events.changed = [this, i](NodeId member, SwimState state) {
        if (m_watcher)
            m_watcher(i, numberOf(member), state);
    };
    events.news = [this, i](const SwimNews& news, NodeId) { newsCame(i, news); };
    events.sendOverLink = [this, i](NodeId to, const QByteArray& bytes, bool) { sendOverLink(i, to, bytes); };
    return events;
}

// Version 0 is a newcomer's first record, which has to be fetched.
void VirtualSwim::newsCame(int i, const SwimNews& news)
{
    Machine& machine = *m_nodes[size_t(i)];
    if (news.version > machine.informedOf) {
        machine.informedOf = news.version;
        machine.detector->announce(news);
    }
    if (news.version > 0 || machine.detector->knows(news.member) || news.member == machine.id)
        return;
    m_queue.after(linkDelay * 2, [this, i, news, life = machine.life] {
        Machine& waiting = *m_nodes[size_t(i)];
        if (waiting.life != life || !waiting.detector || waiting.detector->knows(news.member))
            return;
        waiting.detector->setMember(news.member, address(numberOf(news.member)));
        waiting.detector->announce(news);
    });
}

void VirtualSwim::sendOverLink(int from, NodeId to, const QByteArray& bytes)
{
    const int target = numberOf(to);
    const Machine& far = *m_nodes[size_t(target)];
    if (!m_hasLinks || !far.detector || !m_nodes[size_t(from)]->hasLinks || !far.hasLinks)
        return;
    m_queue.after(linkDelay, [this, from, target, bytes] {
        Machine& machine = *m_nodes[size_t(target)];
        if (!machine.detector || machine.isStarved)
            return;
        machine.detector->receiveOverLink(id(from), bytes);
        wakeLater(target);
    });
}

int VirtualSwim::join(int sponsor)
{
    std::vector<int> known;
    for (int other = 0; other < size(); ++other) {
        if (other == sponsor || detector(sponsor).knows(id(other)))
            known.push_back(other);
    }
    add(known);
    const int newcomer = size() - 1;
    detector(sponsor).setMember(id(newcomer), address(newcomer));
    detector(sponsor).announce({id(newcomer), 0, 0});
    return newcomer;
}

void VirtualSwim::kill(int i)
{
    Machine& machine = *m_nodes[size_t(i)];
    ++machine.life;
    m_network.unplug(machine.address);
    machine.detector.reset();
    machine.timers.reset();
}

void VirtualSwim::restart(int i)
{
    kill(i);
    std::vector<int> all(m_nodes.size());
    std::iota(all.begin(), all.end(), 0);
    boot(i, all);
}

void VirtualSwim::starve(int i)
{
    m_nodes[size_t(i)]->isStarved = true;
    m_network.pause(address(i));
}

// Its timers run first, before it has read what lies there for it: the harder order.
void VirtualSwim::resume(int i)
{
    Machine& machine = *m_nodes[size_t(i)];
    machine.isStarved = false;
    machine.timers->runDue(m_queue.now());
    m_network.resume(address(i));
    wakeLater(i);
}

void VirtualSwim::breakLinks(int i)
{
    m_nodes[size_t(i)]->hasLinks = false;
}

bool VirtualSwim::isUp(int i) const
{
    return m_nodes[size_t(i)]->detector != nullptr;
}

SwimDetector& VirtualSwim::detector(int i)
{
    return *m_nodes[size_t(i)]->detector;
}

QString VirtualSwim::address(int i) const
{
    return m_nodes[size_t(i)]->address;
}

NodeId VirtualSwim::id(int i) const
{
    return m_nodes[size_t(i)]->id;
}

bool VirtualSwim::allHold(int member, SwimState state)
{
    for (int i = 0; i < size(); ++i) {
        if (i != member && isUp(i) && stateOf(i, member) != state)
            return false;
    }
    return true;
}

void VirtualSwim::tell(int i, quint64 version)
{
    newsCame(i, {id(i), version, 0});
    wakeLater(i);
}

int VirtualSwim::countInformed(quint64 version) const
{
    return static_cast<int>(std::count_if(m_nodes.begin(), m_nodes.end(), [version](const auto& machine) {
        return machine->informedOf >= version;
    }));
}

void VirtualSwim::wakeLater(int i)
{
    Machine& machine = *m_nodes[size_t(i)];
    if (!machine.detector)
        return;
    const std::optional<MonoTime> due = machine.timers->nextDue();
    if (!due || (machine.wake && *machine.wake <= *due))
        return;
    machine.wake = due;
    m_queue.at(*due, [this, i, &machine, life = machine.life, due] {
        if (machine.life != life || machine.wake != due)
            return;
        machine.wake.reset();
        if (machine.isStarved)
            return;
        machine.timers->runDue(m_queue.now());
        wakeLater(i);
    });
}

} // namespace ringmaster
