// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ringnode/copied_store.h"

namespace ringmaster {

namespace {

constexpr std::chrono::milliseconds interval{500};

} // namespace

CopiedStore::CopiedStore(const std::vector<Member>& others)
{
    for (const Member& member : others) {
        m_names.append(member.name);
        const QUrl url(QStringLiteral("http://") + member.httpAddress);
        m_members.push_back(std::make_unique<NodeClient>(QList<QUrl>{url}));
    }
    m_timer.setInterval(interval);
    connect(&m_timer, &QTimer::timeout, this, &CopiedStore::askAll);
}

void CopiedStore::start()
{
    m_timer.start();
    askAll();
}

void CopiedStore::askAll()
{
    for (const std::unique_ptr<NodeClient>& member : m_members) {
        member->json(QStringLiteral("/health"), this, [this](const ClientResult<QJsonObject>& health) {
            // A member that was started on a copy too knows no better.
            if (!health || health->value(QLatin1String("trusts_copy")).toBool() || m_isDecided)
                return;
            m_isDecided = true;
            m_timer.stop();
            Q_EMIT othersServe(health->value(QLatin1String("node")).toString());
        });
    }
}

} // namespace ringmaster
