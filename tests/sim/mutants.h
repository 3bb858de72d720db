// SPDX-License-Identifier: GPL-3.0-or-later
// The mutants of nodecore/base/mutant.h: what each is called, and which rule it breaks. For ringsim_mutants.
#pragma once

#include "nodecore/base/mutant.h"

#include <QString>

#include <vector>

namespace ringmaster::sim {

struct MutantCase {
    Mutant mutant = Mutant::None;
    const char* name = "";
    const char* breaks = ""; // the rule, as it would be kept
    bool isQuick = false;    // caught so early that ctest runs it
};

// A judge objects to each within so many.
inline constexpr quint64 mutantSeeds = 5000;

const std::vector<MutantCase>& mutantCases();
// Every engine of this process is that mutant from here on.
void become(Mutant mutant);

} // namespace ringmaster::sim
