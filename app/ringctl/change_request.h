// SPDX-License-Identifier: GPL-3.0-or-later
// The wishes of a command line, as POST /api/v1/cluster/plan is told them.
#pragma once

#include "app/ringctl/command.h"

#include <QJsonArray>
#include <QJsonObject>

namespace ringmaster::ctl {

QJsonObject wish(const QString& kind, const QString& node);
// With what --at, --tokens, --zone and --capacity say, where they are given. Malformed where they are wrong.
[[nodiscard]] Result<QJsonObject> wishWithPlace(const Invocation& in, const QString& kind,
                                                const QString& node);
// Of "cluster plan": every --join, --leave, --remove, --move and --replace OLD=NEW, and --rebalance.
[[nodiscard]] Result<QJsonArray> wishesFrom(const Invocation& in);

QCommandLineOption atOption();
QList<QCommandLineOption> placeOptions(); // --at, --tokens, --zone, --capacity

} // namespace ringmaster::ctl
