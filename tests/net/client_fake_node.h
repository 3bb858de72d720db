// SPDX-License-Identifier: GPL-3.0-or-later
// A server for tests of the client: speaks HTTP/1.1 on a free port, records what it was asked, and answers as
// the test says, which may be never, or by hanging up. Not a node: it keeps nothing.
#pragma once

#include "nodecore/base/utf8.h"

#include <QHash>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QTcpServer>
#include <QTcpSocket>
#include <QUrl>

#include <algorithm>
#include <functional>
#include <memory>
#include <optional>

namespace ringmaster {

struct FakeRequest {
    QByteArray method;
    QByteArray path; // still percent-encoded, without the query
    QByteArray query;
    QHash<QByteArray, QByteArray> headers; // names in lower case
    QByteArray body;
};

struct FakeAnswer {
    enum class Kind { Answer, Never, HangUp };
    Kind kind = Kind::Answer;
    int status = 200;
    QByteArray body;

    static FakeAnswer json(int status, const QJsonObject& object)
    {
        return {Kind::Answer, status, QJsonDocument(object).toJson(QJsonDocument::Compact)};
    }
    static FakeAnswer never() { return {Kind::Never, 0, {}}; }
    static FakeAnswer hangUp() { return {Kind::HangUp, 0, {}}; }
};

class FakeNode {
public:
    using Handler = std::function<FakeAnswer(const FakeRequest&)>;

    explicit FakeNode(Handler handler)
        : m_handler(std::move(handler))
    {
        listen(0);
    }

    bool listen(quint16 port)
    {
        m_server = std::make_unique<QTcpServer>();
        QObject::connect(m_server.get(), &QTcpServer::newConnection, m_server.get(), [this] {
            while (QTcpSocket* socket = m_server->nextPendingConnection())
                accept(socket);
        });
        const bool listening = m_server->listen(QHostAddress::LocalHost, port);
        m_port = m_server->serverPort();
        return listening;
    }
    // As a killed node: nothing listens any more, and all connections are gone.
    void die() { m_server.reset(); }

    quint16 port() const { return m_port; }
    QString address() const { return QStringLiteral("127.0.0.1:%1").arg(m_port); }
    QUrl url() const { return QUrl(QStringLiteral("http://") + address()); }
    const QList<FakeRequest>& requests() const { return m_requests; }
    int connections() const { return m_connections; }
    int count(const QByteArray& pathPrefix) const
    {
        return static_cast<int>(
            std::count_if(m_requests.begin(), m_requests.end(),
                          [&](const FakeRequest& r) { return r.path.startsWith(pathPrefix); }));
    }
    void setHandler(Handler handler) { m_handler = std::move(handler); }

private:
    void accept(QTcpSocket* socket)
    {
        ++m_connections;
        auto buffer = std::make_shared<QByteArray>();
        QObject::connect(socket, &QTcpSocket::readyRead, socket, [this, socket, buffer] {
            *buffer += socket->readAll();
            while (auto request = takeRequest(*buffer))
                answer(socket, *request);
        });
        QObject::connect(socket, &QTcpSocket::disconnected, socket, &QObject::deleteLater);
    }

    static std::optional<FakeRequest> takeRequest(QByteArray& buffer)
    {
        const qsizetype end = buffer.indexOf("\r\n\r\n");
        if (end < 0)
            return std::nullopt;
        FakeRequest request;
        const QList<QByteArray> lines = buffer.left(end).split('\n');
        const QList<QByteArray> words = lines.first().split(' ');
        request.method = words.value(0);
        const qsizetype question = words.value(1).indexOf('?');
        request.path = question < 0 ? words.value(1) : words.value(1).left(question);
        request.query = question < 0 ? QByteArray() : words.value(1).mid(question + 1);
        for (const QByteArray& line : lines.mid(1))
            request.headers.insert(line.left(line.indexOf(':')).toLower(),
                                   line.mid(line.indexOf(':') + 1).trimmed());
        const qsizetype length = request.headers.value("content-length").toLongLong();
        if (buffer.size() < end + 4 + length)
            return std::nullopt;
        request.body = buffer.mid(end + 4, length);
        buffer.remove(0, end + 4 + length);
        return request;
    }

