// SPDX-License-Identifier: GPL-3.0-or-later
// Writers that go on whatever happens: new keys, read-modify-writes and deletes of hot ones, through any
// node, and through another where one fails. What they did is in the history.
#pragma once

#include "nodecore/client/node_client.h"
#include "tests/cluster/chaos_history.h"
#include "tests/cluster/ringctl_runner.h"

#include <QStringList>
#include <QTimer>

#include <memory>
#include <random>

namespace ringmaster {

struct ChaosLoad {
    int hotKeys = 200;
    std::optional<int> quorum = {}; // R and W; else the cluster's
};

class ChaosWriters : public QObject {
public:
    static constexpr int triesEach = 3; // of a read and of a write, each through another node

    struct Counts {
        int reads = 0;
        int failedReads = 0;
        int failedWrites = 0; // attempts
        int givenUp = 0;      // reads and writes of which every try failed
        // Reads that found nothing where too few of the key's own replicas could be reached to say that there
        // is nothing: not counted as given up, since that is what is promised.
        int undecided = 0;
        int firmReads = 0; // that a quorum of primaries answered
        int absent = 0;    // reads that found no value
    };

    ChaosWriters(const QList<QUrl>& nodes, ChaosHistory& history, quint64 seed, ChaosLoad load = {})
        : m_history(history)
        , m_random(seed)
        , m_load(load)
    {
        for (const QUrl& node : nodes)
            addNode(node);
    }

    // From now on through this one too.
    void addNode(const QUrl& node) { m_clients.push_back(std::make_unique<NodeClient>(QList<QUrl>{node})); }

    void start(int writers)
    {
        m_stopping = false;
        for (m_active = 0; m_active < writers; ++m_active)
            QTimer::singleShot(0, this, [this] { next(); });
    }
    // Each ends its operation first.
    void stop() { m_stopping = true; }
    bool isIdle() const { return m_active == 0; }
    const Counts& counts() const { return m_counts; }
    // The first failures, as the nodes told of them.
    const QStringList& problems() const { return m_problems; }
    // What was wrong with answers to reads: the first of them.
    const QStringList& wrongReads() const { return m_wrongReads; }
    // Reads are not judged any more: a disk was lost, and a replica without it may be asked.
    void stopJudging() { m_judges = false; }

    static QByteArray hotKey(quint64 number) { return "hot/" + QByteArray::number(number); }

private:
    static constexpr qsizetype problemsKept = 10;
    static constexpr qsizetype newKeysRead = 2000; // of the latest
    static constexpr std::chrono::milliseconds between{10};

    struct Task {
        QByteArray key;
        bool isDelete = false;
        bool onlyReads = false;
        QByteArray context;
        QList<QByteArray> saw;
        size_t node = 0;
        int triesLeft = triesEach;
    };

    quint64 below(quint64 bound) { return m_random() % bound; }
    NodeClient& client(const Task& task) { return *m_clients[task.node]; }
    ClientOptions options() const
    {
        ClientOptions options;
        options.quorum = m_load.quorum;
        options.timeoutMs = 1000;
        options.returnSiblings = false;
        return options;
    }

    void next()
    {
        if (m_stopping) {
            --m_active;
            return;
        }
        Task task;
        task.node = below(m_clients.size());
        const quint64 kind = below(11);
        if (kind == 10 && !m_newKeys.isEmpty()) {
            task.key = m_newKeys.at(static_cast<qsizetype>(below(static_cast<quint64>(m_newKeys.size()))));
            task.onlyReads = true;
            return read(task);
        }
        if (kind < 3) {
            task.key = "new/" + QByteArray::number(m_history.attempts());
            write(task);
            return;
        }
        task.key = hotKey(below(static_cast<quint64>(m_load.hotKeys)));
        task.isDelete = kind >= 8;
        read(task);
    }

    void later()
    {
        QTimer::singleShot(between, this, [this] { next(); });
    }

    // False: it has been tried often enough.
    bool moveOn(Task& task, const ClientError& error)
    {
        if (m_problems.size() < problemsKept)
            m_problems.append(error.message);
        task.node = (task.node + 1) % m_clients.size();
        if (--task.triesLeft > 0)
            return true;
        const bool isUndecided = error.message.startsWith(QLatin1String("No value was found, but too few"));
        ++(isUndecided ? m_counts.undecided : m_counts.givenUp);
        return false;
    }

