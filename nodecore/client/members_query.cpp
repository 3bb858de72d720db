// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/client/members_query.h"

#include "nodecore/client/client_json.h"

#include <QPointer>

namespace ringmaster {

using namespace Qt::StringLiterals;

MembersQuery::MembersQuery(NodePool& pool, QList<QUrl> candidates, QObject* parent)
    : QObject(parent)
    , m_pool(pool)
    , m_candidates(std::move(candidates))
{
    m_patience.setSingleShot(true);
    m_patience.setInterval(patience);
    connect(&m_patience, &QTimer::timeout, this, [this] {
        Q_EMIT nodeSilent(m_lastAsked);
        askNext();
    });
}

void MembersQuery::start()
{
    QMetaObject::invokeMethod(this, &MembersQuery::askNext, Qt::QueuedConnection);
}

void MembersQuery::askNext()
{
    if (m_done)
        return;
    if (m_candidates.isEmpty()) {
        if (m_outstanding > 0)
            return; // one of those may still answer
        m_done = true;
        Q_EMIT exhausted(m_problems.isEmpty()
                             ? u"There is no address of a node to ask."_s
                             : u"No node of the cluster answers (%1)."_s.arg(m_problems.join(u"; "_s)));
        return;
    }
    m_lastAsked = m_candidates.takeFirst();
    ++m_outstanding;
    m_patience.start();
    m_pool.send(m_lastAsked, {"GET", "/api/v1/members", {}, {}}, giveUp,
                [self = QPointer(this), node = m_lastAsked](const NodeResult& result) {
                    if (self)
                        self->take(node, result);
                });
}

void MembersQuery::take(const QUrl& node, const NodeResult& result)
{
    --m_outstanding;
    if (m_done)
        return;
    if (!result) {
        lost(node, result.error().detail);
        return;
    }
    if (result->status != 200) {
        lost(node, errorFrom(result->status, result->body).message);
        return;
    }
    const auto members = objectFrom(result->body).and_then(membersFrom);
    if (!members) {
        lost(node, members.error());
        return;
    }
    m_done = true;
    m_patience.stop();
    Q_EMIT answered(node, *members);
}

void MembersQuery::lost(const QUrl& node, const QString& why)
{
    m_problems.append(u"%1: %2"_s.arg(node.authority(), why));
    Q_EMIT nodeSilent(node);
    if (node == m_lastAsked) {
        m_patience.stop();
        askNext();
    } else if (m_candidates.isEmpty() && m_outstanding == 0) {
        askNext();
    }
}

} // namespace ringmaster
