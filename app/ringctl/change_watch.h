// SPDX-License-Identifier: GPL-3.0-or-later
// Follows one change of the ring until it is over: says each state that the member goes through, and how much
// data is there. Looking away does the change no harm.
#pragma once

#include "app/ringctl/member_calls.h"

namespace ringmaster::ctl {

struct WatchedChange {
    QString node;
    QString endState;   // READY, LEFT, REMOVED
    QString digest;     // of the ring that it leads to, where the state alone does not tell; else empty
    qint64 objects = 0; // that it moves, about
};

enum class ChangeEnd {
    Done,
    Undone,      // the member is what it was before
    Interrupted, // by Ctrl-C: it goes on
    Unseen,      // no node that answers knows anything of it
};

ChangeEnd watchChange(const Invocation& in, const WatchedChange& change);

// What all members that can be reached say.
ClientResult<QList<ClientProgress>> progressOfAll(const Invocation& in);

} // namespace ringmaster::ctl
