// SPDX-License-Identifier: GPL-3.0-or-later
// A member's record: written only by its own node, spread by all, merged by version.
#pragma once

#include "nodecore/base/bytes.h"
#include "nodecore/base/types.h"

#include <QString>

#include <optional>
#include <vector>

namespace ringmaster {

// Explicit, durable acts; being unreachable is no state. The order is part of the peer protocol.
enum class MemberState : quint8 {
    Starting, // knows itself only
    Standby,  // knows the ring, holds no tokens
    New,      // wants tokens
    Pending,  // data is being copied to it
    Ready,    // serves its tokens
    Leaving,  // its data is being copied to the others; without tokens: the ring is without it, and it gives
              // away what it still holds
    Left,     // holds nothing, takes nothing, and is asked nothing
    Removed,  // final for that id
};

QString nameOf(MemberState state); // "READY"

struct Member {
    static constexpr qsizetype maxNameBytes = 64;
    static constexpr qsizetype maxAddressBytes = 256;
    static constexpr quint64 maxTokens = 4096;
    static constexpr int mostChosenTokens = 1024;
    static constexpr double leastCapacity = 0.01; // that may be asked for
    static constexpr double mostCapacity = 100;

    NodeId id;
    QString name; // [A-Za-z0-9._-], 1..64
    ActorId actor;
    MemberState state = MemberState::Starting;
    QString peerAddress; // host:port
    QString httpAddress; // host:port
    QString zone;
    double capacity = 1.0;    // its share of the load against the others', where it chooses its tokens
    std::vector<Slot> tokens; // ascending; those that count
    // What its tokens become when the change under way is over: PENDING has none before, LEAVING none after.
    // Nothing: no change.
    std::optional<std::vector<Slot>> target;
    NodeId replaces;        // the member whose tokens they were, and which is REMOVED when the change is over
    bool isRemoval = false; // LEAVING by an operator's act: the node is gone, and the others finish it
    NodeId removedBy;       // of a removal, and of REMOVED: the member that began it
    bool isForced = false;  // likewise: without a majority of the ring's members
    quint32 supporters = 0; // likewise: how many of them then said that it cannot be reached
    // REMOVED: it may still give back what it holds, and no tombstone is reaped until it has, or is written
    // off.
    bool mayGiveBack = false;
    quint32 generation = 0; // of the name: raised to join anew after REMOVED
    quint64 version = 0;    // raised with every change of this record; the larger one wins
    QString software;       // the program's version

    friend bool operator==(const Member&, const Member&) = default;

    void encode(ByteWriter& to) const;
    // Sets failed() on the reader where the bytes are no valid record. A record ends where its bytes end:
    // those of earlier programs say nothing of who removed it.
    static Member decode(ByteReader& from);
};

// The identity of a name: the first 8 bytes of MD5("ringmaster-node", generation, name), so that a node that
// lost everything comes back as the same member.
NodeId nodeIdFor(const QString& name, quint32 generation);

// What is left of a member that is gone for good. REMOVED wins over every other record of the id, whatever
// their versions are. by: the member that removes it, where the record does not say so yet.
Member removedRecord(Member record, NodeId by);
// The same of one that is REMOVED: it gives nothing back any more, because it has nothing left, or because
// nobody waits for it any longer. Wins over REMOVED.
Member writtenOffRecord(Member record);

// How many tokens a node of that capacity chooses where one of capacity 1 chooses so many: a larger share
// comes in more pieces, not in longer ones, which the ranges of the others may not have. By its capacity it
// chooses no more than Member::mostChosenTokens, since that takes time; at least 1.
int tokensFor(int tokens, double capacity);

bool isValidNodeName(const QString& name);

} // namespace ringmaster
