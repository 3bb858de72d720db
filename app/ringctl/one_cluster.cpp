// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ringctl/one_cluster.h"

#include "app/ringctl/output.h"
#include "nodecore/client/cluster_agreement.h"

#include <QEventLoop>

namespace ringmaster::ctl {

using namespace Qt::StringLiterals;

Result<void> checkThatOneCluster(const QList<QUrl>& nodes)
{
    if (nodes.size() < 2)
        return {};
    QEventLoop loop;
    QList<AskedNode> asked;
    askClusters(nodes, &loop, [&](QList<AskedNode> answers) {
        asked = std::move(answers);
        loop.quit();
    });
    loop.exec();
    if (const auto disagreement = disagreementOf(asked))
        return failure(ErrorCode::Conflict,
                       *disagreement + u" Nothing was done: name one cluster with --url."_s);
    for (const QString& address : unknownAddresses(asked))
        note(
            u"ringctl: %1 does not answer, and no member of the cluster has this address: it may be of another one."_s
                .arg(address));
    return {};
}

} // namespace ringmaster::ctl
