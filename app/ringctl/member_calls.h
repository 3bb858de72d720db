// SPDX-License-Identifier: GPL-3.0-or-later
// Asking every member of the cluster, all at once.
#pragma once

#include "app/ringctl/command.h"
#include "nodecore/client/cluster_picture.h"

#include <QEventLoop>

#include <memory>

namespace ringmaster::ctl {

using Members = QList<MemberSnapshot>; // by name

// As the first node that answers sees them.
ClientResult<Members> membersOf(const Invocation& in);

template <class T>
struct MemberAnswer {
    QString member;
    ClientResult<T> answer;
};

// start is given each member's client, a context object and the callback to pass on. Returns when all have
// answered or are known not to, in the order of the members.
template <class T, class Start>
QList<MemberAnswer<T>> askMembers(const Members& members, Start start)
{
    QEventLoop loop;
    QObject context;
    std::vector<std::unique_ptr<NodeClient>> clients;
    std::vector<std::optional<ClientResult<T>>> answers(static_cast<size_t>(members.size()));
    size_t missing = answers.size();
    for (const MemberSnapshot& member : members) {
        const size_t i = clients.size();
        clients.push_back(std::make_unique<NodeClient>(QList<QUrl>{urlOfAddress(member.httpAddress)}));
        start(*clients.back(), &context, [&, i](ClientResult<T> answer) {
            answers[i] = std::move(answer);
            if (--missing == 0)
                loop.quit();
        });
    }
    if (missing > 0)
        loop.exec();
    QList<MemberAnswer<T>> all;
    for (size_t i = 0; i < answers.size(); ++i)
        all.append({members.at(static_cast<qsizetype>(i)).name, std::move(*answers[i])});
    return all;
}

} // namespace ringmaster::ctl
