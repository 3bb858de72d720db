// SPDX-License-Identifier: GPL-3.0-or-later
// Anti-entropy as the one who answers: what this node holds of the slots that it shares with the asker, and
// the merging of what the asker has.
#pragma once

#include "nodecore/env/clock.h"
#include "nodecore/env/timers.h"
#include "nodecore/env/transport.h"
#include "nodecore/repair/bandwidth_limit.h"
#include "nodecore/repair/transfer_meter.h"
#include "nodecore/ring/peer_directory.h"
#include "nodecore/storage/replica.h"
#include "nodecore/wire/message.h"

#include <functional>
#include <map>

namespace ringmaster {

class AntiEntropyAnswers {
public:
    struct Ports {
        const Clock& clock;
        Timers& timers;
        Transport& transport;
        Store& store;
        Replica& replica;
        const PeerDirectory& peers;
        BandwidthLimit& bandwidth;
        TransferMeter& meter;
    };
    // An answer that waits for the bandwidth waits no longer: the asker would give it up.
    static constexpr Duration longestDelay = std::chrono::seconds(5);
    // Answers to one peer that wait; a request beyond them is not answered.
    static constexpr int mostWaiting = 16;

    explicit AntiEntropyAnswers(Ports ports)
        : m_ports(ports)
    {}

    // isReady: the store's summaries are believed.
    void answer(NodeId from, const wire::TreeRequest& request, bool isReady);
    void answer(NodeId from, const wire::SlotsRequest& request);
    void answer(NodeId from, const wire::SyncRequest& request);
    // Not now: this node compares itself with the asker already.
    void refuse(NodeId from, const wire::SlotsRequest& request)
    {
        send(from, wire::SlotsReply{wire::replyTo(request), std::nullopt, 0, std::nullopt, {}});
    }

private:
    // What was sent of a key, for telling whether something else is held now.
    struct Sent {
        Key key;
        quint64 hash = 0; // of the set; 0: of none
    };
    void answerTree(NodeId from, const wire::TreeRequest& request, bool isReady);
    // Of what was sent, the first so many were merged, as told.
    void answerMerged(NodeId from, const wire::ReplyTo& to, const std::vector<Sent>& sent,
                      const Replica::Merged& merged);
    // Makes the answer when the bandwidth allows, and sends it at once: what it says is read when it leaves,
    // see tombstone_reaper.h.
    void whenAllowed(NodeId to, std::function<void()> answer);
    void waitForBandwidth(NodeId to, MonoTime until, std::function<void()> answer);
    // A lost answer ends the asker's round.
    void send(NodeId to, const wire::Message& answer, TransferView::Moved objects = {});

    std::map<NodeId, int> m_waiting; // answers that wait for the bandwidth
    Ports m_ports;
};

// What of them is an object: its key, and what is held of it.
TransferView::Moved objectsIn(const std::vector<wire::SyncRequest::Item>& items);
TransferView::Moved objectsIn(const std::vector<wire::SlotsReply::Item>& items);

} // namespace ringmaster
