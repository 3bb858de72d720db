// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/ring/token_allocator.h"

#include <algorithm>
#include <cmath>
#include <limits>

namespace ringmaster {

namespace {

constexpr int candidateReplicas = 288; // candidates for a token times replicas: each costs more with them
constexpr int leastCandidates = 8;
constexpr int mostCandidates = 96;
constexpr int cutEighths[] = {4, 6, 8, 10, 12}; // of the size that would do
// A node gives where its excess is at least this part of the largest excess; then the next part is tried.
constexpr double givingExcess[] = {0.4, 0.1};
// A slot too many as a primary counts as much as this many as a replica: primaries coordinate.
constexpr double primaryWeight = 2.0;
// A little for cutting long ranges in halves. Without it a stretch of long ranges stays for ever: with more
// nodes a token there makes its node a replica of more than its whole share, so nobody takes one, and the
// stretch's owners stand out more with each join.
constexpr double evennessWeight = 0.05;

// How much farther a load is from its share after it has grown.
double worsening(double load, double growth, double share)
{
    const double before = load - share;
    const double after = before + growth;
    return (after * after - before * before) / share;
}

} // namespace

TokenAllocator::TokenAllocator(const HashRing& ring, const std::vector<RingMember>& members,
                               const RingMember& joiner, int count, Random& random)
    : m_sketch(ring, members, joiner)
    , m_share(std::max(1, static_cast<int>(std::round(m_sketch.loadOf(m_sketch.joiner()).primaryShare))))
    , m_count(std::min(count, m_share)) // a token takes a slot at least
    , m_partHad(m_sketch.loadOf(m_sketch.joiner()).primary / m_share)
    , m_random(random)
{}

std::vector<Slot> TokenAllocator::allocate()
{
    for (int left = m_count; left > 0 && cutNext(left); --left) {
    }
    std::sort(m_chosen.begin(), m_chosen.end());
    return m_chosen;
}

bool TokenAllocator::cutNext(int tokensLeft)
{
    const double missing = m_share - m_sketch.loadOf(m_sketch.joiner()).primary;
    if (missing < 1)
        return false;
    const int size = std::max(1, static_cast<int>(std::round(missing / tokensLeft)));
    const double partDone = 1.0 - (1.0 - m_partHad) * (tokensLeft - 1) / m_count;
    RangeCut best;
    double least = std::numeric_limits<double>::infinity();
    for (const size_t range : candidates(size)) {
        const std::vector<ReplicaShift>& shifts = m_sketch.shiftsOf(range);
        for (const int eighths : cutEighths) {
            // The last token makes the share exact.
            const int wanted = tokensLeft == 1 ? size : size * eighths / 8;
            const int most = std::min(m_sketch.lengthOf(range) - 1, spareOf(m_sketch.ownerOf(range)));
            if (most < 1)
                continue;
            const RangeCut cut{range, std::clamp(wanted, 1, most)};
            const double cost = costOf(cut, shifts, partDone);
            if (cost < least) {
                least = cost;
                best = cut;
            }
        }
    }
    if (best.size == 0)
        return false;
    m_chosen.push_back(m_sketch.make(best));
    return true;
}

// What a node can give. To a node that is new, what it comes to; one that is on the ring already lacks what
// others have too much of, and nobody is to lack anything for it.
int TokenAllocator::spareOf(int node) const
{
    const NodeLoad& load = m_sketch.loadOf(node);
    return m_partHad > 0 ? static_cast<int>(load.primary - load.primaryShare) : slotCount;
}

std::vector<size_t> TokenAllocator::candidates(int size)
{
    const auto wanted = static_cast<size_t>(
        std::clamp(candidateReplicas / std::max(1, m_sketch.replicas()), leastCandidates, mostCandidates));
    std::vector<size_t> drawn = rangesOfGivers(size, wanted);
    draw(drawn, wanted);
    std::vector<size_t> relieving = rangesThatRelieve();
    draw(relieving, wanted / 2);
    drawn.insert(drawn.end(), relieving.begin(), relieving.end());
    return drawn;
}

// Ranges longer than size of nodes with a large excess; where they are too few to choose from, of nodes with
// less; where there are none, all that can be split.
std::vector<size_t> TokenAllocator::rangesOfGivers(int size, size_t wanted) const
{
    double most = 0;
    for (int node = 0; node < m_sketch.nodes(); ++node)
        most = std::max(most, node == m_sketch.joiner() ? 0 : m_sketch.loadOf(node).primaryExcess());
    std::vector<size_t> ranges;
    for (const double part : givingExcess) {
        ranges = rangesOf(m_partHad > 0 ? 1 : size, most * part);
        if (ranges.size() >= wanted)
            break;
    }
    return ranges.empty() ? rangesOf(1, -1) : ranges;
}

// Longer than size, and not the joiner's.
std::vector<size_t> TokenAllocator::rangesOf(int size, double leastExcess) const
{
    // By node first: there are many more ranges than nodes, and every token looks at all of them.
    std::vector<char> gives(static_cast<size_t>(m_sketch.nodes()), 0);
    for (int node = 0; node < m_sketch.nodes(); ++node) {
        const bool isGiver =
            node != m_sketch.joiner() && m_sketch.loadOf(node).primaryExcess() >= leastExcess;
        gives[static_cast<size_t>(node)] = isGiver ? 1 : 0;
    }
    std::vector<size_t> ranges;
    for (size_t range = 0; range < m_sketch.ranges(); ++range) {
        if (gives[static_cast<size_t>(m_sketch.ownerOf(range))] != 0 && m_sketch.lengthOf(range) > size)
            ranges.push_back(range);
    }
    return ranges;
}

// The ranges just behind the tokens of the node with most replicas for its share: a cut there pushes it off
// the end of their preference lists.
std::vector<size_t> TokenAllocator::rangesThatRelieve() const
{
    int fullest = 0;
    double most = 0;
    for (int node = 0; node < m_sketch.nodes(); ++node) {
        const NodeLoad& load = m_sketch.loadOf(node);
        if (node != m_sketch.joiner() && load.replica / load.replicaShare > most) {
            most = load.replica / load.replicaShare;
            fullest = node;
        }
    }
    std::vector<size_t> ranges;
    const size_t all = m_sketch.ranges();
    const size_t behind = std::min(all, static_cast<size_t>(std::max(1, m_sketch.replicas())));
    for (size_t token = 0; token < all; ++token) {
        for (size_t i = 1; i < behind && m_sketch.ownerOf(token) == fullest; ++i) {
            const size_t range = (token + all - i) % all;
            const int owner = m_sketch.ownerOf(range);
            const bool gives = owner != m_sketch.joiner() && m_sketch.loadOf(owner).primaryExcess() > 0;
            if (gives && m_sketch.lengthOf(range) > 1)
                ranges.push_back(range);
        }
    }
    return ranges;
}

// Leaves as many as are wanted: the front of a shuffle.
void TokenAllocator::draw(std::vector<size_t>& pool, size_t wanted)
{
    const size_t drawn = std::min(pool.size(), wanted);
    for (size_t i = 0; i < drawn; ++i)
        std::swap(pool[i], pool[i + m_random.below(pool.size() - i)]);
    pool.resize(drawn);
}

double TokenAllocator::costOf(const RangeCut& cut, const std::vector<ReplicaShift>& shifts,
                              double partDone) const
{
    const NodeLoad& owner = m_sketch.loadOf(m_sketch.ownerOf(cut.range));
    const NodeLoad& joiner = m_sketch.loadOf(m_sketch.joiner());
    double cost = primaryWeight * worsening(owner.primary, -cut.size, owner.primaryShare) +
                  primaryWeight * worsening(joiner.primary, cut.size, joiner.primaryShare * partDone);
    // Of the sum of the squares of the ranges' lengths.
    const double cutFromSquares = 2.0 * cut.size * (m_sketch.lengthOf(cut.range) - cut.size);
    cost -= evennessWeight * cutFromSquares * m_count / joiner.primaryShare;
    for (const ReplicaShift& shift : shifts) {
        const NodeLoad& load = m_sketch.loadOf(shift.node);
        const double share = load.replicaShare * (shift.node == m_sketch.joiner() ? partDone : 1.0);
        cost += worsening(load.replica, shift.slots(cut), share);
    }
    return cost;
}

} // namespace ringmaster
