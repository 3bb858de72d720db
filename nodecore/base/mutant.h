// SPDX-License-Identifier: GPL-3.0-or-later
// Rules broken on purpose, to see whether the simulator notices. Chosen when a file is compiled, by defining
// RINGMASTER_MUTANT; outside tests/sim it is always None, and a mutant's branch is no code at all.
#pragma once

#ifndef RINGMASTER_MUTANT
#define RINGMASTER_MUTANT None
#endif

namespace ringmaster {

enum class Mutant {
    None,
    AckBeforeCommit,     // a minted dot is shown before it is durable
    ReuseActor,          // an actor mints on although it forgets what it minted
    SkipContextOnDelete, // a delete supersedes nothing
    DropHintEarly,       // a hint is deleted when it is sent, not when its owner has answered
    ReapTooEarly,        // tombstones are reaped without asking the members
};

// Of this file's own: different files may be compiled as different mutants.
constexpr Mutant mutant = Mutant::RINGMASTER_MUTANT;

} // namespace ringmaster
