// SPDX-License-Identifier: GPL-3.0-or-later
// One change of the ring, carried out as a person wants it: planned, shown, asked about, begun at the node
// that can do it, and watched until it is over.
#pragma once

#include "app/ringctl/change_watch.h"

#include <QJsonArray>

namespace ringmaster::ctl {

struct ChangeAct {
    QJsonArray wishes; // one, for the plan
    QString act;       // "join": of /api/v1/cluster/
    QString node;      // that changes
    QString endState;
    bool takesPlannedTokens = false; // join, move: at the tokens of the plan
    bool isAskedOfOthers = false;    // remove: of any node, which is told the name
    bool takesForce = false;         // leave, remove: what it costs for good can be accepted with --force
    // Makes the node ready to be asked, where it is not there yet; after the person has agreed.
    std::function<Result<void>()> prepare;
};

ExitCode carryOut(const Invocation& in, const ChangeAct& act);

// Its parts, for who does more than one: on a terminal asks whether to (nothing: go on; else what the program
// ends with) ...
std::optional<ExitCode> askWhetherTo(const Invocation& in);
// ... begins it at the node that can do it ...
ClientResult<QJsonObject> begin(const Invocation& in, const ChangeAct& act, const ClientPlan& plan);
// ... and follows it.
ChangeEnd watch(const Invocation& in, const ChangeAct& act, const ClientPlan& plan);

// As /api/v1/cluster/plan answers.
ClientResult<ClientPlan> planOf(const Invocation& in, const QJsonArray& wishes);

// The member of that name; Absent, with what to do, where there is none.
ClientResult<MemberSnapshot> memberNamed(const Invocation& in, const QString& name);
tl::unexpected<ClientError> memberIsAbsent(const QString& name);

// POSTs to one member.
ClientResult<QJsonObject> tell(const MemberSnapshot& member, const QString& act, const QJsonObject& body);

// Says how it ended, and returns what the program ends with.
ExitCode reportEnd(const Invocation& in, ChangeEnd end, const QString& node, QJsonObject report);

QList<QCommandLineOption> actOptions(); // --yes, --no-wait
// --force, of the acts that take it; what it does is told where it is needed.
QCommandLineOption forceOption(const QString& what);

} // namespace ringmaster::ctl
