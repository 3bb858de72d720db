// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/request/request_trace.h"

namespace ringmaster {

TraceId TraceLog::begin(RequestTrace::Kind kind, const Key& key, const Clock& clock)
{
    m_lastId += m_lastId == ~quint64{0} ? 2 : 1; // never 0
    beginAs(TraceId{m_lastId}, kind, key, clock);
    return TraceId{m_lastId};
}

void TraceLog::beginAs(TraceId id, RequestTrace::Kind kind, const Key& key, const Clock& clock)
{
    if (id == TraceId{} || m_places.find(id.value) != m_places.end())
        return;
    if (m_traces.size() < kept) {
        m_traces.emplace_back();
        m_next = m_traces.size() - 1;
    } else {
        m_places.erase(m_traces[m_next].id.value);
    }
    // In place, so that the steps of the trace that goes leave their memory behind.
    RequestTrace& trace = m_traces[m_next];
    trace.id = id;
    trace.kind = kind;
    trace.key = key;
    trace.began = clock.wallNow();
    trace.begun = clock.now();
    trace.outcome = RequestTrace::Outcome::UnderWay;
    trace.took = Duration{0};
    trace.needed = 0;
    trace.error.clear();
    trace.steps.clear();
    m_places.emplace(id.value, m_next);
    m_next = (m_next + 1) % kept;
}

RequestTrace* TraceLog::mine(TraceId id)
{
    const auto place = m_places.find(id.value);
    return place == m_places.end() ? nullptr : &m_traces[place->second];
}

const RequestTrace* TraceLog::find(TraceId id) const
{
    const auto place = m_places.find(id.value);
    return place == m_places.end() ? nullptr : &m_traces[place->second];
}

void TraceLog::needs(TraceId id, int quorum)
{
    if (RequestTrace* trace = mine(id))
        trace->needed = quorum;
}

void TraceLog::step(TraceId id, MonoTime now, TraceStep step)
{
    RequestTrace* trace = mine(id);
    if (!trace || trace->steps.size() >= maxSteps)
        return;
    step.at = now - trace->begun;
    trace->steps.push_back(std::move(step));
}

void TraceLog::append(TraceId id, MonoTime then, const std::vector<TraceStep>& steps)
{
    const RequestTrace* trace = find(id);
    if (!trace)
        return;
    for (const TraceStep& one : steps)
        step(id, then + one.at, one);
}

void TraceLog::end(TraceId id, MonoTime now, const QString& error)
{
    RequestTrace* trace = mine(id);
    if (!trace)
        return;
    trace->took = now - trace->begun;
    trace->error = error;
    trace->outcome = error.isEmpty() ? RequestTrace::Outcome::Ok : RequestTrace::Outcome::Failed;
    step(id, now, {error.isEmpty() ? TraceEvent::QuorumMet : TraceEvent::Failed});
}

std::vector<RequestTrace> TraceLog::latest(size_t most) const
{
    std::vector<RequestTrace> traces;
    const size_t n = std::min(most, m_traces.size());
    traces.reserve(n);
    for (size_t i = 0; i < n; ++i)
        traces.push_back(m_traces[(m_next + m_traces.size() - 1 - i) % m_traces.size()]);
    return traces;
}

} // namespace ringmaster
