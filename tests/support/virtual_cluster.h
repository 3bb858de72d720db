// SPDX-License-Identifier: GPL-3.0-or-later
// A whole cluster of real Nodes in one thread and in virtual time: stores in memory that commit a little
// later, a network with delays, crashes that lose what was not durable. A run is a function of its seed.
#pragma once

#include "nodecore/node/node.h"
#include "tests/support/virtual_disk.h"
#include "tests/support/virtual_network.h"
#include "tests/support/watched_store.h"

#include <QStringList>

#include <memory>
#include <vector>

namespace ringmaster {

struct VirtualClusterConfig {
    int nodes = 3;
    quint64 seed = 1;
    NodeConfig node = {}; // name, addresses and join are filled in
    Duration commitDelay = std::chrono::microseconds(300);
    // Each life of a node begins at a time of its own, as the clocks of machines do that were booted some
    // day.
    bool clocksDiffer = false;
    // The disk of the node with that index; nothing: a MemoryDisk.
    std::function<std::unique_ptr<VirtualDisk>(int node)> makeDisk = {};
};

class VirtualCluster {
public:
    explicit VirtualCluster(VirtualClusterConfig config);
    ~VirtualCluster();

    int size() const { return static_cast<int>(m_machines.size()); }
    // Starts them all, and runs until each is ready and sees the others. False after a virtual minute.
    [[nodiscard]] bool startAll();

    void start(int i); // where it does not run
    // Loses what is not durable, but for the oldest so many pending batches: those made it to the disk.
    void crash(int i, size_t survivors = 0);
    // The same where the power goes: a relaxed store loses all but the oldest so many of the batches that it
    // acknowledged since its last sync.
    void losePower(int i, size_t unsyncedLeft = 0);
    // Ends the node as a stop by hand does: its store is closed, and loses nothing.
    void stop(int i);
    bool isUp(int i) const { return m_machines[size_t(i)]->node != nullptr; }
    // Loses its disk too: the next start is with an empty store.
    void loseStore(int i);
    // Crashes it; the next start is on an older content of its disk.
    void restoreStore(int i, const VirtualDisk::Backup& backup, VirtualDisk::Restored how);
    // The node's next start, and the following ones, are with this durability.
    void setRelaxed(int i, bool relaxed) { m_machines[size_t(i)]->isRelaxed = relaxed; }
    void pause(int i);
    void resume(int i);
    int addNode(); // its index; not started

    // What the next start of i begins with.
    NodeConfig& configOf(int i) { return m_machines[size_t(i)]->config; }
    // Between a write and its commit, from now on.
    void setCommitDelay(int i, Duration delay) { m_machines[size_t(i)]->commitDelay = delay; }
    bool isPaused(int i) const { return m_machines[size_t(i)]->paused; }
    Node& node(int i) { return *m_machines[size_t(i)]->node; }
    VirtualDisk& disk(int i) { return *m_machines[size_t(i)]->disk; }
    // Of a MemoryDisk.
    MemoryStore& store(int i) { return static_cast<MemoryDisk&>(disk(i)).memory(); }
    // When the present or the last life of i began.
    MonoTime startedAt(int i) const { return m_machines[size_t(i)]->startedAt; }
    VirtualClock& clock(int i) { return m_machines[size_t(i)]->clock; }
    VirtualNetwork& network() { return m_network; }
    EventQueue& queue() { return m_queue; }
    QString address(int i) const { return m_machines[size_t(i)]->config.peerAddress; }
    const QStringList& log() const { return m_log; }
    // Sees each line that a node logs, too.
    using LogWatcher = std::function<void(int node, const QString& line)>;
    void watchLog(LogWatcher watcher) { m_logWatcher = std::move(watcher); }

    // Sees each batch that a node writes, before its store does. Nodes that start later are watched.
    using WriteWatcher = std::function<void(int node, const WriteBatch& batch)>;
    void watchWrites(WriteWatcher watcher) { m_writeWatcher = std::move(watcher); }
    const WriteWatcher& writeWatcher() const { return m_writeWatcher; }

    void runFor(Duration duration) { m_queue.runFor(duration); }
    [[nodiscard]] bool runUntil(const std::function<bool()>& condition,
                                Duration limit = std::chrono::seconds(60))
    {
        return m_queue.runUntil(condition, limit);
    }

    // Requests that run until they are answered.
    RequestResult<GetResponse> get(int i, const QByteArray& key, RequestOptions options = {});
    RequestResult<PutResponse> put(int i, const QByteArray& key, SiblingSet::Content content,
                                   const VersionVector& context = {}, RequestOptions options = {});

    // After any of node i's doors was used from outside.
    void touched(int i);

private:
    struct Machine;
    void end(Machine& machine);
    static void setCopyAside(Machine& machine);
    void commitLater(Machine& machine);
    void wakeLater(Machine& machine);

    VirtualClusterConfig m_config;
    EventQueue m_queue;
    VirtualNetwork m_network;
    SeededRandom m_random;
    QStringList m_log;
    LogWatcher m_logWatcher;
    WriteWatcher m_writeWatcher;

    struct Machine final : NodeObserver {
        Machine(EventQueue& queue, quint64 seed)
            : clock(queue)
            , random(seed)
        {}
        void logged(const char* level, const QString& line) override;

        NodeConfig config;
        int number = 0;
        Duration commitDelay{0};
        VirtualClock clock;
        SeededRandom random;
        std::unique_ptr<VirtualDisk> disk;
        std::unique_ptr<WatchedStore> watched; // the present life's store, where somebody watches
        MonoTime startedAt;
        std::unique_ptr<Node> node;   // null while it is down
        quint64 life = 0;             // events of an earlier life do nothing
        std::optional<MonoTime> wake; // by the queue's time
        bool commitComing = false;
        bool paused = false;
        bool isRelaxed = false;
        VirtualCluster* cluster = nullptr;
    };
    std::vector<std::unique_ptr<Machine>> m_machines;
};

Key keyOf(const QByteArray& bytes);
// The values of a set, sorted, tombstones as "(deleted)".
QByteArrayList valuesOf(const SiblingSet& set);

} // namespace ringmaster
