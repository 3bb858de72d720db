// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/client/cluster_agreement.h"

#include "nodecore/client/client_json.h"
#include "nodecore/client/members_query.h"

#include <algorithm>
#include <memory>

namespace ringmaster {

using namespace Qt::StringLiterals;

namespace {

// The same id stands for the same name in every cluster; an actor is drawn at random.
bool haveAMemberInCommon(const ClusterSnapshot& a, const ClusterSnapshot& b)
{
    return std::any_of(a.members.begin(), a.members.end(), [&](const MemberSnapshot& one) {
        return std::any_of(b.members.begin(), b.members.end(),
                           [&](const MemberSnapshot& other) { return one.actor == other.actor; });
    });
}

// One that waits to be taken in knows nobody but itself yet.
bool isOfACluster(const ClusterSnapshot& members)
{
    return std::any_of(members.members.begin(), members.members.end(),
                       [](const MemberSnapshot& member) { return member.tokens > 0; });
}

QString clusterAt(const AskedNode& node)
{
    return u"\"%1\" at %2"_s.arg(node.members->cluster, node.url.authority());
}

} // namespace

std::optional<QString> disagreementOf(const QList<AskedNode>& asked)
{
    const AskedNode* first = nullptr;
    for (const AskedNode& node : asked) {
        if (!node.members)
            continue;
        if (first == nullptr) {
            first = &node;
            continue;
        }
        const bool otherName = node.members->cluster != first->members->cluster;
        const bool strangers = isOfACluster(*node.members) && isOfACluster(*first->members) &&
                               !haveAMemberInCommon(*node.members, *first->members);
        if (otherName || strangers)
            return u"These are addresses of two clusters: %1 and %2%3."_s.arg(
                clusterAt(*first), clusterAt(node),
                otherName ? QString() : u", which have no member in common"_s);
    }
    return std::nullopt;
}

QStringList unknownAddresses(const QList<AskedNode>& asked)
{
    QStringList known;
    for (const AskedNode& node : asked) {
        if (!node.members)
            continue;
        for (const MemberSnapshot& member : node.members->members)
            known.append(member.httpAddress);
    }
    QStringList unknown;
    for (const AskedNode& node : asked) {
        if (!node.members && !known.isEmpty() && !known.contains(node.url.authority()))
            unknown.append(node.url.authority());
    }
    return unknown;
}

void askClusters(const QList<QUrl>& nodes, QObject* context, std::function<void(QList<AskedNode>)> done)
{
    auto* pool = new NodePool(context);
    auto asked = std::make_shared<QList<AskedNode>>();
    for (const QUrl& url : nodes)
        asked->append({url, std::nullopt});
    // Its end is that of the pool, after which no answer comes any more.
    auto finish = [pool, asked, done = std::move(done)] {
        pool->deleteLater();
        done(*asked);
    };
    auto* patience = new QTimer(pool);
    patience->setSingleShot(true);
    QObject::connect(patience, &QTimer::timeout, pool, finish);
    auto missing = std::make_shared<qsizetype>(nodes.size());
    for (qsizetype i = 0; i < nodes.size(); ++i) {
        pool->send(nodes.at(i), {"GET", "/api/v1/members", {}, {}}, MembersQuery::giveUp,
                   [=](const NodeResult& result) {
                       if (result && result->status == 200) {
                           if (const auto members = objectFrom(result->body).and_then(membersFrom))
                               (*asked)[i].members = *members;
                       }
                       if (--*missing == 0)
                           patience->start(0);
                       else if ((*asked)[i].members && !patience->isActive())
                           patience->start(MembersQuery::patience);
                   });
    }
}

} // namespace ringmaster
