// SPDX-License-Identifier: GPL-3.0-or-later
// After a stop that was not clean: counts every slot's objects again and compares with the summary that the
// store keeps, before anti-entropy may build a hash tree of those summaries.
//
// A record that was damaged since it was summed up says nothing about the summary: such a record is reported,
// and of its slot only the counts are compared. The hash is put right when the record is repaired.
//
// A summary that is wrong would make two different replicas look equal, or two equal ones differ for ever. It
// goes through the store in short steps, each of whole slots, so that requests go on in between.
#pragma once

#include "nodecore/env/clock.h"
#include "nodecore/env/timers.h"
#include "nodecore/storage/store.h"

#include <functional>
#include <map>

namespace ringmaster {

class TreeCheck {
public:
    struct Ports {
        const Clock& clock;
        Timers& timers;
        Store& store;
        std::function<void(const ObjectRecord&)> damagedRecord = {};
    };
    // passed: all summaries are right. damaged: which one is not, for a person; the check ends there.
    TreeCheck(Ports ports, std::function<void()> passed, std::function<void(const QString&)> damaged);

    // At once where the store was stopped cleanly.
    void start();
    bool hasPassed() const { return m_hasPassed; }

private:
    struct Counted {
        SlotSummary summary;
        std::vector<ObjectRecord> damaged;
    };
    using Counts = std::map<Slot, Counted>;
    static void count(Counts& counts, const ObjectPage& page);
    void goOn();
    // Counts the objects of whole slots from m_next on, some thousand objects; the last of those slots.
    Result<Slot> recount(Counts& counts);
    bool compare(const Counts& counts, Slot last);

    Ports m_ports;
    std::function<void()> m_passed;
    std::function<void(const QString&)> m_damaged;
    int m_next = 0; // slot
    bool m_hasPassed = false;
};

} // namespace ringmaster
