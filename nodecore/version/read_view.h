// SPDX-License-Identifier: GPL-3.0-or-later
// What a reader of a sibling set is given: siblings, and a context that has seen exactly these and history.
//
// The promise: a write with the context of a view supersedes every sibling of the view. So the context keeps
// the entry of each actor that has a sibling in the view, however many these are; beyond that it is trimmed
// to maxContextEntries, the entries with the oldest minted times first (equal times: the smaller actor
// first). A context that covers less may leave a false sibling; it never loses a value.
//
// A set over the limits is given in parts: `left` counts the siblings that are not in the view, and the
// context has not seen them. Resolve the part, then read again.
#pragma once

#include "nodecore/version/sibling_set.h"

namespace ringmaster {

// A context has at most this many entries, where the siblings do not need more.
inline constexpr size_t maxContextEntries = 10;
// And never more than this.
inline constexpr size_t mostContextEntries = 1024;

struct ReadLimits {
    size_t contextEntries = maxContextEntries;
    size_t actors = mostContextEntries;      // with a sibling in the view
    qsizetype valueBytes = 32 * 1024 * 1024; // of all siblings in the view; one sibling is always given
};

struct ReadView {
    std::vector<Sibling> siblings; // in the set's order: actors ascending, newest first within an actor
    size_t left = 0;               // siblings of the set that are not in the view
    VersionVector context;
};

ReadView readView(const SiblingSet& set, const ReadLimits& limits = {});

// The history of one sibling (SiblingSet::clockOf), trimmed as a context: a write with it replaces that
// sibling, and older ones of its actor.
VersionVector contextOf(const Sibling& sibling, const SiblingSet& set, size_t maxEntries = maxContextEntries);

} // namespace ringmaster
