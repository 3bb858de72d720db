// SPDX-License-Identifier: GPL-3.0-or-later
// The body of POST /api/v1/faults.
#include "nodecore/net/fault_body.h"
#include "tests/fuzz/fuzz.h"

#include <set>

using namespace ringmaster;
using fuzz::require;

namespace {

template <class T, class Bound>
bool within(const std::optional<T>& value, Bound least, Bound most)
{
    return !value || (*value >= least && *value <= most);
}

void checkLinks(const FaultBody& body)
{
    require(static_cast<qsizetype>(body.links.size()) <= FaultBody::maxLinks, "links are bounded");
    std::set<QString> peers;
    for (const FaultBody::Link& link : body.links) {
        require(!link.peer.isEmpty() && peers.insert(link.peer).second, "each link names a peer of its own");
        require(within(link.delay, Duration(0), Duration(FaultBody::maxDelay)), "a delay is bounded");
        require(within(link.loss, 0.0, 1.0), "a loss is a share");
        require(link.cutIn.has_value() == link.cutOut.has_value(), "a cut says both ways");
        const LinkFault changed = link.changed({});
        require(changed.loss == link.loss.value_or(0), "what is told is what is done");
    }
}

} // namespace

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    using std::chrono::milliseconds;
    const Result<FaultBody> body = parseFaultBody(fuzz::viewOf(data, size).toByteArray());
    if (!body) {
        const ErrorCode code = body.error().code;
        require(code == ErrorCode::Malformed || code == ErrorCode::TooLarge,
                "a refusal is the sender's affair");
        require(!body.error().message.isEmpty(), "a refusal says why");
        return 0;
    }
    checkLinks(*body);
    require(within(body->diskSlow, Duration(0), Duration(FaultBody::maxDelay)), "a slow disk is bounded");
    require(within(body->pause, milliseconds(1), FaultBody::maxPause), "a pause is bounded");
    require(within(body->clockJump, -FaultBody::maxClockJump, FaultBody::maxClockJump), "a jump is bounded");
    return 0;
}
