// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/sim/mutants.h"

namespace ringmaster {

Mutant chosenMutant = Mutant::None;

namespace sim {

const std::vector<MutantCase>& mutantCases()
{
    static const std::vector<MutantCase> cases = {
        {Mutant::AckBeforeCommit, "AckBeforeCommit", "a dot is durable before anybody sees it", 300},
        {Mutant::ReuseActor, "ReuseActor", "an actor that forgets a dot of its own mints no more", 300},
        {Mutant::SkipContextOnDelete, "SkipContextOnDelete", "a delete supersedes what its context has seen",
         300},
        {Mutant::DropHintEarly, "DropHintEarly", "a hint is kept until its owner has answered for it", 300},
        {Mutant::ReapTooEarly, "ReapTooEarly", "a tombstone is reaped when every member agrees, twice", 300},
        {Mutant::ForgetUnlistedSlots, "ForgetUnlistedSlots",
         "a slot that a bounded listing left out is asked for again", 5000},
        {Mutant::AcknowledgeDroppedHints, "AcknowledgeDroppedHints",
         "a hint beyond the bound is refused, not acknowledged", 5000},
        {Mutant::IgnorePrimaryQuorum, "IgnorePrimaryQuorum", "PR and PW count primaries only", 5000},
        {Mutant::SkipContextOnWrite, "SkipContextOnWrite", "a write supersedes what its context has seen",
         300},
        {Mutant::AckMergeBeforeCommit, "AckMergeBeforeCommit", "a replica answers when its commit is durable",
         300},
        {Mutant::MergeForgetsOwn, "MergeForgetsOwn", "a merge keeps the siblings of both", 300},
        {Mutant::ForgetReapedCounters, "ForgetReapedCounters",
         "the dots of a reaped key are not minted again", 5000},
        {Mutant::CountStandInsTwice, "CountStandInsTwice", "a primary and who stands in for it are one copy",
         5000},
        {Mutant::IgnoreNextRing, "IgnoreNextRing", "while the ring changes a quorum is met in both rings",
         5000},
        {Mutant::DropAfterOneOwner, "DropAfterOneOwner", "a range is dropped when every owner holds it",
         5000},
        {Mutant::ForgetHintsOfRemoved, "ForgetHintsOfRemoved",
         "what was kept for a removed member goes to those that have its part", 5000},
        {Mutant::RepeatRequestIds, "RepeatRequestIds",
         "an answer counts for the request that it answers only", 5000},
        {Mutant::BelieveStandInsAbsence, "BelieveStandInsAbsence", "absent is what R primaries lack", 300},
        {Mutant::DenyWritesOfFailedSyncs, "DenyWritesOfFailedSyncs", "a write whose sync failed may exist",
         5000},
        {Mutant::BelieveDamagedVersions, "BelieveDamagedVersions",
         "a version whose checksum does not fit is given to nobody", 300},
    };
    return cases;
}

void become(Mutant mutant)
{
    chosenMutant = mutant;
}

} // namespace sim

} // namespace ringmaster
