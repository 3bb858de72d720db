// SPDX-License-Identifier: GPL-3.0-or-later
// Rules broken on purpose, to see whether the simulator notices: one at a time, chosen when ringsim_mutants
// starts. Only tests/sim compiles the engine with RINGMASTER_MUTANTS; everywhere else isMutant() is false at
// compile time and a mutant's branch is no code. Use isMutant() in source files only, never in headers that
// programs without mutants share. What each mutant breaks stands in tests/sim/mutants.cpp.
#pragma once

namespace ringmaster {

enum class Mutant {
    None,
    AckBeforeCommit,
    ReuseActor,
    SkipContextOnDelete,
    DropHintEarly,
    ReapTooEarly,
    ForgetUnlistedSlots,
    AcknowledgeDroppedHints,
    IgnorePrimaryQuorum,
    SkipContextOnWrite,
    AckMergeBeforeCommit,
    MergeForgetsOwn,
    ForgetReapedCounters,
    CountStandInsTwice,
    IgnoreNextRing,
    DropAfterOneOwner,
    ForgetHintsOfRemoved,
    RepeatRequestIds,
    BelieveStandInsAbsence,
    DenyWritesOfFailedSyncs,
    BelieveDamagedVersions,
    KeepRelaxedActor,
    KeepRolledBackActor,
    CountNoEchoes,
    ReapWhatIsLatest,
    TrimNeededEntries,
    AnswerWithoutBound,
    AcknowledgeUnleased,
    IgnoreSetsBetweenVotes,
};

#ifdef RINGMASTER_MUTANTS
extern Mutant chosenMutant; // tests/sim/mutants.cpp; set before any node is made
inline bool isMutant(Mutant mutant)
{
    return chosenMutant == mutant;
}
#else
constexpr bool isMutant(Mutant /*mutant*/)
{
    return false;
}
#endif

} // namespace ringmaster
