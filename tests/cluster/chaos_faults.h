// SPDX-License-Identifier: GPL-3.0-or-later
// Kills, pauses, cuts off and fills the disks of the nodes of a local cluster in turn, one at a time, and
// puts each right again before the next. One of the kills may take the node's data with it.
#pragma once

#include "nodecore/client/node_client.h"
#include "nodecore/supervise/local_cluster.h"

#include <QDir>
#include <QElapsedTimer>
#include <QFile>
#include <QJsonArray>
#include <QTimer>

#include <csignal>
#include <random>

namespace ringmaster {

// Both folders on one file system or not; false where anything could not be copied.
inline bool copyFolder(const QString& from, const QString& to)
{
    if (!QDir().mkpath(to))
        return false;
    for (const QString& name : QDir(from).entryList(QDir::Files | QDir::Hidden)) {
        if (!QFile::copy(from + QLatin1Char('/') + name, to + QLatin1Char('/') + name))
            return false;
    }
    return true;
}

class ChaosFaults : public QObject {
public:
    enum class Disaster {
        None,
        LostStore, // a node's data is gone after a kill
        OldStore,  // it is replaced by what it was earlier
    };

    ChaosFaults(LocalCluster& cluster, Disaster disaster, quint64 seed)
        : m_cluster(cluster)
        , m_random(seed)
        , m_disaster(disaster)
    {
        m_tick.setInterval(50);
        connect(&m_tick, &QTimer::timeout, this, [this] { tick(); });
    }

    void start()
    {
        m_stopping = false;
        m_clock.start();
        m_tick.start();
    }
    // The fault that is on ends first.
    void stop() { m_stopping = true; }
    // Nothing is done to these, and nobody waits for them.
    void leaveAlone(NodeProcess* node) { m_leftAlone.insert(node); }
    void takeOn(NodeProcess* node) { m_leftAlone.remove(node); }
    // The node that a fault is on; null where there is none.
    NodeProcess* struck() const { return m_act == Act::None ? nullptr : node(); }
    bool hadDisaster() const { return m_hadDisaster; }
    bool isDone() const { return !m_tick.isActive(); }
    // In the order in which they came: "kill n2".
    const QStringList& done() const { return m_done; }
    QString trouble() const { return m_trouble; }

private:
    enum class Act { None, Copy, Kill, Pause, Cut, Fill };

    static constexpr qint64 lastsMs = 3000; // longer than a node is silent before it counts as unreachable
    static constexpr qint64 gapMs = 300;
    static constexpr int unlucky =
        2; // whose data goes; not the first, which would begin a cluster of its own

    NodeProcess* node() const { return m_cluster.nodes().at(m_victim); }
    QString data() const { return node()->spec().folder + QStringLiteral("/data"); }
    QString oldData() const { return node()->spec().folder + QStringLiteral("/old-data"); }
    void signalNode(int number) const
    {
        if (node()->pid() > 0)
            ::kill(static_cast<pid_t>(node()->pid()), number);
    }

    bool allServe() const
    {
        const auto& nodes = m_cluster.nodes();
        return std::all_of(nodes.begin(), nodes.end(), [this](NodeProcess* each) {
            return each->state() == NodeProcess::State::Serving || m_leftAlone.contains(each);
        });
    }

    void tick()
    {
        if (m_act != Act::None) {
            if (m_clock.elapsed() >= lastsMs)
                end();
            return;
        }
        if (m_clock.elapsed() < gapMs || !allServe())
            return;
        if (m_stopping)
            m_tick.stop();
        else
            begin();
    }

