// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/sim/workload.h"

namespace ringmaster::sim {

namespace {

using namespace std::chrono_literals;

constexpr int finalClient = -1;

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
    for (Client& client : m_clients)
        later(client);
}

void Workload::later(Client& client)
{
    m_cluster.queue().after(m_random.between(1ms, m_mixture.thinkTime), [this, &client] { act(client); });
}

std::optional<int> Workload::pickNode()
{
    std::vector<int> awake;
    for (int i = 0; i < m_cluster.size(); ++i) {
        if (m_cluster.isUp(i) && !m_cluster.isPaused(i))
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
    write(client, node, key, true, client.sessions[key], thenWrite(false));
}

QByteArray Workload::pickKey()
{
    if (m_mixture.keyTurn == 0ns)
        return m_keys[m_random.below(m_keys.size())];
    const auto turn = static_cast<size_t>(m_cluster.queue().now().sinceStart / m_mixture.keyTurn);
    return m_keys[turn % m_keys.size()];
}

RequestOptions Workload::options() const
{
    RequestOptions options;
    options.sloppy = m_mixture.sloppy;
    options.timeout = m_mixture.timeout;
    return options;
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
    Operation operation;
    operation.client = client.number;
    operation.node = node;
    operation.key = key;
    const OpId id = began(std::move(operation));
    m_underWay[id] = &client;
    m_cluster.node(node).get({keyOf(key), options()}, [this, id, key, &client, next = std::move(next)](
                                                          const RequestResult<GetResponse>& got) {
        if (!ended(id, got ? answerOf(got->siblings) : failureOf(got.error())))
            return;
        if (!got)
            return later(client);
        client.sessions[key] = {got->siblings.context(), id};
        next(client.sessions[key]);
    });
    m_cluster.touched(node);
}

void Workload::write(Client& client, int node, const QByteArray& key, bool isDelete, const Session& session,
                     Next next)
{
    if (!m_cluster.isUp(node) || m_cluster.isPaused(node))
        return later(client); // it went away between two requests
    Operation operation;
    operation.client = client.number;
    operation.node = node;
    operation.key = key;
    operation.kind = isDelete ? OpKind::Delete : OpKind::Write;
    operation.basedOn = session.answer;
    operation.sent = plain(session.context);
    SiblingSet::Content content;
    if (!isDelete)
        operation.value = *(content = "w" + QByteArray::number(++m_values));
    const OpId id = began(std::move(operation));
    m_underWay[id] = &client;
    const auto done = [this, id, key, &client,
                       next = std::move(next)](const RequestResult<PutResponse>& put) {
        Operation answer = put ? answerOf(put->siblings) : failureOf(put.error());
        if (put) {
            answer.dot = Label{put->dot.actor.value, put->dot.counter};
            answer.holders = holdersOf(put->quorum);
        }
        if (!ended(id, std::move(answer)))
            return;
        if (!put)
            return later(client);
        client.sessions[key] = {put->siblings.context(), id};
        next(client.sessions[key]);
    };
    m_cluster.node(node).put({keyOf(key), std::move(content), session.context, options()}, done);
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

void Workload::readEverything()
{
    for (const QByteArray& key : m_keys) {
        for (int node = 0; node < m_cluster.size(); ++node) {
            if (m_cluster.isUp(node))
                finalRead(node, key);
        }
    }
}

void Workload::finalRead(int node, const QByteArray& key)
{
    Operation operation;
    operation.client = finalClient;
    operation.node = node;
    operation.key = key;
    operation.isFinal = true;
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
