// SPDX-License-Identifier: GPL-3.0-or-later
// trace: what became of one request.
#include "app/ringctl/command.h"
#include "app/ringctl/output.h"
#include "app/ringctl/trace_lookup.h"

#include <QRegularExpression>

namespace ringmaster::ctl {

using namespace Qt::StringLiterals;

namespace {

ExitCode trace(const Invocation& in)
{
    static const QRegularExpression id(u"^[0-9a-f]{16}$"_s);
    if (!id.match(in.arguments.at(0)).hasMatch())
        return fail(
            ExitCode::Usage, u"usage"_s,
            u"\"%1\" names no trace: that takes 16 digits and letters a to f, as --trace shows them."_s.arg(
                shown(in.arguments.at(0).toUtf8())),
            in.json);
    const auto members = membersToAsk(in);
    if (!members)
        return fail(members.error(), in.json);
    const auto timeline = lookUpTrace(*members, in.arguments.at(0));
    if (!timeline)
        return fail(timeline.error(), in.json);
    if (in.json)
        printJson(timelineJson(*timeline));
    else
        print(timelineText(*timeline));
    return ExitCode::Ok;
}

} // namespace

QList<Command> traceCommands()
{
    return {
        {u"trace"_s,
         u"ID"_s,
         1,
         u"Show what became of a request, step by step."_s,
         u"Every node is asked for it. ID is shown by \"put\", \"get\" and \"delete\" with --trace, and is "
         "the \"trace\" of the\n\"quorum\" with --json. Each node keeps its last 1000 requests, in memory. "
         "Exit code 3 where none has it."_s,
         {},
         trace}};
}

} // namespace ringmaster::ctl
