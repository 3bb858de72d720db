// SPDX-License-Identifier: GPL-3.0-or-later
// Counts a node's client requests, and how long they took.
#pragma once

#include "nodecore/node/node_view.h"
#include "nodecore/request/latency_histogram.h"

namespace ringmaster {

enum class RequestKind { Get, Put, Delete };
const char* nameOfKind(RequestKind kind); // "get"

class RequestMeter {
public:
    explicit RequestMeter(MonoTime now)
        : m_windowBegan(now)
    {}

    void count(RequestKind kind, Duration took, bool ok, MonoTime now);
    // Over the last whole second or so; zero when nothing has happened for two.
    double perSecond(MonoTime now) const;
    // The counters, rates and latencies; the rest is left at its defaults.
    StatsView view(MonoTime now) const;

private:
    void turnWindow(MonoTime now);

    quint64 m_gets = 0;
    quint64 m_puts = 0;
    quint64 m_deletes = 0;
    quint64 m_failed = 0;
    LatencyHistogram m_getLatency;
    LatencyHistogram m_putLatency; // deletes too
    MonoTime m_windowBegan;
    quint64 m_inWindow = 0;
    double m_lastRate = 0;
};

} // namespace ringmaster
