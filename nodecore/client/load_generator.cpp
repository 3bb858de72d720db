// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/client/load_generator.h"

#include "nodecore/client/http_response_parser.h"
#include "nodecore/client/node_request.h"

#include <QElapsedTimer>
#include <QTcpSocket>
#include <QTimer>

#include <algorithm>
#include <numeric>
#include <optional>
#include <random>
#include <utility>
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
        int number = 0;
        int key = 0;
        qint64 sentNs = 0;
    };

    Impl(LoadGenerator* self, LoadSpec load);
    void start();
    void stop();
    std::vector<WrittenKey> writtenKeys() const;

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
    void finishWhenAnswered();
    std::optional<int> ownKey(const Connection& connection, int drawn) const;
    QByteArray nameOf(int key) const;
    void giveAnotherName(int key);

    struct LoadKey {
        int name = 0; // counts those that it had
        bool written = false;
        QByteArray context;
    };
    std::vector<std::unique_ptr<Connection>> connections;
    std::vector<LoadKey> keys;
    std::vector<QByteArray> abandoned; // names
    qint64 stoppedNs = 0;
    QByteArray value;
    std::mt19937_64 random;
    QTimer timer;
};

LoadGenerator::Impl::Impl(LoadGenerator* self, LoadSpec load)
    : q(self)
    , spec(std::move(load))
    , keys(static_cast<size_t>(spec.keys))
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
        connection->number = i;
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
    const bool wantsRead = static_cast<double>(random() >> 11) * 0x1.0p-53 < spec.readRatio;
    const int drawn = static_cast<int>(random() % static_cast<quint64>(spec.keys));
    const std::optional<int> own = wantsRead ? std::nullopt : ownKey(connection, drawn);
    connection.read = !own;
    connection.key = own.value_or(drawn);
    NodeRequest request;
    request.method = connection.read ? "GET" : "PUT";
    request.target = "/api/v1/kv/" + nameOf(connection.key);
    if (!connection.read) {
        LoadKey& key = keys[static_cast<size_t>(connection.key)];
        key.written = true;
        request.body = value;
        if (!key.context.isEmpty())
            request.headers.emplaceBack("X-Ring-Context", key.context);
    }
    connection.parser.reset();
    connection.waiting = true;
    connection.sentNs = clock.nsecsElapsed();
    connection.socket.write(request.serialised(connection.host));
    connection.socket.flush(); // now, rather than after another turn of the event loop
}

// The one beside drawn that this connection alone writes, if it has any.
std::optional<int> LoadGenerator::Impl::ownKey(const Connection& connection, int drawn) const
{
    const int own = drawn - drawn % spec.connections + connection.number;
    if (own < spec.keys)
        return own;
    return own >= spec.connections ? std::optional(own - spec.connections) : std::nullopt;
}

QByteArray LoadGenerator::Impl::nameOf(int key) const
{
    const int name = keys[static_cast<size_t>(key)].name;
    QByteArray text = spec.keyPrefix + QByteArray::number(key);
    if (name > 0)
        text += '.' + QByteArray::number(name);
    return text;
}

// A write of it may or may not be there: the next one would be concurrent with it.
void LoadGenerator::Impl::giveAnotherName(int key)
{
    abandoned.push_back(nameOf(key));
    LoadKey& renamed = keys[static_cast<size_t>(key)];
    renamed = {.name = renamed.name + 1, .written = false, .context = {}};
}

void LoadGenerator::Impl::answered(Connection& connection)
{
    connection.parser.feed(connection.socket.readAll());
    if (connection.parser.failed()) {
        failed(connection, connection.parser.problem());
    } else if (connection.parser.finished() && connection.waiting) {
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
    const bool done = status == 200 || absent;
    if (!connection.read) {
        const QByteArray body = connection.parser.takeBody();
        if (done)
            keys[static_cast<size_t>(connection.key)].context = contextIn(body);
        else if (body.contains("\"may_exist\":true"))
            giveAnotherName(connection.key);
    }
    if (!running) // past the time: it counts for nothing
        return finishWhenAnswered();
    if (!done) {
        ++result.errors[QString::number(status)];
        return;
    }
    const std::chrono::nanoseconds took(clock.nsecsElapsed() - connection.sentNs);
    (connection.read ? result.reads : result.writes).record(took);
    result.absent += absent ? 1 : 0;
}

void LoadGenerator::Impl::failed(Connection& connection, const QString& why)
{
    if (std::exchange(connection.waiting, false) && !connection.read)
        giveAnotherName(connection.key);
    if (!running)
        return finishWhenAnswered();
    ++result.errors[why];
    // It is opened again at the next check and not at once: a dead node refuses as fast as it is asked.
    QMetaObject::invokeMethod(
        q, [&connection] { connection.socket.abort(); }, Qt::QueuedConnection);
}

void LoadGenerator::Impl::checkTime()
{
    const qint64 now = clock.nsecsElapsed();
    if (!running || static_cast<double>(now) >= spec.seconds * 1e9) {
        stop();
        finishWhenAnswered();
        return;
    }
    for (const auto& connection : connections) {
        if (connection->socket.state() == QAbstractSocket::UnconnectedState)
            open(*connection);
        else if (connection->waiting && now - connection->sentNs > answerTimeoutNs)
            failed(*connection, QStringLiteral("no answer"));
    }
}

void LoadGenerator::Impl::stop()
{
    if (!running)
        return;
    running = false;
    stoppedNs = clock.nsecsElapsed();
    result.seconds = static_cast<double>(stoppedNs) / 1e9;
}

// A write that is cut off here would be carried out when whoever cleans up has been.
void LoadGenerator::Impl::finishWhenAnswered()
{
    const bool waits = std::any_of(connections.begin(), connections.end(),
                                   [](const auto& connection) { return connection->waiting; });
    if (!timer.isActive() || (waits && clock.nsecsElapsed() - stoppedNs < answerTimeoutNs))
        return;
    timer.stop();
    for (const auto& connection : connections) {
        if (connection->waiting && !connection->read)
            giveAnotherName(connection->key);
    }
    QMetaObject::invokeMethod(
        q,
        [this] {
            connections.clear();
            Q_EMIT q->finished();
        },
        Qt::QueuedConnection);
}

std::vector<LoadGenerator::WrittenKey> LoadGenerator::Impl::writtenKeys() const
{
    std::vector<WrittenKey> all;
    for (const QByteArray& name : abandoned)
        all.push_back({name, {}});
    for (int i = 0; i < spec.keys; ++i) {
        const LoadKey& key = keys[static_cast<size_t>(i)];
        if (key.written)
            all.push_back({nameOf(i), key.context});
    }
    return all;
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
    m_impl->stop();
}

std::vector<LoadGenerator::WrittenKey> LoadGenerator::writtenKeys() const
{
    return m_impl->writtenKeys();
}

LoadResult LoadGenerator::result() const
{
    LoadResult result = m_impl->result;
    if (m_impl->running)
        result.seconds = static_cast<double>(m_impl->clock.nsecsElapsed()) / 1e9;
    return result;
}

} // namespace ringmaster
