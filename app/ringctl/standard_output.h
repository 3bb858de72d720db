// SPDX-License-Identifier: GPL-3.0-or-later
// The standard output of ringctl, which remembers the first write that failed: a report that nobody could
// read, or an export that is not there, is no success.
#pragma once

#include "app/ringctl/exit_code.h"

#include <QByteArray>
#include <QString>

namespace ringmaster::ctl {

// Written later, by flushOutput() at the latest.
void writeOutput(const QByteArray& bytes);
// False once anything that was written has failed.
bool flushOutput();
bool outputFailed();
// "No space left on device"; empty where nothing failed. Whoever asks says it: finishOutput() does not once
// more.
QString outputProblem();

// How the program ends: as code says, but Failed instead of Ok where the output failed; which is said on
// stderr, unless who read it went away, as in "ringctl keys | head".
ExitCode finishOutput(ExitCode code);

} // namespace ringmaster::ctl
