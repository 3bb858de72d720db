// SPDX-License-Identifier: GPL-3.0-or-later
// Fields that several messages share. A read that fails marks the reader and yields a placeholder: the whole
// message is thrown away at its end.
#pragma once

#include "nodecore/base/bytes.h"
#include "nodecore/base/key.h"
#include "nodecore/version/version_vector.h"
#include "nodecore/wire/request_id.h"

#include <optional>
#include <vector>

namespace ringmaster::wire {

// Exactly 0 or 1.
bool readFlag(ByteReader& from);

void writeRequestId(ByteWriter& to, const RequestId& id);
RequestId readRequestId(ByteReader& from);
void writeReplyTo(ByteWriter& to, const ReplyTo& replyTo);
ReplyTo readReplyTo(ByteReader& from);

void writeKey(ByteWriter& to, const Key& key);
Key readKey(ByteReader& from);
void writeOptionalKey(ByteWriter& to, const std::optional<Key>& key);
std::optional<Key> readOptionalKey(ByteReader& from);

void writeError(ByteWriter& to, const std::optional<Error>& error);
std::optional<Error> readError(ByteReader& from);

void writeVersionVector(ByteWriter& to, const VersionVector& vector);
VersionVector readVersionVector(ByteReader& from);

template <class T, class Write>
void writeList(ByteWriter& to, const std::vector<T>& list, Write writeOne)
{
    to.varint(list.size());
    for (const T& one : list)
        writeOne(one);
}

// At most `most` elements, of at least leastBytes each.
template <class T, class Read>
std::vector<T> readList(ByteReader& from, qsizetype leastBytes, quint64 most, Read readOne)
{
    const quint64 n = from.count(leastBytes, most);
    std::vector<T> list;
    list.reserve(n);
    for (quint64 i = 0; i < n && !from.failed(); ++i)
        list.push_back(readOne(from));
    return list;
}

} // namespace ringmaster::wire
