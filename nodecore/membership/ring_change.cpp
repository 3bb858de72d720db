// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/membership/ring_change.h"

#include <algorithm>

namespace ringmaster {

tl::unexpected<Error> otherChangeIsUnderWay()
{
    return failure(
        ErrorCode::Conflict,
        QStringLiteral("Another change of the ring is under way. Wait for its end, or cancel it."));
}

void RingChange::ringsChanged(const RingView& rings, quint64 change, std::set<NodeId> gone)
{
    if (m_change == change)
        return;
    m_change = change;
    m_gone = std::move(gone);
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
        std::vector<NodeId> sources = rings.current().preferenceList(slot);
        const auto needed = static_cast<ptrdiff_t>(sources.size()) - m_quorum + 1;
        sources.erase(std::remove_if(sources.begin(), sources.end(),
                                     [this](NodeId node) { return m_gone.find(node) != m_gone.end(); }),
                      sources.end());
        const auto compared = std::count_if(sources.begin(), sources.end(), [this](NodeId source) {
            return m_compared.find(source) != m_compared.end();
        });
        return compared >=
               std::min<ptrdiff_t>(std::max<ptrdiff_t>(1, needed), static_cast<ptrdiff_t>(sources.size()));
    });
}

bool RingChange::isOver(const RingView& rings) const
{
    const std::vector<NodeId>& incoming = rings.incomingNodes();
    return std::all_of(incoming.begin(), incoming.end(), [this](NodeId node) {
        if (node == m_self)
            return m_hasCaughtUp;
        const auto said = m_said.find(node);
        return said != m_said.end() && said->second.caughtUp == m_change;
    });
}

} // namespace ringmaster
