// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/client/node_client.h"

#include "nodecore/client/client_json.h"
#include "nodecore/client/node_pool.h"

#include <QElapsedTimer>
#include <QJsonDocument>
#include <QPointer>
#include <QUrlQuery>

namespace ringmaster {

using namespace Qt::StringLiterals;

namespace {

constexpr std::chrono::milliseconds serverTimeout{5000}; // what a node takes where nothing is said
constexpr std::chrono::milliseconds graceTime{1000};     // on top of it, for the node to say that it ran out
// After which a read is taken elsewhere, where there is an elsewhere: a node that is frozen accepts
// connections and never answers.
constexpr std::chrono::milliseconds patienceWithOthersLeft{2000};

std::chrono::milliseconds answerTimeout(const ClientOptions& options)
{
    const auto timeout = options.timeoutMs ? std::chrono::milliseconds(*options.timeoutMs) : serverTimeout;
    return timeout + graceTime;
}

QByteArray keyTarget(const Key& key, const ClientOptions& options, bool write)
{
    QUrlQuery query;
    if (options.quorum)
        query.addQueryItem(write ? u"w"_s : u"r"_s, QString::number(*options.quorum));
    if (options.primaryQuorum)
        query.addQueryItem(write ? u"pw"_s : u"pr"_s, QString::number(*options.primaryQuorum));
    if (options.sloppy)
        query.addQueryItem(u"sloppy"_s, *options.sloppy ? u"true"_s : u"false"_s);
    if (options.timeoutMs)
        query.addQueryItem(u"timeout_ms"_s, QString::number(*options.timeoutMs));
    if (options.trace)
        query.addQueryItem(u"trace"_s, u"true"_s);
    if (write && options.returnSiblings)
        query.addQueryItem(u"return"_s, u"siblings"_s);
    QByteArray target = "/api/v1/kv/" + pathSegment(key.bytes());
    if (!query.isEmpty())
        target += '?' + query.toString(QUrl::FullyEncoded).toLatin1();
    return target;
}

// An answer that could not be had from any node, as an error for a person.
ClientError noAnswer(bool write, const QStringList& tried, bool mayExist)
{
    ClientError error;
    error.word = u"no_answer"_s;
    error.mayExist = mayExist;
    error.message =
        tried.isEmpty() ? u"There is no node to ask."_s : u"No node answers (%1)."_s.arg(tried.join(u"; "_s));
    if (mayExist)
        error.message =
            u"The node did not answer (%1). The write may have been carried out all the same: read "
            "the key before writing it again."_s.arg(tried.join(u"; "_s));
    else if (write)
        error.message += u" Nothing was written."_s;
    return error;
}

ClientError badAnswer(const QString& node, const QString& problem, bool write)
{
    ClientError error;
    error.word = u"bad_answer"_s;
    error.mayExist = write;
    error.message =
        u"What %1 answered cannot be understood: %2. Is that the address of a ringnode?"_s.arg(node, problem);
    return error;
}

} // namespace

// One call, from node to node until one has answered. Shared by the callbacks that carry it on.
struct NodeCall {
    NodeRequest request;
    bool write = false;
    std::chrono::milliseconds timeout{};
    QPointer<QObject> context;
    std::function<void(tl::expected<NodeAnswer, ClientError>, QString node)> done;
    QList<QUrl> remaining;
    QStringList tried;
};

class NodeClient::Impl {
public:
    explicit Impl(QList<QUrl> nodeUrls)
        : nodes(std::move(nodeUrls))
    {}

    void call(NodeRequest request, std::chrono::milliseconds timeout, QObject* context,
              std::function<void(tl::expected<NodeAnswer, ClientError>, QString)> done);
    // A call whose JSON object is turned into a T by parse.
    template <class T, class Parse>
    void callFor(NodeRequest request, std::chrono::milliseconds timeout, QObject* context,
                 ClientCallback<T> done, Parse parse);

