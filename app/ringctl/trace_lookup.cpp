// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ringctl/trace_lookup.h"

#include "app/ringctl/await.h"

#include <QElapsedTimer>

namespace ringmaster::ctl {

using namespace Qt::StringLiterals;

namespace {

constexpr std::chrono::milliseconds betweenLooks{20};
constexpr qint64 settlesWithinMs = 1500; // a disk's commit and a message, many times over

ClientError nobodyHasIt(const QString& id, const QStringList& silent)
{
    ClientError error;
    error.status = 404;
    error.word = u"absent"_s;
    error.message = u"No node has the trace %1. Each keeps those of the last 1000 requests that it took or "
                    "coordinated, in memory."_s.arg(id);
    if (!silent.isEmpty())
        error.message += u" Not asked, for they do not answer: %1."_s.arg(silent.join(u", "_s));
    return error;
}

// A frozen node would cost seconds, and is hardly one that has the trace of a request that was answered.
Members reachableOf(const Members& members)
{
    Members reachable;
    for (const MemberSnapshot& member : members) {
        if (member.reachable)
            reachable.append(member);
    }
    return reachable;
}

} // namespace

ClientResult<Timeline> lookUpTrace(const Members& members, const QString& id)
{
    const auto answers = askMembers<ClientTrace>(
        members, [&](NodeClient& client, QObject* context, ClientCallback<ClientTrace> done) {
            client.trace(id, context, std::move(done));
        });
    QList<ClientTrace> copies;
    QStringList silent;
    for (const auto& [member, answer] : answers) {
        if (answer)
            copies.append(*answer);
        else if (answer.error().word == "malformed"_L1)
            return tl::make_unexpected(answer.error());
        else if (answer.error().word != "absent"_L1)
            silent.append(member);
    }
    if (copies.isEmpty())
        return tl::make_unexpected(nobodyHasIt(id, silent));
    return timelineOf(copies);
}

std::optional<Timeline> traceOfRequestNow(const Invocation& in, const QString& id,
                                          const std::optional<ClientTrace>& fallback)
{
    std::optional<Timeline> found;
    if (fallback)
        found = timelineOf({*fallback});
    const auto members = id.isEmpty() ? ClientResult<Members>() : membersOf(in);
    if (!members || members->isEmpty())
        return found;
    const Members reachable = reachableOf(*members);
    QElapsedTimer clock;
    clock.start();
    while (true) {
        auto looked = lookUpTrace(reachable, id);
        if (!looked)
            return found;
        found = std::move(*looked);
        if (isSettled(*found) || clock.elapsed() > settlesWithinMs)
            return found;
        pauseFor(betweenLooks);
    }
}

} // namespace ringmaster::ctl
