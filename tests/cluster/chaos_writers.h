// SPDX-License-Identifier: GPL-3.0-or-later
// Writers that go on whatever happens: new keys, read-modify-writes and deletes of hot ones, through any
// node, and through another where one fails. What they did is in the history.
#pragma once

#include "nodecore/client/node_client.h"
#include "tests/cluster/chaos_history.h"

#include <QTimer>

#include <memory>
#include <random>

namespace ringmaster {

class ChaosWriters : public QObject {
public:
    struct Counts {
        int reads = 0;
        int failedReads = 0;
        int failedWrites = 0; // attempts
    };

    ChaosWriters(const QList<QUrl>& nodes, ChaosHistory& history, quint64 seed)
        : m_history(history)
        , m_random(seed)
    {
        for (const QUrl& node : nodes)
            m_clients.push_back(std::make_unique<NodeClient>(QList<QUrl>{node}));
    }

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

private:
    static constexpr int hotKeys = 200;
    static constexpr int triesEach = 3;
    static constexpr std::chrono::milliseconds between{10};

    struct Task {
        QByteArray key;
        bool isDelete = false;
        QByteArray context;
        QList<QByteArray> saw;
        size_t node = 0;
        int triesLeft = triesEach;
    };

    quint64 below(quint64 bound) { return m_random() % bound; }
    NodeClient& client(const Task& task) { return *m_clients[task.node]; }
    static ClientOptions options()
    {
        ClientOptions options;
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
        const quint64 kind = below(10);
        if (kind < 3) {
            task.key = "new/" + QByteArray::number(m_history.attempts());
            write(task);
            return;
        }
        task.key = "hot/" + QByteArray::number(below(hotKeys));
        task.isDelete = kind >= 8;
        read(task);
    }

    void later()
    {
        QTimer::singleShot(between, this, [this] { next(); });
    }

    // False: it has been tried often enough.
    bool moveOn(Task& task)
    {
        task.node = (task.node + 1) % m_clients.size();
        return --task.triesLeft > 0;
    }

    void read(Task task)
    {
        ++m_counts.reads;
        client(task).get(*Key::fromBytes(task.key), options(), this,
                         [this, task](const ClientResult<ClientValue>& value) mutable {
                             if (value)
                                 return writeOver(std::move(task), *value);
                             ++m_counts.failedReads;
                             if (moveOn(task))
                                 read(std::move(task));
                             else
                                 later();
                         });
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
                m_history.acknowledge(number);
                return later();
            }
            ++m_counts.failedWrites;
            if (moveOn(task))
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

    ChaosHistory& m_history;
    std::mt19937_64 m_random;
    std::vector<std::unique_ptr<NodeClient>> m_clients;
    Counts m_counts;
    int m_active = 0;
    bool m_stopping = false;
};

} // namespace ringmaster