    QList<QUrl> nodes;
    QUrl preferred; // the one that last answered
    NodePool pool;  // last: its callbacks use the rest

private:
    void next(const std::shared_ptr<NodeCall>& call);
    void failed(const std::shared_ptr<NodeCall>& call, const QUrl& node, const NodeFailure& failure);
};

void NodeClient::Impl::call(NodeRequest request, std::chrono::milliseconds timeout, QObject* context,
                            std::function<void(tl::expected<NodeAnswer, ClientError>, QString)> done)
{
    auto call = std::make_shared<NodeCall>();
    call->write = request.method != "GET";
    call->request = std::move(request);
    call->timeout = timeout;
    call->context = context;
    call->done = std::move(done);
    call->remaining = nodes;
    if (const qsizetype at = nodes.indexOf(preferred); at > 0)
        std::rotate(call->remaining.begin(), call->remaining.begin() + at, call->remaining.end());
    if (call->remaining.isEmpty())
        QMetaObject::invokeMethod(
            &pool, [this, call] { next(call); }, Qt::QueuedConnection);
    else
        next(call);
}

void NodeClient::Impl::next(const std::shared_ptr<NodeCall>& call)
{
    if (!call->context)
        return;
    if (call->remaining.isEmpty()) {
        call->done(tl::make_unexpected(noAnswer(call->write, call->tried, false)), {});
        return;
    }
    const QUrl node = call->remaining.takeFirst();
    const bool othersLeft = !call->write && !call->remaining.isEmpty();
    const auto timeout = othersLeft ? qMin(call->timeout, patienceWithOthersLeft) : call->timeout;
    pool.send(node, call->request, timeout, [this, call, node](NodeResult result) {
        if (!call->context)
            return;
        if (!result) {
            failed(call, node, result.error());
            return;
        }
        preferred = node;
        call->done(std::move(*result), node.authority());
    });
}

void NodeClient::Impl::failed(const std::shared_ptr<NodeCall>& call, const QUrl& node,
                              const NodeFailure& failure)
{
    call->tried.append(u"%1: %2"_s.arg(node.authority(), failure.detail));
    if (preferred == node || preferred.isEmpty())
        preferred = call->remaining.value(0);
    // A write that has left is never sent again: it may have been carried out.
    if (call->write && failure.kind != NodeFailure::Kind::NotConnected)
        call->done(tl::make_unexpected(noAnswer(true, call->tried.mid(call->tried.size() - 1), true)), {});
    else
        next(call);
}

template <class T, class Parse>
void NodeClient::Impl::callFor(NodeRequest request, std::chrono::milliseconds timeout, QObject* context,
                               ClientCallback<T> done, Parse parse)
{
    const bool write = request.method != "GET";
    QElapsedTimer clock;
    clock.start();
    call(std::move(request), timeout, context,
         [done = std::move(done), parse, write, clock](tl::expected<NodeAnswer, ClientError> answer,
                                                       const QString& node) {
             if (!answer)
                 return done(tl::make_unexpected(std::move(answer.error())));
             if (answer->status != 200)
                 return done(parse.onError(errorFrom(answer->status, answer->body)));
             auto value = objectFrom(answer->body).and_then(parse.onObject);
             if (!value)
                 return done(tl::make_unexpected(badAnswer(node, value.error(), write)));
             [[maybe_unused]] const double tookMs = static_cast<double>(clock.nsecsElapsed()) / 1e6;
             if constexpr (std::is_same_v<T, ClientValue>)
                 value->tookMs = tookMs;
             done(std::move(*value));
         });
}

namespace {

// How an answer becomes a T: onObject for status 200, onError for any other.
template <class T>
struct ParseAs {
    std::function<Parsed<T>(const QJsonObject&)> onObject;
    std::function<ClientResult<T>(ClientError)> onError = [](ClientError error) -> ClientResult<T> {
        return tl::make_unexpected(std::move(error));
    };
};

// Only a node says so, of this key and with the quorum that says it: any web server says 404.
ClientResult<ClientValue> absentIsAValue(ClientError error, const Key& key)
{
    if (error.word != "absent"_L1 || !error.quorum || !isAbout(error.body, key.bytes()))
        return tl::make_unexpected(std::move(error));
    ClientValue value;
    value.context = error.context;
    value.quorum = error.quorum.value_or(ClientQuorum{});
    if (auto trace = traceFrom(error.body.value("trace"_L1).toObject()))
        value.trace = std::move(*trace);
    return value;
}

using ParseValue = Parsed<ClientValue> (*)(const QJsonObject&);

ParseAs<ClientValue> parseAbout(const Key& key, ParseValue parse)
{
    return {[key, parse](const QJsonObject& object) -> Parsed<ClientValue> {
        if (!isAbout(object, key.bytes()))
            return tl::make_unexpected(u"the answer is not about this key"_s);
        return parse(object);
    }};
}

ParseAs<ClientValue> parseRead(const Key& key)
{
    ParseAs<ClientValue> read = parseAbout(key, readFrom);
    read.onError = [key](ClientError error) { return absentIsAValue(std::move(error), key); };
    return read;
}

NodeRequest writeRequest(const char* method, const Key& key, const QByteArray& value,
                         const QByteArray& ringContext, const ClientOptions& options)
{
    NodeRequest request{method, keyTarget(key, options, true), {}, value};
    if (!value.isEmpty())
        request.headers.emplaceBack("Content-Type", "application/octet-stream");
    // What is no token would otherwise end the header and begin another.
    if (!ringContext.isEmpty())
        request.headers.emplaceBack("X-Ring-Context", ringContext.toPercentEncoding());
    if (!options.idempotencyId.isEmpty())
        request.headers.emplaceBack("Idempotency-Key", options.idempotencyId.toPercentEncoding());
    return request;
}

} // namespace

NodeClient::NodeClient(QList<QUrl> nodes, QObject* parent)
    : QObject(parent)
    , m_impl(std::make_unique<Impl>(std::move(nodes)))
{}

NodeClient::~NodeClient() = default;

void NodeClient::setNodes(QList<QUrl> nodes)
{
    m_impl->nodes = std::move(nodes);
}

QList<QUrl> NodeClient::nodes() const
{
    return m_impl->nodes;
}

void NodeClient::get(const Key& key, const ClientOptions& options, QObject* context,
                     ClientCallback<ClientValue> done)
{
    m_impl->callFor<ClientValue>({"GET", keyTarget(key, options, false), {}, {}}, answerTimeout(options),
                                 context, std::move(done), parseRead(key));
}

void NodeClient::put(const Key& key, const QByteArray& value, const QByteArray& ringContext,
                     const ClientOptions& options, QObject* context, ClientCallback<ClientValue> done)
{
    m_impl->callFor<ClientValue>(writeRequest("PUT", key, value, ringContext, options),
                                 answerTimeout(options), context, std::move(done),
                                 parseAbout(key, writtenFrom));
}

void NodeClient::remove(const Key& key, const QByteArray& ringContext, const ClientOptions& options,
                        QObject* context, ClientCallback<ClientValue> done)
{
    m_impl->callFor<ClientValue>(writeRequest("DELETE", key, {}, ringContext, options),
                                 answerTimeout(options), context, std::move(done),
                                 parseAbout(key, writtenFrom));
}

void NodeClient::placement(const Key& key, QObject* context, ClientCallback<ClientPlacement> done)
{
    m_impl->callFor<ClientPlacement>({"GET", "/api/v1/placement/" + pathSegment(key.bytes()), {}, {}},
                                     answerTimeout({}), context, std::move(done),
                                     ParseAs<ClientPlacement>{placementFrom});
}

void NodeClient::keys(const QByteArray& prefix, const QString& cursor, int limit, QObject* context,
                      ClientCallback<ClientKeysPage> done)
{
    QByteArray target = "/api/v1/keys?limit=" + QByteArray::number(limit);
    if (!prefix.isEmpty())
        target += "&prefix=" + prefix.toPercentEncoding();
    if (!cursor.isEmpty())
        target += "&cursor=" + QUrl::toPercentEncoding(cursor);
    m_impl->callFor<ClientKeysPage>({"GET", target, {}, {}}, answerTimeout({}), context, std::move(done),
                                    ParseAs<ClientKeysPage>{keysPageFrom});
}

namespace {

Parsed<QJsonObject> asItIs(const QJsonObject& object)
{
    return object;
}

} // namespace

void NodeClient::json(const QString& path, QObject* context, ClientCallback<QJsonObject> done)
{
    const QByteArray target = QUrl(path, QUrl::TolerantMode).toEncoded();
    m_impl->callFor<QJsonObject>({"GET", target, {}, {}}, answerTimeout({}), context, std::move(done),
                                 ParseAs<QJsonObject>{asItIs});
}

void NodeClient::post(const QString& path, const QJsonObject& body, QObject* context,
                      ClientCallback<QJsonObject> done)
{
    NodeRequest request{"POST", QUrl(path, QUrl::TolerantMode).toEncoded(), {}, {}};
    request.headers.emplaceBack("Content-Type", "application/json");
    request.body = QJsonDocument(body).toJson(QJsonDocument::Compact);
    m_impl->callFor<QJsonObject>(std::move(request), answerTimeout({}), context, std::move(done),
                                 ParseAs<QJsonObject>{asItIs});
}

} // namespace ringmaster
