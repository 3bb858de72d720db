// SPDX-License-Identifier: GPL-3.0-or-later
// One ringnode process on this machine, which may outlive the program that started it.
//
// It is started detached with QProcess, its log goes to a file in its folder, and it is watched by pid
// (a pidfd where the kernel has them), so a node that was started earlier is watched just as well.
#pragma once

#include "nodecore/base/result.h"

#include <QObject>
#include <QString>
#include <QStringList>

#include <memory>

namespace ringmaster {

struct NodeProcessSpec {
    QString name;        // n1
    QString folder;      // of its own: data, node.log, node.pid
    QString httpAddress; // 127.0.0.1:8101
    QString peerAddress;
    QStringList join;
    QStringList extraArguments; // --replicas 3, ...
    friend bool operator==(const NodeProcessSpec&, const NodeProcessSpec&) = default;
};

// Where, in its own folder, a node keeps what it stores.
QString dataFolderIn(const QString& nodeFolder);
// It has run before.
bool holdsData(const QString& nodeFolder);

class NodeProcess : public QObject {
    Q_OBJECT
public:
    enum class State {
        Stopped,  // not running; it was asked to stop, or never ran
        Starting, // running, not serving yet
        Serving,  // /health answers 200
        Stopping, // told to end, still running
        Died,     // ended without being asked to; see lastProblem()
    };
    Q_ENUM(State)

    NodeProcess(NodeProcessSpec spec, QString program, QObject* parent = nullptr);
    ~NodeProcess() override; // the process goes on

    const NodeProcessSpec& spec() const;
    State state() const;
    qint64 pid() const; // 0 where it does not run
    QString logFile() const;
    // For a person: why it died, with the last lines of its log. Empty where all is well.
    QString lastProblem() const;

    // Takes on a process that an earlier program started for this folder, if it runs still. True where it
    // does. Where it ended meanwhile without being asked to, the node has Died.
    bool adoptRunning();
    void start();     // ignored where it runs
    void terminate(); // SIGTERM: ends cleanly
    void kill();      // SIGKILL: the crash of a demo
    void restart();   // terminate if need be, then start

Q_SIGNALS:
    void stateChanged(ringmaster::NodeProcess::State state);
    void logGrew();

private:
    class Impl;
    std::unique_ptr<Impl> m_impl;
};

} // namespace ringmaster
