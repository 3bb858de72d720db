// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/sim/mutants.h"

namespace ringmaster {

Mutant chosenMutant = Mutant::None;

namespace sim {

const std::vector<MutantCase>& mutantCases()
{
    static const std::vector<MutantCase> cases = {
        {Mutant::AckBeforeCommit, "AckBeforeCommit", "a dot is durable before anybody sees it", true},
        {Mutant::ReuseActor, "ReuseActor", "an actor that forgets a dot of its own mints no more"},
        {Mutant::SkipContextOnDelete, "SkipContextOnDelete", "a delete supersedes what its context has seen",
         true},
        {Mutant::DropHintEarly, "DropHintEarly", "a hint is kept until its owner has answered for it", true},
        {Mutant::ReapTooEarly, "ReapTooEarly", "a tombstone is reaped when every member agrees, twice", true},
        {Mutant::ForgetUnlistedSlots, "ForgetUnlistedSlots",
         "a slot that a bounded listing left out is asked for again"},
        {Mutant::AcknowledgeDroppedHints, "AcknowledgeDroppedHints",
         "a hint beyond the bound is refused, not acknowledged", true},
        {Mutant::IgnorePrimaryQuorum, "IgnorePrimaryQuorum", "PR and PW count primaries only", true},
        {Mutant::SkipContextOnWrite, "SkipContextOnWrite", "a write supersedes what its context has seen",
         true},
        {Mutant::AckMergeBeforeCommit, "AckMergeBeforeCommit", "a replica answers when its commit is durable",
         true},
        {Mutant::MergeForgetsOwn, "MergeForgetsOwn", "a merge keeps the siblings of both", true},
        {Mutant::ForgetReapedCounters, "ForgetReapedCounters",
         "the dots of a reaped key are not minted again", true},
        {Mutant::CountStandInsTwice, "CountStandInsTwice", "a primary and who stands in for it are one copy"},
        {Mutant::IgnoreNextRing, "IgnoreNextRing", "while the ring changes a quorum is met in both rings"},
        {Mutant::DropAfterOneOwner, "DropAfterOneOwner", "a range is dropped when every owner holds it",
         true},
        {Mutant::ForgetHintsOfRemoved, "ForgetHintsOfRemoved",
         "what was kept for a removed member goes to those that have its part", true},
        {Mutant::RepeatRequestIds, "RepeatRequestIds",
         "an answer counts for the request that it answers only"},
        {Mutant::BelieveStandInsAbsence, "BelieveStandInsAbsence", "absent is what R primaries lack", true},
        {Mutant::DenyWritesOfFailedSyncs, "DenyWritesOfFailedSyncs", "a write whose sync failed may exist"},
        {Mutant::BelieveDamagedVersions, "BelieveDamagedVersions",
         "a version whose checksum does not fit is given to nobody", true},
        {Mutant::KeepRelaxedActor, "KeepRelaxedActor",
         "the actor of a relaxed store that was not stopped cleanly mints no more"},
        {Mutant::KeepRolledBackActor, "KeepRolledBackActor",
         "an actor mints no more where others know dots of it that its store has not"},
        {Mutant::CountNoEchoes, "CountNoEchoes", "what nobody needs any more is reaped", true},
        {Mutant::ReapWhatIsLatest, "ReapWhatIsLatest",
         "what is to be reaped is on the disk, not only latest"},
        {Mutant::TrimNeededEntries, "TrimNeededEntries",
         "a trimmed context keeps the entries that its siblings need", true},
        {Mutant::AnswerWithoutBound, "AnswerWithoutBound", "repair answers in bounded pieces"},
        {Mutant::AcknowledgeUnleased, "AcknowledgeUnleased",
         "who may be removed by itself acknowledges nothing"},
        {Mutant::IgnoreSetsBetweenVotes, "IgnoreSetsBetweenVotes",
         "a set that comes between two votes takes the first one back"},
    };
    return cases;
}

void become(Mutant mutant)
{
    chosenMutant = mutant;
}

} // namespace sim

} // namespace ringmaster
