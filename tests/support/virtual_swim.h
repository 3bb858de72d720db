// SPDX-License-Identifier: GPL-3.0-or-later
// Many SwimDetectors in one thread and in virtual time, and who belongs, which they only are told. A run is a
// function of its seed.
#pragma once

#include "nodecore/membership/swim_detector.h"
#include "tests/support/virtual_datagrams.h"

namespace ringmaster {

class VirtualSwim {
public:
    // Who holds what of whom; nodes are numbered.
    using Watcher = std::function<void(int observer, int member, SwimState state)>;

    VirtualSwim(int nodes, quint64 seed, SwimRules rules = {});
    ~VirtualSwim();

    int size() const { return static_cast<int>(m_nodes.size()); }
    // Another node, which begins knowing what `sponsor` knows; the sponsor tells the news. Whoever hears it
    // has the record a round trip later.
    int join(int sponsor);
    void kill(int i);
    // Its incarnation is forgotten; it knows the members.
    void restart(int i);
    // It stands still, timers and all, until it is resumed.
    void starve(int i);
    void resume(int i);
    bool isUp(int i) const;
    // Links besides the datagrams (TCP): off at first.
    void setLinks(bool on) { m_hasLinks = on; }
    void breakLinks(int i);

    SwimDetector& detector(int i);
    QString address(int i) const;
    NodeId id(int i) const;
    SwimState stateOf(int observer, int member) { return detector(observer).stateOf(id(member)); }
    bool allHold(int member, SwimState state);
    // News for everybody, and how many have it.
    void tell(int i, quint64 version);
    int countInformed(quint64 version) const;

    VirtualDatagrams& network() { return m_network; }
    EventQueue& queue() { return m_queue; }
    void watch(Watcher watcher) { m_watcher = std::move(watcher); }
    void runFor(Duration duration) { m_queue.runFor(duration); }
    [[nodiscard]] bool runUntil(const std::function<bool()>& condition, Duration limit)
    {
        return m_queue.runUntil(condition, limit);
    }

private:
    struct Machine;
    void add(const std::vector<int>& known);
    void boot(int i, const std::vector<int>& known);
    SwimDetector::Events eventsOf(int i);
    void newsCame(int i, const SwimNews& news);
    void wakeLater(int i);
    void sendOverLink(int from, NodeId to, const QByteArray& bytes);

    SwimRules m_rules;
    EventQueue m_queue;
    SeededRandom m_random;
    VirtualDatagrams m_network;
    std::vector<std::unique_ptr<Machine>> m_nodes;
    Watcher m_watcher;
    bool m_hasLinks = false;
};

} // namespace ringmaster
