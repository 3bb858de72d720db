// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ringctl/exit_code.h"

namespace ringmaster::ctl {

using namespace Qt::StringLiterals;

ExitCode exitCodeFor(const ClientError& error)
{
    if (error.status == 0)
        return ExitCode::NoAnswer;
    if (error.word == "absent"_L1)
        return ExitCode::Absent;
    if (error.word == "quorum_not_met"_L1 || error.word == "deadline_passed"_L1)
        return ExitCode::Quorum;
    return error.word == "conflict"_L1 ? ExitCode::Conflict : ExitCode::Failed;
}

ExitCode exitCodeFor(const Error& error)
{
    switch (error.code) {
    case ErrorCode::Malformed:
    case ErrorCode::TooLarge:
        return ExitCode::Usage;
    case ErrorCode::Conflict:
    case ErrorCode::Foreign:
    case ErrorCode::Newer:
        return ExitCode::Conflict;
    default:
        return ExitCode::Failed;
    }
}

} // namespace ringmaster::ctl
