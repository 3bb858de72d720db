// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/repair/slot_listing.h"

#include <algorithm>

namespace ringmaster {

namespace {

using Item = wire::SlotsReply::Item;
using Asked = std::vector<wire::SlotsRequest::Item>;

constexpr size_t mostItems = 2000; // but for the last slot
constexpr int listRecordsAtOnce = 500;
constexpr qsizetype listBytesAtOnce = 4 * 1024 * 1024;
constexpr int widestGap = 256; // slots

bool before(const Item& a, const Item& b)
{
    return a.slot != b.slot ? a.slot < b.slot : a.key < b.key;
}

// One scan goes through slots that follow each other, but for slots that hold nothing here.
Asked::const_iterator endOfRun(const Store& store, Asked::const_iterator first, Asked::const_iterator end)
{
    auto last = first;
    for (auto next = first + 1; next != end && next->slot > last->slot; ++next) {
        if (next->slot.value - last->slot.value > widestGap)
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
    Listing(const wire::SlotsRequest& request, qsizetype bytesOfObjects)
        : m_enough(std::clamp<size_t>(request.enoughItems, 1, mostItems))
        , m_enoughBytes(bytesOfObjects)
    {
        m_reply.to = wire::replyTo(request);
    }

    bool isFull() const { return m_reply.items.size() >= m_enough || m_objectBytes >= m_enoughBytes; }
    // False where the reply is full, and this is of a slot that it does not need to have.
    bool add(const ObjectRecord& record, bool wantsObject)
    {
        if (isFull() && record.slot != m_reply.items.back().slot)
            return false;
        m_reply.items.push_back({record.slot, record.key, recordHash(record.key, record.bytes), {}});
        if (wantsObject && m_objectBytes < m_enoughBytes) {
            m_reply.items.back().set = soundSet(record);
            m_objectBytes += record.bytes.size();
        }
        return true;
    }
    void fail(Error error) { m_reply.error = std::move(error); }
    wire::SlotsReply take(ptrdiff_t complete)
    {
        m_reply.complete = static_cast<quint16>(complete);
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

    size_t m_enough;
    qsizetype m_enoughBytes;
    qsizetype m_objectBytes = 0;
    wire::SlotsReply m_reply;
};

// Returns the first slot that is not listed in full.
Result<Asked::const_iterator> listRun(Store& store, Asked::const_iterator at, Asked::const_iterator end,
                                      Listing& listing)
{
    const Slot last = (end - 1)->slot;
    std::optional<ObjectCursor> cursor = ObjectCursor{at->slot, std::nullopt};
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

wire::SlotsReply listSlots(Store& store, const wire::SlotsRequest& request, qsizetype bytesOfObjects)
{
    Listing listing(request, bytesOfObjects);
    const auto begin = request.slots.begin();
    auto at = begin;
    while (at != request.slots.end() && !listing.isFull()) {
        const auto end = endOfRun(store, at, request.slots.end());
        const Result<Asked::const_iterator> reached = listRun(store, at, end, listing);
        if (!reached) {
            listing.fail(reached.error());
            return listing.take(0);
        }
        at = *reached;
        if (at != end)
            break;
    }
    return listing.take(at - begin);
}

std::vector<Difference> differences(const std::vector<Item>& ours, const std::vector<Item>& theirs, Slot last)
{
    std::vector<Difference> found;
    auto a = ours.begin();
    auto b = theirs.begin();
    while (a != ours.end() || b != theirs.end()) {
        const bool onlyOurs = b == theirs.end() || (a != ours.end() && before(*a, *b));
        const bool onlyTheirs = !onlyOurs && (a == ours.end() || before(*b, *a));
        if ((onlyTheirs ? *b : *a).slot > last)
            break;
        if (onlyOurs || onlyTheirs || a->hash != b->hash)
            found.push_back({onlyTheirs ? nullptr : &*a, onlyOurs ? nullptr : &*b});
        a += onlyTheirs ? 0 : 1;
        b += onlyOurs ? 0 : 1;
    }
    return found;
}

} // namespace ringmaster
