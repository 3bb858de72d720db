// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/sqlite/journal_codec.h"

namespace ringmaster {

namespace {

constexpr quint8 rowFormat = 1;
constexpr quint8 presentFlag = 1;
constexpr quint8 liveFlag = 2;

quint8 packedCounts(const SummaryDelta& delta)
{
    return static_cast<quint8>((delta.objects + 1) * 3 + (delta.live + 1));
}

Change decodeChange(ByteReader& from)
{
    Change change;
    const quint64 area = from.varint();
    if (area >= areaCount)
        from.fail();
    change.area = static_cast<Area>(area);
    change.name = from.bytes(isSlot(change.area) ? Key::maxBytes : maxBatchBytes);
    const quint8 flags = from.u8();
    change.next.present = flags & presentFlag;
    change.next.live = flags & liveFlag;
    if (change.next.present)
        change.next.bytes = from.bytes(maxBatchBytes);
    if (!isSlot(change.area))
        return change;
    const quint8 counts = from.u8();
    if (change.name.isEmpty() || counts > 8)
        from.fail();
    change.delta.objects = static_cast<qint8>(counts / 3 - 1);
    change.delta.live = static_cast<qint8>(counts % 3 - 1);
    change.delta.hash = from.u64();
    return change;
}

} // namespace

JournalEncoder::JournalEncoder()
    : m_row(4096)
{
    m_row.u8(rowFormat);
}

void JournalEncoder::add(const Change& change)
{
    m_row.varint(change.area);
    m_row.bytes(change.name);
    const quint8 live = change.next.live ? liveFlag : quint8{0};
    m_row.u8(change.next.present ? presentFlag | live : quint8{0});
    if (change.next.present)
        m_row.bytes(change.next.bytes);
    if (isSlot(change.area)) {
        m_row.u8(packedCounts(change.delta));
        m_row.u64(change.delta.hash);
    }
    ++m_changes;
}

Result<std::vector<Change>> decodeJournalRow(QByteArrayView row)
{
    ByteReader from(row);
    std::vector<Change> changes;
    if (from.u8() != rowFormat)
        from.fail();
    while (!from.failed() && from.remaining() > 0)
        changes.push_back(decodeChange(from));
    if (from.failed()) {
        return failure(ErrorCode::Damaged,
                       QStringLiteral("A row of the journal (%1 bytes) cannot be read.").arg(row.size()));
    }
    return changes;
}

} // namespace ringmaster
