// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/sim/simulation.h"

#include "tests/sim/convergence.h"
#include "tests/sim/fault_injector.h"
#include "tests/sim/store_judge.h"
#include "tests/sim/workload.h"

namespace ringmaster::sim {

namespace {

using namespace std::chrono_literals;

constexpr Duration lookEvery = 200ms;

constexpr Duration scrubWithin = 10s; // or what nobody reads stays damaged for a week

DiskMaker& diskMaker()
{
    static DiskMaker maker;
    return maker;
}

VirtualClusterConfig clusterFor(const Mixture& mixture)
{
    VirtualClusterConfig config;
    config.nodes = mixture.nodes;
    config.seed = mixture.seed;
    config.node.replicas = mixture.replicas;
    config.node.readQuorum = mixture.readQuorum;
    config.node.writeQuorum = mixture.writeQuorum;
    config.node.reap = mixture.reap;
    config.node.maxValueBytes = mixture.values.most;
    config.node.hintLimits = mixture.hints;
    config.node.transferBytesPerSecond = mixture.transferBytesPerSecond;
    config.node.scrubWithin = scrubWithin;
    config.node.removedMayReturn = mixture.removedMayReturn;
    config.node.autoRemoveAfter = mixture.autoRemoveAfter;
    config.clocksDiffer = true;
    if (diskMaker())
        config.makeDisk = [seed = mixture.seed](int node) { return diskMaker()(seed, node); };
    return config;
}

// So many stay on the ring: for all replicas, and for one that may be removed.
int leastNodes(const Mixture& mixture)
{
    return std::max(3, mixture.replicas) + (mixture.removal ? 1 : 0) + (mixture.otherRemoval ? 1 : 0);
}

// Where "=w" stands between two digits, as in "k1=w2"; -1: nowhere.
qsizetype findValue(const QByteArray& message)
{
    const auto isDigit = [&message](qsizetype i) {
        return i >= 0 && i < message.size() && message[i] >= '0' && message[i] <= '9';
    };
    qsizetype at = message.indexOf("=w");
    while (at >= 0 && !(isDigit(at - 1) && isDigit(at + 2)))
        at = message.indexOf("=w", at + 1);
    return at;
}

class Simulation {
public:
    Simulation(const Mixture& mixture, Trace& trace);
    RunResult run();

private:
    bool buildCluster();
    void rot(QByteArray& message);
    bool isKeptDown(int node) const;
    void comeTogether(std::optional<int> spared = {});
    void serveWithoutTheSpared();
    void letTombstonesGo();
    void secondAct();
    void readAll();
    void checkMessages();
    void object(int rule, const QString& what);
    void storeTaken(int node);
    quint64 fingerprint();

