// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/client/cluster_picture.h"

#include <algorithm>

namespace ringmaster {

using namespace Qt::StringLiterals;

QUrl urlOfAddress(const QString& address)
{
    QUrl url(u"http://"_s + address, QUrl::StrictMode);
    const bool plain = url.path().isEmpty() && !url.hasQuery() && url.userInfo().isEmpty();
    return url.isValid() && !url.host().isEmpty() && url.port() > 0 && plain ? url : QUrl();
}

void ClusterPicture::setMembers(const QUrl& answeredBy, const ClusterSnapshot& members)
{
    m_members = members;
    m_members.connected = true;
    m_members.problem.clear();
    m_answeredBy = answeredBy;
    m_silentSince.remove(answeredBy);
}

void ClusterPicture::setDisconnected(const QString& problem)
{
    m_members.connected = false;
    m_members.problem = problem;
    for (MemberSnapshot& member : m_members.members)
        member.reachable = false;
    m_stats = {};
}

QUrl ClusterPicture::urlOf(const MemberSnapshot& member) const
{
    QUrl url = urlOfAddress(member.httpAddress);
    if (url.host() == "0.0.0.0"_L1 || url.host() == "::"_L1)
        url.setHost(m_answeredBy.host());
    return url;
}

bool ClusterPicture::isReachable(const MemberSnapshot& member, Time now) const
{
    const auto silent = m_silentSince.constFind(urlOf(member));
    return member.reachable && (silent == m_silentSince.cend() || now - *silent > ownWordLasts);
}

ClusterSnapshot ClusterPicture::snapshot(Time now) const
{
    ClusterSnapshot snapshot = m_members;
    QHash<QString, int> indexOf;
    for (int i = 0; i < snapshot.members.size(); ++i) {
        snapshot.members[i].reachable = isReachable(m_members.members.at(i), now);
        indexOf.insert(snapshot.members.at(i).name, i);
    }
    snapshot.tokens.reserve(m_ring.tokens.size());
    for (const auto& [slot, name] : m_ring.tokens)
        snapshot.tokens.append({slot, indexOf.value(name, -1)});
    snapshot.requestsPerSecond = m_stats.requestsPerSecond;
    snapshot.getLatency = m_stats.getLatency;
    snapshot.putLatency = m_stats.putLatency;
    return snapshot;
}

QList<QUrl> ClusterPicture::nodeUrls(Time now) const
{
    QList<QUrl> reachable;
    QList<QUrl> others;
    for (const MemberSnapshot& member : m_members.members) {
        const QUrl url = urlOf(member);
        if (url.isValid())
            (isReachable(member, now) ? reachable : others).append(url);
    }
    return reachable + others;
}

} // namespace ringmaster
