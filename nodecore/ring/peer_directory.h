// SPDX-License-Identifier: GPL-3.0-or-later
// What coordinating a request needs to know of the cluster: the ring, and who can be reached now.
#pragma once

#include "nodecore/ring/hash_ring.h"

namespace ringmaster {

class PeerDirectory {
public:
    virtual ~PeerDirectory() = default;
    virtual NodeId self() const = 0;
    virtual const HashRing& ring() const = 0;
    // This node's own observation; true for itself.
    virtual bool isReachable(NodeId node) const = 0;
    // Its id where the name is not known.
    virtual QString nameOf(NodeId node) const = 0;
};

} // namespace ringmaster
