// SPDX-License-Identifier: GPL-3.0-or-later
// A command is a plain function that asks one thing after another. This runs the event loop until the answer
// is there; it is never used from within a callback, so loops do not nest.
#pragma once

#include "nodecore/client/node_client.h"

#include <QEventLoop>
#include <QTimer>

#include <chrono>

namespace ringmaster::ctl {

// start is given the context object and the callback to pass on to a NodeClient.
template <class T, class Start>
ClientResult<T> await(Start start)
{
    QObject context;
    QEventLoop loop;
    std::optional<ClientResult<T>> result;
    start(&context, [&](ClientResult<T> answer) {
        result = std::move(answer);
        loop.quit();
    });
    if (!result)
        loop.exec();
    return std::move(*result);
}

// Between two looks at something that takes its time.
inline void pauseFor(std::chrono::milliseconds time)
{
    QEventLoop loop;
    QTimer::singleShot(time, &loop, &QEventLoop::quit);
    loop.exec();
}

} // namespace ringmaster::ctl
