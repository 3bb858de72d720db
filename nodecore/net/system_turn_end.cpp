// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/net/system_turn_end.h"

#include <QAbstractEventDispatcher>

namespace ringmaster {

SystemTurnEnd::SystemTurnEnd(std::function<void()> action, QObject* parent)
    : QObject(parent)
{
    const auto* dispatcher = QAbstractEventDispatcher::instance();
    Q_ASSERT(dispatcher);
    // Neither signal alone is enough: posted events are followed by aboutToBlock only, and a loop that
    // never waits (one that polls, or has posted events again) emits awake only.
    connect(dispatcher, &QAbstractEventDispatcher::aboutToBlock, this, action);
    connect(dispatcher, &QAbstractEventDispatcher::awake, this, action);
}

} // namespace ringmaster
