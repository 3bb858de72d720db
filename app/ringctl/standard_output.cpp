// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ringctl/standard_output.h"

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace ringmaster::ctl {

using namespace Qt::StringLiterals;

namespace {

// Of this process's one standard output.
int firstError = 0; // an errno
bool errorIsSaid = false;

void remember(bool done)
{
    if (!done && firstError == 0)
        firstError = errno != 0 ? errno : EIO;
}

} // namespace

void writeOutput(const QByteArray& bytes)
{
    errno = 0;
    const auto size = static_cast<size_t>(bytes.size());
    remember(std::fwrite(bytes.constData(), 1, size, stdout) == size);
}

bool flushOutput()
{
    errno = 0;
    remember(std::fflush(stdout) == 0);
    return !outputFailed();
}

bool outputFailed()
{
    return firstError != 0;
}

QString outputProblem()
{
    errorIsSaid = true;
    return outputFailed() ? QString::fromLocal8Bit(std::strerror(firstError)) : QString();
}

ExitCode finishOutput(ExitCode code)
{
    if (flushOutput())
        return code;
    if (firstError != EPIPE && !errorIsSaid)
        std::fputs(
            u"ringctl: The standard output could not be written: %1. What was printed is not complete.\n"_s
                .arg(outputProblem())
                .toUtf8(),
            stderr);
    return code == ExitCode::Ok ? ExitCode::Failed : code;
}

} // namespace ringmaster::ctl
