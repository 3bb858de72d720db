// SPDX-License-Identifier: GPL-3.0-or-later
// One request from beginning to end, put together from what several nodes tell of it. Pure.
//
// The node that took the request and its coordinator, where that is another, each have a trace under the
// same id. The coordinator's times are moved by the time at which it was asked, so they are off by the way of
// a message.
#pragma once

#include "nodecore/client/node_inspection.h"

#include <QJsonObject>

namespace ringmaster::ctl {

struct Timeline {
    ClientTrace request; // as the node tells it that took it; with the steps of all, in order of time
    QString coordinator;
};

// copies: at least one, of the same id.
Timeline timelineOf(const QList<ClientTrace>& copies);

// Nothing is to be waited for but replicas that are down, and the return of hints.
bool isSettled(const Timeline& timeline);

// Lines for a person, without a line end at the last.
QString timelineText(const Timeline& timeline);
QJsonObject timelineJson(const Timeline& timeline);

} // namespace ringmaster::ctl
