// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/ring/preference_walk.h"

#include <QHash>

#include <algorithm>

namespace ringmaster {

ZoneIndex::ZoneIndex(const std::vector<QString>& zones)
{
    QHash<QString, int> known;
    zoneOfNode.reserve(zones.size());
    for (const QString& zone : zones) {
        const int fresh = zone.isEmpty() ? count : known.value(zone, count);
        if (fresh == count) {
            ++count;
            if (!zone.isEmpty())
                known.insert(zone, fresh);
        }
        zoneOfNode.push_back(fresh);
    }
}

PreferenceWalk::PreferenceWalk(const ZoneIndex& zones, int want)
    : m_zones(zones)
    , m_want(static_cast<size_t>(std::max(0, want)))
    , m_nodeMarks(zones.zoneOfNode.size())
    , m_zoneMarks(static_cast<size_t>(zones.count))
{
    restart();
}

void PreferenceWalk::restart()
{
    ++m_turn;
    m_zonesMet = 0;
    m_list.clear();
    m_waiting.clear();
}

bool PreferenceWalk::isComplete() const
{
    return m_list.size() >= m_want ||
           (m_zonesMet == m_zones.count && m_list.size() + m_waiting.size() >= m_want);
}

bool PreferenceWalk::meet(int node)
{
    quint64& nodeMark = m_nodeMarks[static_cast<size_t>(node)];
    if (nodeMark != m_turn && !isComplete()) {
        nodeMark = m_turn;
        quint64& zoneMark = m_zoneMarks[static_cast<size_t>(m_zones.zoneOfNode[static_cast<size_t>(node)])];
        const bool newZone = zoneMark != m_turn;
        zoneMark = m_turn;
        m_zonesMet += newZone ? 1 : 0;
        (newZone ? m_list : m_waiting).push_back(node);
    }
    return isComplete();
}

const std::vector<int>& PreferenceWalk::finish()
{
    const size_t missing = m_want - std::min(m_want, m_list.size());
    const size_t taken = std::min(missing, m_waiting.size());
    m_list.insert(m_list.end(), m_waiting.begin(), m_waiting.begin() + static_cast<std::ptrdiff_t>(taken));
    m_waiting.clear();
    return m_list;
}

} // namespace ringmaster
