// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/sim/workload.h"

#include "nodecore/version/context_token.h"
#include "tests/sim/copies.h"

#include <algorithm>

namespace ringmaster::sim {

namespace {

using namespace std::chrono_literals;

constexpr int finalClient = -1;
constexpr int firstProber = 1000;
constexpr size_t fewKeys = 20; // are read through every node in the end
constexpr double emptyValues = 0.03;

PlainContext plain(const VersionVector& context)
{
    PlainContext entries;
    for (const VersionVector::Entry& entry : context.entries())
        entries[entry.actor.value] = entry.counter;
    return entries;
}

// What an answer says, for the history.
Operation answerOf(const SiblingSet& set)
{
    Operation answer;
    answer.outcome = Outcome::Acknowledged;
    for (const Sibling& sibling : set.siblings())
        answer.answer.push_back(
            {{sibling.dot.actor.value, sibling.dot.counter}, sibling.tombstone, sibling.value});
    answer.got = plain(set.context());
    return answer;
}

Operation failureOf(const RequestFailure& failure)
{
    Operation answer;
    answer.outcome = failure.mayExist ? Outcome::MayExist : Outcome::NotDone;
    answer.error = failure.error.message;
    return answer;
}

} // namespace

Workload::Workload(VirtualCluster& cluster, const Mixture& mixture, History& history, Trace& trace,
                   quint64 seed)
    : m_cluster(cluster)
    , m_mixture(mixture)
    , m_history(history)
    , m_trace(trace)
    , m_random(seed ^ 0x776f726b6c6f6164ULL)
{
    for (int i = 0; i < mixture.keys; ++i)
        m_keys.push_back("k" + QByteArray::number(i));
    for (int i = 0; i < mixture.clients; ++i)
        m_clients.push_back({i, {}});
}

void Workload::begin()
{
    m_stopped = false;
    m_isProbing = false;
    for (Client& client : m_clients)
        later(client);
}

void Workload::later(Client& client)
{
    m_cluster.queue().after(m_random.between(1ms, m_mixture.thinkTime), [this, &client] { act(client); });
}

// Who does not know the cluster's secrets answers no request for a key.
bool Workload::takesRequests(int node) const
{
    return m_cluster.isUp(node) && !m_cluster.isPaused(node) && !m_cluster.node(node).secrets().isEmpty();
}

std::optional<int> Workload::pickNode()
{
    std::vector<int> awake;
    for (int i = 0; i < m_cluster.size(); ++i) {
        if (takesRequests(i))
            awake.push_back(i);
    }
    if (awake.empty())
        return std::nullopt;
    return awake[m_random.below(awake.size())];
}

void Workload::act(Client& client)
{
    if (m_stopped)
        return;
    const std::optional<int> picked = pickNode();
    if (!picked)
        return later(client);
    const int node = *picked;
    const QByteArray key = pickKey();
    const Next done = [this, &client](const Session&) { later(client); };
    const auto thenWrite = [this, &client, node, key, done](bool isDelete) {
        return
            [=, this, &client](const Session& session) { write(client, node, key, isDelete, session, done); };
    };
    const Habits& habits = m_mixture.habits;
    int draw = static_cast<int>(m_random.below(quint64(habits.sum())));
    if ((draw -= habits.read) < 0)
        return read(client, node, key, done);
    if ((draw -= habits.modify) < 0)
        return read(client, node, key, thenWrite(false));
    if ((draw -= habits.writeAgain) < 0)
        return write(client, node, key, false, client.sessions[key], done);
    if ((draw -= habits.blind) < 0)
        return write(client, node, key, false, {}, done);
    if ((draw -= habits.remove) < 0)
        return read(client, node, key, thenWrite(true));
    if ((draw -= habits.recreate) < 0)
        return write(client, node, key, true, client.sessions[key], thenWrite(false));
    if ((draw -= habits.list) < 0)
        return list(&client, node);
    askPlacement(client, node, key);
}

QByteArray Workload::pickKey()
{
    if (m_mixture.keyTurn == 0ns)
        return m_keys[m_random.below(m_keys.size())];
    const auto turn = static_cast<size_t>(m_cluster.queue().now().sinceStart / m_mixture.keyTurn);
    return m_keys[turn % m_keys.size()];
}

RequestOptions Workload::drawOptions(int leastQuorum)
{
    const auto upTo = [this](int least) {
        return least + static_cast<int>(m_random.below(quint64(m_mixture.replicas - least + 1)));
    };
    RequestOptions options;
    if (m_isProbing)
        return options;
    options.sloppy = m_mixture.sloppy != m_random.chance(m_mixture.own.otherSloppiness);
    options.timeout = m_mixture.timeout;
    if (m_random.chance(m_mixture.own.quorum))
        options.quorum = upTo(leastQuorum);
    if (m_random.chance(m_mixture.own.primaryQuorum))
        options.primaryQuorum = upTo(0);
    return options;
}

Operation Workload::operationWith(const RequestOptions& options, int standard) const
{
    Operation operation;
    operation.isProbe = m_isProbing;
    operation.quorum = options.quorum.value_or(standard);
    operation.primaries = options.primaryQuorum.value_or(0);
    if (!options.sloppy)
        operation.primaries = std::max(operation.primaries, operation.quorum);
    return operation;
}

QByteArray Workload::drawValue(const QByteArray& key)
{
    if (m_random.chance(emptyValues) && m_hadEmpty.insert(key).second)
        return QByteArrayLiteral("");
    QByteArray value = key + "=w" + QByteArray::number(++m_values);
    if (!m_isProbing && m_random.chance(m_mixture.values.longOnes)) {
        const qsizetype length =
            static_cast<qsizetype>(m_random.below(quint64(m_mixture.values.most) * 9 / 8));
        value.append(std::max<qsizetype>(0, length - value.size()), '.');
    }
    return value;
}

Moment Workload::now() const
{
    return {m_cluster.queue().now(), m_cluster.queue().eventsRun(), 0};
}

OpId Workload::began(Operation operation)
{
    operation.began = now();
    const OpId id = m_history.begin(std::move(operation));
    m_trace.line(m_cluster.queue(), QStringLiteral("CLIENT ") + describe(m_history.at(id)));
    return id;
}

bool Workload::ended(OpId id, Operation answer)
{
    if (m_underWay.erase(id) == 0)
        return false;
    answer.ended = now();
    m_history.end(id, std::move(answer));
    m_trace.line(m_cluster.queue(), QStringLiteral("CLIENT ") + describe(m_history.at(id)));
    return true;
}

void Workload::read(Client& client, int node, const QByteArray& key, Next next)
{
    const RequestOptions options = drawOptions(1);
    Operation operation = operationWith(options, m_mixture.readQuorum);
    operation.client = client.number;
    operation.node = node;
    operation.key = key;
    const OpId id = began(std::move(operation));
    m_underWay[id] = &client;
    m_cluster.node(node).get({keyOf(key), options}, [this, id, node, key, &client, next = std::move(next)](
                                                        const RequestResult<GetResponse>& got) {
        if (!ended(id, got ? answerOf(got->siblings) : failureOf(got.error())))
            return;
        if (!got)
            return later(client);
        client.sessions[key] = sessionAfter(id, node, key, got->siblings);
        next(client.sessions[key]);
    });
    m_cluster.touched(node);
}

// What the answering node's API tells the client.
Workload::Session Workload::sessionAfter(OpId id, int node, const QByteArray& key,
                                         const SiblingSet& set) const
{
    ReadLimits limits;
    limits.contextEntries = m_mixture.contextEntries;
    return {encodeContextToken(readView(set, limits).context, keyOf(key), m_cluster.node(node).secrets()),
            id};
}

void Workload::write(Client& client, int node, const QByteArray& key, bool isDelete, const Session& session,
                     Next next)
{
    if (!takesRequests(node))
        return later(client); // it went away between two requests
    const Result<VersionVector> context =
        decodeContextToken(session.token, keyOf(key), m_cluster.node(node).secrets());
    if (!context) {
        if (!m_refusedToken)
            m_refusedToken = QStringLiteral("%1, of %2: %3")
                                 .arg(nodeName(node), QString::fromUtf8(key), context.error().message);
        client.sessions.erase(key);
        return later(client);
    }
    const RequestOptions options = drawOptions(m_mixture.leastWriteQuorum);
    Operation operation = operationWith(options, m_mixture.writeQuorum);
    operation.client = client.number;
    operation.node = node;
    operation.key = key;
    operation.kind = isDelete ? OpKind::Delete : OpKind::Write;
    operation.basedOn = session.answer;
    operation.sent = plain(*context);
    SiblingSet::Content content;
    if (!isDelete)
        operation.value = *(content = drawValue(key));
    const OpId id = began(std::move(operation));
    m_underWay[id] = &client;
    const auto done = [this, id, node, key, &client,
                       next = std::move(next)](const RequestResult<PutResponse>& put) {
        Operation answer = put ? answerOf(put->siblings) : failureOf(put.error());
        if (put) {
            answer.dot = Label{put->dot.actor.value, put->dot.counter};
            answer.holders = holdersOf(put->quorum);
            answer.copies = distinctCopies(durableCopies(m_cluster, keyOf(key)), *answer.dot);
        }
        if (!ended(id, std::move(answer)))
            return;
        if (!put)
            return later(client);
        client.sessions[key] = sessionAfter(id, node, key, put->siblings);
        next(client.sessions[key]);
    };
    m_cluster.node(node).put({keyOf(key), std::move(content), *context, options}, done);
    m_cluster.touched(node);
}

std::vector<Holder> Workload::holdersOf(const QuorumReport& report) const
{
    std::vector<Holder> holders;
    for (const QuorumReport::Answer& answer : report.answered) {
        for (int i = 0; i < m_cluster.size(); ++i) {
            if (nodeIdFor(nodeName(i), 0) == answer.node)
                holders.push_back({i, answer.role == ReplicaRole::Fallback});
        }
    }
    return holders;
}

void Workload::nodeCrashed(int node)
{
    std::vector<std::pair<OpId, Client*>> lost;
    for (const auto& [id, client] : m_underWay) {
        if (m_history.at(id).node == node)
            lost.emplace_back(id, client);
    }
    for (const auto& [id, client] : lost) {
        Operation answer;
        answer.outcome = m_history.at(id).isWriting() ? Outcome::MayExist : Outcome::NotDone;
        answer.error = QStringLiteral("the connection was lost");
        ended(id, std::move(answer));
        if (client)
            later(*client);
    }
}

void Workload::probe()
{
    m_isProbing = true;
    m_probers.resize(size_t(m_cluster.size()));
    for (int node = 0; node < m_cluster.size(); ++node) {
        if (!m_cluster.isUp(node))
            continue;
        Client& prober = m_probers[size_t(node)];
        prober.number = firstProber + node;
        const QByteArray key = m_keys[m_random.below(m_keys.size())];
        read(prober, node, key, [this, &prober, node, key](const Session& session) {
            write(prober, node, key, false, session, [](const Session&) {});
        });
    }
}

int Workload::underWayAt(int node) const
{
    return static_cast<int>(
        std::count_if(m_underWay.begin(), m_underWay.end(),
                      [this, node](const auto& each) { return m_history.at(each.first).node == node; }));
}

void Workload::readEverything()
{
    std::vector<int> nodes;
    for (int node = 0; node < m_cluster.size(); ++node) {
        if (m_cluster.isUp(node))
            nodes.push_back(node);
    }
    for (const QByteArray& key : m_keys) {
        if (m_keys.size() <= fewKeys) {
            for (const int node : nodes)
                finalRead(node, key);
        } else {
            finalRead(nodes[m_random.below(nodes.size())], key);
        }
    }
    for (const int node : nodes)
        list(nullptr, node);
}

// Of nobody: after everything has come together.
void Workload::list(Client* client, int node)
{
    Operation operation;
    operation.kind = OpKind::List;
    operation.client = client ? client->number : finalClient;
    operation.node = node;
    operation.isFinal = client == nullptr;
    operation.quorum = m_mixture.readQuorum;
    operation.primaries = m_mixture.readQuorum;
    const OpId id = began(std::move(operation));
    m_underWay[id] = client;
    listOn(id, {Slot{0}, std::nullopt}, {});
}

void Workload::listOn(OpId id, const ObjectCursor& from, std::vector<QByteArray> soFar)
{
    const int node = m_history.at(id).node;
    const int limit = 1 + static_cast<int>(m_random.below(m_keys.size() + 2));
    const auto done = [this, id, soFar = std::move(soFar)](const RequestResult<KeysPage>& page) mutable {
        const auto waiting = m_underWay.find(id);
        if (waiting == m_underWay.end())
            return;
        Client* client = waiting->second;
        if (page) {
            for (const Key& key : page->keys)
                soFar.push_back(key.bytes());
            if (page->next) // not from inside the answer
                return m_cluster.queue().after(1us, [this, id, next = *page->next, soFar] {
                    if (m_underWay.count(id) > 0)
                        listOn(id, next, soFar);
                });
        }
        Operation answer = page ? Operation() : failureOf(page.error());
        if (page)
            answer.outcome = Outcome::Acknowledged;
        answer.listed = std::move(soFar);
        if (ended(id, std::move(answer)) && client)
            later(*client);
    };
    m_cluster.node(node).keys(from, {}, limit, done);
    m_cluster.touched(node);
}

// As a read that promises nothing but to show what was written there.
void Workload::askPlacement(Client& client, int node, const QByteArray& key)
{
    Operation operation;
    operation.client = client.number;
    operation.node = node;
    operation.key = key;
    const OpId id = began(std::move(operation));
    m_underWay[id] = &client;
    m_cluster.node(node).placement(keyOf(key), [this, id, &client](const PlacementView& view) {
        Operation answer;
        answer.outcome = Outcome::Acknowledged;
        std::set<Label> known;
        for (const PlacementReplica& replica : view.preferenceList) {
            for (const Sibling& sibling : replica.siblings.value_or(std::vector<Sibling>())) {
                const Label dot{sibling.dot.actor.value, sibling.dot.counter};
                if (known.insert(dot).second)
                    answer.answer.push_back({dot, sibling.tombstone, sibling.value});
            }
        }
        if (ended(id, std::move(answer)))
            later(client);
    });
    m_cluster.touched(node);
}

void Workload::finalRead(int node, const QByteArray& key)
{
    Operation operation;
    operation.client = finalClient;
    operation.node = node;
    operation.key = key;
    operation.isFinal = true;
    operation.quorum = m_mixture.replicas;
    operation.primaries = m_mixture.replicas;
    const OpId id = began(std::move(operation));
    m_underWay[id] = nullptr;
    RequestOptions all;
    all.quorum = m_mixture.replicas;
    all.sloppy = false;
    m_cluster.node(node).get({keyOf(key), all}, [this, id](const RequestResult<GetResponse>& got) {
        ended(id, got ? answerOf(got->siblings) : failureOf(got.error()));
    });
    m_cluster.touched(node);
}

} // namespace ringmaster::sim
