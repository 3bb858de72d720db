// SPDX-License-Identifier: GPL-3.0-or-later
// Reads everything that this node holds from its disk within a given time, again and again, and verifies the
// checksums: damage is found while the other replicas still have undamaged copies.
//
// Slot by slot, then the hints, in short steps: each slot has its moment in the time that a pass may take, so
// the disk is read evenly. Where the pass has come to is stored now and then; a restart goes on from there.
// What is found is Replica's (inspect()) and HintStore's to deal with.
#pragma once

#include "nodecore/env/clock.h"
#include "nodecore/env/timers.h"
#include "nodecore/repair/pacing.h"
#include "nodecore/storage/replica.h"

namespace ringmaster {

class Scrubber {
public:
    struct Ports {
        const Clock& clock;
        Timers& timers;
        Store& store;
        Replica& replica;
        HintStore& hints;
        Pacing pacing = {};
    };
    struct Progress {
        bool isRunning = false; // a pass is under way
        bool isUrgent = false;  // as fast as clients allow
        int slot = 0;           // that comes next, of slotCount
        quint64 objects = 0;    // looked at in this pass
        quint64 passes = 0;     // that ended since the start
        quint64 unreadable = 0; // stretches that the store could not read, since the start
        std::optional<WallTime> lastEnded;
    };

    // within: how long a pass takes; 0: no passes but those that are asked for.
    Scrubber(Ports ports, Duration within);

    void start();
    // Begins a pass at the first slot that takes no longer than it must. When it has ended, passes has grown
    // by one.
    void runNow();
    Progress progress() const { return m_progress; }

private:
    static constexpr int slotsBetweenNotes = 1024;
    void begin(int slot);
    void continueAt(MonoTime when);
    void goOn();
    bool readOn();
    void readHints();
    MonoTime dueOf(int slot) const;
    MonoTime soon(MonoTime began) const;
    void note();
    void endPass();

    Ports m_ports;
    Duration m_within;
    Progress m_progress;
    MonoTime m_began{}; // of the pass
    std::optional<ObjectCursor> m_cursor;
    std::optional<HintStore::HintNumber> m_hint; // looked at last; nothing: the objects come first
    int m_noted = 0;
    TimerId m_timer;
};

} // namespace ringmaster
