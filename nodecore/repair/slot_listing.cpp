// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/repair/slot_listing.h"

#include <algorithm>

namespace ringmaster {

namespace {

using Item = wire::SlotsReply::Item;
using Asked = std::vector<wire::SlotsRequest::Item>;

constexpr size_t mostItems = 2000;
constexpr int listRecordsAtOnce = 500;
constexpr qsizetype listBytesAtOnce = 1024 * 1024;
constexpr int widestGap = 256; // slots

bool before(const Item& a, const Item& b)
{
    return a.slot != b.slot ? a.slot < b.slot : a.key < b.key;
}

// One scan goes through slots that follow each other, but for slots that hold nothing here; the first of them
// may be listed from within.
Asked::const_iterator endOfRun(const Store& store, Asked::const_iterator first, Asked::const_iterator end)
{
    auto last = first;
    for (auto next = first + 1; next != end && next->slot > last->slot; ++next) {
        if (next->slot.value - last->slot.value > widestGap || next->after)
            return next;
        for (int between = last->slot.value + 1; between < next->slot.value; ++between) {
            if (store.slotSummary(Slot{static_cast<quint16>(between)}).objects > 0)
                return next;
        }
        last = next;
    }
    return last + 1;
}

class Listing {
public:
    Listing(const wire::SlotsRequest& request, qsizetype mostBytes)
        : m_mostItems(std::clamp<size_t>(request.enoughItems, 1, mostItems))
        , m_mostBytes(mostBytes)
    {
        m_reply.to = wire::replyTo(request);
    }

    bool isFull() const { return m_reply.items.size() >= m_mostItems || m_bytes >= m_mostBytes; }
    // False where the reply is full.
    bool add(const ObjectRecord& record, bool wantsObject)
    {
        if (isFull())
            return false;
        m_reply.items.push_back({record.slot, record.key, recordHash(record.key, record.bytes), {}});
        m_bytes += record.key.bytes().size();
        if (wantsObject) {
            m_reply.items.back().set = soundSet(record);
            m_bytes += record.bytes.size();
        }
        return true;
    }
    void fail(Error error)
    {
        m_reply.items.clear();
        m_reply.error = std::move(error);
    }
    // stoppedIn: the first slot that is not complete.
    wire::SlotsReply take(ptrdiff_t complete, std::optional<Slot> stoppedIn)
    {
        m_reply.complete = static_cast<quint16>(complete);
        if (stoppedIn && !m_reply.items.empty() && m_reply.items.back().slot == *stoppedIn)
            m_reply.upTo = m_reply.items.back().key;
        return std::move(m_reply);
    }

private:
    // Nothing where the record may be given to nobody: who wants it asks for it by its key.
    static QByteArray soundSet(const ObjectRecord& record)
    {
        const Soundness soundness = SiblingSet::verify(record.key, record.bytes);
        if (soundness == Soundness::Unchecked)
            return SiblingSet::decode(record.key, record.bytes)->encoded();
        return soundness == Soundness::Sound ? record.bytes : QByteArray();
    }

    size_t m_mostItems;
    qsizetype m_mostBytes;
    qsizetype m_bytes = 0;
    wire::SlotsReply m_reply;
};

// Returns the first slot that is not listed in full.
Result<Asked::const_iterator> listRun(Store& store, Asked::const_iterator at, Asked::const_iterator end,
                                      Listing& listing)
{
    const Slot last = (end - 1)->slot;
    std::optional<ObjectCursor> cursor = ObjectCursor{at->slot, at->after};
    while (cursor) {
        Result<ObjectPage> page = store.scan(*cursor, last, listRecordsAtOnce, listBytesAtOnce);
        if (!page)
            return tl::make_unexpected(page.error());
        for (const ObjectRecord& record : page->records) {
            while (at->slot < record.slot)
                ++at;
            if (at->slot == record.slot && !listing.add(record, at->wantsObjects))
                return at;
        }
        cursor = std::move(page->next);
    }
    return end;
}

} // namespace

bool operator<(const ListedUpTo& a, const ListedUpTo& b)
{
    return a.slot != b.slot ? a.slot < b.slot : a.after < b.after;
}

ListedUpTo listedUpTo(const wire::SlotsRequest& request, const wire::SlotsReply& reply)
{
    if (reply.complete >= request.slots.size())
        return {slotCount, std::nullopt};
    return {request.slots[reply.complete].slot.value, reply.upTo};
}

std::vector<ObjectCursor> slotsBeyond(const wire::SlotsRequest& request, const ListedUpTo& reached)
{
    std::vector<ObjectCursor> left;
    for (const wire::SlotsRequest::Item& asked : request.slots) {
        if (asked.slot.value >= reached.slot) {
            const bool isPartly = asked.slot.value == reached.slot && reached.after;
            left.push_back({asked.slot, isPartly ? reached.after : asked.after});
        }
    }
    return left;
}

wire::SlotsReply listSlots(Store& store, const wire::SlotsRequest& request, qsizetype mostBytes)
{
    Listing listing(request, mostBytes);
    const auto begin = request.slots.begin();
    auto at = begin;
    while (at != request.slots.end() && !listing.isFull()) {
        const auto end = endOfRun(store, at, request.slots.end());
        const Result<Asked::const_iterator> reached = listRun(store, at, end, listing);
        if (!reached) {
            listing.fail(reached.error());
            return listing.take(0, std::nullopt);
        }
        at = *reached;
        if (at != end)
            break;
    }
    return listing.take(at - begin, at == request.slots.end() ? std::nullopt : std::optional(at->slot));
}

std::vector<Difference> differences(const std::vector<Item>& ours, const std::vector<Item>& theirs,
                                    const ListedUpTo& reached)
{
    std::vector<Difference> found;
    auto a = ours.begin();
    auto b = theirs.begin();
    while (a != ours.end() || b != theirs.end()) {
        const bool onlyOurs = b == theirs.end() || (a != ours.end() && before(*a, *b));
        const bool onlyTheirs = !onlyOurs && (a == ours.end() || before(*b, *a));
        if (!reached.covers(onlyTheirs ? *b : *a))
            break;
        if (onlyOurs || onlyTheirs || a->hash != b->hash)
            found.push_back({onlyTheirs ? nullptr : &*a, onlyOurs ? nullptr : &*b});
        a += onlyTheirs ? 0 : 1;
        b += onlyOurs ? 0 : 1;
    }
    return found;
}

} // namespace ringmaster
