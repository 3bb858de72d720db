// SPDX-License-Identifier: GPL-3.0-or-later
// What a data folder remembers of whose it is, and who mints its dots.
#pragma once

#include "nodecore/base/result.h"
#include "nodecore/env/random.h"
#include "nodecore/membership/member_table.h"
#include "nodecore/ring/partitioner.h"
#include "nodecore/storage/store.h"
#include "nodecore/version/cluster_secrets.h"

namespace ringmaster {

// A store belongs to one node of one cluster for good: its keys lie where the partitioner put them.
struct Identity {
    QString cluster;
    QString name;
    Partitioner partitioner = Partitioner::Md5;
    quint32 generation = 0;

    friend bool operator==(const Identity&, const Identity&) = default;
};

// What was found in a store, all of it optional in a new one.
struct Remembered {
    std::optional<Identity> identity;
    std::optional<ActorId> actor;
    MemberTable members;
    ClusterSecrets secrets; // empty in a folder of a version that had none
};

[[nodiscard]] Result<Remembered> recall(Store& store);
// Conflict, with what to do, where the store belongs to somebody else.
[[nodiscard]] Result<void> checkIdentity(const std::optional<Identity>& remembered, const Identity& wanted);

// With what generation the node joins anew after it was removed: the next one of its name, or, where it has
// done so before and only its folder is of the past, the one that it has by now. Conflict where the store
// does not say that it was removed, for then it is a member still, or does not know.
[[nodiscard]] Result<quint32> generationToRejoin(const Remembered& remembered, const Identity& wanted);

// Which actor may mint on this store: the remembered one only where the store is certainly the one it was,
// and holds every dot that this actor handed out. Else a new one.
ActorId chooseActor(const Remembered& remembered, const Store& store, Random& random);

// The members besides the node of that name that have not left for good, where the store is a copy of one
// that belonged to it: older than what they know, perhaps. Empty where it is no copy, or where there is
// nobody else. What such a store holds must not come into the cluster; see node/README.md.
std::vector<Member> membersBesidesCopy(const Remembered& remembered, bool storeIsContinuation);

void rememberIdentity(WriteBatch& batch, const Identity& identity, ActorId actor);
void rememberMembers(WriteBatch& batch, const MemberTable& members);
void rememberSecrets(WriteBatch& batch, const ClusterSecrets& secrets);

} // namespace ringmaster
