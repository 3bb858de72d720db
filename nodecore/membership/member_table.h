// SPDX-License-Identifier: GPL-3.0-or-later
// All the member records that a node knows, its own among them.
//
// A record is written by its own node, which raises its version each time; only a removal, its cancelling,
// and that a removed member is written off, is written by others. Merging takes REMOVED and written off over
// REMOVED over anything else, then the larger version, then the larger encoding: a total order, so tables
// merge alike in any order, and equal tables have equal digests. (Removals that oppose each other are not
// merged, see opposing_removals.h.)
#pragma once

#include "nodecore/base/result.h"
#include "nodecore/membership/member.h"
#include "nodecore/ring/ring_view.h"

#include <map>
#include <optional>
#include <set>

namespace ringmaster {

class MemberTable {
public:
    // True where the record was new or newer, or says REMOVED, which is final. Of two different records with
    // one version (its node lost its disk and counted anew) the one with the larger encoding stays:
    // arbitrary, but the same everywhere.
    bool merge(const Member& member);

    // Takes the record in place of the one that is held, whatever that says (opposing_removals.h).
    void restore(const Member& member);

    const Member* find(NodeId id) const; // null where unknown; valid until the next merge
    const std::map<NodeId, Member>& members() const { return m_members; }
    // Of those of that name the one of the highest generation: the others were removed. Null where unknown.
    const Member* latestNamed(const QString& name) const;
    quint64 digest() const { return m_digest; }

    // Those whose tokens count now: READY and LEAVING.
    std::vector<RingMember> ringMembers() const;
    // Whose changes lead to the next ring: all that are being removed or, where nobody is, of those that
    // change the one with the smallest id. Others that began at the same moment follow: two that ended one
    // after the other would leave a ring between that nobody copied data for. (Of two that are gone one may
    // end first: a living replica of the ring between is one of the ring after it, too.)
    std::set<NodeId> changersNow() const;
    // Those whose tokens count when these changes are over.
    std::vector<RingMember> nextRingMembers() const;
    RingView rings(int replicas) const;
    // Equal where the same records lead from one ring to the other; 0 where nothing changes.
    quint64 changesDigest() const;

    std::vector<QByteArray> encodedRecords() const;
    QByteArray encoded() const;
    [[nodiscard]] static Result<MemberTable> decode(QByteArrayView bytes);

private:
    void updateDigest();

    std::map<NodeId, Member> m_members;
    quint64 m_digest = 0;
};

// One record by itself, as it travels.
std::optional<Member> decodeMemberRecord(QByteArrayView bytes);

} // namespace ringmaster
