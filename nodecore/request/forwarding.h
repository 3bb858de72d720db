// SPDX-License-Identifier: GPL-3.0-or-later
// A write that one node takes and another coordinates: between the request types and the wire.
#pragma once

#include "nodecore/request/client_request.h"
#include "nodecore/wire/message.h"

namespace ringmaster {

PutRequest putRequestOf(wire::ForwardRequest message);
wire::ForwardReply forwardReply(const wire::ReplyTo& to, const RequestResult<PutResponse>& result);
RequestResult<PutResponse> putResultOf(const Key& key, const wire::ForwardReply& reply);

// The coordinator was asked and is silent or gone: the write may exist.
RequestFailure forwardUnanswered(const QString& coordinator, ErrorCode code, const QString& whatHappened);
// The one it was forwarded to does not hold the key: the two see different rings, for a moment.
RequestFailure notAReplica(const QString& self);

} // namespace ringmaster
