// SPDX-License-Identifier: GPL-3.0-or-later
// The bodies of POST /api/v1/cluster/...: the same bytes as a plan, as tokens, as a member, and as nothing.
// The first byte of the input says with which partitioner.
#include "nodecore/net/change_body.h"
#include "tests/fuzz/fuzz.h"

#include <algorithm>

using namespace ringmaster;
using fuzz::require;

namespace {

template <class T>
bool isUnderstood(const Result<T>& parsed)
{
    if (parsed)
        return true;
    const ErrorCode code = parsed.error().code;
    require(code == ErrorCode::Malformed || code == ErrorCode::TooLarge, "a refusal is the sender's affair");
    require(!parsed.error().message.isEmpty(), "a refusal says why");
    return false;
}

void checkTokens(const std::vector<Slot>& tokens)
{
    require(tokens.size() <= Member::maxTokens, "tokens are bounded");
    const bool rises =
        std::adjacent_find(tokens.begin(), tokens.end(), std::greater_equal<>()) == tokens.end();
    require(rises, "tokens ascend, and none is there twice");
}

void checkWish(const ChangeWish& wish)
{
    require(isValidNodeName(wish.name), "a change is of a node");
    require(wish.zone.isEmpty() || isValidNodeName(wish.zone), "a zone is a name");
    require(wish.capacity >= Member::leastCapacity && wish.capacity <= Member::mostCapacity,
            "a capacity is bounded");
    require(wish.tokens >= 1 && wish.tokens <= ChangeBody::maxTokens, "a count of tokens is bounded");
    const bool replaces = wish.kind == ChangeWish::Kind::Replace;
    require(replaces ? isValidNodeName(wish.replaces) : wish.replaces.isEmpty(),
            "only a replace names another");
    checkTokens(wish.tokenSlots);
}

} // namespace

int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size)
{
    QByteArrayView bytes = fuzz::viewOf(data, size);
    const Partitioner partitioner =
        fuzz::takeChoice(bytes) % 2 == 0 ? Partitioner::Md5 : Partitioner::Md5Mod10000;
    const QByteArray body = bytes.toByteArray();
    const auto wishes = parsePlanBody(body, partitioner);
    if (isUnderstood(wishes)) {
        require(!wishes->empty() && static_cast<qsizetype>(wishes->size()) <= ChangeBody::maxChanges,
                "changes are bounded");
        std::for_each(wishes->begin(), wishes->end(), checkWish);
    }
    const auto tokens = parseTokensBody(body, partitioner);
    if (isUnderstood(tokens))
        checkTokens(*tokens);
    const auto member = parseMemberBody(body);
    if (isUnderstood(member))
        require(isValidNodeName(*member), "a member is named");
    (void)isUnderstood(parseForceBody(body));
    (void)isUnderstood(parseNoBody(body));
    return 0;
}
