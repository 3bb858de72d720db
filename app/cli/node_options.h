// SPDX-License-Identifier: GPL-3.0-or-later
// What ringnode is told, and how it understands it. A pure function: files and variables come in by the
// door.
#pragma once

#include "app/cli/event_log.h"
#include "nodecore/net/node_host.h"
#include "nodecore/sqlite/sqlite_store_options.h"

#include <QMap>
#include <QStringList>

#include <functional>

namespace ringmaster::cli {

struct NodeOptions {
    NodeHostOptions host;
    SqliteStoreOptions store;
    bool rejoin = false; // the node was removed, and joins anew under its name
    EventLog::Format logFormat = EventLog::Format::Text;
    EventLog::Level logLevel = EventLog::Level::Info;
};

struct NodeCommand {
    enum class Action { Run, ShowHelp, ShowVersion };
    Action action = Action::Run;
    NodeOptions options; // only for Run
    QStringList warnings;
};

// The content of a file, or why it cannot be read.
using ReadFile = std::function<Result<QString>(const QString& path)>;

// arguments: without the program's name. The command line wins over the environment, that over the file,
// that over the defaults. Malformed, with what is wrong and where, at the first mistake.
[[nodiscard]] Result<NodeCommand> parseNodeCommand(const QStringList& arguments,
                                                   const QMap<QString, QString>& environment,
                                                   const ReadFile& readFile);

} // namespace ringmaster::cli
