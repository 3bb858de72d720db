// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/version/read_view.h"

#include <algorithm>

namespace ringmaster {

namespace {

// siblings[first, last) are one actor's, newest first.
struct Run {
    size_t first = 0;
    size_t last = 0;
};

Run runFrom(const std::vector<Sibling>& siblings, size_t first)
{
    size_t last = first;
    while (last < siblings.size() && siblings[last].dot.actor == siblings[first].dot.actor)
        ++last;
    return {first, last};
}

bool isWithin(const std::vector<Sibling>& siblings, const ReadLimits& limits)
{
    qsizetype bytes = 0;
    size_t actors = 0;
    for (size_t i = 0; i < siblings.size(); ++i) {
        bytes += siblings[i].value.size();
        actors += i == 0 || siblings[i].dot.actor != siblings[i - 1].dot.actor ? 1 : 0;
    }
    return siblings.size() <= 1 || (bytes <= limits.valueBytes && actors <= limits.actors);
}

// The part of the siblings that fits, actor by actor. Of an actor the oldest go first: an entry of a version
// vector covers all dots up to its counter.
ReadView partOf(const std::vector<Sibling>& siblings, const VersionVector& seen, const ReadLimits& limits)
{
    ReadView part;
    std::vector<ActorId> taken;
    qsizetype bytes = 0;
    for (size_t first = 0; first < siblings.size() && taken.size() < std::max<size_t>(1, limits.actors);) {
        const Run run = runFrom(siblings, first);
        size_t oldestLeft = run.last;
        while (oldestLeft > run.first) {
            const qsizetype more = siblings[oldestLeft - 1].value.size();
            const bool isFirst = part.siblings.empty() && oldestLeft == run.last;
            if (!isFirst && bytes + more > limits.valueBytes)
                break;
            bytes += more;
            --oldestLeft;
        }
        first = run.last;
        if (oldestLeft == run.last)
            continue;
        const Sibling& newest = siblings[oldestLeft];
        part.siblings.insert(part.siblings.end(), siblings.begin() + static_cast<ptrdiff_t>(oldestLeft),
                             siblings.begin() + static_cast<ptrdiff_t>(run.last));
        part.context.raise(newest.dot.actor, newest.dot.counter, newest.written);
        taken.push_back(newest.dot.actor);
    }
    part.left = siblings.size() - part.siblings.size();
    // History, of actors that have no sibling: it hides nothing.
    for (const VersionVector::Entry& entry : seen.entries()) {
        const bool hasSibling = std::any_of(siblings.begin(), siblings.end(), [&](const Sibling& sibling) {
            return sibling.dot.actor == entry.actor;
        });
        if (!hasSibling)
            part.context.raise(entry.actor, entry.counter, entry.minted);
    }
    part.context = part.context.trimmed(limits.contextEntries, taken);
    return part;
}

} // namespace

ReadView readView(const SiblingSet& set, const ReadLimits& limits)
{
    std::vector<Sibling> siblings = set.siblings();
    VersionVector seen = set.context();
    if (!isWithin(siblings, limits))
        return partOf(siblings, seen, limits);
    if (seen.entries().size() > limits.contextEntries) {
        std::vector<ActorId> needed;
        for (const Sibling& sibling : siblings) {
            if (needed.empty() || needed.back() != sibling.dot.actor)
                needed.push_back(sibling.dot.actor);
        }
        seen = seen.trimmed(limits.contextEntries, needed);
    }
    return {std::move(siblings), 0, std::move(seen)};
}

VersionVector contextOf(const Sibling& sibling, const SiblingSet& set, size_t maxEntries)
{
    return set.clockOf(sibling).trimmed(maxEntries, {sibling.dot.actor});
}

} // namespace ringmaster
