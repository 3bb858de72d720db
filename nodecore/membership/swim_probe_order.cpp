// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/membership/swim_probe_order.h"

#include <algorithm>
#include <utility>

namespace ringmaster {

void SwimProbeOrder::add(NodeId member, Random& random)
{
    const size_t place = random.below(m_members.size() + 1);
    m_members.insert(m_members.begin() + static_cast<std::ptrdiff_t>(place), member);
    if (place < m_next)
        ++m_next;
}

void SwimProbeOrder::remove(NodeId member)
{
    const auto found = std::find(m_members.begin(), m_members.end(), member);
    if (found == m_members.end())
        return;
    if (static_cast<size_t>(found - m_members.begin()) < m_next)
        --m_next;
    m_members.erase(found);
}

NodeId SwimProbeOrder::next(Random& random)
{
    if (m_next >= m_members.size()) {
        for (size_t i = m_members.size(); i > 1; --i)
            std::swap(m_members[i - 1], m_members[random.below(i)]);
        m_next = 0;
    }
    return m_members[m_next++];
}

} // namespace ringmaster
