// SPDX-License-Identifier: GPL-3.0-or-later
// Whether every key can be read and written now, as numbers and as the sentence that people see: the same
// for a node's API, for ringctl and for the window. Pure.
//
// A quorum is sloppy: where a key's own nodes (the primaries of its slot) cannot be reached or take no
// writes, the next nodes on the ring stand in for them. So
// - a key can be written while W nodes of the ring can be reached and take writes;
// - what is stored can be read while R nodes of the ring can be reached, one of the key's own among them;
// - that nothing is stored under a key can be said while R of its own nodes can be reached.
#pragma once

#include "nodecore/ring/hash_ring.h"

#include <QStringList>

namespace ringmaster {

// What somebody knows of a member.
struct MemberReach {
    NodeId node; // as on the ring
    QString name;
    bool belongs = true;     // false: it has left or was removed, and is not counted
    bool isKnown = true;     // false: whoever asks has just started and has not heard of it yet
    bool isUp = false;       // it can be reached
    bool takesWrites = true; // false: its store is read-only, or has failed
};

struct Availability {
    enum class Level {
        Unknown,  // no answer from the cluster, no ring yet, or not known yet who can be reached
        Full,     // every key can be read and written, and no single further loss changes that
        Fragile,  // every key can be read and written, but others stand in, or one more loss would end that
        Degraded, // some keys cannot be read or written
        None,     // no key can be read or no key can be written
    };

    Level level = Level::Unknown;
    int membersUp = 0;
    int membersTotal = 0;    // that belong to the cluster
    int unreadableSlots = 0; // of slotCount: what is stored there cannot be read
    int unwritableSlots = 0;
    int stoodInSlots = 0; // can be read and written, but only with the help of other nodes than their own
    // Members that are up, by name, and whose loss would make keys unreadable or unwritable that are not now.
    QStringList critical;
    QString headline; // in a few words, without a full stop: "Every key can be read and written"
    QString sentence;

    bool isWhole() const { return level == Level::Full || level == Level::Fragile; }

    friend bool operator==(const Availability&, const Availability&) = default;
};

// members: those of the ring, and any others of the cluster.
Availability availabilityOf(const HashRing& ring, const std::vector<MemberReach>& members, int readQuorum,
                            int writeQuorum);

} // namespace ringmaster
