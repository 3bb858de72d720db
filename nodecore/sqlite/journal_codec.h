// SPDX-License-Identifier: GPL-3.0-or-later
// The bytes of one journal row: the changes of one group of batches, in order.
//
//   format   1 byte, 1
//   then for each change, to the end of the row:
//     area   varint
//     name   varint length, bytes
//     flags  1 byte: 1 present, 2 live
//     value  varint length, bytes; only where present
//     where the area is a slot:
//       counts  1 byte: (objects + 1) * 3 + (live + 1) of the delta
//       hash    8 bytes, big-endian: of the delta
#pragma once

#include "nodecore/base/bytes.h"
#include "nodecore/sqlite/change.h"

namespace ringmaster {

class JournalEncoder {
public:
    JournalEncoder();

    void add(const Change& change);
    bool isEmpty() const { return m_changes == 0; }
    qsizetype changes() const { return m_changes; }
    QByteArray take() { return m_row.take(); }

private:
    ByteWriter m_row;
    qsizetype m_changes = 0;
};

// Damaged where the bytes are not a whole row.
[[nodiscard]] Result<std::vector<Change>> decodeJournalRow(QByteArrayView row);

} // namespace ringmaster
