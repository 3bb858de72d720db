// SPDX-License-Identifier: GPL-3.0-or-later
// The life of one ringnode process: opens the store, makes the node, runs it, ends it.
#pragma once

#include "app/cli/node_exit_code.h"
#include "app/cli/node_options.h"
#include "nodecore/sqlite/sqlite_store.h"

#include <QObject>
#include <QTimer>

#include <memory>

namespace ringmaster {

class NodeProgram : public QObject {
    Q_OBJECT
public:
    NodeProgram(cli::NodeOptions options, cli::EventLog log);
    ~NodeProgram() override;

    // Until it is over: by a signal, or because the node cannot go on. Needs a QCoreApplication.
    [[nodiscard]] cli::NodeExitCode run();

private:
    // Nothing: all is open.
    std::optional<cli::NodeExitCode> open();
    cli::NodeExitCode refuse(cli::NodeExitCode code, const Error& error);
    void watch();
    void onRefused(const QString& address, const Refusal& why);
    void giveUpIfStillRefused();
    void stop(cli::NodeExitCode code);
    void close();

    cli::NodeOptions m_options;
    cli::EventLog m_log;
    std::unique_ptr<SqliteStore> m_store;
    std::unique_ptr<NodeHost> m_host;
    QTimer m_refusalTimer;
    QString m_refusal;
};

} // namespace ringmaster
