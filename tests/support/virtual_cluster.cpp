// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/support/virtual_cluster.h"

#include "nodecore/membership/identity.h"

#include <algorithm>

namespace ringmaster {

void VirtualCluster::Machine::logged(const char* level, const QString& line)
{
    const auto ms =
        std::chrono::duration_cast<std::chrono::milliseconds>(cluster->m_queue.now().sinceStart).count();
    cluster->m_log << QStringLiteral("%1 ms %2 %3: %4").arg(ms).arg(config.name, QLatin1String(level), line);
    if (cluster->m_logWatcher)
        cluster->m_logWatcher(number, line);
}

VirtualCluster::VirtualCluster(VirtualClusterConfig config)
    : m_config(std::move(config))
    , m_network(m_queue, m_config.seed ^ 0x6e6574, [this](int endpoint) { touched(endpoint); })
    , m_random(m_config.seed)
{
    for (int i = 0; i < m_config.nodes; ++i)
        addNode();
}

VirtualCluster::~VirtualCluster() = default;

int VirtualCluster::addNode()
{
    const int number = size() + 1;
    auto machine = std::make_unique<Machine>(m_queue, m_random.next());
    machine->config = m_config.node;
    machine->config.name = QStringLiteral("n%1").arg(number);
    machine->config.peerAddress = QStringLiteral("10.0.0.%1:7000").arg(number);
    machine->config.httpAddress = QStringLiteral("10.0.0.%1:8000").arg(number);
    if (number > 1)
        machine->config.join = {QStringLiteral("10.0.0.1:7000")};
    machine->cluster = this;
    machine->number = number - 1;
    machine->disk = m_config.makeDisk ? m_config.makeDisk(machine->number) : std::make_unique<MemoryDisk>();
    machine->commitDelay = m_config.commitDelay;
    m_network.transportAt(machine->config.peerAddress); // endpoint and machine have one number
    m_machines.push_back(std::move(machine));
    return number - 1;
}

bool VirtualCluster::startAll()
{
    for (int i = 0; i < size(); ++i) {
        start(i);
        if (!runUntil([this, i] { return node(i).isServing(); }))
            return false;
    }
    return runUntil([this] {
        for (int i = 0; i < size(); ++i) {
            const MembersView view = node(i).members();
            const bool seesAll = std::all_of(view.members.begin(), view.members.end(),
                                             [](const MemberView& member) { return member.reachable; });
            if (static_cast<int>(view.members.size()) != size() || !seesAll ||
                view.ringDigest != node(0).ring().digest())
                return false;
        }
        return true;
    });
}

// As ringnode does with a folder that was copied back, while others serve.
void VirtualCluster::setCopyAside(Machine& machine)
{
    const Result<Remembered> remembered = recall(machine.disk->store());
    if (!remembered || membersBesidesCopy(*remembered, machine.disk->store().isContinuation()).empty())
        return;
    machine.disk->wipe();
    WriteBatch batch;
    rememberMembers(batch, remembered->members);
    rememberSecrets(batch, remembered->secrets);
    machine.disk->store().write(std::move(batch), [](const Result<void>&) {});
    machine.disk->commitPending();
}

void VirtualCluster::start(int i)
{
    Machine& machine = *m_machines[size_t(i)];
    if (machine.node)
        return;
    ++machine.life;
    machine.startedAt = m_queue.now();
    if (m_config.clocksDiffer)
        machine.clock.beginAt(m_random.between(Duration{0}, std::chrono::hours(1000)));
    machine.wake.reset();
    machine.commitComing = false;
    setCopyAside(machine);
    machine.disk->setRelaxed(machine.isRelaxed);
    machine.watched.reset();
    if (m_writeWatcher)
        machine.watched = std::make_unique<WatchedStore>(
            machine.disk->store(), [this, i](const WriteBatch& batch) { m_writeWatcher(i, batch); });
    Store& store = machine.watched ? static_cast<Store&>(*machine.watched) : machine.disk->store();
    Result<std::unique_ptr<Node>> created =
        Node::create(machine.config, {machine.clock, machine.random, m_network.transportAt(address(i)), store,
                                      machine, m_network.datagramsAt(address(i))});
    if (!created)
        qFatal("%s", qPrintable(created.error().message));
    machine.node = std::move(*created);
    machine.node->start();
    m_network.plugIn(address(i), *machine.node);
    touched(i);
}

void VirtualCluster::crash(int i, size_t survivors)
{
    Machine& machine = *m_machines[size_t(i)];
    if (!machine.node)
        return;
    machine.disk->crash(survivors); // callbacks under way die with the process
    end(machine);
}

void VirtualCluster::losePower(int i, size_t unsyncedLeft)
{
    Machine& machine = *m_machines[size_t(i)];
    if (!machine.node)
        return;
    machine.disk->losePower(unsyncedLeft);
    end(machine);
}

void VirtualCluster::stop(int i)
{
    Machine& machine = *m_machines[size_t(i)];
    if (!machine.node)
        return;
    machine.disk->stop();
    end(machine);
}

void VirtualCluster::end(Machine& machine)
{
    ++machine.life;
    machine.paused = false;
    m_network.unplug(machine.config.peerAddress);
    machine.node.reset();
}

void VirtualCluster::loseStore(int i)
{
    crash(i);
    disk(i).wipe();
}

void VirtualCluster::restoreStore(int i, const VirtualDisk::Backup& backup, VirtualDisk::Restored how)
{
    crash(i);
    disk(i).restore(backup, how);
}

void VirtualCluster::pause(int i)
{
    m_machines[size_t(i)]->paused = true;
    m_network.pause(address(i));
}

void VirtualCluster::resume(int i)
{
    m_machines[size_t(i)]->paused = false;
    m_network.resume(address(i));
    touched(i);
}

void VirtualCluster::touched(int i)
{
    Machine& machine = *m_machines[size_t(i)];
    if (!machine.node || machine.paused)
        return;
    commitLater(machine);
    wakeLater(machine);
}

void VirtualCluster::commitLater(Machine& machine)
{
    if (machine.commitComing || machine.disk->pending() == 0)
        return;
    machine.commitComing = true;
    m_queue.after(machine.commitDelay, [this, &machine, life = machine.life] {
        if (machine.life != life)
            return;
        machine.commitComing = false;
        if (machine.paused)
            return; // resume() comes back to it
        machine.disk->commitPending();
        commitLater(machine);
        wakeLater(machine);
    });
}

void VirtualCluster::wakeLater(Machine& machine)
{
    const std::optional<MonoTime> nodesDue = machine.node->nextDue();
    const std::optional<MonoTime> due =
        nodesDue ? std::optional(machine.clock.onQueue(*nodesDue)) : std::nullopt;
    if (!due || (machine.wake && *machine.wake <= *due))
        return;
    machine.wake = due;
    m_queue.at(*due, [this, &machine, life = machine.life, due] {
        if (machine.life != life || machine.wake != due)
            return;
        machine.wake.reset();
        if (machine.paused)
            return;
        machine.node->timePassed();
        commitLater(machine);
        wakeLater(machine);
    });
}

RequestResult<GetResponse> VirtualCluster::get(int i, const QByteArray& key, RequestOptions options)
{
    std::optional<RequestResult<GetResponse>> result;
    node(i).get({keyOf(key), options},
                [&result](RequestResult<GetResponse> got) { result = std::move(got); });
    touched(i);
    if (!runUntil([&result] { return result.has_value(); }, maxRequestTimeout * 2))
        qFatal("a read was never answered");
    return std::move(*result);
}

RequestResult<PutResponse> VirtualCluster::put(int i, const QByteArray& key, SiblingSet::Content content,
                                               const VersionVector& context, RequestOptions options)
{
    std::optional<RequestResult<PutResponse>> result;
    node(i).put({keyOf(key), std::move(content), context, options},
                [&result](RequestResult<PutResponse> put) { result = std::move(put); });
    touched(i);
    if (!runUntil([&result] { return result.has_value(); }, maxRequestTimeout * 2))
        qFatal("a write was never answered");
    return std::move(*result);
}

Key keyOf(const QByteArray& bytes)
{
    return *Key::fromBytes(bytes);
}

QByteArrayList valuesOf(const SiblingSet& set)
{
    QByteArrayList values;
    for (const Sibling& sibling : set.siblings())
        values << (sibling.tombstone ? QByteArrayLiteral("(deleted)") : sibling.value);
    std::sort(values.begin(), values.end());
    return values;
}

} // namespace ringmaster
