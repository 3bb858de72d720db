// SPDX-License-Identifier: GPL-3.0-or-later
// A planned change of the ring, and one that is under way, for people and for programs. Pure.
#pragma once

#include "nodecore/client/ring_change.h"

#include <QJsonArray>
#include <QJsonObject>

namespace ringmaster::ctl {

// Load before and after, what moves from whom to whom, how long that takes, and what is at risk meanwhile.
QString planText(const ClientPlan& plan);
QJsonObject planJson(const ClientPlan& plan);

// What is copied now, from whom to whom; empty where nothing is.
QString transfersText(const QList<ClientProgress>& nodes);
QJsonArray transfersJson(const QList<ClientProgress>& nodes);
// "about 42 seconds".
QString timeText(double ms);

// One line a member that changes; "nothing changes" where none does.
QString progressText(const QList<ClientProgress>& nodes);
QJsonObject progressJson(const QList<ClientProgress>& nodes);

} // namespace ringmaster::ctl
