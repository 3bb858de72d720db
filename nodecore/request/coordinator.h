// SPDX-License-Identifier: GPL-3.0-or-later
// Takes client requests, coordinates those it can, forwards writes of keys that this node does not hold, and
// feeds the operations under way with replies, lost links and deadlines.
//
// Reads are coordinated by any node: asking the replicas from here or from a replica takes as many messages,
// and one hop less. Writes need a replica to mint the dot; they are forwarded once, with their deadline, and
// never again: a write that is sent on twice could be done twice.
//
// A write that its client named goes to the first primary that can be reached, whichever node took it, so
// that a retry through another node finds the coordinator that remembers it.
#pragma once

#include "nodecore/env/timers.h"
#include "nodecore/request/keys_operation.h"
#include "nodecore/request/placement_operation.h"
#include "nodecore/request/read_operation.h"
#include "nodecore/request/remembered_writes.h"
#include "nodecore/request/write_operation.h"

#include <unordered_map>

namespace ringmaster {

struct QuorumDefaults {
    int read = 2;
    int write = 2;
};

class Coordinator {
public:
    // A read asks the replicas it did not ask at first when the others have been silent for so long.
    static constexpr Duration hedgeDelay = std::chrono::milliseconds(50);

    Coordinator(OperationPorts ports, Timers& timers, Store& store, wire::RequestIds& ids,
                QuorumDefaults defaults);

    void get(GetRequest request, GetCallback done);
    void put(PutRequest request, PutCallback done);
    void placement(const Key& key, Position position, PlacementCallback done);
    void keys(const ObjectCursor& from, const QByteArray& prefix, int limit, KeysCallback done);

    void handle(NodeId from, const wire::ReadReply& reply);
    void handle(NodeId from, const wire::WriteReply& reply);
    void handle(NodeId from, const wire::KeysReply& reply);
    void handle(NodeId from, wire::ForwardRequest request);
    void handle(NodeId from, const wire::ForwardReply& reply);
    void handle(NodeId from, const wire::HintsReturned& returned);
    void linkLost(NodeId node);

    // A read or a write of one of these keys is under way here, and may yet send what it knows: which of
    // them.
    std::vector<bool> isBusyWith(const std::vector<Key>& keys) const;

    // The key of that read or placement, where it is under way.
    std::optional<Key> keyOfRead(wire::RequestId id) const;

    // Replicas that were sent what a read found them to lack.
    quint64 readRepairs() const { return m_readRepairs; }

private:
    // A write that another node coordinates for us.
    struct Forwarded {
        NodeId to;
        quint64 subject = 0;
        Key key;
        TraceId trace;
        MonoTime began;
        PutCallback done;
        bool finished() const { return done == nullptr; }
    };
    template <class Operation>
    struct Running {
        Operation operation;
        TimerId deadline{};
        TimerId hedge{};
    };
    template <class Operation>
    using Table = std::unordered_map<wire::RequestId, Running<Operation>>;

    // True where the operation was under way.
    template <class Operation, class Event>
    bool feed(Table<Operation>& table, wire::RequestId id, Event event);
    // Hands a reply to the operation that it names; drops and counts it where that does not wait for it.
    template <class Operation, class Reply>
    void feedReply(Table<Operation>& table, NodeId from, const Reply& reply);
    template <class Operation>
    void keep(Table<Operation>& table, wire::RequestId id, Operation operation, MonoTime deadline);
    template <class Operation>
    void dropPeer(Table<Operation>& table, NodeId node);

    [[nodiscard]] std::optional<RequestFailure> refuse(const RequestOptions& options,
                                                       const char* quorumName) const;
    OperationTime timeFor(const RequestOptions& options) const;
    // What a named write has become already, or the write itself.
    void coordinate(PutRequest request, int quorum, OperationTime time, PutCallback done);
    // With earlier: the write was minted by an attempt before, and is brought to its quorum.
    void beginWrite(PutRequest request, int quorum, OperationTime time, PutCallback done,
                    std::optional<Replica::Minted> earlier);
    void forward(PutRequest request, int quorum, OperationTime time, PutCallback done);
    void forwardDeadline(wire::RequestId id);

    OperationPorts m_ports;
    Timers& m_timers;
    Store& m_store;
    wire::RequestIds& m_ids;
    QuorumDefaults m_defaults;
    quint64 m_readRepairs = 0;
    Table<ReadOperation> m_reads;
    Table<WriteOperation> m_writes;
    RememberedWrites m_remembered;
    Table<KeysOperation> m_listings;
    Table<PlacementOperation> m_placements;
    Table<Forwarded> m_forwarded;
};

} // namespace ringmaster
