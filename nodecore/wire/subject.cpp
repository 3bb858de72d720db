// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/wire/message.h"

namespace ringmaster::wire {

namespace {

// FNV-1a (Fowler, Noll, Vo), 64 bits, over fields of fixed size and over bytes with their length before them.
class Hash {
public:
    void add(quint64 value)
    {
        for (int shift = 0; shift < 64; shift += 8)
            addByte(static_cast<quint8>(value >> shift));
    }
    void add(const Key& key)
    {
        add(static_cast<quint64>(key.bytes().size()));
        for (const char byte : key.bytes())
            addByte(static_cast<quint8>(byte));
    }
    quint64 value() const { return m_value; }

private:
    void addByte(quint8 byte) { m_value = (m_value ^ byte) * 0x100000001b3ULL; }

    quint64 m_value = 0xcbf29ce484222325ULL;
};

template <class Items>
quint64 subjectOfKeys(const Items& items)
{
    Hash hash;
    for (const auto& item : items)
        hash.add(item.key);
    return hash.value();
}

} // namespace

quint64 subjectOf(const Key& key)
{
    Hash hash;
    hash.add(key);
    return hash.value();
}

quint64 subjectOf(const ReadRequest& request)
{
    return subjectOf(request.key);
}

quint64 subjectOf(const WriteRequest& request)
{
    return subjectOf(request.key);
}

quint64 subjectOf(const ForwardRequest& request)
{
    return subjectOf(request.key);
}

quint64 subjectOf(const KeysRequest& request)
{
    Hash hash;
    hash.add(request.ofHints ? 1 : 0);
    hash.add(request.slot.value);
    hash.add(request.last.value);
    if (request.after)
        hash.add(*request.after);
    return hash.value();
}

quint64 subjectOf(const TreeRequest& request)
{
    Hash hash;
    hash.add(request.level);
    for (const quint16 index : request.indices)
        hash.add(index);
    return hash.value();
}

quint64 subjectOf(const SlotsRequest& request)
{
    Hash hash;
    for (const SlotsRequest::Item& item : request.slots)
        hash.add(item.slot.value);
    return hash.value();
}

quint64 subjectOf(const SyncRequest& request)
{
    return subjectOfKeys(request.items);
}

quint64 subjectOf(const HandoffRequest& request)
{
    return subjectOfKeys(request.items);
}

quint64 subjectOf(const ReapCheckRequest& request)
{
    Hash hash;
    hash.add(subjectOfKeys(request.items));
    hash.add(request.firstId.number());
    return hash.value();
}

quint64 subjectOf(const CountsRequest& request)
{
    Hash hash;
    for (const CountsRequest::Range& range : request.ranges) {
        hash.add(range.first.value);
        hash.add(range.last.value);
    }
    return hash.value();
}

} // namespace ringmaster::wire
