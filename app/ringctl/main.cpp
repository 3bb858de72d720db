// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/program_arguments.h"
#include "app/cli/standard_streams.h"
#include "app/ringctl/command_line.h"
#include "app/ringctl/output.h"
#include "app/ringctl/standard_output.h"

#include <QCoreApplication>

#include <algorithm>
#include <clocale>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <langinfo.h>

namespace {

ringmaster::ctl::ExitCode run(int argc, char** argv)
{
    const auto arguments = ringmaster::cli::programArguments(argc, argv);
    if (arguments)
        return ringmaster::ctl::runCommandLine(*arguments);
    const bool json =
        std::any_of(argv, argv + argc, [](const char* word) { return std::strcmp(word, "--json") == 0; });
    return ringmaster::ctl::fail(ringmaster::ctl::ExitCode::Usage, QStringLiteral("usage"),
                                 arguments.error().message +
                                     QStringLiteral(" Give such a key in base64, with --key-base64, and such "
                                                    "a value on the standard input, as -. Nothing was done."),
                                 json);
}

} // namespace

int main(int argc, char** argv)
{
    ringmaster::cli::occupyStandardStreams();
    // Qt warns on stderr where the locale is not UTF-8, and then takes this one. Say it first.
    std::setlocale(LC_ALL, "");
    if (std::strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
        qputenv("LC_ALL", "C.UTF-8");
    // A node that hangs up is an error of that connection, not the end of this program.
    std::signal(SIGPIPE, SIG_IGN);

    QCoreApplication application(argc, argv);
    QCoreApplication::setApplicationName(QStringLiteral("ringctl"));
    QCoreApplication::setApplicationVersion(QStringLiteral(RINGMASTER_VERSION));
    return static_cast<int>(ringmaster::ctl::finishOutput(run(argc, argv)));
}
