// SPDX-License-Identifier: GPL-3.0-or-later
// Runs the real ringctl and waits for its end while the test's event loop goes on, so that a fake node in the
// same process can answer it.
#pragma once

#include <QProcess>
#include <QProcessEnvironment>
#include <QSignalSpy>
#include <QTest>

namespace ringmaster {

struct RingctlResult {
    int exitCode = -1;
    QByteArray output;
    QByteArray errors;
};

// program: with RINGCTL_URL set to url, if one is given, and RINGCTL to the real ringctl.
inline RingctlResult runProgram(const QString& program, const QStringList& arguments, const QByteArray& input,
                                const QString& url)
{
    QProcess process;
    QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
    environment.remove(QStringLiteral("RINGCTL_URL"));
    if (!url.isEmpty())
        environment.insert(QStringLiteral("RINGCTL_URL"), url);
    QSignalSpy finished(&process, &QProcess::finished);
    environment.insert(QStringLiteral("RINGCTL"), QStringLiteral(RINGMASTER_BIN_DIR "/ringctl"));
    process.setProcessEnvironment(environment);
    process.start(program, arguments);
    process.write(input);
    process.closeWriteChannel();
    // A real event loop, and no looking every few milliseconds: a fake node answers as fast as it can.
    if (process.state() != QProcess::NotRunning && !finished.wait(120000)) {
        process.kill();
        process.waitForFinished();
    }
    return {process.error() == QProcess::FailedToStart ? -1 : process.exitCode(),
            process.readAllStandardOutput(), process.readAllStandardError()};
}

inline RingctlResult ringctl(const QStringList& arguments, const QByteArray& input = {},
                             const QString& url = {})
{
    return runProgram(QStringLiteral(RINGMASTER_BIN_DIR "/ringctl"), arguments, input, url);
}

// For what only a shell can do, such as closing a stream: "$RINGCTL" get k >&-
inline RingctlResult ringctlInShell(const QString& script, const QString& url)
{
    return runProgram(QStringLiteral("/bin/sh"), {QStringLiteral("-c"), script}, {}, url);
}

} // namespace ringmaster
