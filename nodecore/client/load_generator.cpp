// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/client/load_generator.h"

#include "nodecore/client/http_response_parser.h"
#include "nodecore/client/node_request.h"

#include <QElapsedTimer>
#include <QTcpSocket>
#include <QTimer>

#include <numeric>
#include <random>
#include <vector>

namespace ringmaster {

namespace {

constexpr qsizetype maxAnswerBytes = 16 * 1024 * 1024;
constexpr int checkIntervalMs = 100;
constexpr qint64 answerTimeoutNs = 6'000'000'000; // beyond a node's own deadline of 5 s

// The context that a write answers with, without the price of a JSON parser.
QByteArray contextIn(const QByteArray& body)
{
    static const QByteArray field = "\"context\"";
    qsizetype at = body.lastIndexOf(field);
    if (at < 0)
        return {};
    at = body.indexOf('"', at + field.size());
    const qsizetype end = at < 0 ? -1 : body.indexOf('"', at + 1);
    return end < 0 ? QByteArray() : body.mid(at + 1, end - at - 1);
}

} // namespace

quint64 LoadResult::errorCount() const
{
    return std::accumulate(errors.begin(), errors.end(), quint64(0));
}

class LoadGenerator::Impl {
public:
    struct Connection {
        explicit Connection(QUrl to)
            : node(std::move(to))
        {}
        QUrl node;
        QByteArray host; // for the Host header
        QTcpSocket socket;
        HttpResponseParser parser{maxAnswerBytes};
        bool waiting = false; // for an answer
        bool read = false;
        int key = 0;
        qint64 sentNs = 0;
    };

    Impl(LoadGenerator* self, LoadSpec load);
    void start();
    void finish();

    LoadGenerator* q;
    LoadSpec spec;
    LoadResult result;
    QElapsedTimer clock;
    bool running = false;

private:
    void open(Connection& connection);
    void sendNext(Connection& connection);
    void answered(Connection& connection);
    void record(Connection& connection);
    void failed(Connection& connection, const QString& why);
    void checkTime();

    std::vector<std::unique_ptr<Connection>> connections;
    std::vector<QByteArray> contexts; // by key
    QByteArray value;
    std::mt19937_64 random;
    QTimer timer;
};

LoadGenerator::Impl::Impl(LoadGenerator* self, LoadSpec load)
    : q(self)
    , spec(std::move(load))
    , contexts(static_cast<size_t>(spec.keys))
    , value(spec.valueSize, 'x')
    , random(spec.seed)
{
    QObject::connect(&timer, &QTimer::timeout, q, [this] { checkTime(); });
}

void LoadGenerator::Impl::start()
{
    running = true;
    clock.start();
    timer.start(checkIntervalMs);
    for (int i = 0; i < spec.connections && !spec.nodes.isEmpty(); ++i) {
        connections.push_back(std::make_unique<Connection>(spec.nodes.at(i % spec.nodes.size())));
        Connection* connection = connections.back().get();
        connection->host = connection->node.authority().toLatin1();
        QObject::connect(&connection->socket, &QTcpSocket::connected, q, [this, connection] {
            connection->socket.setSocketOption(QAbstractSocket::LowDelayOption, 1);
            sendNext(*connection);
        });
        QObject::connect(&connection->socket, &QTcpSocket::readyRead, q,
                         [this, connection] { answered(*connection); });
        QObject::connect(&connection->socket, &QTcpSocket::errorOccurred, q,
                         [this, connection] { failed(*connection, connection->socket.errorString()); });
        open(*connection);
    }
}

void LoadGenerator::Impl::open(Connection& connection)
{
    connection.socket.connectToHost(connection.node.host(), static_cast<quint16>(connection.node.port(80)));
}

void LoadGenerator::Impl::sendNext(Connection& connection)
{
    if (!running)
        return;
    // Drawn the same way whatever the standard library: its distributions differ from one to another.
    connection.read = static_cast<double>(random() >> 11) * 0x1.0p-53 < spec.readRatio;
    connection.key = static_cast<int>(random() % static_cast<quint64>(spec.keys));
    NodeRequest request;
    request.method = connection.read ? "GET" : "PUT";
    request.target = "/api/v1/kv/" + spec.keyPrefix + QByteArray::number(connection.key);
    if (!connection.read) {
        request.body = value;
        const QByteArray& context = contexts[static_cast<size_t>(connection.key)];
        if (!context.isEmpty())
            request.headers.emplaceBack("X-Ring-Context", context);
    }
    connection.parser.reset();
    connection.waiting = true;
    connection.sentNs = clock.nsecsElapsed();
    connection.socket.write(request.serialised(connection.host));
    connection.socket.flush(); // now, rather than after another turn of the event loop
}

void LoadGenerator::Impl::answered(Connection& connection)
{
    connection.parser.feed(connection.socket.readAll());
    if (connection.parser.failed()) {
        failed(connection, connection.parser.problem());
    } else if (connection.parser.finished() && running) {
        record(connection);
        if (connection.parser.keepAlive())
            sendNext(connection);
        else
            connection.socket.disconnectFromHost(); // opened again at the next check
    }
}

void LoadGenerator::Impl::record(Connection& connection)
{
    connection.waiting = false;
    const int status = connection.parser.status();
    const bool absent = connection.read && status == 404;
    if (status != 200 && !absent) {
        ++result.errors[QString::number(status)];
        return;
    }
    const std::chrono::nanoseconds took(clock.nsecsElapsed() - connection.sentNs);
    (connection.read ? result.reads : result.writes).record(took);
    result.absent += absent ? 1 : 0;
    if (!connection.read)
        contexts[static_cast<size_t>(connection.key)] = contextIn(connection.parser.takeBody());
}

void LoadGenerator::Impl::failed(Connection& connection, const QString& why)
{
    if (!running)
        return;
    connection.waiting = false;
    ++result.errors[why];
    // It is opened again at the next check and not at once: a dead node refuses as fast as it is asked.
    QMetaObject::invokeMethod(
        q, [&connection] { connection.socket.abort(); }, Qt::QueuedConnection);
}

void LoadGenerator::Impl::checkTime()
{
    const qint64 now = clock.nsecsElapsed();
    if (static_cast<double>(now) >= spec.seconds * 1e9) {
        finish();
        return;
    }
    for (const auto& connection : connections) {
        if (connection->socket.state() == QAbstractSocket::UnconnectedState)
            open(*connection);
        else if (connection->waiting && now - connection->sentNs > answerTimeoutNs)
            failed(*connection, QStringLiteral("no answer"));
    }
}

void LoadGenerator::Impl::finish()
{
    if (!running)
        return;
    running = false;
    timer.stop();
    result.seconds = static_cast<double>(clock.nsecsElapsed()) / 1e9;
    QMetaObject::invokeMethod(
        q,
        [this] {
            connections.clear();
            Q_EMIT q->finished();
        },
        Qt::QueuedConnection);
}

LoadGenerator::LoadGenerator(LoadSpec spec, QObject* parent)
    : QObject(parent)
    , m_impl(std::make_unique<Impl>(this, std::move(spec)))
{}

LoadGenerator::~LoadGenerator() = default;

void LoadGenerator::start()
{
    m_impl->start();
}

void LoadGenerator::stop()
{
    m_impl->finish();
}

LoadResult LoadGenerator::result() const
{
    LoadResult result = m_impl->result;
    if (m_impl->running)
        result.seconds = static_cast<double>(m_impl->clock.nsecsElapsed()) / 1e9;
    return result;
}

} // namespace ringmaster