    // A store to go back to is copied first; then it goes round.
    void begin()
    {
        const bool copies = m_disaster == Disaster::OldStore && m_round == 0;
        static constexpr Act turns[] = {Act::Cut, Act::Kill, Act::Pause, Act::Fill};
        const Act act = copies ? Act::Copy : turns[m_round % 4];
        m_victim = copies || (act == Act::Kill && isDisasterDue()) ? unlucky : drawVictim();
        if (m_victim < 0)
            return;
        m_act = act;
        ++m_round;
        m_clock.start();
        switch (m_act) {
        case Act::Copy:
            note(QStringLiteral("stop and copy"));
            return node()->terminate();
        case Act::Kill:
            note(QStringLiteral("kill"));
            return node()->kill();
        case Act::Pause:
            note(QStringLiteral("pause"));
            return signalNode(SIGSTOP);
        case Act::Cut:
            m_cutIn = !m_cutIn;
            note(m_cutIn ? QStringLiteral("cut off (hears nothing)")
                         : QStringLiteral("cut off (is not heard)"));
            return cutOff();
        case Act::Fill:
            note(QStringLiteral("fill the disk of"));
            return tell({{QStringLiteral("disk"), QJsonObject{{QStringLiteral("full"), true}}}});
        case Act::None:
            return;
        }
    }

    // -1 where all are left alone.
    int drawVictim()
    {
        QList<int> able;
        for (int i = 0; i < m_cluster.nodes().size(); ++i) {
            if (!m_leftAlone.contains(m_cluster.nodes().at(i)))
                able.append(i);
        }
        return able.isEmpty()
                   ? -1
                   : able.at(static_cast<qsizetype>(m_random() % static_cast<quint64>(able.size())));
    }

    bool isDisasterDue() const { return m_disaster != Disaster::None && !m_hadDisaster; }
    bool isDisaster() const { return m_act == Act::Kill && isDisasterDue(); }

    void end()
    {
        if ((m_act == Act::Copy || m_act == Act::Kill) && node()->pid() != 0)
            return; // still ending
        if (m_act == Act::Copy && !copyFolder(data(), oldData()))
            m_trouble = QStringLiteral("the store could not be copied");
        if (isDisaster())
            replaceData();
        if (m_act == Act::Copy || m_act == Act::Kill)
            node()->start();
        else if (m_act == Act::Pause)
            signalNode(SIGCONT);
        else
            tell({{QStringLiteral("clear"), true}});
        m_act = Act::None;
        m_clock.start();
    }

    void replaceData()
    {
        m_hadDisaster = true;
        const bool gone = QDir(data()).removeRecursively();
        const bool isOld = m_disaster == Disaster::OldStore;
        if (!gone || (isOld && !copyFolder(oldData(), data())))
            m_trouble = QStringLiteral("the store could not be replaced");
        note(isOld ? QStringLiteral("put the old store back at") : QStringLiteral("delete the store of"));
    }

    void cutOff()
    {
        QJsonArray links;
        for (NodeProcess* peer : m_cluster.nodes()) {
            if (peer != node() && !m_leftAlone.contains(peer))
                links.append(QJsonObject{
                    {QStringLiteral("peer"), peer->spec().name},
                    {QStringLiteral("cut"), m_cutIn ? QStringLiteral("in") : QStringLiteral("out")}});
        }
        tell({{QStringLiteral("links"), links}});
    }

    void tell(const QJsonObject& faults)
    {
        m_client.setNodes({m_cluster.urls().at(m_victim)});
        m_client.post(QStringLiteral("/api/v1/faults"), faults, this, [this](const auto& answer) {
            if (!answer)
                m_trouble = answer.error().message;
        });
    }

    void note(const QString& what) { m_done.append(what + QLatin1Char(' ') + node()->spec().name); }

    LocalCluster& m_cluster;
    std::mt19937_64 m_random;
    Disaster m_disaster;
    NodeClient m_client{{}};
    QTimer m_tick;
    QElapsedTimer m_clock; // since the act began, or the last one ended
    Act m_act = Act::None;
    int m_round = 0;
    int m_victim = 0;
    QSet<NodeProcess*> m_leftAlone;
    bool m_cutIn = false;
    bool m_hadDisaster = false;
    bool m_stopping = false;
    QStringList m_done;
    QString m_trouble;
};

} // namespace ringmaster
