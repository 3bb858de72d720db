// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ringctl/command_line.h"

#include <QCoreApplication>

#include <clocale>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <langinfo.h>

int main(int argc, char** argv)
{
    // Qt warns on stderr where the locale is not UTF-8, and then takes this one. Say it first.
    std::setlocale(LC_ALL, "");
    if (std::strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
        qputenv("LC_ALL", "C.UTF-8");
    // A node that hangs up is an error of that connection, not the end of this program.
    std::signal(SIGPIPE, SIG_IGN);

    QCoreApplication application(argc, argv);
    QCoreApplication::setApplicationName(QStringLiteral("ringctl"));
    QCoreApplication::setApplicationVersion(QStringLiteral(RINGMASTER_VERSION));
    const auto code = ringmaster::ctl::runCommandLine(QCoreApplication::arguments().mid(1));
    return std::fflush(stdout) == 0 ? static_cast<int>(code)
                                    : static_cast<int>(ringmaster::ctl::ExitCode::Failed);
}
