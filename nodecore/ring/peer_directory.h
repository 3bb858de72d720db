// SPDX-License-Identifier: GPL-3.0-or-later
// What coordinating a request needs to know of the cluster: the ring, and who can be reached now.
#pragma once

#include "nodecore/base/result.h"
#include "nodecore/ring/ring_view.h"

#include <optional>

namespace ringmaster {

class PeerDirectory {
public:
    virtual ~PeerDirectory() = default;
    virtual NodeId self() const = 0;
    virtual const RingView& rings() const = 0;
    // As it is.
    const HashRing& ring() const { return rings().current(); }
    // This node's own observation; true for itself.
    virtual bool isReachable(NodeId node) const = 0;
    // Its id where the name is not known.
    virtual QString nameOf(NodeId node) const = 0;
    // Who mints there, as far as is known here.
    virtual ActorId actorOf(NodeId node) const = 0;
    // Why this node must not acknowledge a write, or answer a read, now; nothing: it may.
    virtual std::optional<Error> whyNotToAcknowledge() const { return std::nullopt; }
};

} // namespace ringmaster
