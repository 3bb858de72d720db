// SPDX-License-Identifier: GPL-3.0-or-later
// The tunables of SwimDetector, and what follows from them.
//
// n is the number of members, this one among them. Defaults are for a LAN; where all nodes run on one machine
// take swimForOneMachine().
#pragma once

#include "nodecore/base/types.h"

namespace ringmaster {

struct SwimRules {
    // One member is probed in each interval T. A dead member is first suspected after T·e/(e-1) on average,
    // however many members there are, and traffic is about 4 datagrams a node and interval, all told.
    // Shorter: faster, and more traffic.
    Duration probeInterval = std::chrono::milliseconds(500);

    // How long an answer is waited for before others are asked to probe too. Must be well below the interval,
    // of which the rest is theirs, and above the slowest usual round trip. Shorter: fewer suspicions that
    // come of a lost datagram, because more time is left for the detour; more datagrams when members are
    // slow.
    Duration probeTimeout = std::chrono::milliseconds(250);

    // How many members are asked to probe for us. With a loss p of datagrams a living member fails a probe
    // with probability (1-(1-p)²)·(1-(1-p)⁴)^k: 0.0006 at 5 % and k = 3. More: fewer suspicions, more
    // datagrams when a member is really away.
    int indirectProbes = 3;

    // How many probes in a row a member fails before others hear that it is suspect. The prober holds it
    // suspect from the first, and each further one goes to the member twice and to 2k others. So a living
    // member is told to be suspect with probability f·g^(tries-1), where f is that above and g =
    // (1-(1-p)²)²·(1-(1-p)⁴)^2k: 10⁻¹⁶ at 5 %, 2·10⁻⁶ at 20 %; that times the members, each second, is what
    // all have to hear of. More: less gossip where much is lost; the others hear of a real death that many
    // intervals later.
    int probeTries = 3;

    // The least time a member stays suspect: factor · max(1, log10 n) · T. It must hear of it and be heard in
    // that time. Larger: fewer false deaths; a real one is known later.
    int suspicionFactor = 5;

    // A suspicion that nobody else confirms lasts so many times longer; see suspicionTime(). Larger: one slow
    // observer does less harm; the death of a member that only one can see is known later.
    int suspicionStretch = 6;

    // Each update is sent ceil(factor · ln(n+1)) times. Larger: all hear of it with more certainty, and
    // datagrams are longer after each change.
    double retransmitFactor = 4;

    // The health multiplier goes from 1 to this. A node that finds itself slow waits so many times longer
    // for answers. Larger: a starved node accuses fewer; it also sees real deaths later.
    int maxHealthMultiplier = 9;

    // One in so many probes goes to a member that is down, so that two sides that lost each other meet again.
    // Smaller: they meet sooner; a cluster with dead members sees new deaths later.
    int probesPerDownProbe = 5;
};

// A member that was killed is suspected within 1 s and declared down within 3 s, by each of up to 10.
SwimRules swimForOneMachine();

// How long a suspicion lasts: the most at first, the least with as many confirmations as are wanted, and in
// between max - (max-min)·log(c+1)/log(k+1) with c of k of them (Lifeguard, section IV-B).
struct SuspicionTime {
    Duration least{0};
    Duration most{0};
    int wanted = 0; // confirmations by members other than the first accuser; 0: the least time from the start

    Duration after(int confirmations) const;
};
SuspicionTime suspicionTime(const SwimRules& rules, int members);

// How often one update is sent by each member that hears of it.
int retransmitLimit(const SwimRules& rules, int members);

} // namespace ringmaster
