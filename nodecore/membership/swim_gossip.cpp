// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/membership/swim_gossip.h"

namespace ringmaster {

void SwimGossip::add(const SwimUpdate& update)
{
    const Subject subject{update.member, update.kind == SwimUpdate::Kind::News};
    const Order order{0, ++m_lastNumber};
    const auto [place, isNew] = m_places.try_emplace(subject, order);
    if (!isNew) {
        m_queue.erase(place->second);
        place->second = order;
    }
    m_queue.emplace(order, update);
}

void SwimGossip::forget(NodeId member)
{
    for (const bool isNews : {false, true}) {
        const auto place = m_places.find({member, isNews});
        if (place == m_places.end())
            continue;
        m_queue.erase(place->second);
        m_places.erase(place);
    }
}

void SwimGossip::take(std::vector<SwimUpdate>& into, qsizetype room, int limit)
{
    std::vector<std::map<Order, SwimUpdate>::node_type> told;
    for (auto next = m_queue.begin(); next != m_queue.end() && into.size() < SwimMessage::maxUpdates;) {
        const qsizetype size = next->second.encodedSize();
        if (size > room)
            break;
        room -= size;
        into.push_back(next->second);
        told.push_back(m_queue.extract(next++));
    }
    for (auto& node : told) {
        const SwimUpdate& update = node.mapped();
        const auto place = m_places.find({update.member, update.kind == SwimUpdate::Kind::News});
        if (++node.key().told >= limit) {
            m_places.erase(place);
            continue;
        }
        place->second = node.key();
        m_queue.insert(std::move(node));
    }
}

} // namespace ringmaster
