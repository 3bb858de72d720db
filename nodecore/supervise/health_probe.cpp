// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/supervise/health_probe.h"

#include "nodecore/client/client_json.h"

namespace ringmaster {

namespace {

constexpr std::chrono::milliseconds whileStarting{50};
constexpr std::chrono::milliseconds whileServing{1000};
constexpr std::chrono::milliseconds answerTimeout{1000};
constexpr int missesToLose = 2; // one late answer is no reason for alarm

} // namespace

HealthProbe::HealthProbe(QUrl url, QString name, QObject* parent)
    : QObject(parent)
    , m_url(std::move(url))
    , m_name(std::move(name))
{
    m_timer.setSingleShot(true);
    connect(&m_timer, &QTimer::timeout, this, &HealthProbe::ask);
}

void HealthProbe::start()
{
    m_running = true;
    m_serving = false;
    m_misses = 0;
    m_timer.start(0);
}

void HealthProbe::stop()
{
    m_running = false;
    m_serving = false;
    m_timer.stop();
}

void HealthProbe::ask()
{
    if (m_asking || !m_running)
        return;
    m_asking = true;
    m_pool.send(m_url, {"GET", "/health", {}, {}}, answerTimeout, [this](const NodeResult& result) {
        m_asking = false;
        const ClientHealth health = result ? healthFrom(result->status, result->body) : ClientHealth{};
        if (m_running)
            take(health.serving && health.node == m_name);
    });
}

void HealthProbe::take(bool serving)
{
    m_misses = serving ? 0 : m_misses + 1;
    const bool now = serving || (m_serving && m_misses < missesToLose);
    const bool changed = now != m_serving;
    m_serving = now;
    m_timer.start(m_serving ? whileServing : whileStarting);
    if (changed)
        Q_EMIT servingChanged(now);
}

} // namespace ringmaster
