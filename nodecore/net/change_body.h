// SPDX-License-Identifier: GPL-3.0-or-later
// What POST /api/v1/cluster/... is told: wishes to plan, tokens to take, a member to remove. Strict: a name
// that is unknown, a value of the wrong type or out of its range is an error that names it.
//
//     {"changes": [{"kind": "join", "node": "n4", "tokens": 64, "zone": "a", "capacity": 2},
//                  {"kind": "move", "node": "n2", "slots": [100, 40000]},
//                  {"kind": "replace", "node": "n5", "replaces": "n3"},
//                  {"kind": "rebalance"}]}
//     {"positions": [100, 200]}
//     {"node": "n3", "force": true}
//     {"node": "n3", "lost": true}
//     {"positions": [100, 200], "force": true}
//
// Tokens are told as "slots" (0..65535), or as "positions", which are those of --token-positions.
#pragma once

#include "nodecore/membership/change_plan.h"
#include "nodecore/membership/force.h"
#include "nodecore/ring/partitioner.h"

#include <QByteArray>

namespace ringmaster {

struct ChangeBody {
    static constexpr qsizetype maxBytes = 1024 * 1024;
    static constexpr qsizetype maxChanges = 32;
    static constexpr int maxTokens = Member::mostChosenTokens; // that the planner chooses: it takes time
};

// Each: Malformed, or TooLarge.
[[nodiscard]] Result<std::vector<ChangeWish>> parsePlanBody(const QByteArray& json, Partitioner partitioner);
// No body, or an empty object: no tokens.
[[nodiscard]] Result<std::vector<Slot>> parseTokensBody(const QByteArray& json, Partitioner partitioner);
// A join: at these tokens, and Force where it replaces a member.
struct JoinBody {
    std::vector<Slot> tokens;
    Force force = Force::No;
};
[[nodiscard]] Result<JoinBody> parseJoinBody(const QByteArray& json, Partitioner partitioner);
// A removal of the member of that name or id. isLost: it is REMOVED, and nobody waits for what it holds.
struct RemoveBody {
    QString member;
    Force force = Force::No;
    bool isLost = false;
};
[[nodiscard]] Result<RemoveBody> parseRemoveBody(const QByteArray& json);
// A member's name or id.
[[nodiscard]] Result<QString> parseMemberBody(const QByteArray& json);
// Of an act of the node itself: whether what it costs is accepted. No body, or an empty object: Force::No.
[[nodiscard]] Result<Force> parseForceBody(const QByteArray& json);
// Likewise; no body, or an empty object: nobody is named.
[[nodiscard]] Result<std::optional<QString>> parseOptionalMemberBody(const QByteArray& json);
// Of acts that are told nothing.
[[nodiscard]] Result<void> parseNoBody(const QByteArray& json);

} // namespace ringmaster