    void read(Task task)
    {
        ++m_counts.reads;
        client(task).get(
            *Key::fromBytes(task.key), options(), this,
            [this, task, began = m_history.now()](const ClientResult<ClientValue>& value) mutable {
                if (value) {
                    judge(task, began, *value);
                    return task.onlyReads ? later() : writeOver(std::move(task), *value);
                }
                ++m_counts.failedReads;
                if (moveOn(task, value.error()))
                    read(std::move(task));
                else
                    later();
            });
    }

    // By the primaries of every ring that was asked.
    static ChaosHistory::Held heldBy(const ClientQuorum& quorum)
    {
        const bool isFirm =
            quorum.answered.size() >= quorum.needed &&
            std::all_of(quorum.answered.begin(), quorum.answered.end(),
                        [](const auto& answer) { return answer.role == QLatin1String("primary"); });
        return isFirm ? ChaosHistory::Held::ByPrimaries : ChaosHistory::Held::ByAny;
    }

    void judge(const Task& task, ChaosHistory::Moment began, const ClientValue& value)
    {
        QSet<QByteArray> values;
        for (const ClientSibling& sibling : value.siblings) {
            if (!sibling.deleted)
                values.insert(sibling.value);
        }
        const ChaosHistory::Held held = heldBy(value.quorum);
        m_counts.firmReads += held == ChaosHistory::Held::ByPrimaries ? 1 : 0;
        m_counts.absent += values.isEmpty() ? 1 : 0;
        if (!m_judges)
            return;
        const QString wrong = m_history.judgeRead(task.key, began, values, held);
        if (wrong.isEmpty() || m_wrongReads.size() >= problemsKept)
            return;
        QStringList asked;
        for (const ClientQuorum::Answer& answer : value.quorum.answered)
            asked.append(answer.node + QLatin1Char(' ') + answer.role);
        m_wrongReads.append(QStringLiteral("%1 (%2 was asked; answered: %3)")
                                .arg(wrong, client(task).nodes().first().toString(), asked.join(u", ")));
    }

    void writeOver(Task task, const ClientValue& value)
    {
        for (const ClientSibling& sibling : value.siblings) {
            if (!sibling.deleted)
                task.saw.append(sibling.value);
        }
        task.context = value.context;
        task.isDelete = task.isDelete && !task.saw.isEmpty();
        task.triesLeft = triesEach;
        write(std::move(task));
    }

    void write(Task task)
    {
        const int number = m_history.begin(task.key, task.isDelete, task.saw);
        const auto done = [this, task, number](const ClientResult<ClientValue>& answer) mutable {
            if (answer) {
                m_history.acknowledge(number, heldBy(answer->quorum));
                if (task.key.startsWith("new/"))
                    remember(task.key);
                return later();
            }
            ++m_counts.failedWrites;
            if (moveOn(task, answer.error()))
                write(std::move(task));
            else
                later();
        };
        const Key key = *Key::fromBytes(task.key);
        if (task.isDelete)
            client(task).remove(key, task.context, options(), this, done);
        else
            client(task).put(key, ChaosHistory::valueOf(number), task.context, options(), this, done);
    }

    void remember(const QByteArray& key)
    {
        if (m_newKeys.size() < newKeysRead)
            m_newKeys.append(key);
        else
            m_newKeys[static_cast<qsizetype>(below(newKeysRead))] = key;
    }

    ChaosHistory& m_history;
    std::mt19937_64 m_random;
    ChaosLoad m_load;
    std::vector<std::unique_ptr<NodeClient>> m_clients;
    Counts m_counts;
    QStringList m_problems;
    QStringList m_wrongReads;
    QList<QByteArray> m_newKeys; // acknowledged
    bool m_judges = true;
    int m_active = 0;
    bool m_stopping = false;
};

// Writes the hot keys, through ringctl. What was wrong; empty: they are in.
inline QString fillHotKeys(const QUrl& node, ChaosHistory& history, int hotKeys)
{
    QByteArray lines;
    for (int i = 0; i < hotKeys; ++i) {
        const QByteArray key = ChaosWriters::hotKey(static_cast<quint64>(i));
        const int number = history.begin(key, false, {});
        history.acknowledge(number);
        lines += key + '\t' + ChaosHistory::valueOf(number) + '\n';
    }
    const RingctlResult imported = ringctl(
        {QStringLiteral("import"), QStringLiteral("--format"), QStringLiteral("tsv"), QStringLiteral("-")},
        lines, node.toString());
    return imported.exitCode == 0 ? QString() : QString::fromUtf8(imported.errors);
}

} // namespace ringmaster
