// SPDX-License-Identifier: GPL-3.0-or-later
// Puts a ClusterSnapshot together from what came at different moments: members, ring, statistics, and what
// this program itself found when it asked a node. Pure: the time is passed in.
#pragma once

#include "nodecore/client/client_json.h"

#include <QHash>
#include <QUrl>

#include <chrono>

namespace ringmaster {

class ClusterPicture {
public:
    using Time = std::chrono::milliseconds; // since any start

    // How long a node that did not answer us counts as unreachable, whatever the others say: they need a
    // moment to notice. Afterwards theirs is the word, for it may be our own way to it that is cut.
    static constexpr Time ownWordLasts{5000};

    // answeredBy: where the members were asked. It answered, so it is reachable.
    void setMembers(const QUrl& answeredBy, const ClusterSnapshot& members);
    void setRing(ClientRing ring) { m_ring = std::move(ring); }
    void setStats(const ClientStats& stats) { m_stats = stats; }
    void noteSilent(const QUrl& node, Time now) { m_silentSince.insert(node, now); }
    void setDisconnected(const QString& problem);

    // The members name another ring than the one that is known.
    bool ringIsStale() const { return m_ring.digest != m_members.ringDigest || m_ring.tokens.isEmpty(); }
    ClusterSnapshot snapshot(Time now) const;
    // The members' addresses, those first that can be reached. A member that listens on every address of its
    // machine is given the host at which the answer came.
    QList<QUrl> nodeUrls(Time now) const;

private:
    QUrl urlOf(const MemberSnapshot& member) const;
    bool isReachable(const MemberSnapshot& member, Time now) const;

    ClusterSnapshot m_members;
    QUrl m_answeredBy;
    ClientRing m_ring;
    ClientStats m_stats;
    QHash<QUrl, Time> m_silentSince;
};

// http://<address>; an invalid URL where address is no host:port.
QUrl urlOfAddress(const QString& address);

} // namespace ringmaster
