// SPDX-License-Identifier: GPL-3.0-or-later
// Asking every member of the cluster, all at once.
#pragma once

#include "app/ringctl/command.h"
#include "nodecore/client/cluster_picture.h"

#include <QEventLoop>
#include <QTimer>

#include <chrono>
#include <memory>

namespace ringmaster::ctl {

using Members = QList<MemberSnapshot>; // by name

// As the first node that answers sees them.
ClientResult<Members> membersOf(const Invocation& in);

// One that left or was removed, and does not answer: nobody waits for what it might say.
bool isGoneForGood(const MemberSnapshot& member);
// Those that have something to say of their own work: all but those that are gone for good.
ClientResult<Members> membersToAsk(const Invocation& in);

template <class T>
struct MemberAnswer {
    QString member;
    ClientResult<T> answer;
};

// Of those that the others cannot reach either: their answers are waited for this much longer.
inline constexpr std::chrono::milliseconds patienceWithUnreachable{1000};

// What stands for the answer of a member that was not waited for any longer.
ClientError noAnswerOf(const MemberSnapshot& member);
// After a member's name: "does not answer", or what it said.
QString silenceText(const ClientError& error);

// start is given each member's client, a context object and the callback to pass on. Returns when all have
// answered or are known not to, in the order of the members.
template <class T, class Start>
QList<MemberAnswer<T>> askMembers(const Members& members, Start start)
{
    QEventLoop loop;
    QObject context;
    std::vector<std::unique_ptr<NodeClient>> clients;
    std::vector<std::optional<ClientResult<T>>> answers(static_cast<size_t>(members.size()));
    const auto isAwaited = [&](bool reachableOnly) {
        for (size_t i = 0; i < answers.size(); ++i) {
            if (!answers[i] && (members.at(static_cast<qsizetype>(i)).reachable || !reachableOnly))
                return true;
        }
        return false;
    };
    const auto endSoon = [&] {
        if (!isAwaited(false))
            loop.quit();
        else if (!isAwaited(true))
            QTimer::singleShot(patienceWithUnreachable, &loop, &QEventLoop::quit);
    };
    for (const MemberSnapshot& member : members) {
        const size_t i = clients.size();
        clients.push_back(std::make_unique<NodeClient>(QList<QUrl>{urlOfAddress(member.httpAddress)}));
        start(*clients.back(), &context, [&, i](ClientResult<T> answer) {
            answers[i] = std::move(answer);
            endSoon();
        });
    }
    endSoon();
    if (isAwaited(false))
        loop.exec();
    QList<MemberAnswer<T>> all;
    for (size_t i = 0; i < answers.size(); ++i) {
        const MemberSnapshot& member = members.at(static_cast<qsizetype>(i));
        if (!answers[i])
            answers[i] = tl::make_unexpected(noAnswerOf(member));
        all.append({member.name, std::move(*answers[i])});
    }
    return all;
}

} // namespace ringmaster::ctl