    const Mixture& m_mixture;
    Trace& m_trace;
    VirtualCluster m_cluster;
    SeededRandom m_random;
    SeededRandom m_rot;
    History m_history;
    Workload m_workload;
    FaultInjector m_injector;
    RingActor m_ringActor;
    RemovalActor m_removalActor;
    RemovalActor m_otherRemovalActor;
    StoreJudge m_storeJudge;
    std::optional<int> m_spared; // down now
    bool m_isHealed = false;
    Promises m_promises;
    RunResult m_result;
};

Simulation::Simulation(const Mixture& mixture, Trace& trace)
    : m_mixture(mixture)
    , m_trace(trace)
    , m_cluster(clusterFor(mixture))
    , m_random(mixture.seed ^ 0x6661756c7473ULL)
    , m_rot(mixture.seed ^ 0x726f74ULL)
    , m_workload(m_cluster, mixture, m_history, trace, mixture.seed)
    , m_injector(m_cluster, mixture, m_random, trace,
                 {[this](int node) { m_workload.nodeCrashed(node); }, [this](int node) { storeTaken(node); },
                  [this](int node) { return isKeptDown(node); },
                  [this](int node) { return m_workload.underWayAt(node); }})
    , m_ringActor(m_cluster, mixture.ringActs, leastNodes(mixture), trace,
                  [this](int node) { m_workload.nodeCrashed(node); })
    , m_removalActor(m_cluster, mixture.removal, trace, [this](int node) { m_workload.nodeCrashed(node); })
    , m_otherRemovalActor(m_cluster, mixture.otherRemoval, trace,
                          [this](int node) { m_workload.nodeCrashed(node); })
    , m_storeJudge(
          m_cluster, mixture.hints,
          [this](const Key& key, Label dot) { return m_history.wasTold(key.bytes(), dot); },
          [this](int rule, const QString& what) { object(rule, what); })
{
    m_promises.overlapCounts = !mixture.takesAStore();
    m_promises.replicas = mixture.replicas;
    m_promises.reaps = mixture.reap.after > 0ns;
    m_cluster.network().tamper([this](int, int, QByteArray& message) { rot(message); });
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
    m_storeJudge.diskTaken(node);
}

void Simulation::object(int rule, const QString& what)
{
    const Moment now{m_cluster.queue().now(), m_cluster.queue().eventsRun(), m_history.steps()};
    m_result.violations.push_back({rule, what, now});
}

bool Simulation::buildCluster()
{
    const auto configure = [this](int i) {
        m_cluster.configOf(i).tokenSlots = m_mixture.tokenSlots[size_t(i)];
        m_cluster.setRelaxed(i, m_mixture.has(FaultKind::LosePower));
        if (m_mixture.zones > 0)
            m_cluster.configOf(i).zone = QStringLiteral("z%1").arg(i % m_mixture.zones);
    };
    for (int i = 0; i < m_cluster.size(); ++i)
        configure(i);
    if (!m_cluster.startAll())
        return false;
    for (int i = m_mixture.nodes; i < m_mixture.nodes + m_mixture.latecomers(); ++i) {
        m_cluster.addNode();
        configure(i);
    }
    if (m_mixture.replaces())
        m_cluster.configOf(m_cluster.size() - 1).replaces = nodeName(m_mixture.removal->member);
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

// One bit of a value turns over.
void Simulation::rot(QByteArray& message)
{
    if (m_isHealed || !m_rot.chance(m_mixture.rotInFlight))
        return;
    const qsizetype value = findValue(message);
    if (value < 0)
        return;
    char& byte = message.data()[value + 1];
    byte = static_cast<char>(byte ^ (1 << m_rot.below(7)));
}

bool Simulation::isKeptDown(int node) const
{
    return node == m_spared || m_ringActor.isRetired(node) || m_removalActor.isKeptDown(node) ||
           m_otherRemovalActor.isKeptDown(node);
}

void Simulation::comeTogether(std::optional<int> spared)
{
    m_workload.stop();
    const MonoTime healed = m_cluster.queue().now();
    const Duration bound = spared ? sparingBound : healingBound;
    std::optional<QString> apart;
    do {
        m_cluster.runFor(lookEvery);
        apart = m_workload.isIdle() ? whatIsStillApart(m_cluster, m_workload.keys(), spared)
                                    : std::optional(QStringLiteral("a request is not answered"));
        m_result.healedAfter = m_cluster.queue().now() - healed;
    } while (apart && m_result.healedAfter < bound);
    m_trace.line(m_cluster.queue(), apart ? *apart : QStringLiteral("HEALED: everything has come together"));
    if (apart)
        object(spared ? 11 : 3, QStringLiteral("still apart when the time was up: ") + *apart);
}

// The faults have healed, but for one node that the quorums do without.
void Simulation::serveWithoutTheSpared()
{
    comeTogether(m_spared);
    m_ringActor.letAnswer(true);
    m_workload.probe();
    if (!m_cluster.runUntil([this] { return m_workload.isIdle(); }))
        object(11, QStringLiteral("a request was never answered"));
    m_ringActor.letAnswer(false);
    for (const Violation& violation : judgeProbes(m_history))
        object(violation.rule, QStringLiteral("%1 is down. ").arg(nodeName(*m_spared)) + violation.what);
    const int back = *std::exchange(m_spared, std::nullopt);
    m_trace.line(m_cluster.queue(), nodeName(back) + QStringLiteral(" comes back"));
    m_cluster.start(back);
}

void Simulation::letTombstonesGo()
{
    const MonoTime began = m_cluster.queue().now();
    std::optional<QString> left = anyTombstone(m_cluster, m_workload.keys());
    while (left && m_cluster.queue().now() - began < reapingBound) {
        m_cluster.runFor(lookEvery);
        left = anyTombstone(m_cluster, m_workload.keys());
    }
    if (left)
        object(3, QStringLiteral("not reaped when the time was up: ") + *left);
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
    m_otherRemovalActor.begin();
    m_cluster.runFor(m_mixture.faultyFor);
    m_removalActor.heal();
    m_otherRemovalActor.heal();
    m_spared = m_mixture.spared;
    if (m_spared) {
        m_cluster.crash(*m_spared);
        m_workload.nodeCrashed(*m_spared);
    }
    m_injector.heal();
    m_isHealed = true;
    if (m_spared)
        serveWithoutTheSpared();
    comeTogether();
    if (m_mixture.calmFor > 0ns && m_result.violations.empty())
        secondAct();
    if (m_promises.reaps && m_result.violations.empty())
        letTombstonesGo();
    readAll();
    checkMessages();
    // The others do not wait for one that is gone. Where it lives, and has not heard of it, it answers with
    // R=1 alone, as of the time before; from R=2 on one of those that they waited for answers too.
    // One that may be removed by itself knows that it may be, and does not answer.
    const size_t over = m_removalActor.over().size() + m_otherRemovalActor.over().size();
    m_promises.leastPrimaries = over > 0 && m_mixture.autoRemoveAfter == 0ns ? 2 : 1;
    // What the two of them acknowledged is with nobody else until they give it back.
    if (over > 1)
        m_promises.overlapCounts = false;
    if (m_workload.refusedToken())
        object(5, QStringLiteral("a token of the cluster's own is refused by ") + *m_workload.refusedToken());
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

void Simulation::readAll()
{
    m_ringActor.letAnswer(true);
    m_workload.readEverything();
    if (!m_cluster.runUntil([this] { return m_workload.isIdle(); }))
        object(3, QStringLiteral("a read was never answered"));
    for (const Operation& read : m_history.operations()) {
        if (read.isFinal && !read.answered())
            object(3, QStringLiteral("not readable after everything healed: ") + describe(read));
    }
}

// Rule 10.
void Simulation::checkMessages()
{
    const auto beyond = beyondBound(m_cluster.network().largestMessage(), m_storeJudge.largestObject());
    if (beyond)
        object(10, *beyond);
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

void setDiskMaker(DiskMaker maker)
{
    diskMaker() = std::move(maker);
}

RunResult simulate(const Mixture& mixture, Trace& trace)
{
    return Simulation(mixture, trace).run();
}

} // namespace ringmaster::sim
