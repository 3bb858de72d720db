// SPDX-License-Identifier: GPL-3.0-or-later
// One node alone with its HTTP server: a store in memory, no peers, replicas = 1 unless told otherwise.
#pragma once

#include "nodecore/net/http_server.h"
#include "nodecore/net/system_clock.h"
#include "nodecore/net/system_random.h"
#include "nodecore/storage/memory_store.h"
#include "tests/support/http_raw_client.h"

#include <QJsonDocument>
#include <QJsonObject>
#include <QTest>
#include <QTimer>

#include <memory>

namespace ringmaster {

class NoPeers final : public Transport {
public:
    SendResult send(NodeId, const QByteArray&) override { return SendResult::NoLink; }
    void setPeers(const QList<QString>&) override {}
};

class NoDatagrams final : public Datagrams {
public:
    void send(NodeId, const QString&, const QByteArray&) override {}
};

class HttpNodeFixture final : private NodeObserver {
public:
    explicit HttpNodeFixture(int replicas = 1, HttpServerOptions options = {})
        : m_store(MemoryStore::Commit::AtOnce)
    {
        NodeConfig config;
        config.name = QStringLiteral("n1");
        config.cluster = QStringLiteral("test");
        config.httpAddress = QStringLiteral("127.0.0.1:8101");
        config.peerAddress = QStringLiteral("127.0.0.1:7101");
        config.replicas = replicas;
        config.readQuorum = config.writeQuorum = std::min(replicas, 2);
        config.tokens = 8;
        m_node = Node::create(config, {m_clock, m_random, m_transport, m_store, *this, m_datagrams}).value();
        m_server = std::make_unique<HttpServer>(*m_node, std::move(options));
        if (const Result<void> listening = m_server->listen(QStringLiteral("127.0.0.1:0")); !listening)
            qFatal("%s", qPrintable(listening.error().message));
        m_node->start();
        QObject::connect(&m_heart, &QTimer::timeout, &m_heart, [this] { m_node->timePassed(); });
        m_heart.start(1);
    }

    [[nodiscard]] bool waitUntilServing()
    {
        return QTest::qWaitFor([this] { return m_node->isServing(); });
    }

    Node& node() { return *m_node; }
    MemoryStore& store() { return m_store; }
    HttpServer& server() { return *m_server; }
    quint16 port() const { return m_server->listeningAddress().section(QLatin1Char(':'), -1).toUShort(); }

private:
    void membersChanged() override { tell(&HttpServer::announceMembers); }
    void ringChanged() override { tell(&HttpServer::announceRing); }
    void requestFinished(const RequestSummary& summary) override { m_server->announceRequest(summary); }
    void tell(void (HttpServer::*what)())
    {
        if (m_server)
            (m_server.get()->*what)();
    }

    SystemClock m_clock;
    SystemRandom m_random;
    NoPeers m_transport;
    NoDatagrams m_datagrams;
    MemoryStore m_store;
    std::unique_ptr<Node> m_node;
    std::unique_ptr<HttpServer> m_server;
    QTimer m_heart;
};

// A client of the API: asks over one connection, answers in JSON.
class HttpApiClient {
public:
    explicit HttpApiClient(quint16 port)
        : m_client(port)
    {}

    QJsonObject ask(const QByteArray& method, const QByteArray& path, const QByteArray& body = {},
                    const QByteArray& context = {}, const QByteArray& fields = {})
    {
        QByteArray request = method + ' ' + path + " HTTP/1.1\r\nHost: localhost\r\n" + fields;
        if (!context.isEmpty())
            request += "X-Ring-Context: " + context + "\r\n";
        if (!body.isEmpty())
            request += "Content-Length: " + QByteArray::number(body.size()) + "\r\n";
        last = m_client.ask(request + "\r\n" + body);
        return QJsonDocument::fromJson(last.body).object();
    }
    QJsonObject get(const QByteArray& path) { return ask("GET", path); }

    RawAnswer last;

private:
    HttpRawClient m_client;
};

} // namespace ringmaster
