// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/node/conflict_listing.h"

namespace ringmaster {

namespace {

constexpr int conflictRecordsAtOnce = 2000;
constexpr qsizetype conflictBytesAtOnce = 4 * 1024 * 1024;

} // namespace

Result<ConflictsPage> findConflicts(Store& store, const ObjectCursor& from, int limit)
{
    const Result<ObjectPage> page = store.scan(from, lastSlot, conflictRecordsAtOnce, conflictBytesAtOnce);
    if (!page)
        return tl::make_unexpected(page.error());
    ConflictsPage found;
    found.next = page->next;
    for (const ObjectRecord& record : page->records) {
        // Two are enough to know; only then is it worth reading them all.
        if (SiblingSet::dotsIn(record.bytes, 2).size() < 2 ||
            SiblingSet::verify(record.key, record.bytes) > Soundness::Incomplete)
            continue;
        const quint64 siblings = SiblingSet::dotsIn(record.bytes, SiblingSet::maxSiblings).size();
        found.conflicts.push_back({record.key, siblings});
        if (found.conflicts.size() == static_cast<size_t>(limit)) {
            if (&record != &page->records.back())
                found.next = ObjectCursor{record.slot, record.key};
            break;
        }
    }
    return found;
}

} // namespace ringmaster
