// SPDX-License-Identifier: GPL-3.0-or-later
// One real ringnode process, ended with the object whatever becomes of the test.
#pragma once

#include <QFile>
#include <QProcess>
#include <QRegularExpression>
#include <QTest>

#include <csignal>

namespace ringmaster {

class RingnodeProcess {
public:
    static constexpr int deadlineMs = 30'000;

    explicit RingnodeProcess(const QStringList& arguments)
    {
        QProcessEnvironment environment = QProcessEnvironment::systemEnvironment();
        for (const QString& name : environment.keys()) {
            if (name.startsWith(QStringLiteral("RINGNODE_")))
                environment.remove(name);
        }
        m_process.setProcessEnvironment(environment);
        m_process.start(QStringLiteral(RINGMASTER_BIN_DIR "/ringnode"), arguments);
    }
    ~RingnodeProcess()
    {
        if (m_process.state() == QProcess::NotRunning)
            return;
        m_process.kill();
        m_process.waitForFinished();
    }

    // One node on free ports, with its data in the folder.
    static QStringList alone(const QString& name, const QString& folder)
    {
        return {QStringLiteral("--name"), name,
                QStringLiteral("--data"), folder,
                QStringLiteral("--http"), QStringLiteral("127.0.0.1:0"),
                QStringLiteral("--peer"), QStringLiteral("127.0.0.1:0")};
    }

    bool isRunning() const { return m_process.state() != QProcess::NotRunning; }
    bool waitForEnd() { return !isRunning() || m_process.waitForFinished(deadlineMs); }
    int exitCode() const
    {
        return m_process.exitStatus() == QProcess::NormalExit ? m_process.exitCode() : -1;
    }
    void signal(int number) const { ::kill(static_cast<pid_t>(m_process.processId()), number); }

    // Standard error so far.
    const QString& log()
    {
        m_log += QString::fromUtf8(m_process.readAllStandardError());
        return m_log;
    }
    QString output() { return QString::fromUtf8(m_process.readAllStandardOutput()); }
    // Whether the line comes in time, while the process runs.
    bool waitForLog(const QString& part)
    {
        return QTest::qWaitFor([&] { return log().contains(part) || !isRunning(); }, deadlineMs) &&
               log().contains(part);
    }
    bool waitUntilServing() { return waitForLog(QStringLiteral(" serving ")); }
    // A field of the "listening" line: "http", "peer".
    QString listening(const QString& field)
    {
        const QRegularExpression pattern(QStringLiteral(" listening .*\\b%1=(\\S+)").arg(field));
        return pattern.match(log()).captured(1);
    }

private:
    QProcess m_process;
    QString m_log;
};

} // namespace ringmaster
