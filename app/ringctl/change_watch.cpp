// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ringctl/change_watch.h"

#include "app/ringctl/await.h"
#include "app/ringctl/change_report.h"
#include "app/ringctl/interrupt.h"
#include "app/ringctl/output.h"
#include "app/ringctl/progress.h"

#include <QElapsedTimer>

#include <algorithm>

namespace ringmaster::ctl {

using namespace Qt::StringLiterals;

namespace {

constexpr std::chrono::milliseconds betweenLooks{200};
// A change that was begun is seen as soon as it is on its node's disk.
constexpr qint64 unseenForMs = 15'000;
// A member that is away may be back at once; after that a person is told.
constexpr qint64 awayForMs = 5'000;

struct Look {
    QString state; // of the member; empty: nobody knows it
    bool isUnderWay = false;
    bool isRingReached = false;
    qint64 incoming = 0;
    std::optional<double> timeLeftMs; // of the transfer that takes longest
    QStringList waitsFor; // members of the ring that cannot be reached: what is to come to them cannot come
};

QList<ClientProgress> progressOf(Members members)
{
    members.removeIf([](const MemberSnapshot& member) { return !member.reachable; });
    QList<ClientProgress> all;
    for (const auto& [name, answer] : askMembers<ClientProgress>(
             members, [](NodeClient&client, QObject*context, ClientCallback<ClientProgress> done) {
                 client.progress(context, std::move(done));
             })) {
        if (answer)
            all.append(*answer);
    }
    return all;
}

std::optional<Look> look(const Invocation& in, const WatchedChange& change)
{
    const auto members = membersOf(in);
    if (!members)
        return std::nullopt;
    Look seen;
    const QList<ClientProgress> nodes = progressOf(*members);
    for (const ClientProgress& node : nodes) {
        seen.isUnderWay = seen.isUnderWay || node.of(change.node) != nullptr;
        seen.incoming += node.incomingObjects;
        for (const ClientTransfer& transfer : node.transfers) {
            if (transfer.timeLeftMs)
                seen.timeLeftMs = std::max(seen.timeLeftMs.value_or(0), *transfer.timeLeftMs);
        }
    }
    // Asked for after that, so that a change that is over shows the state that it has led to.
    const auto after = membersOf(in);
    if (!after)
        return std::nullopt;
    for (const MemberSnapshot& member : *after) {
        if (member.name == change.node)
            seen.state = member.state;
        if (member.tokens > 0 && !member.reachable && member.name != change.node)
            seen.waitsFor.append(member.name);
    }
    seen.isRingReached = std::all_of(nodes.begin(), nodes.end(), [&](const ClientProgress& node) {
        return change.digest.isEmpty() || node.digest == change.digest;
    });
    return seen;
}

} // namespace

ClientResult<QList<ClientProgress>> progressOfAll(const Invocation& in)
{
    const auto members = membersOf(in);
    if (!members)
        return tl::make_unexpected(members.error());
    return progressOf(*members);
}

ChangeEnd watchChange(const Invocation& in, const WatchedChange& change)
{
    Interrupt interrupt;
    bool isInterrupted = false;
    QObject::connect(&interrupt, &Interrupt::interrupted, &interrupt, [&] { isInterrupted = true; });
    Progress progress(change.node, change.objects);
    QElapsedTimer clock;
    clock.start();
    QString lastState;
    bool wasUnderWay = false;
    bool wasToldToWait = false;
    QElapsedTimer sinceBegun;
    sinceBegun.start();
    while (!isInterrupted) {
        if (const auto seen = look(in, change)) {
            const bool isThere = seen->state == change.endState && seen->isRingReached;
            if (seen->state != lastState && (seen->isUnderWay || wasUnderWay || isThere)) {
                progress.clear();
                note(u"%1 is %2"_s.arg(change.node, seen->state));
                lastState = seen->state;
            }
            if (!seen->isUnderWay && isThere)
                return ChangeEnd::Done;
            if (!seen->isUnderWay && wasUnderWay && seen->state != change.endState)
                return ChangeEnd::Undone;
            if (!seen->isUnderWay && clock.elapsed() > unseenForMs)
                return wasUnderWay ? ChangeEnd::Undone : ChangeEnd::Unseen;
            wasUnderWay = wasUnderWay || seen->isUnderWay;
            if (seen->isUnderWay) {
                clock.restart();
                if (!wasToldToWait && !seen->waitsFor.isEmpty() && sinceBegun.elapsed() > awayForMs) {
                    progress.clear();
                    note(
                        u"%1 cannot be reached: if data is to come to it, the change waits for it to come back"_s
                            .arg(seen->waitsFor.join(u", "_s)));
                    wasToldToWait = true;
                }
                progress.show(seen->incoming, seen->incoming,
                              seen->timeLeftMs ? timeText(*seen->timeLeftMs) + u" left"_s : QString());
            }
        }
        pauseFor(betweenLooks);
    }
    return ChangeEnd::Interrupted;
}

} // namespace ringmaster::ctl
