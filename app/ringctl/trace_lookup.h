// SPDX-License-Identifier: GPL-3.0-or-later
// Looks for the trace of a request at all members of the cluster.
#pragma once

#include "app/ringctl/member_calls.h"
#include "app/ringctl/timeline.h"

namespace ringmaster::ctl {

// From all members that have it. "absent" where none does, and who did not answer.
ClientResult<Timeline> lookUpTrace(const Members& members, const QString& id);

// Of a request that was made just now: waits a moment for what goes on after its answer. fallback: what came
// with the answer, for where the members cannot be asked. Nothing where there is no trace at all.
std::optional<Timeline> traceOfRequestNow(const Invocation& in, const QString& id,
                                          const std::optional<ClientTrace>& fallback);

} // namespace ringmaster::ctl
