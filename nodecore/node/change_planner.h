// SPDX-License-Identifier: GPL-3.0-or-later
// Plans a change of the ring with what it moves: asks the nodes that data would come from how much there is.
#pragma once

#include "nodecore/env/clock.h"
#include "nodecore/env/timers.h"
#include "nodecore/env/transport.h"
#include "nodecore/membership/change_plan.h"
#include "nodecore/storage/store.h"
#include "nodecore/wire/message.h"

#include <functional>
#include <map>

namespace ringmaster {

// What goes from one node to another.
struct PlannedFlow {
    NodeId from;
    NodeId to;
    int slots = 0;
    quint64 objects = 0;
    quint64 bytes = 0; // about
};

struct CountedPlan {
    ChangePlan plan;
    std::vector<PlannedFlow> flows; // by to, then from
    std::vector<NodeId> silent;     // they did not say how much they hold: their flows count 0 objects
    Duration estimate{0};           // of the copying, with nothing else to do
};

using PlanCallback = std::function<void(Result<CountedPlan>)>;

class ChangePlanner {
public:
    struct Ports {
        const Clock& clock;
        Timers& timers;
        Transport& transport;
        Store& store;
        wire::RequestIds& ids;
    };
    static constexpr Duration patience = std::chrono::seconds(3);
    // What two local nodes bring over with nothing else to do; see repair/README.md.
    static constexpr quint64 objectsASecond = 40'000;

    explicit ChangePlanner(Ports ports, NodeId self)
        : m_ports(ports)
        , m_self(self)
    {}

    // Exactly one callback, within patience.
    void count(ChangePlan plan, PlanCallback done);

    void handle(NodeId from, const wire::CountsRequest& request);
    void handle(NodeId from, const wire::CountsReply& reply);

private:
    struct Counting {
        ChangePlan plan;
        PlanCallback done;
        std::map<NodeId, std::vector<RingMove>> bySource;       // not answered yet
        std::map<std::pair<NodeId, NodeId>, PlannedFlow> flows; // by (to, from)
        TimerId patience{};
    };
    wire::CountsReply countHere(const wire::CountsRequest& request) const;
    static wire::CountsRequest requestFor(wire::RequestId id, const std::vector<RingMove>& moves);
    void take(Counting& counting, NodeId source, const wire::CountsReply& reply);
    void concludeIfComplete(wire::RequestId id);
    void conclude(wire::RequestId id);

    Ports m_ports;
    NodeId m_self;
    std::map<wire::RequestId, Counting> m_counting;
};

} // namespace ringmaster
