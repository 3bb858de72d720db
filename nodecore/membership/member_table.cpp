// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/membership/member_table.h"

#include <QCryptographicHash>
#include <QtEndian>

#include <set>

namespace ringmaster {

namespace {

constexpr quint64 maxMembers = 4096;
constexpr qsizetype maxRecordBytes = 16 * 1024;

QByteArray encodedRecord(const Member& member)
{
    ByteWriter to(256);
    member.encode(to);
    return to.take();
}

// The higher one wins, whatever the versions are.
int finality(const Member& member)
{
    if (member.state != MemberState::Removed)
        return 0;
    return member.mayGiveBack ? 1 : 2;
}

} // namespace

bool MemberTable::merge(const Member& member)
{
    const auto [found, isNew] = m_members.try_emplace(member.id, member);
    if (!isNew) {
        const int held = finality(found->second);
        const int given = finality(member);
        if (given < held)
            return false;
        if (given == held && (member.version < found->second.version || member == found->second))
            return false;
        const bool sameVersion = given == held && member.version == found->second.version;
        if (sameVersion && encodedRecord(member) < encodedRecord(found->second))
            return false;
        found->second = member;
    }
    updateDigest();
    return true;
}

void MemberTable::restore(const Member& member)
{
    m_members.insert_or_assign(member.id, member);
    updateDigest();
}

void MemberTable::updateDigest()
{
    QCryptographicHash hash(QCryptographicHash::Md5);
    for (const auto& [id, member] : m_members)
        hash.addData(encodedRecord(member));
    m_digest = qFromBigEndian<quint64>(hash.result().constData());
}

quint64 MemberTable::changesDigest() const
{
    quint64 digest = 0;
    for (const auto& [id, member] : m_members) {
        if (!member.target)
            continue;
        const QByteArray hash = QCryptographicHash::hash(encodedRecord(member), QCryptographicHash::Md5);
        digest ^= qFromBigEndian<quint64>(hash.constData());
    }
    return digest;
}

const Member* MemberTable::find(NodeId id) const
{
    const auto found = m_members.find(id);
    return found == m_members.end() ? nullptr : &found->second;
}

const Member* MemberTable::latestNamed(const QString& name) const
{
    const Member* latest = nullptr;
    for (const auto& [id, member] : m_members) {
        if (member.name == name && (latest == nullptr || member.generation > latest->generation))
            latest = &member;
    }
    return latest;
}

namespace {

// One that is LEAVING without tokens has left the ring.
bool isOnRing(const Member& member)
{
    return member.state == MemberState::Ready ||
           (member.state == MemberState::Leaving && !member.tokens.empty());
}

} // namespace

std::vector<RingMember> MemberTable::ringMembers() const
{
    std::vector<RingMember> ring;
    for (const auto& [id, member] : m_members) {
        if (isOnRing(member))
            ring.push_back({id, member.tokens, member.zone, member.capacity});
    }
    return ring;
}

std::set<NodeId> MemberTable::changersNow() const
{
    std::set<NodeId> removed;
    std::set<NodeId> first;
    for (const auto& [id, member] : m_members) {
        if (member.isRemoval && member.state == MemberState::Leaving)
            removed.insert(id);
        else if (member.target && first.empty())
            first.insert(id);
    }
    return removed.empty() ? first : removed;
}

std::vector<RingMember> MemberTable::nextRingMembers() const
{
    const std::set<NodeId> changers = changersNow();
    std::set<NodeId> replaced;
    for (const NodeId id : changers)
        replaced.insert(m_members.at(id).replaces);
    std::vector<RingMember> ring;
    for (const auto& [id, member] : m_members) {
        const bool changes = changers.contains(id);
        if ((changes || isOnRing(member)) && !replaced.contains(id))
            ring.push_back({id, changes ? member.target.value_or(member.tokens) : member.tokens, member.zone,
                            member.capacity});
    }
    return ring;
}

RingView MemberTable::rings(int replicas) const
{
    return {HashRing(ringMembers(), replicas), HashRing(nextRingMembers(), replicas)};
}

std::vector<QByteArray> MemberTable::encodedRecords() const
{
    std::vector<QByteArray> records;
    records.reserve(m_members.size());
    for (const auto& [id, member] : m_members)
        records.push_back(encodedRecord(member));
    return records;
}

QByteArray MemberTable::encoded() const
{
    ByteWriter to(256);
    to.varint(m_members.size());
    for (const QByteArray& record : encodedRecords())
        to.bytes(record);
    return to.take();
}

Result<MemberTable> MemberTable::decode(QByteArrayView bytes)
{
    ByteReader from(bytes);
    MemberTable table;
    const quint64 n = from.count(1, maxMembers);
    for (quint64 i = 0; i < n && !from.failed(); ++i) {
        const std::optional<Member> member = decodeMemberRecord(from.view(maxRecordBytes));
        if (member)
            table.merge(*member);
        else
            from.fail();
    }
    if (!from.finished())
        return failure(ErrorCode::Damaged, QStringLiteral("The stored member table cannot be read."));
    return table;
}

std::optional<Member> decodeMemberRecord(QByteArrayView bytes)
{
    ByteReader from(bytes);
    Member member = Member::decode(from);
    if (!from.finished())
        return std::nullopt;
    return member;
}

} // namespace ringmaster
