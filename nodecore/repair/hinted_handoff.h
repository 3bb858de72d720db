// SPDX-License-Identifier: GPL-3.0-or-later
// Brings hints home: what this node keeps for a member is given to it as soon as it can be reached again.
//
// The oldest first, one message under way per owner, so the owner's commits set the pace, and Pacing
// the rests between. A hint is deleted
// only after its owner has answered that it holds it durably; a message or an answer that is lost means the
// same hints once more, which changes nothing at the owner. A hint that its owner cannot merge (the siblings
// would be more than are stored) is kept, and tried again after a while; the others go on.
//
// An owner that is on the ring no more takes nothing, and others have its part. What was kept for it becomes
// a copy of the keeper's own, which is given to them like any that the ring has moved away from.
#pragma once

#include "nodecore/env/clock.h"
#include "nodecore/env/timers.h"
#include "nodecore/env/transport.h"
#include "nodecore/repair/bandwidth_limit.h"
#include "nodecore/repair/pacing.h"
#include "nodecore/ring/peer_directory.h"
#include "nodecore/storage/hint_store.h"
#include "nodecore/storage/replica.h"
#include "nodecore/wire/message.h"

namespace ringmaster {

class HintedHandoff {
public:
    struct Ports {
        const Clock& clock;
        Timers& timers;
        Transport& transport;
        HintStore& hints;
        Replica& replica;
        const PeerDirectory& peers;
        wire::RequestIds& ids;
        BandwidthLimit& bandwidth;
        Pacing pacing = {};
    };
    // An owner that does not answer is tried again after so long.
    static constexpr Duration patience = std::chrono::seconds(5);
    // How often the owners are looked through for one that is back and was not announced.
    static constexpr Duration interval = std::chrono::seconds(2);
    // Until a hint that could not be merged is tried again: somebody may have resolved the key meanwhile.
    static constexpr Duration rest = std::chrono::seconds(60);

    // beforeForgetting: the owner holds these durably; calls goOn when they may be deleted here, now or
    // later.
    using BeforeForgetting =
        std::function<void(const std::vector<HintStore::Hint>&, std::function<void()> goOn)>;
    // Told of every hint that its owner holds now; for showing.
    using Returned = std::function<void(NodeId owner, const std::vector<HintStore::Hint>&)>;
    HintedHandoff(Ports ports, BeforeForgetting beforeForgetting, Returned returned);

    void start();
    // Hints may be waiting for this owner, and it can be reached.
    void deliverTo(NodeId owner);
    void linkLost(NodeId owner);

    void handle(NodeId from, const wire::HandoffRequest& request); // as an owner
    void handle(NodeId from, const wire::HandoffReply& reply);     // as a keeper

    quint64 deliveredCount() const { return m_delivered; }

private:
    struct Delivery {
        wire::ReplyTo awaited; // the reply of the owner
        std::vector<HintStore::Hint> hints;
        TimerId patience;
        MonoTime sent;
        bool isTakenIn = false; // by this node itself
    };
    void look();
    Result<std::vector<HintStore::Hint>> nextHints(NodeId owner);
    void takeIn(NodeId owner);
    // Of the delivery, the first so many hints, but for those that could not be merged: they rest.
    void heldDurably(NodeId owner, size_t complete, const std::vector<size_t>& skipped);
    void end(NodeId owner);
    void forget(NodeId owner, const std::vector<HintStore::HintNumber>& numbers, Duration exchange);

    Ports m_ports;
    BeforeForgetting m_beforeForgetting;
    Returned m_returned;
    std::map<NodeId, Delivery> m_underWay;
    std::map<HintStore::HintNumber, MonoTime> m_resting; // could not be merged: not to be given before
    quint64 m_delivered = 0;
};

} // namespace ringmaster
