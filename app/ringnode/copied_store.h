// SPDX-License-Identifier: GPL-3.0-or-later
// What becomes of a data folder that was copied back: waits until a member of the cluster serves that did
// not start from a copy itself.
//
// Such a folder may hold values that were deleted since, and tombstones that nobody has any more to tell. As
// long as no other member serves there is no way to tell whether it is the newest there is: only a person
// knows (--trust-copy), who restored the whole cluster.
#pragma once

#include "nodecore/client/node_client.h"
#include "nodecore/membership/member.h"

#include <QObject>
#include <QTimer>

#include <memory>
#include <vector>

namespace ringmaster {

class CopiedStore : public QObject {
    Q_OBJECT
public:
    // others: the members that the folder remembers besides its own node; not empty.
    explicit CopiedStore(const std::vector<Member>& others);

    // Asks until somebody serves.
    void start();
    QStringList names() const { return m_names; }

Q_SIGNALS:
    // The cluster lives without this folder. Once.
    void othersServe(const QString& name);

private:
    void askAll();

    QStringList m_names;
    std::vector<std::unique_ptr<NodeClient>> m_members;
    QTimer m_timer;
    bool m_isDecided = false;
};

} // namespace ringmaster
