// SPDX-License-Identifier: GPL-3.0-or-later
// A command of ringctl: what it is called, what it takes, and the function that carries it out.
#pragma once

#include "app/ringctl/exit_code.h"

#include <QCommandLineOption>
#include <QCommandLineParser>
#include <QList>
#include <QStringList>
#include <QUrl>

#include <functional>

namespace ringmaster::ctl {

// One call of a command, parsed and checked as far as that can be done without knowing the command.
struct Invocation {
    QStringList arguments; // what is no option
    QList<QUrl> nodes;     // --url or RINGCTL_URL
    bool nodesGiven = false;
    bool json = false;
    const QCommandLineParser* options = nullptr;

    bool isSet(const QString& name) const { return options->isSet(name); }
    QString value(const QString& name) const { return options->value(name); }
    // Malformed, naming the option, where it is no number or out of range.
    [[nodiscard]] Result<int> intValue(const QString& name, int least, int most) const;
    [[nodiscard]] Result<double> realValue(const QString& name, double least, double most) const;
};

struct Command {
    QString name;          // "get", "cluster start"
    QString arguments;     // "KEY VALUE", for the help
    int argumentCount = 0; // at least so many
    QString summary;       // one line
    QString help;          // more, where there is more to say; may be empty
    QList<QCommandLineOption> options;
    std::function<ExitCode(const Invocation&)> run;
    int optionalCount = 0; // and at most so many more arguments
    bool asksNodes = true; // those of --url
};

QList<Command> keyCommands();      // get, put, delete, placement
QList<Command> listCommands();     // keys, import, export
QList<Command> statusCommands();   // status, ring
QList<Command> clusterCommands();  // cluster start, stop, status
QList<Command> changeCommands();   // cluster plan, join, leave, remove, replace, move, cancel, progress
QList<Command> benchCommands();    // bench
QList<Command> traceCommands();    // trace
QList<Command> hintCommands();     // hints
QList<Command> repairCommands();   // repair
QList<Command> scrubCommands();    // scrub
QList<Command> conflictCommands(); // conflicts
QList<Command> resolveCommands();  // resolve
QList<Command> faultCommands();    // fault show, clear, cut, delay, loss, heal, pause, disk, clock

} // namespace ringmaster::ctl
