// SPDX-License-Identifier: GPL-3.0-or-later
// Who had seen what, worked out from a history: whose write a client had read, and what its author had read
// before it, and so on.
//
// A value names its write. A tombstone does so only where its delete was acknowledged, by the dot that it
// was told; another tombstone may be any delete of the key that may exist. So there are two answers: what was
// surely seen, and what may have been.
//
// A context that was trimmed has not surely seen what it leaves out: beyond what the answer showed, only what
// it names counts.
#pragma once

#include "tests/sim/history.h"

namespace ringmaster::sim {

class Causality {
public:
    explicit Causality(const History& history);

    struct Knowledge {
        OpSet surely;
        OpSet maybe;
    };
    // What the author of a write had seen when it began; itself not included.
    const Knowledge& behind(OpId write) const { return m_behind[size_t(write)]; }
    // What an answer shows, and all that is behind it.
    const Knowledge& shownBy(OpId answered) const { return m_shown[size_t(answered)]; }

private:
    Knowledge behindWrite(const Operation& write) const;
    void learnAnswer(const Operation& operation);
    void learnTombstone(const Operation& reader, const Seen& seen, Knowledge& shown);

    const History& m_history;
    std::vector<Knowledge> m_behind; // by OpId
    std::vector<Knowledge> m_shown;  // by OpId
    std::vector<OpSet> m_siblings;   // by OpId: what an answer itself shows, for sure
    std::map<Label, OpId> m_deletes; // acknowledged, by dot
};

} // namespace ringmaster::sim
