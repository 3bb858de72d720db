// SPDX-License-Identifier: GPL-3.0-or-later
// Drops the slots that this node holds without being their replica any more: after a ring change, or where a
// write came late.
//
// Only by the rule: every current owner of the slot is known to hold all that is here. AntiEntropy gives such
// slots back to each owner and says so (Compared::givenBack), with the hash of what was given; where all
// owners of one ring have it and the slot is still what it was then, its objects go. While the ring changes
// nothing is dropped.
//
// With them this node forgets which dots it minted for those keys, while their values live on elsewhere and
// may come back to it bit by bit: its actor, where it minted any of them, retires first.
#pragma once

#include "nodecore/env/clock.h"
#include "nodecore/env/timers.h"
#include "nodecore/ring/peer_directory.h"
#include "nodecore/storage/replica.h"

#include <functional>
#include <map>
#include <set>

namespace ringmaster {

class RangeDropper {
public:
    struct Ports {
        const Clock& clock;
        Timers& timers;
        Store& store;
        Replica& replica;
        const PeerDirectory& peers;
    };
    // Another actor takes over here; calls goOn when that is durable, or never.
    using RetireActor = std::function<void(std::function<void()> goOn)>;
    RangeDropper(Ports ports, RetireActor retireActor);

    // owner holds these slots, each with at least what its hash says, under the rings of that digest.
    void givenBack(NodeId owner, quint64 rings, const std::vector<std::pair<Slot, quint64>>& slots);

    quint64 droppedCount() const { return m_dropped; }

private:
    struct Given {
        quint64 rings = 0;
        quint64 hash = 0;
        std::set<NodeId> owners;
    };
    using SlotHash = std::pair<Slot, quint64>;
    bool mayDrop(Slot slot, const Given& given) const;
    // The keys of the slot; nothing where it is no longer what it was, or cannot be read.
    std::optional<std::vector<Replica::Reaped>> keysOf(SlotHash slot) const;
    void drop(const std::vector<SlotHash>& slots);

    Ports m_ports;
    RetireActor m_retireActor;
    std::map<Slot, Given> m_given;
    quint64 m_dropped = 0; // objects
};

} // namespace ringmaster
