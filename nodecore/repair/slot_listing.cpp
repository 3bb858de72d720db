// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/repair/slot_listing.h"

namespace ringmaster {

namespace {

using Item = wire::SlotsReply::Item;

constexpr size_t enoughItems = 2000;
constexpr int recordsAtOnce = 1000;
constexpr qsizetype bytesAtOnce = 4 * 1024 * 1024;

bool before(const Item& a, const Item& b)
{
    return a.slot != b.slot ? a.slot < b.slot : a.key < b.key;
}

Result<void> appendSlot(Store& store, Slot slot, std::vector<Item>& items)
{
    std::optional<ObjectCursor> cursor = ObjectCursor{slot, std::nullopt};
    while (cursor) {
        Result<ObjectPage> page = store.scan(*cursor, slot, recordsAtOnce, bytesAtOnce);
        if (!page)
            return tl::make_unexpected(page.error());
        for (const ObjectRecord& record : page->records)
            items.push_back({record.slot, record.key, recordHash(record.key, record.bytes)});
        cursor = std::move(page->next);
    }
    return {};
}

} // namespace

wire::SlotsReply listSlots(Store& store, const wire::SlotsRequest& request)
{
    wire::SlotsReply reply;
    reply.id = request.id;
    for (const Slot slot : request.slots) {
        if (store.slotSummary(slot).objects > 0) {
            const Result<void> appended = appendSlot(store, slot, reply.items);
            if (!appended) {
                reply.error = appended.error();
                return reply;
            }
        }
        ++reply.complete;
        if (reply.items.size() >= enoughItems)
            break;
    }
    return reply;
}

std::vector<Key> differingKeys(const std::vector<Item>& ours, const std::vector<Item>& theirs, Slot last)
{
    std::vector<Key> keys;
    auto a = ours.begin();
    auto b = theirs.begin();
    while (a != ours.end() || b != theirs.end()) {
        const bool onlyOurs = b == theirs.end() || (a != ours.end() && before(*a, *b));
        const bool onlyTheirs = !onlyOurs && (a == ours.end() || before(*b, *a));
        const Item& item = onlyTheirs ? *b : *a;
        if (item.slot > last)
            break;
        if (onlyOurs || onlyTheirs || a->hash != b->hash)
            keys.push_back(item.key);
        a += onlyTheirs ? 0 : 1;
        b += onlyOurs ? 0 : 1;
    }
    return keys;
}

} // namespace ringmaster
