// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/inspector/key_probe.h"

namespace ringmaster {

KeyProbe::KeyProbe(KeyValuePort& port, QObject* parent)
    : QObject(parent)
    , m_port(port)
{}

void KeyProbe::look(const Key& key, std::optional<ClientValue> value)
{
    if (m_key != key) {
        clear();
        m_key = key;
    }
    m_problem.clear();
    if (value) {
        m_reading.reset();
        m_value = std::move(value);
    } else {
        askValue();
    }
    askPlacement();
    Q_EMIT changed();
}

void KeyProbe::refresh()
{
    // A request that is still under way will bring the news.
    if (!m_key || m_reading || m_placing)
        return;
    askValue();
    askPlacement();
}

void KeyProbe::clear()
{
    m_reading.reset();
    m_placing.reset();
    m_key.reset();
    m_value.reset();
    m_placement.reset();
    m_problem.clear();
}

void KeyProbe::askPlacement()
{
    m_placing = m_port.placement(*m_key, [this](const ClientResult<ClientPlacement>& result) {
        finish(m_placing);
        if (result)
            m_placement = *result;
        else
            m_problem = result.error().message;
        Q_EMIT changed();
    });
}

void KeyProbe::askValue()
{
    m_reading = m_port.read(*m_key, std::nullopt, [this](const ClientResult<ClientValue>& result) {
        finish(m_reading);
        if (result) {
            m_value = *result;
            m_problem.clear();
        } else {
            m_problem = result.error().message;
        }
        Q_EMIT changed();
    });
}

} // namespace ringmaster
