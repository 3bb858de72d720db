// SPDX-License-Identifier: GPL-3.0-or-later
// Encoded sibling sets, as they come from a peer or from the disk. The first two bytes of the input say how
// it is cut into three: the sets are read, merged in several orders, and written to.
#include "nodecore/version/sibling_set.h"
#include "tests/fuzz/fuzz.h"

using namespace ringmaster;
using fuzz::require;

namespace {

SiblingSet merged(SiblingSet set, const SiblingSet& other)
{
    set.merge(other);
    return set;
}

void checkAlone(const SiblingSet& set, QByteArrayView bytes)
{
    if (SiblingSet::hasChecksums(bytes))
        require(set.encoded() == bytes, "a set has one encoding");
    require(SiblingSet::verify(fuzz::anyKey(), bytes) <= Soundness::Unchecked, "what is decoded is sound");
    SiblingSet twice = set;
    require(!twice.merge(set) && twice == set, "a set merged with itself is the same");
    SiblingSet fromNothing;
    fromNothing.merge(set);
    require(fromNothing == set, "a set merged into nothing is the same");

    const std::vector<Sibling> siblings = set.siblings();
    std::vector<Dot> dots;
    for (const Sibling& sibling : siblings) {
        dots.push_back(sibling.dot);
        require(set.context().covers(sibling.dot), "a context covers every sibling");
        require(set.clockOf(sibling).covers(sibling.dot), "a clock covers its sibling");
    }
    require(siblings.size() == set.siblingCount(), "siblings are counted");
    require(SiblingSet::dotsIn(bytes, dots.size()) == dots, "dots are read without the values");
}

void checkWrite(const SiblingSet& set)
{
    SiblingSet written = set;
    const Dot dot = written.write(fuzz::anyKey(), set.context(), QByteArray("new"), ActorId{7}, WallTime{1});
    require(written.siblingCount() == 1 && written.hasValue(), "a write supersedes what it has seen");
    const Result<SiblingSet> again = SiblingSet::decode(fuzz::anyKey(), written.encoded());
    require(again && *again == written, "what was written can be read");
    // At the end of all counters (which only a forged context reaches) a dot is used twice.
    if (set.context().counterOf(ActorId{7}) < SiblingSet::maxContextCounter) {
        require(!set.context().covers(dot), "a write has a fresh dot");
        require(merged(set, written) == written, "a write survives a merge with what it has seen");
        require(merged(written, set) == written, "in either order");
    }
    SiblingSet blind = set;
    blind.write(fuzz::anyKey(), {}, std::nullopt, ActorId{7}, WallTime{2});
    const Result<SiblingSet> read = SiblingSet::decode(fuzz::anyKey(), blind.encoded());
    require(read && *read == blind, "what was written blindly can be read");
    require(blind.siblingCount() == set.siblingCount() + 1, "a blind write supersedes nothing");
}

void checkTogether(const SiblingSet& a, const SiblingSet& b, const SiblingSet& c)
{
    const SiblingSet both = merged(a, b);
    require(both == merged(b, a), "a merge commutes");
    require(both.encoded() == merged(b, a).encoded(), "and so do its bytes");
    require(merged(both, a) == both && merged(both, b) == both, "a merge is idempotent");
    require(merged(both, c) == merged(a, merged(b, c)), "a merge is associative");
    require(both.context().descends(a.context()) && both.context().descends(b.context()),
            "a merge forgets nothing");
    const Result<SiblingSet> again = SiblingSet::decode(fuzz::anyKey(), both.encoded());
    require(again && *again == both, "what was merged can be read");
}

} // namespace

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    QByteArrayView bytes = fuzz::viewOf(data, size);
    const qsizetype first = fuzz::takeChoice(bytes);
    const qsizetype second = fuzz::takeChoice(bytes);
    std::vector<SiblingSet> sets(3);
    for (size_t i = 0; i < sets.size(); ++i) {
        const qsizetype length =
            i == 2 ? bytes.size() : std::min<qsizetype>(bytes.size(), i == 0 ? first : second);
        const QByteArrayView part = bytes.first(length);
        bytes = bytes.sliced(length);
        (void)SiblingSet::dotsIn(part, 16);
        if (Result<SiblingSet> set = SiblingSet::decode(fuzz::anyKey(), part)) {
            checkAlone(*set, part);
            checkWrite(*set);
            sets[i] = std::move(*set);
        }
    }
    checkTogether(sets[0], sets[1], sets[2]);
    return 0;
}
