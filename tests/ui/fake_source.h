// SPDX-License-Identifier: GPL-3.0-or-later
// A ClusterSource that is whatever the test sets it to, and keeps what it was asked to do.
#pragma once

#include "tests/ui/fake_port.h"
#include "ui/session/cluster_source.h"

namespace ringmaster {

class FakeSource : public ClusterSource {
public:
    Phase phase() const override { return nowPhase; }
    QString problem() const override { return nowProblem; }
    QString place() const override { return QStringLiteral("clusters/demo"); }
    const ClusterSnapshot& snapshot() const override { return nowSnapshot; }
    qint64 snapshotAgeMs() const override { return 0; }
    QList<ProcessFacts> processes() const override { return nowProcesses; }
    bool managesProcesses() const override { return manages; }
    KeyValuePort& port() override { return fakePort; }

    void start() override { asked.append(QStringLiteral("start")); }
    void stopNode(const QString& name) override { asked.append(QStringLiteral("stop ") + name); }
    void killNode(const QString& name) override { asked.append(QStringLiteral("kill ") + name); }
    void restartNode(const QString& name) override { asked.append(QStringLiteral("restart ") + name); }
    void addNode() override { asked.append(QStringLiteral("add")); }
    void stopAll() override { asked.append(QStringLiteral("stop all")); }

    void tell() { Q_EMIT changed(); }

    Phase nowPhase = Phase::Running;
    QString nowProblem;
    ClusterSnapshot nowSnapshot;
    QList<ProcessFacts> nowProcesses;
    bool manages = true;
    FakePort fakePort;
    QStringList asked;
};

} // namespace ringmaster
