// SPDX-License-Identifier: GPL-3.0-or-later
// Changes the ring of a local cluster under load, one change after another, whatever else happens to its
// nodes: one joins, one leaves and is stopped, it joins again, one is killed for good and removed.
//
// A change is asked for until a node takes it on, and waited for without a deadline: the faults around it may
// keep it from going on for as long as they last.
#pragma once

#include "nodecore/client/node_client.h"
#include "nodecore/supervise/local_cluster.h"
#include "tests/cluster/chaos_faults.h"
#include "tests/cluster/chaos_writers.h"

#include <QJsonArray>
#include <QTimer>

namespace ringmaster {

class ChaosRing : public QObject {
public:
    ChaosRing(LocalCluster& cluster, ChaosFaults& faults, ChaosWriters& writers)
        : m_cluster(cluster)
        , m_faults(faults)
        , m_writers(writers)
    {
        m_tick.setInterval(200);
        connect(&m_tick, &QTimer::timeout, this, [this] { tick(); });
    }

    void start()
    {
        m_clock.start();
        m_tick.start();
    }
    // The change that is under way ends first.
    void stop() { m_stopping = true; }
    bool isDone() const { return !m_tick.isActive(); }
    const QStringList& done() const { return m_done; }
    // What is waited for, for a person.
    QString waitsFor() const
    {
        return QStringLiteral("%1 %2").arg(m_doing, m_node ? m_node->spec().name : QString());
    }
    // Runs no more: a member that was removed, or one that has left.
    bool isAway(NodeProcess* node) const
    {
        return m_gone.contains(node) || (m_act == Act::JoinAgain && m_leaver == node && m_node == nullptr);
    }

private:
    static constexpr qint64 restMs = 2000; // after each change

    // In this order, again and again.
    enum class Act { Join, Leave, JoinAgain, Remove };

    void tick()
    {
        if (m_isAsking)
            return;
        if (!m_node) {
            if (m_stopping)
                return m_tick.stop();
            return m_clock.elapsed() < restMs ? void() : begin();
        }
        m_isAsking = true;
        m_client.setNodes(servingUrls());
        m_client.json(QStringLiteral("/api/v1/members"), this, [this](const ClientResult<QJsonObject>& view) {
            m_isAsking = false;
            if (view)
                goOn(memberOf(*view));
        });
    }

    void begin()
    {
        switch (m_act) {
        case Act::Join: {
            const auto added = m_cluster.addNode();
            if (!added)
                return;
            m_node = *added;
            m_faults.leaveAlone(m_node); // it serves when it has joined
            return say(QStringLiteral("join"));
        }
        case Act::Leave:
            m_node = drawNode();
            if (!m_node)
                return;
            m_leaver = m_node;
            return say(QStringLiteral("leave"));
        case Act::JoinAgain:
            m_node = m_leaver;
            m_node->start();
            return say(QStringLiteral("join again"));
        case Act::Remove:
            m_node = drawNode();
            if (!m_node)
                return;
            m_faults.leaveAlone(m_node);
            m_node->kill();
            return say(QStringLiteral("kill and remove"));
        }
    }

    // With the member's record as somebody has it; empty where nobody knows it.
    void goOn(const QJsonObject& member)
    {
        const QString state = member[QStringLiteral("state")].toString();
        switch (m_act) {
        case Act::Join:
            if (state == QStringLiteral("READY") && m_node->state() == NodeProcess::State::Serving) {
                m_writers.addNode(QUrl(QStringLiteral("http://") + m_node->spec().httpAddress));
                m_faults.takeOn(m_node);
                end(Act::Leave);
            }
            return;
        case Act::Leave:
            if (state == QStringLiteral("LEFT")) {
                m_faults.leaveAlone(m_node);
                if (m_faults.struck() == m_node)
                    return;
                m_node->terminate();
                if (m_node->pid() == 0)
                    end(Act::JoinAgain);
            } else if (state == QStringLiteral("READY")) {
                ask(m_node, QStringLiteral("leave"), {});
            }
            return;
        case Act::JoinAgain:
            if (state == QStringLiteral("READY") && m_node->state() == NodeProcess::State::Serving) {
                m_faults.takeOn(m_node);
                end(Act::Remove);
            } else if (state == QStringLiteral("LEFT")) {
                ask(m_node, QStringLiteral("join"), {});
            }
            return;
        case Act::Remove:
            if (state == QStringLiteral("REMOVED")) {
                m_gone.insert(m_node);
                end(Act::Join);
            } else if (!member[QStringLiteral("reachable")].toBool() && state == QStringLiteral("READY")) {
                ask(nullptr, QStringLiteral("remove"), {{QStringLiteral("node"), m_node->spec().name}});
            }
            return;
        }
    }

    // Of one node, or of any that serves. Where it is refused the next tick asks again.
    void ask(NodeProcess* node, const QString& what, const QJsonObject& body)
    {
        m_isAsking = true;
        m_client.setNodes(node ? QList<QUrl>{QUrl(QStringLiteral("http://") + node->spec().httpAddress)}
                               : servingUrls());
        m_client.post(QStringLiteral("/api/v1/cluster/") + what, body, this,
                      [this](const ClientResult<QJsonObject>&) { m_isAsking = false; });
    }

    QJsonObject memberOf(const QJsonObject& view) const
    {
        for (const QJsonValue& one : view[QStringLiteral("members")].toArray()) {
            if (one[QStringLiteral("name")].toString() == m_node->spec().name)
                return one.toObject();
        }
        return {};
    }

    QList<QUrl> servingUrls() const
    {
        QList<QUrl> urls;
        for (const NodeProcess* node : m_cluster.nodes()) {
            if (node->state() == NodeProcess::State::Serving && node != m_faults.struck() && node != m_node)
                urls.append(QUrl(QStringLiteral("http://") + node->spec().httpAddress));
        }
        return urls;
    }

    // One that serves, with no fault on it; not the first, which the others were told to join.
    NodeProcess* drawNode()
    {
        const QList<NodeProcess*>& nodes = m_cluster.nodes();
        for (qsizetype tries = nodes.size(); tries > 0; --tries) {
            m_last = 1 + (m_last % static_cast<int>(nodes.size() - 1));
            NodeProcess* const node = nodes.at(m_last);
            if (node->state() == NodeProcess::State::Serving && node != m_faults.struck() &&
                !m_gone.contains(node))
                return node;
        }
        return nullptr;
    }

    void say(const QString& what)
    {
        m_doing = what;
        m_clock.start();
    }
    void end(Act next)
    {
        m_done.append(QStringLiteral("%1 (%2 s)").arg(waitsFor()).arg(m_clock.elapsed() / 1000));
        m_node = nullptr;
        m_act = next;
        m_clock.start();
    }

    LocalCluster& m_cluster;
    ChaosFaults& m_faults;
    ChaosWriters& m_writers;
    NodeClient m_client{{}};
    QTimer m_tick;
    QElapsedTimer m_clock;
    Act m_act = Act::Join;
    NodeProcess* m_node = nullptr; // that the change is of
    NodeProcess* m_leaver = nullptr;
    int m_last = 0;
    bool m_isAsking = false;
    bool m_stopping = false;
    QString m_doing;
    QStringList m_done;
    QSet<NodeProcess*> m_gone;
};

} // namespace ringmaster
