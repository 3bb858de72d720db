// SPDX-License-Identifier: GPL-3.0-or-later
// The clients of a run: each does one thing after another, through any node, and everything that it asks and
// is told goes into the history.
//
// A client's session remembers, for each key, the token of its last answer, as the API hands it out: a sealed
// context that may have been trimmed. Every value names its key, and is unique there.
#pragma once

#include "tests/sim/history.h"
#include "tests/sim/mixture.h"
#include "tests/sim/trace.h"
#include "tests/support/virtual_cluster.h"

#include <set>

namespace ringmaster::sim {

class Workload {
public:
    // All must outlive it.
    Workload(VirtualCluster& cluster, const Mixture& mixture, History& history, Trace& trace, quint64 seed);

    void begin();                     // also once more, when it is idle
    void stop() { m_stopped = true; } // what is under way goes on
    bool isIdle() const { return m_underWay.empty(); }
    // Who waited for the node is told that the connection was lost.
    void nodeCrashed(int node);
    // Reads every key, of all replicas, through every node or, of many keys, through some; and lists them all
    // through each. For the judges. Ends when isIdle().
    void readEverything();
    // Through every node that runs: reads one key, and writes it, as the cluster's defaults have it. rule 11.
    void probe();
    // Requests under way that this node takes.
    int underWayAt(int node) const;

    const std::vector<QByteArray>& keys() const { return m_keys; }
    // The first token of the cluster's own that it refused, and why.
    const std::optional<QString>& refusedToken() const { return m_refusedToken; }

private:
    struct Session {
        QByteArray token;
        std::optional<OpId> answer; // that it came with
    };
    struct Client {
        int number = 0;
        std::map<QByteArray, Session> sessions;
    };
    using Next = std::function<void(const Session&)>; // after an answer

    void act(Client& client);
    void later(Client& client);
    void read(Client& client, int node, const QByteArray& key, Next next);
    void finalRead(int node, const QByteArray& key);
    void list(Client* client, int node);
    void listOn(OpId id, const ObjectCursor& from, std::vector<QByteArray> soFar);
    void askPlacement(Client& client, int node, const QByteArray& key);
    // Content or, to delete, nothing.
    void write(Client& client, int node, const QByteArray& key, bool isDelete, const Session& session,
               Next next);
    std::optional<int> pickNode();
    bool takesRequests(int node) const;
    Session sessionAfter(OpId id, int node, const QByteArray& key, const SiblingSet& set) const;
    QByteArray pickKey();
    RequestOptions drawOptions(int leastQuorum);
    // The operation as these options promise it; standard: the cluster's R or W.
    Operation operationWith(const RequestOptions& options, int standard) const;
    QByteArray drawValue(const QByteArray& key);
    OpId began(Operation operation);
    bool ended(OpId id, Operation answer); // false where the client has given up on it
    Moment now() const;
    std::vector<Holder> holdersOf(const QuorumReport& report) const;

    VirtualCluster& m_cluster;
    const Mixture& m_mixture;
    History& m_history;
    Trace& m_trace;
    SeededRandom m_random;
    std::vector<QByteArray> m_keys;
    std::vector<Client> m_clients;
    std::map<OpId, Client*> m_underWay; // null: nobody goes on after it
    std::vector<Client> m_probers;      // by node
    bool m_isProbing = false;
    int m_values = 0;
    std::set<QByteArray> m_hadEmpty; // keys: an empty value is unique only once
    bool m_stopped = false;
    std::optional<QString> m_refusedToken;
};

} // namespace ringmaster::sim
