// SPDX-License-Identifier: GPL-3.0-or-later
// The one rule by which a preference list is filled, for all who walk a ring.
//
// The walker meets nodes clockwise from a slot and shows them one by one. The list takes a node of a zone
// not met so far at once; the others wait, and fill what is left, in the order in which they were met, when
// no further zone can be met. A node without a zone is a zone of its own.
#pragma once

#include <QString>

#include <vector>

namespace ringmaster {

// Zones as small numbers, 0..count-1, by node index.
struct ZoneIndex {
    std::vector<int> zoneOfNode;
    int count = 0;

    explicit ZoneIndex(const std::vector<QString>& zones);
    ZoneIndex() = default;
};

class PreferenceWalk {
public:
    // want: how long the list is to be. zones must outlive the walk.
    PreferenceWalk(const ZoneIndex& zones, int want);

    void restart();
    // Shows the next node; nodes that were met before are ignored. True when the list is complete, so that
    // nothing further along the ring matters to it.
    bool meet(int node);
    // Ends the walk. Node indices, complete or as far as the ring went; valid until restart().
    const std::vector<int>& finish();

private:
    bool isComplete() const;

    const ZoneIndex& m_zones;
    size_t m_want;
    int m_zonesMet = 0;
    quint64 m_turn = 0; // a mark equal to it was made since restart()
    std::vector<quint64> m_nodeMarks;
    std::vector<quint64> m_zoneMarks;
    std::vector<int> m_list;
    std::vector<int> m_waiting;
};

} // namespace ringmaster
