// SPDX-License-Identifier: GPL-3.0-or-later
// One request after another to one node, each waited for and timed.
#pragma once

#include "nodecore/client/node_client.h"

#include <QElapsedTimer>
#include <QEventLoop>

namespace ringmaster {

struct Answer {
    ClientResult<ClientValue> result;
    double ms = 0;

    // The nodes that did not answer, by name, each once; only where it has failed.
    QStringList missing() const
    {
        QStringList names;
        const auto quorum = result ? std::nullopt : result.error().quorum;
        for (const ClientQuorum::Missing& each : quorum ? quorum->missing : QList<ClientQuorum::Missing>())
            names.append(each.node);
        names.sort();
        names.removeDuplicates();
        return names;
    }
};

class Asker {
public:
    static constexpr int timeoutMs = 2000;

    explicit Asker(const QUrl& node)
        : m_client({node})
    {
        m_options.timeoutMs = timeoutMs;
    }

    ClientOptions& options() { return m_options; }
    Answer put(const QByteArray& key, const QByteArray& value, const QByteArray& ringContext = {})
    {
        return wait([&](auto done) {
            m_client.put(*Key::fromBytes(key), value, ringContext, m_options, &m_context, done);
        });
    }
    Answer remove(const QByteArray& key, const QByteArray& ringContext)
    {
        return wait([&](auto done) {
            m_client.remove(*Key::fromBytes(key), ringContext, m_options, &m_context, done);
        });
    }
    Answer get(const QByteArray& key)
    {
        return wait([&](auto done) { m_client.get(*Key::fromBytes(key), m_options, &m_context, done); });
    }

private:
    Answer wait(const std::function<void(ClientCallback<ClientValue>)>& ask)
    {
        std::optional<ClientResult<ClientValue>> result;
        QEventLoop loop;
        QElapsedTimer clock;
        clock.start();
        ask([&](ClientResult<ClientValue> answer) {
            result = std::move(answer);
            loop.quit();
        });
        loop.exec();
        return {std::move(*result), static_cast<double>(clock.nsecsElapsed()) / 1e6};
    }

    NodeClient m_client;
    QObject m_context;
    ClientOptions m_options;
};

} // namespace ringmaster
