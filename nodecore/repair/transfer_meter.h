// SPDX-License-Identifier: GPL-3.0-or-later
// How far the copying with each peer has come. A plain value; it is told what was moved, and the time.
//
// A transfer begins with the first object that goes either way, and is over when nothing was moved, or
// compared key by key, for a while. What is still to come is estimated: as many objects a slot as so far, in
// the slots that are still to be compared.
#pragma once

#include "nodecore/base/types.h"

#include <array>
#include <map>
#include <optional>
#include <vector>

namespace ringmaster {

struct TransferView {
    struct Moved {
        quint64 keys = 0;
        quint64 bytes = 0; // of keys and encoded sets
    };
    NodeId peer;
    Moved taken; // from the peer, since the transfer began
    Moved given; // to it
    quint64 keysLeft = 0;
    double keysPerSecond = 0; // over the last seconds
    double bytesPerSecond = 0;
    std::optional<Duration> timeLeft; // nothing where the rate is not known
};

class TransferMeter {
public:
    // Of a transfer in which nothing happens.
    static constexpr Duration lifetime = std::chrono::seconds(3);
    // A few keys that were written meanwhile make no transfer.
    static constexpr quint64 leastKeys = 100;

    void taken(NodeId peer, TransferView::Moved moved, MonoTime now) { count(peer, moved, true, now); }
    void given(NodeId peer, TransferView::Moved moved, MonoTime now) { count(peer, moved, false, now); }
    // So many more slots have been compared, and so many are left.
    void compared(NodeId peer, quint64 done, quint64 left, MonoTime now);

    // By peer.
    std::vector<TransferView> view(MonoTime now) const;

private:
    static constexpr int rateSeconds = 5;
    struct Second {
        qint64 number = -1; // of the clock's
        TransferView::Moved moved;
    };
    struct Transfer {
        TransferView::Moved taken;
        TransferView::Moved given;
        MonoTime began{};
        MonoTime last{}; // moved or compared
        quint64 slotsDone = 0;
        quint64 slotsLeft = 0;
        std::array<Second, rateSeconds> seconds;

        quint64 keys() const { return taken.keys + given.keys; }
    };
    // From here on it lives on; what has rested too long begins anew.
    Transfer& current(NodeId peer, MonoTime now);
    void count(NodeId peer, TransferView::Moved moved, bool isTaken, MonoTime now);
    static TransferView viewOf(NodeId peer, const Transfer& transfer, MonoTime now);

    std::map<NodeId, Transfer> m_transfers;
};

} // namespace ringmaster
