// SPDX-License-Identifier: GPL-3.0-or-later
// Runs many seeds, on several threads: each seed in one of them, and nothing shared between seeds.
#pragma once

#include "tests/sim/simulation.h"

#include <optional>

namespace ringmaster::sim {

struct SeedRange {
    quint64 first = 1;
    quint64 last = 1;
};

// "A..B" or "A"; nothing where it is neither, or B < A.
std::optional<SeedRange> seedRangeFrom(const QString& text);

struct RunnerOptions {
    SeedRange seeds;
    std::optional<std::chrono::minutes> limit; // of real time; no seed begins after it
    int jobs = 1;
    bool stopAtFirst = false; // violation
};

// Prints each failing seed with its first violation, and at the end the figures. Returns how many seeds
// failed.
int runSeeds(const RunnerOptions& options, QTextStream& out);

// Runs one seed with its log. Returns whether it held.
bool traceSeed(quint64 seed, QTextStream& out);

} // namespace ringmaster::sim
