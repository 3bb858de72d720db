// SPDX-License-Identifier: GPL-3.0-or-later
// The names of requests between nodes, and the only place that gives them.
//
// A name is never given twice, not even after a restart: its first half is drawn at random when the process
// starts. So the answer to a request of an earlier process of this node cannot be taken for an answer to a
// request of this one, although the links deliver it to this node.
#pragma once

#include "nodecore/env/random.h"

#include <QString>

#include <compare>
#include <functional>

namespace ringmaster::wire {

class RequestId {
public:
    // Names no request. A message with this id wants no reply.
    constexpr RequestId() = default;
    // As a peer has written it. A node names its own requests with RequestIds only.
    static constexpr RequestId received(quint64 process, quint64 number) { return {process, number}; }

    constexpr quint64 process() const { return m_process; }
    // Ascending within one process.
    constexpr quint64 number() const { return m_number; }
    constexpr bool isNone() const { return m_number == 0; }
    QString toString() const { return QStringLiteral("%1:%2").arg(m_process, 0, 16).arg(m_number); }

    // Within one process the order in which they were given; of two processes it says nothing.
    friend constexpr auto operator<=>(const RequestId&, const RequestId&) = default;

private:
    friend class RequestIds;
    constexpr RequestId(quint64 process, quint64 number)
        : m_process(process)
        , m_number(number)
    {}

    quint64 m_process = 0;
    quint64 m_number = 0;
};

// What a reply names: the request's id and, as a second witness, a hash of what was asked (subjectOf in
// message.h). A reply counts only where both are those of a request that waits for the node which sent it.
struct ReplyTo {
    RequestId id;
    quint64 subject = 0;
    friend bool operator==(const ReplyTo&, const ReplyTo&) = default;
};

// Replies that counted for nothing, since the node started.
struct DroppedReplies {
    quint64 foreign = 0; // to a request of another process: an earlier one of this node
    quint64 late = 0;    // to a request of this process that is over
    quint64 mismatched =
        0; // to a request under way, but from a node that it does not wait for, or about something else
};

// Names the requests of one node: one generator a node, shared by all of its rooms. It also counts the
// replies that those rooms dropped.
//
// Not thread-safe.
class RequestIds {
public:
    explicit RequestIds(Random& random)
        : m_process(random.next())
    {}
    RequestIds(const RequestIds&) = delete;
    RequestIds& operator=(const RequestIds&) = delete;

    RequestId next() { return {m_process, ++m_last}; }
    // This process has given it.
    bool isOwn(const RequestId& id) const { return id.process() == m_process && !id.isNone(); }

    void droppedAsUnknown(const RequestId& id) { ++(isOwn(id) ? m_dropped.late : m_dropped.foreign); }
    void droppedAsMismatched() { ++m_dropped.mismatched; }
    const DroppedReplies& dropped() const { return m_dropped; }

private:
    quint64 m_process;
    quint64 m_last = 0;
    DroppedReplies m_dropped;
};

} // namespace ringmaster::wire

template <>
struct std::hash<ringmaster::wire::RequestId> {
    // The numbers alone: a table holds ids of one process.
    size_t operator()(const ringmaster::wire::RequestId& id) const noexcept
    {
        return std::hash<quint64>()(id.number());
    }
};
