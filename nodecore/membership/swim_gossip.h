// SPDX-License-Identifier: GPL-3.0-or-later
// What there is to tell, and how often it was told: updates ride on the datagrams that are sent anyway, those
// told least first, each so many times and no more.
//
// About one member there is one update of its state and one of its record; a newer one takes the older one's
// place and is told from the start.
#pragma once

#include "nodecore/membership/swim_message.h"

#include <map>
#include <utility>

namespace ringmaster {

class SwimGossip {
public:
    void add(const SwimUpdate& update);
    void forget(NodeId member);
    bool isEmpty() const { return m_queue.empty(); }
    size_t size() const { return m_queue.size(); }

    // Appends what fits into room bytes and SwimMessage::maxUpdates, and counts it as told; what was told
    // limit times goes.
    void take(std::vector<SwimUpdate>& into, qsizetype room, int limit);

private:
    struct Order {
        int told = 0;
        quint64 number = 0; // the latest first
        friend bool operator<(const Order& a, const Order& b)
        {
            return a.told != b.told ? a.told < b.told : a.number > b.number;
        }
    };
    using Subject = std::pair<NodeId, bool>; // isNews

    std::map<Order, SwimUpdate> m_queue;
    std::map<Subject, Order> m_places;
    quint64 m_lastNumber = 0;
};

} // namespace ringmaster
