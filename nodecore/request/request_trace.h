// SPDX-License-Identifier: GPL-3.0-or-later
// What happened to one request: every message, reply, version, hint and repair, with times. For showing:
// nothing is decided by it.
#pragma once

#include "nodecore/base/key.h"
#include "nodecore/base/types.h"
#include "nodecore/env/clock.h"
#include "nodecore/wire/trace_step.h"

#include <optional>
#include <unordered_map>
#include <vector>

namespace ringmaster {

struct RequestTrace {
    enum class Kind : quint8 { Get, Put, Delete };
    enum class Outcome : quint8 { UnderWay, Ok, Failed };

    TraceId id;
    Kind kind = Kind::Get;
    Key key = Key::placeholder();
    WallTime began; // on this node's clock
    MonoTime begun; // the same moment
    Outcome outcome = Outcome::UnderWay;
    Duration took{0}; // until the client was answered
    int needed = 0;   // R or W
    QString error;    // what the client was told, where it failed
    std::vector<TraceStep> steps;
};

// The last requests that this node took or coordinated, in memory. Steps for a trace that is no longer there
// are dropped, so nobody has to ask.
//
// Not thread-safe.
class TraceLog {
public:
    static constexpr size_t kept = 1000;
    static constexpr size_t maxSteps = 200; // of one trace; further ones are dropped

    // idBase: ids of this node are idBase + 1, + 2, ...: random, so that no two nodes give the same ones.
    explicit TraceLog(quint64 idBase)
        : m_lastId(idBase)
    {}

    TraceId begin(RequestTrace::Kind kind, const Key& key, const Clock& clock);
    // The same under an id that another node gave: this node coordinates for it.
    void beginAs(TraceId id, RequestTrace::Kind kind, const Key& key, const Clock& clock);
    void needs(TraceId id, int quorum);
    // Its time is filled in.
    void step(TraceId id, MonoTime now, TraceStep step);
    // Steps of the coordinator's, whose times count from when it was asked, then.
    void append(TraceId id, MonoTime then, const std::vector<TraceStep>& steps);
    void end(TraceId id, MonoTime now, const QString& error); // an empty error: it went well

    const RequestTrace* find(TraceId id) const;
    // The latest first.
    std::vector<RequestTrace> latest(size_t most) const;

private:
    RequestTrace* mine(TraceId id);

    std::vector<RequestTrace> m_traces; // a ring: m_next is the oldest once it is full
    size_t m_next = 0;
    std::unordered_map<quint64, size_t> m_places;
    quint64 m_lastId;
};

} // namespace ringmaster
