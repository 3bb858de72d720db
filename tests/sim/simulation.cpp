// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/sim/simulation.h"

#include "tests/sim/convergence.h"
#include "tests/sim/fault_injector.h"
#include "tests/sim/workload.h"

namespace ringmaster::sim {

namespace {

using namespace std::chrono_literals;

constexpr Duration lookEvery = 200ms;

VirtualClusterConfig clusterFor(const Mixture& mixture)
{
    VirtualClusterConfig config;
    config.nodes = mixture.nodes;
    config.seed = mixture.seed;
    config.node.replicas = mixture.replicas;
    config.node.readQuorum = mixture.readQuorum;
    config.node.writeQuorum = mixture.writeQuorum;
    config.node.reap = mixture.reap;
    return config;
}

// So many stay on the ring: for all replicas, and for one that may be removed.
int leastNodes(const Mixture& mixture)
{
    return std::max(3, mixture.replicas) + (mixture.removal ? 1 : 0);
}

class Simulation {
public:
    Simulation(const Mixture& mixture, Trace& trace);
    RunResult run();

private:
    bool buildCluster();
    void comeTogether();
    void secondAct();
    void object(int rule, const QString& what);
    void storeTaken(int node);
    quint64 fingerprint();

    const Mixture& m_mixture;
    Trace& m_trace;
    VirtualCluster m_cluster;
    SeededRandom m_random;
    History m_history;
    Workload m_workload;
    FaultInjector m_injector;
    RingActor m_ringActor;
    RemovalActor m_removalActor;
    Promises m_promises;
    RunResult m_result;
};

Simulation::Simulation(const Mixture& mixture, Trace& trace)
    : m_mixture(mixture)
    , m_trace(trace)
    , m_cluster(clusterFor(mixture))
    , m_random(mixture.seed ^ 0x6661756c7473ULL)
    , m_workload(m_cluster, mixture, m_history, trace, mixture.seed)
    , m_injector(m_cluster, mixture, m_random, trace,
                 {[this](int node) { m_workload.nodeCrashed(node); }, [this](int node) { storeTaken(node); },
                  [this](int node) { return m_removalActor.isKeptDown(node); }})
    , m_ringActor(m_cluster, mixture.ringActs, leastNodes(mixture), trace)
    , m_removalActor(m_cluster, mixture.removal, trace, [this](int node) { m_workload.nodeCrashed(node); })
{
    m_promises.strict = mixture.isStrict();
    m_promises.reaps = mixture.reap.after > 0ns;
    if (!trace.isOn())
        return;
    m_cluster.network().watch([this](int from, int to, VirtualNetwork::Fate fate, QByteArrayView message) {
        m_trace.line(m_cluster.queue(), describeMessage(from, to, fate, message));
    });
    m_cluster.watchLog([this](int node, const QString& line) {
        m_trace.line(m_cluster.queue(), QStringLiteral("LOG %1 ").arg(nodeName(node)) + line);
    });
}

void Simulation::storeTaken(int node)
{
    m_promises.loss = StoreLoss{node, m_history.steps()};
}

void Simulation::object(int rule, const QString& what)
{
    const Moment now{m_cluster.queue().now(), m_cluster.queue().eventsRun(), m_history.steps()};
    m_result.violations.push_back({rule, what, now});
}

bool Simulation::buildCluster()
{
    for (int i = 0; i < m_cluster.size(); ++i)
        m_cluster.configOf(i).tokenSlots = m_mixture.tokenSlots[size_t(i)];
    if (!m_cluster.startAll())
        return false;
    for (int i = m_mixture.nodes; i < m_mixture.nodes + m_mixture.spares; ++i) {
        m_cluster.addNode();
        m_cluster.configOf(i).tokenSlots = m_mixture.tokenSlots[size_t(i)];
    }
    for (int i = 0; i < m_cluster.size(); ++i) {
        m_cluster.setCommitDelay(i, m_mixture.commitDelays[size_t(i)]);
        // Any of the others tells a node that lost its disk who it was.
        QList<QString>& join = m_cluster.configOf(i).join;
        join.clear();
        for (int other = 0; other < m_cluster.size(); ++other)
            join.append(m_cluster.address(other));
    }
    return true;
}

void Simulation::comeTogether()
{
    m_workload.stop();
    const MonoTime healed = m_cluster.queue().now();
    std::optional<QString> apart;
    do {
        m_cluster.runFor(lookEvery);
        apart = m_workload.isIdle() ? whatIsStillApart(m_cluster, m_workload.keys())
                                    : std::optional(QStringLiteral("a request is not answered"));
        m_result.healedAfter = m_cluster.queue().now() - healed;
    } while (apart && m_result.healedAfter < healingBound);
    m_trace.line(m_cluster.queue(), apart ? *apart : QStringLiteral("HEALED: everything has come together"));
    if (apart)
        object(3, QStringLiteral("still apart when the time was up: ") + *apart);
}

// What the disks hold must be all that the nodes know.
void Simulation::secondAct()
{
    m_workload.begin();
    m_cluster.runFor(m_mixture.calmFor);
    for (int i = 0; i < m_cluster.size(); ++i) {
        if (!m_cluster.isUp(i))
            continue; // gone for good
        m_trace.line(m_cluster.queue(), nodeName(i) + QStringLiteral(" starts anew"));
        m_cluster.crash(i);
        m_workload.nodeCrashed(i);
        m_cluster.start(i);
    }
    comeTogether();
}

RunResult Simulation::run()
{
    m_trace.plain(describe(m_mixture));
    if (!buildCluster()) {
        object(3, QStringLiteral("the cluster did not form"));
        return std::move(m_result);
    }
    m_workload.begin();
    m_injector.begin();
    m_ringActor.begin();
    m_removalActor.begin();
    m_cluster.runFor(m_mixture.faultyFor);
    m_removalActor.heal();
    m_injector.heal();
    comeTogether();
    if (m_mixture.calmFor > 0ns && m_result.violations.empty())
        secondAct();
    m_workload.readEverything();
    if (!m_cluster.runUntil([this] { return m_workload.isIdle(); }))
        object(3, QStringLiteral("a read was never answered"));
    for (const Operation& read : m_history.operations()) {
        if (read.isFinal && !read.answered())
            object(3, QStringLiteral("not readable after everything healed: ") + describe(read));
    }
    // The others do not wait for one that is gone. Where it lives, and has not heard of it, it answers with
    // R=1 alone, as of the time before; from R=2 on one of those that they waited for answers too.
    if (m_removalActor.hasOutlivedIt() && m_mixture.readQuorum == 1)
        m_promises.strict = false;
    std::vector<Violation> found = judge(m_history, m_promises);
    found.insert(found.end(), m_result.violations.begin(), m_result.violations.end());
    m_result.violations = std::move(found);
    m_result.events = m_cluster.queue().eventsRun();
    m_result.messages = m_cluster.network().messagesSent();
    m_result.operations = static_cast<int>(m_history.operations().size());
    m_result.virtualTime = m_cluster.queue().now().sinceStart;
    m_result.fingerprint = fingerprint();
    return std::move(m_result);
}

quint64 Simulation::fingerprint()
{
    quint64 print = m_cluster.network().messagesSent();
    const auto mix = [&print](quint64 value) { print = (print ^ value) * 0x9e3779b97f4a7c15ULL + 1; };
    for (const Operation& operation : m_history.operations()) {
        mix(operation.began.event);
        mix(operation.ended.event);
        mix(static_cast<quint64>(operation.outcome));
        for (const Seen& seen : operation.answer) {
            mix(seen.dot.first);
            mix(seen.dot.second);
        }
    }
    return print;
}

} // namespace

RunResult simulate(const Mixture& mixture, Trace& trace)
{
    return Simulation(mixture, trace).run();
}

} // namespace ringmaster::sim
