// SPDX-License-Identifier: GPL-3.0-or-later
// The life of one ringnode process: opens the store, makes the node, runs it, ends it.
#pragma once

#include "app/cli/node_exit_code.h"
#include "app/cli/node_options.h"
#include "app/ringnode/copied_store.h"
#include "nodecore/membership/identity.h"
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
    // Each: nothing where it went well.
    std::optional<cli::NodeExitCode> openStore();
    std::optional<cli::NodeExitCode> judgeStore();
    std::optional<cli::NodeExitCode> serve();
    std::optional<cli::NodeExitCode> setStoreAside(const QString& whoServes);
    // Of a removed node: once it has given back what it holds, joins anew.
    std::optional<cli::NodeExitCode> rejoin();
    std::optional<cli::NodeExitCode> joinAnew(const Remembered& removed);
    void joinAnewNow();
    Identity identityIn(const Remembered& remembered) const;
    // Sets the store aside and opens a new one, which begins with that; the folder that the old one is in.
    Result<QString> startAnew(WriteBatch batch);
    cli::NodeExitCode refuse(cli::NodeExitCode code, const Error& error);
    void watch();
    void onRemoved();
    QString joinAddresses() const;
    void onRefused(const QString& address, const Refusal& why);
    void giveUpIfStillRefused();
    void stop(cli::NodeExitCode code);
    void close();

    cli::NodeOptions m_options;
    cli::EventLog m_log;
    std::unique_ptr<SqliteStore> m_store;
    std::unique_ptr<CopiedStore> m_copy; // while it is not known what to do with it
    std::unique_ptr<NodeHost> m_host;
    bool m_rejoinsWhenDismissed = false;
    QTimer m_refusalTimer;
    QString m_refusal;
};

} // namespace ringmaster
