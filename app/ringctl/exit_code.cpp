// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ringctl/exit_code.h"

namespace ringmaster::ctl {

using namespace Qt::StringLiterals;

namespace {

constexpr auto refusedOption = "option_refused"_L1;

} // namespace

ClientError inOptions(ClientError error)
{
    if (error.word != "malformed"_L1)
        return error;
    for (const auto& [parameter, option] : {std::pair{u"The parameter \"r\""_s, u"--quorum"_s},
                                            {u"The parameter \"w\""_s, u"--quorum"_s},
                                            {u"The parameter \"timeout_ms\""_s, u"--timeout"_s},
                                            {u"The parameter \"limit\""_s, u"--limit"_s},
                                            {u"The parameter \"prefix\""_s, u"--prefix"_s},
                                            {u"X-Ring-Context"_s, u"--context"_s}}) {
        if (!error.message.contains(parameter))
            continue;
        error.message.replace(parameter, option);
        error.word = refusedOption;
        break;
    }
    return error;
}

ExitCode exitCodeFor(const ClientError& error)
{
    if (error.status == 0)
        return ExitCode::NoAnswer;
    if (error.word == refusedOption)
        return ExitCode::Usage;
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
