// SPDX-License-Identifier: GPL-3.0-or-later
// What one comparison with one peer has found so far, and has yet to do. For anti_entropy*.cpp only.
#pragma once

#include "nodecore/repair/anti_entropy.h"
#include "nodecore/repair/shared_slots.h"

#include <deque>
#include <map>
#include <numeric>
#include <optional>
#include <set>

namespace ringmaster {

// How much at once: beside clients few enough that a request never waits long behind it, else enough that
// neither node waits for the other.
struct Gait {
    size_t messages = 1; // under way, or being stored
    size_t slotsInOne = 0;
    quint16 itemsInOne = 0;
    qsizetype bytesInOne = 0;
};

struct AntiEntropy::Exchange {
    quint64 subject = 0; // of the request
    MonoTime asked;
    wire::SlotsRequest listing = {}; // that was asked for
    std::vector<Key> keys = {};      // or those that were to be synchronised
};

struct AntiEntropy::Round {
    wire::RequestId id; // tells it from earlier ones
    NodeId peer;
    quint64 rings = 0;
    MonoTime began;
    Gait gait = {};
    std::vector<SlotHash> owed; // slots that the peer is to have, and their hashes at the start
    SharedSlots shared;         // at the start
    int level = 0;
    std::vector<quint16> askedNodes = {}; // of that level, whose children were asked for
    std::deque<quint16> nodesToAsk = {0}; // of that level
    std::vector<quint16> unequal = {};    // nodes of the next level
    std::deque<ObjectCursor> slots = {};  // to be compared key by key, from there on
    std::deque<Key> keys = {};            // to be synchronised; their sets are read when they are sent
    size_t keysInOne = SIZE_MAX;          // fewer where the peer's sets are large
    std::set<Slot> skipped = {};          // slots with keys that could not be brought together
    std::map<wire::RequestId, Exchange> underWay = {};
    size_t storing = 0; // answers
    // A damaged copy, of either node, was left out: the round has not shown that one holds what the other
    // does.
    bool hasDamage = false;

    bool isDescending() const { return level < HashTree::leafLevel; }
    bool hasMore() const
    {
        return !nodesToAsk.empty() || (!isDescending() && !(slots.empty() && keys.empty()));
    }
    size_t pending() const { return underWay.size() + storing; }
    quint64 slotsLeft() const
    {
        return std::accumulate(
            underWay.begin(), underWay.end(), quint64{slots.size()},
            [](quint64 sum, const auto& each) { return sum + each.second.listing.slots.size(); });
    }
    size_t window() const { return isDescending() ? 1 : gait.messages; }
};

} // namespace ringmaster
