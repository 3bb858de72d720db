// SPDX-License-Identifier: GPL-3.0-or-later
// Runs something at the end of each turn of this thread's event loop, without the price of a posted event
// (a wake-up through the kernel) for each turn.
//
// It runs before the loop waits and again when it has been woken, so what happens in posted events, socket
// notifications and timers is all followed by a run before the loop sleeps. An idle loop does not run it.
#pragma once

#include <QObject>

#include <functional>

namespace ringmaster {

class SystemTurnEnd : public QObject {
    Q_OBJECT
public:
    // action must be cheap when there is nothing to do. Needs the thread's event loop to exist
    // (QCoreApplication in the main thread).
    explicit SystemTurnEnd(std::function<void()> action, QObject* parent = nullptr);
};

} // namespace ringmaster
