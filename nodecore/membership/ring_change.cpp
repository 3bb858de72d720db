// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/membership/ring_change.h"

#include <algorithm>

namespace ringmaster {

void RingChange::ringsChanged(const RingView& rings)
{
    if (m_rings == rings.digest())
        return;
    m_rings = rings.digest();
    m_agreedSince.reset();
    m_compared.clear();
    recompute(rings);
}

void RingChange::compared(const RingView& rings, NodeId peer, MonoTime began)
{
    if (!m_agreedSince || began < *m_agreedSince)
        return;
    m_compared[peer] = began;
    recompute(rings);
}

void RingChange::recompute(const RingView& rings)
{
    const std::vector<Slot> coming = rings.incomingTo(m_self);
    m_hasCaughtUp = std::all_of(coming.begin(), coming.end(), [this, &rings](Slot slot) {
        const std::vector<NodeId>& sources = rings.current().preferenceList(slot);
        const auto compared = std::count_if(sources.begin(), sources.end(), [this](NodeId source) {
            return m_compared.find(source) != m_compared.end();
        });
        return compared >= std::max<ptrdiff_t>(1, static_cast<ptrdiff_t>(sources.size()) - m_writeQuorum + 1);
    });
}

bool RingChange::isOver(const RingView& rings) const
{
    const std::vector<NodeId>& incoming = rings.incomingNodes();
    return std::all_of(incoming.begin(), incoming.end(), [this, &rings](NodeId node) {
        if (node == m_self)
            return m_hasCaughtUp;
        const auto said = m_said.find(node);
        return said != m_said.end() && said->second.caughtUp == rings.digest();
    });
}

} // namespace ringmaster
