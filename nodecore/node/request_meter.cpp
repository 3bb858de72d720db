// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/node/request_meter.h"

namespace ringmaster {

namespace {

constexpr Duration window = std::chrono::seconds(1);

double rate(quint64 count, Duration over)
{
    return static_cast<double>(count) / std::chrono::duration<double>(over).count();
}

} // namespace

const char* nameOfKind(RequestKind kind)
{
    switch (kind) {
    case RequestKind::Get:
        return "get";
    case RequestKind::Put:
        return "put";
    case RequestKind::Delete:
        return "delete";
    }
    return "";
}

void RequestMeter::count(RequestKind kind, Duration took, bool ok, MonoTime now)
{
    turnWindow(now);
    ++m_inWindow;
    if (!ok)
        ++m_failed;
    switch (kind) {
    case RequestKind::Get:
        ++m_gets;
        m_getLatency.add(took);
        break;
    case RequestKind::Put:
        ++m_puts;
        m_putLatency.add(took);
        break;
    case RequestKind::Delete:
        ++m_deletes;
        m_putLatency.add(took);
        break;
    }
}

void RequestMeter::turnWindow(MonoTime now)
{
    const Duration passed = now - m_windowBegan;
    if (passed < window)
        return;
    m_lastRate = rate(m_inWindow, passed);
    m_inWindow = 0;
    m_windowBegan = now;
    m_getLatency.age();
    m_putLatency.age();
}

double RequestMeter::perSecond(MonoTime now) const
{
    const Duration passed = now - m_windowBegan;
    if (passed >= 2 * window)
        return 0;
    return passed < window ? m_lastRate : rate(m_inWindow, passed);
}

StatsView RequestMeter::view(MonoTime now) const
{
    StatsView view;
    view.gets = m_gets;
    view.puts = m_puts;
    view.deletes = m_deletes;
    view.failed = m_failed;
    view.requestsPerSecond = perSecond(now);
    view.getLatency = {m_getLatency.percentile(0.5), m_getLatency.percentile(0.99)};
    view.putLatency = {m_putLatency.percentile(0.5), m_putLatency.percentile(0.99)};
    return view;
}

} // namespace ringmaster
