// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/membership/identity.h"

#include "nodecore/base/mutant.h"

namespace ringmaster {

namespace {

constexpr qsizetype maxNameBytes = 256;

QByteArray identityName()
{
    return QByteArrayLiteral("identity");
}
QByteArray actorName()
{
    return QByteArrayLiteral("actor");
}
QByteArray membersName()
{
    return QByteArrayLiteral("members");
}
QByteArray secretsName()
{
    return QByteArrayLiteral("cluster secrets");
}

QByteArray encoded(const Identity& identity)
{
    ByteWriter to;
    to.text(identity.cluster);
    to.text(identity.name);
    to.u8(static_cast<quint8>(identity.partitioner));
    to.u32(identity.generation);
    return to.take();
}

Result<Identity> decodeIdentity(QByteArrayView bytes)
{
    ByteReader from(bytes);
    Identity identity;
    identity.cluster = from.text(maxNameBytes);
    identity.name = from.text(maxNameBytes);
    const quint8 partitioner = from.u8();
    identity.partitioner = static_cast<Partitioner>(partitioner);
    identity.generation = from.u32();
    if (!from.finished() || partitioner > static_cast<quint8>(Partitioner::Md5Mod10000))
        return failure(ErrorCode::Damaged, QStringLiteral("The data folder's own identity cannot be read."));
    return identity;
}

} // namespace

Result<Remembered> recall(Store& store)
{
    Remembered remembered;
    const auto identity = store.side(SideTable::Meta, identityName());
    const auto actor = store.side(SideTable::Meta, actorName());
    const auto members = store.side(SideTable::Meta, membersName());
    const auto secrets = store.side(SideTable::Meta, secretsName());
    for (const auto* entry : {&identity, &actor, &members, &secrets}) {
        if (!*entry)
            return tl::make_unexpected(entry->error());
    }
    if (*identity) {
        Result<Identity> decoded = decodeIdentity(**identity);
        if (!decoded)
            return tl::make_unexpected(decoded.error());
        remembered.identity = std::move(*decoded);
    }
    if (*actor) {
        ByteReader from(**actor);
        const ActorId id{from.u64()};
        if (!from.finished())
            return failure(ErrorCode::Damaged, QStringLiteral("The data folder's actor cannot be read."));
        remembered.actor = id;
    }
    if (*members) {
        Result<MemberTable> table = MemberTable::decode(**members);
        if (!table)
            return tl::make_unexpected(table.error());
        remembered.members = std::move(*table);
    }
    if (*secrets) {
        Result<ClusterSecrets> decoded = ClusterSecrets::decode(**secrets);
        if (!decoded)
            return tl::make_unexpected(decoded.error());
        remembered.secrets = std::move(*decoded);
    }
    return remembered;
}

Result<void> checkIdentity(const std::optional<Identity>& remembered, const Identity& wanted)
{
    if (!remembered)
        return {};
    const auto conflict = [](const QString& what, const QString& had, const QString& asked) {
        return failure(
            ErrorCode::Conflict,
            QStringLiteral("This data folder belongs to %1 \"%2\", not \"%3\". Nothing was changed. Give "
                           "another --data folder, or start it as what it was.")
                .arg(what, had, asked));
    };
    if (remembered->cluster != wanted.cluster)
        return conflict(QStringLiteral("cluster"), remembered->cluster, wanted.cluster);
    if (remembered->name != wanted.name)
        return conflict(QStringLiteral("node"), remembered->name, wanted.name);
    if (remembered->partitioner != wanted.partitioner)
        return conflict(QStringLiteral("partitioner"), nameOf(remembered->partitioner),
                        nameOf(wanted.partitioner));
    return {};
}

Result<quint32> generationToRejoin(const Remembered& remembered, const Identity& wanted)
{
    if (const auto ours = checkIdentity(remembered.identity, wanted); !ours)
        return tl::make_unexpected(ours.error());
    const quint32 generation = remembered.identity ? remembered.identity->generation : 0;
    const Member* self = remembered.members.find(nodeIdFor(wanted.name, generation));
    if (!remembered.identity || self == nullptr || self->state != MemberState::Removed)
        return failure(
            ErrorCode::Conflict,
            QStringLiteral("As far as this data folder knows, %1 was not removed: there is nothing "
                           "to join anew. Nothing was changed. Start it without --rejoin; if it "
                           "was removed, it is told so, and says it.")
                .arg(wanted.name));
    const Member* latest = remembered.members.latestNamed(wanted.name);
    return latest->state == MemberState::Removed ? latest->generation + 1 : latest->generation;
}

ActorId chooseActor(const Remembered& remembered, const Store& store, Random& random)
{
    const bool holdsAll = store.holdsAllAcknowledged() || isMutant(Mutant::KeepRelaxedActor);
    if (remembered.actor && store.isContinuation() && holdsAll)
        return *remembered.actor;
    return ActorId{random.next()};
}

std::vector<Member> membersBesidesCopy(const Remembered& remembered, bool storeIsContinuation)
{
    std::vector<Member> others;
    if (storeIsContinuation || !remembered.identity)
        return others;
    for (const auto& [id, member] : remembered.members.members()) {
        const bool hasLeft = member.state == MemberState::Left || member.state == MemberState::Removed;
        if (member.name != remembered.identity->name && !hasLeft)
            others.push_back(member);
    }
    return others;
}

void rememberIdentity(WriteBatch& batch, const Identity& identity, ActorId actor)
{
    ByteWriter to;
    to.u64(actor.value);
    batch.put(SideTable::Meta, identityName(), encoded(identity));
    batch.put(SideTable::Meta, actorName(), to.take());
}

void rememberMembers(WriteBatch& batch, const MemberTable& members)
{
    batch.put(SideTable::Meta, membersName(), members.encoded());
}

void rememberSecrets(WriteBatch& batch, const ClusterSecrets& secrets)
{
    if (!secrets.isEmpty())
        batch.put(SideTable::Meta, secretsName(), secrets.encoded());
}

} // namespace ringmaster
