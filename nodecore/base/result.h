// SPDX-License-Identifier: GPL-3.0-or-later
// Errors as values. No exception crosses a room's door; what can fail returns a Result.
#pragma once

#include <QString>

#include <tl/expected.hpp>

namespace ringmaster {

// What kind of thing went wrong, in the words that the HTTP API uses. The order is part of the peer
// protocol: add at the end only.
enum class ErrorCode : quint8 {
    Malformed,      // the input cannot be understood; the sender must change it
    Absent,         // there is no such thing
    Conflict,       // it contradicts what is there: another name, another cluster, a stale version
    TooLarge,       // over a stated limit
    QuorumNotMet,   // too few replicas answered
    DeadlinePassed, // nothing more is known than that time ran out
    Unavailable,    // cannot be served now; may work later
    ReadOnly,       // the store takes no writes now (a full disk, say)
    Damaged,        // stored bytes are not what was written
    Foreign,        // a valid thing of somebody else's: another program's file, another cluster's node
    Newer,          // made by a newer version than this one
    Internal,       // a programming error that was contained
};

struct Error {
    ErrorCode code = ErrorCode::Internal;
    // One or two sentences for a person: what happened, to what, what was kept, what to do next.
    QString message;

    friend bool operator==(const Error&, const Error&) = default;
};

template <class T>
using Result = tl::expected<T, Error>;

inline tl::unexpected<Error> failure(ErrorCode code, QString message)
{
    return tl::make_unexpected(Error{code, std::move(message)});
}

} // namespace ringmaster
