// SPDX-License-Identifier: GPL-3.0-or-later
// A local cluster of real processes on free ports, which do not outlive the test, however it ends.
#pragma once

#include "nodecore/client/node_client.h"
#include "nodecore/supervise/local_cluster.h"
#include "tests/cluster/ringctl_runner.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QSignalSpy>
#include <QTemporaryDir>

#include <csignal>

namespace ringmaster {

class ChaosCluster {
public:
    explicit ChaosCluster(int nodes)
    {
        LocalClusterSpec spec;
        spec.folder = m_folder.filePath(QStringLiteral("cluster"));
        spec.nodes = nodes;
        spec.basePort = 0;
        spec.peerBasePort = 0;
        spec.program = QStringLiteral(RINGMASTER_BIN_DIR "/ringnode");
        auto opened = LocalCluster::open(spec);
        if (opened)
            m_cluster = std::move(*opened);
        else
            qWarning("%s", qPrintable(opened.error().message));
    }
    ~ChaosCluster()
    {
        for (const NodeProcess* node : m_cluster ? m_cluster->nodes() : QList<NodeProcess*>()) {
            if (node->pid() > 0)
                ::kill(static_cast<pid_t>(node->pid()), SIGKILL);
        }
    }

    [[nodiscard]] bool start()
    {
        if (!m_cluster)
            return false;
        QSignalSpy serving(m_cluster.get(), &LocalCluster::allServing);
        QSignalSpy failed(m_cluster.get(), &LocalCluster::startFailed);
        m_cluster->startAll();
        constexpr int deadlineMs = 60'000;
        const bool decided =
            QTest::qWaitFor([&] { return !serving.isEmpty() || !failed.isEmpty(); }, deadlineMs);
        if (!failed.isEmpty())
            qWarning("%s", qPrintable(failed.first().first().toString()));
        return decided && !serving.isEmpty();
    }

    // Ends all by SIGTERM and waits for it.
    [[nodiscard]] bool stop()
    {
        QSignalSpy stopped(m_cluster.get(), &LocalCluster::stopped);
        m_cluster->stopAll();
        return QTest::qWaitFor([&] { return !stopped.isEmpty(); }, 60'000);
    }
    // A further node, which joins by itself: its index, or -1 where it cannot be.
    [[nodiscard]] int addNode()
    {
        const auto added = m_cluster->addNode();
        if (!added)
            qWarning("%s", qPrintable(added.error().message));
        return added ? size() - 1 : -1;
    }

    LocalCluster& local() { return *m_cluster; }
    NodeProcess* node(int i) const { return m_cluster->nodes().at(i); }
    QString name(int i) const { return node(i)->spec().name; }
    QUrl url(int i) const { return m_cluster->urls().at(i); }
    QString dataOf(int i) const { return node(i)->spec().folder + QStringLiteral("/data"); }
    int size() const { return static_cast<int>(m_cluster->nodes().size()); }
    // Those that are to run, in order.
    QList<int> present() const
    {
        QList<int> all;
        for (int i = 0; i < size(); ++i) {
            if (!m_away.contains(i))
                all.append(i);
        }
        return all;
    }
    // It is no member any more, or one that has left, and does not run.
    void setAway(int i) { m_away.insert(i); }

    // What ringctl says, asked of one node.
    RingctlResult ctl(const QStringList& arguments, int askedNode = 0) const
    {
        return ringctl(arguments, {}, url(askedNode).toString());
    }
    // A path of one node's API; empty where it does not answer.
    QJsonObject json(int i, const QString& path) const
    {
        NodeClient client({url(i)});
        QObject context;
        std::optional<QJsonObject> got;
        client.json(path, &context,
                    [&](const ClientResult<QJsonObject>& answer) { got = answer.value_or(QJsonObject()); });
        [[maybe_unused]] const bool came = QTest::qWaitFor([&] { return got.has_value(); }, 10'000);
        return got.value_or(QJsonObject());
    }
    // Whether one node took it on.
    [[nodiscard]] bool post(int i, const QString& path, const QJsonObject& body = {}) const
    {
        NodeClient client({url(i)});
        QObject context;
        std::optional<bool> done;
        client.post(path, body, &context,
                    [&](const ClientResult<QJsonObject>& answer) { done = answer.has_value(); });
        return QTest::qWaitFor([&] { return done.has_value(); }, 10'000) && *done;
    }
    // POST /api/v1/faults
    [[nodiscard]] bool inject(int i, const QJsonObject& faults) const
    {
        return post(i, QStringLiteral("/api/v1/faults"), faults);
    }
    // As observer's members API has it; empty where it does not know it, or does not answer.
    QJsonObject member(const QString& member, int observer = 0) const
    {
        const QJsonObject view = json(observer, QStringLiteral("/api/v1/members"));
        for (const QJsonValue& one : view.value(QStringLiteral("members")).toArray()) {
            if (one[QStringLiteral("name")].toString() == member)
                return one.toObject();
        }
        return {};
    }
    QString state(const QString& name, int observer = 0) const
    {
        return member(name, observer).value(QStringLiteral("state")).toString();
    }

private:
    QTemporaryDir m_folder;
    std::unique_ptr<LocalCluster> m_cluster;
    QSet<int> m_away;
};

} // namespace ringmaster
