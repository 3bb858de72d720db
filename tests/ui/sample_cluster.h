// SPDX-License-Identifier: GPL-3.0-or-later
// A made-up cluster for tests of the window: n1, n2, ... with tokens spread by a fixed rule.
#pragma once

#include "ui/session/cluster_facts.h"

#include <QSet>

namespace ringmaster::sample {

inline MemberSnapshot member(int number, qint64 keys = 1000)
{
    MemberSnapshot m;
    m.name = QStringLiteral("n%1").arg(number);
    m.id = NodeId{static_cast<quint64>(number)};
    m.actor = ActorId{0xa000000000000000ULL + static_cast<quint64>(number)};
    m.state = QStringLiteral("READY");
    m.httpAddress = QStringLiteral("127.0.0.1:%1").arg(8100 + number);
    m.peerAddress = QStringLiteral("127.0.0.1:%1").arg(7100 + number);
    m.reachable = true;
    m.keys = keys + number;
    m.requestsPerSecond = 100 * number;
    m.version = QStringLiteral("0.1.0");
    return m;
}

// nodes members with tokensEach tokens each; N 3 (or as many as there are), R 2, W 2.
inline ClusterSnapshot snapshot(int nodes = 3, int tokensEach = 64)
{
    ClusterSnapshot s;
    s.cluster = QStringLiteral("demo");
    s.partitioner = QStringLiteral("md5");
    s.replicas = std::min(3, nodes);
    s.readQuorum = std::min(2, nodes);
    s.writeQuorum = std::min(2, nodes);
    s.ringDigest = QStringLiteral("0123456789abcdef");
    s.connected = true;
    s.getLatency = {0.4, 1.2};
    s.putLatency = {0.9, 2.8};
    QSet<quint16> taken;
    quint32 state = 12345;
    for (int n = 0; n < nodes; ++n) {
        MemberSnapshot m = member(n + 1, 4120);
        m.tokens = tokensEach;
        m.primarySlots = slotCount / nodes;
        m.replicaSlots = slotCount * s.replicas / nodes;
        s.members.append(m);
        for (int t = 0; t < tokensEach; ++t) {
            quint16 slot = 0;
            do {
                state = state * 1664525U + 1013904223U;
                slot = static_cast<quint16>(state >> 16);
            } while (taken.contains(slot));
            taken.insert(slot);
            s.tokens.append({Slot{slot}, n});
        }
    }
    std::sort(s.tokens.begin(), s.tokens.end(),
              [](const TokenSnapshot& a, const TokenSnapshot& b) { return a.slot < b.slot; });
    return s;
}

inline ClusterFacts facts(const ClusterSnapshot& snapshot)
{
    NodeHues hues;
    QStringList names;
    for (const MemberSnapshot& m : snapshot.members)
        names.append(m.name);
    hues.meet(names);
    ClusterFacts facts;
    facts.snapshot = snapshot;
    facts.nodes = nodeRows(snapshot, {}, hues);
    facts.picture = ringPicture(snapshot, hues);
    return facts;
}

inline QString actor(int number)
{
    return member(number).actor.toString();
}

} // namespace ringmaster::sample
