// SPDX-License-Identifier: GPL-3.0-or-later
// Which peers refuse this node, and why: another cluster, other settings, another protocol, its name taken.
//
// A node that has members, none of which accepts it, is no part of the cluster, whatever its own record says:
// it must not acknowledge anything, for nobody would ever see it. Being unreachable is not a refusal. A
// refusal holds until the peer at that address accepts the node. A plain value.
#pragma once

#include <QHash>
#include <QString>
#include <QStringList>

#include <optional>

namespace ringmaster {

class PeerRefusals {
public:
    // The peer at that address refuses this node, or this node refuses that peer: neither links with the
    // other. The reason is a whole sentence.
    void refused(const QString& address, const QString& reason)
    {
        // Addresses come from the member table and from --join, so they are bounded; this guards against
        // bugs.
        constexpr qsizetype most = 8192;
        if (m_reasons.size() < most)
            m_reasons.insert(address, reason);
    }
    void accepted(const QString& address) { m_reasons.remove(address); }

    // Why those of these addresses that refuse do so, one sentence each, in their order, of the first few;
    // nothing where none of them refuses.
    std::optional<QString> reasonsOf(const QStringList& addresses) const
    {
        constexpr qsizetype mostNamed = 4;
        QStringList reasons;
        for (const QString& address : addresses) {
            const auto found = m_reasons.constFind(address);
            if (found != m_reasons.constEnd() && reasons.size() < mostNamed)
                reasons.append(QStringLiteral("%1: %2").arg(address, *found));
        }
        return reasons.isEmpty() ? std::nullopt : std::optional(reasons.join(QLatin1Char(' ')));
    }

private:
    QHash<QString, QString> m_reasons; // by address
};

} // namespace ringmaster
