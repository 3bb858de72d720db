// SPDX-License-Identifier: GPL-3.0-or-later
// ringnode: one node of a cluster, headless. See --help and app/README.md.
#include "app/cli/file_bytes.h"
#include "app/cli/node_option_specs.h"
#include "app/cli/program_arguments.h"
#include "app/cli/standard_streams.h"
#include "app/ringnode/node_program.h"

#include <QCoreApplication>
#include <QProcessEnvironment>

#include <csignal>
#include <cstdio>
#include <sys/resource.h>

using namespace ringmaster;

namespace {

constexpr qint64 maxConfigBytes = 1024 * 1024;

// For Qt's own messages, which know of no log.
const cli::EventLog* programLog = nullptr;

void logQtMessage(QtMsgType type, const QMessageLogContext&, const QString& message)
{
    const bool isMinor = type == QtDebugMsg || type == QtInfoMsg;
    if (programLog)
        programLog->write(isMinor ? cli::EventLog::Level::Debug : cli::EventLog::Level::Warning, message);
}

void prepareProcess()
{
    // With many connections GLib's event loop costs more than half of the throughput.
    qputenv("QT_NO_GLIB", "1");
    std::signal(SIGPIPE, SIG_IGN);
    rlimit files{};
    if (::getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        ::setrlimit(RLIMIT_NOFILE, &files);
    }
}

Result<QString> readConfigFile(const QString& path)
{
    const auto bytes = cli::bytesOfFile(path, maxConfigBytes);
    if (!bytes)
        return tl::make_unexpected(bytes.error());
    if (!bytes->isValidUtf8())
        return failure(ErrorCode::Malformed, QStringLiteral("%1 is not UTF-8.").arg(path));
    return QString::fromUtf8(*bytes); // without a byte order mark
}

QMap<QString, QString> environment()
{
    QMap<QString, QString> variables;
    const QProcessEnvironment system = QProcessEnvironment::systemEnvironment();
    for (const QString& name : system.keys())
        variables.insert(name, system.value(name));
    return variables;
}

int print(const QString& text)
{
    std::fputs(text.toUtf8().constData(), stdout);
    return std::fflush(stdout) == 0 ? 0 : static_cast<int>(cli::NodeExitCode::Other);
}

int usageError(const Error& error)
{
    std::fputs(
        QStringLiteral("ringnode: %1\nringnode --help lists the options.\n").arg(error.message).toUtf8(),
        stderr);
    return static_cast<int>(cli::NodeExitCode::Usage);
}

int run(const cli::NodeCommand& command)
{
    const cli::EventLog log(command.options.logFormat, command.options.logLevel,
                            command.options.host.node.name);
    programLog = &log;
    qInstallMessageHandler(logQtMessage);
    for (const QString& warning : command.warnings)
        log.write(cli::EventLog::Level::Warning, warning);
    const cli::NodeExitCode code = NodeProgram(command.options, log).run();
    programLog = nullptr;
    return static_cast<int>(code);
}

} // namespace

int main(int argc, char* argv[])
{
    cli::occupyStandardStreams();
    prepareProcess();
    QCoreApplication application(argc, argv);
    const auto command = cli::programArguments(argc, argv).and_then([](const QStringList& arguments) {
        return cli::parseNodeCommand(arguments, environment(), readConfigFile);
    });
    if (!command)
        return usageError(command.error());
    switch (command->action) {
    case cli::NodeCommand::Action::ShowHelp:
        return print(cli::nodeHelp());
    case cli::NodeCommand::Action::ShowVersion:
        return print(QStringLiteral("ringnode " RINGMASTER_VERSION "\n"));
    case cli::NodeCommand::Action::Run:
        break;
    }
    return run(*command);
}
