// SPDX-License-Identifier: GPL-3.0-or-later
// The window's one door to a cluster: what is known of it, and what can be done to it. A test stands in its
// own. GUI thread; nothing blocks.
#pragma once

#include "ui/forms/key_value_port.h"
#include "ui/session/process_facts.h"

#include <QObject>

namespace ringmaster {

class ClusterSource : public QObject {
    Q_OBJECT
public:
    enum class Phase {
        Starting, // nodes are being started, or nobody has answered yet
        Running,
        Failed,   // could not start; see problem()
        Stopping, // all nodes are being stopped
        Stopped,
    };

    using QObject::QObject;

    virtual Phase phase() const = 0;
    virtual QString problem() const = 0; // why it failed, for a person; several lines
    virtual QString place() const = 0;   // the folder or the address, for a person

    virtual const ClusterSnapshot& snapshot() const = 0;
    virtual qint64 snapshotAgeMs() const = 0;
    virtual QList<ProcessFacts> processes() const = 0; // empty where they run elsewhere
    virtual bool managesProcesses() const = 0;
    virtual KeyValuePort& port() = 0;

    virtual void start() = 0; // also to try again after Failed
    virtual void stopNode(const QString& name) = 0;
    virtual void killNode(const QString& name) = 0;
    virtual void restartNode(const QString& name) = 0; // starts it where it does not run
    virtual void addNode() = 0;
    virtual void stopAll() = 0; // phase Stopped follows

Q_SIGNALS:
    void changed(); // any of the above
    // Something asked for could not be done; for a person.
    void refused(const QString& message);
};

} // namespace ringmaster
