// SPDX-License-Identifier: GPL-3.0-or-later
// Rings for tests, and a source of chance that a seed replays.
#pragma once

#include "nodecore/env/random.h"
#include "nodecore/ring/hash_ring.h"

#include <random>

namespace ringmaster::rings {

class SeededRandom : public Random {
public:
    explicit SeededRandom(quint64 seed)
        : m_engine(seed)
    {}
    quint64 next() override { return m_engine(); }

private:
    std::mt19937_64 m_engine;
};

// RINGMASTER_SEED where it is set, to replay a failure.
inline quint64 chosenSeed()
{
    const QByteArray chosen = qgetenv("RINGMASTER_SEED");
    return chosen.isEmpty() ? std::random_device()() : chosen.toULongLong();
}

inline RingMember member(quint64 node, const std::vector<int>& tokens, const QString& zone = {})
{
    RingMember made{NodeId{node}, {}, zone, 1.0};
    for (const int token : tokens)
        made.tokens.push_back(Slot{static_cast<quint16>(token)});
    return made;
}

// Up to 12 nodes with up to 8 tokens each, crowded so that tokens are claimed twice; with and without zones.
inline std::vector<RingMember> randomMembers(Random& random)
{
    std::vector<RingMember> members;
    const quint64 zones = random.below(5);
    const quint64 crowd = random.below(2) == 0 ? 64 : slotCount;
    const quint64 nodes = 1 + random.below(12);
    for (quint64 node = 0; node < nodes; ++node) {
        std::vector<int> tokens;
        for (quint64 i = random.below(9); i > 0; --i)
            tokens.push_back(static_cast<int>((slotCount - crowd / 2 + random.below(crowd)) % slotCount));
        const quint64 zone = zones == 0 ? 0 : random.below(zones);
        members.push_back(member(node + 1, tokens, zone == 0 ? QString() : QString::number(zone)));
    }
    return members;
}

} // namespace ringmaster::rings