    void answer(QTcpSocket* socket, const FakeRequest& request)
    {
        m_requests.append(request);
        const FakeAnswer answer = m_handler(request);
        if (answer.kind == FakeAnswer::Kind::HangUp)
            socket->abort();
        if (answer.kind != FakeAnswer::Kind::Answer)
            return;
        socket->write("HTTP/1.1 " + QByteArray::number(answer.status) +
                      " x\r\nContent-Type: application/json\r\n" +
                      "Content-Length: " + QByteArray::number(answer.body.size()) + "\r\n\r\n" + answer.body);
    }

    Handler m_handler;
    std::unique_ptr<QTcpServer> m_server;
    quint16 m_port = 0;
    int m_connections = 0;
    QList<FakeRequest> m_requests;
};

// Shapes of nodecore/net/API.md that several tests need.
namespace fake {

inline QJsonObject member(const QString& name, const QString& http, bool reachable)
{
    return {{QStringLiteral("name"), name},
            {QStringLiteral("id"), QStringLiteral("00000000000000aa")},
            {QStringLiteral("actor"), QStringLiteral("00000000000000bb")},
            {QStringLiteral("state"), QStringLiteral("READY")},
            {QStringLiteral("http"), http},
            {QStringLiteral("peer"), QStringLiteral("127.0.0.1:1")},
            {QStringLiteral("reachable"), reachable},
            {QStringLiteral("tokens"), 1}};
}

inline QJsonObject members(const QString& self, const QJsonArray& list)
{
    return {{QStringLiteral("cluster"), QStringLiteral("demo")},
            {QStringLiteral("self"), self},
            {QStringLiteral("replicas"), 3},
            {QStringLiteral("read_quorum"), 2},
            {QStringLiteral("write_quorum"), 2},
            {QStringLiteral("partitioner"), QStringLiteral("md5")},
            {QStringLiteral("ring_digest"), QStringLiteral("0123456789abcdef")},
            {QStringLiteral("members"), list}};
}

// token i lies on the slot (i + 1) * 1000 and belongs to names[i].
inline QJsonObject ring(const QStringList& names)
{
    QJsonArray tokens;
    for (int i = 0; i < names.size(); ++i)
        tokens.append(
            QJsonObject{{QStringLiteral("slot"), (i + 1) * 1000}, {QStringLiteral("node"), names.at(i)}});
    return {{QStringLiteral("partitioner"), QStringLiteral("md5")},
            {QStringLiteral("slots"), 65536},
            {QStringLiteral("replicas"), 3},
            {QStringLiteral("digest"), QStringLiteral("0123456789abcdef")},
            {QStringLiteral("tokens"), tokens}};
}

inline QJsonObject quorum()
{
    return {{QStringLiteral("n"), 3},
            {QStringLiteral("needed"), 2},
            {QStringLiteral("coordinator"), QStringLiteral("n1")}};
}

inline QJsonObject absent(const QByteArray& key)
{
    return {{QStringLiteral("error"), QStringLiteral("absent")},
            {QStringLiteral("message"), QStringLiteral("No such key.")},
            {key.isValidUtf8() ? QStringLiteral("key") : QStringLiteral("key_base64"),
             key.isValidUtf8() ? textFromUtf8(key) : QString::fromLatin1(key.toBase64())},
            {QStringLiteral("context"), QString()},
            {QStringLiteral("quorum"), quorum()}};
}

// Answers a read, and a write that asked for the siblings.
inline QJsonObject value(const QByteArray& text, const QByteArray& key = "k")
{
    const bool isText = text.isValidUtf8();
    return {{key.isValidUtf8() ? QStringLiteral("key") : QStringLiteral("key_base64"),
             key.isValidUtf8() ? textFromUtf8(key) : QString::fromLatin1(key.toBase64())},
            {QStringLiteral("sibling_count"), 1},
            {QStringLiteral("siblings"),
             QJsonArray{
                 QJsonObject{{isText ? QStringLiteral("value") : QStringLiteral("value_base64"),
                              isText ? textFromUtf8(text) : QString::fromLatin1(text.toBase64())},
                             {QStringLiteral("dot"), QStringLiteral("00000000000000bb:3")},
                             {QStringLiteral("clock"), QJsonObject{{QStringLiteral("00000000000000bb"), 3}}},
                             {QStringLiteral("written_ms"), 1764000000000LL}}}},
            {QStringLiteral("context"), QStringLiteral("ctx-1")},
            {QStringLiteral("quorum"), quorum()}};
}

} // namespace fake

} // namespace ringmaster
