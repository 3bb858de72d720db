// SPDX-License-Identifier: GPL-3.0-or-later
// A removed member that returns alive gives what it holds to those that own it now, before anything else
// becomes of it.
//
// Hinted handoff and anti-entropy do that, as for any range that the ring has moved away from: an object is
// dropped here only when all its owners hold it. This watches for the end: nothing is held any more, neither
// objects nor hints. Then the member is dismissed (Membership::gaveEverythingBack), and its name may join
// anew.
//
// Nothing that was deleted comes back by it. As long as a removed member may give back
// (Member::mayGiveBack) it counts as one that may hold a copy, so no tombstone is reaped that one of its
// copies could need (TombstoneReaper); a value that it brings meets its tombstone. Once it is written off,
// because it was away for longer than --removed-may-return or a person said so, tombstones are reaped without
// it, and then nothing is taken from it any more: each member that agrees to a reaping has the record that
// says so, and refuses it. What it had not given by then stays in its folder, set aside.
#pragma once

#include "nodecore/env/clock.h"
#include "nodecore/env/timers.h"
#include "nodecore/storage/hint_store.h"
#include "nodecore/storage/store.h"

#include <functional>

namespace ringmaster {

class GiveBack {
public:
    static constexpr Duration lookEvery = std::chrono::milliseconds(500);

    struct Ports {
        const Clock& clock;
        Timers& timers;
        const Store& store;
        const HintStore& hints;
    };
    struct Questions {
        std::function<bool()> isGivingBack;      // this node was removed, and may give back
        std::function<bool()> areSummariesSound; // of the store: it is known what it holds
    };
    GiveBack(Ports ports, Questions questions, std::function<void()> done)
        : m_ports(ports)
        , m_questions(std::move(questions))
        , m_done(std::move(done))
    {}

    void start()
    {
        m_ports.timers.startAt(m_ports.clock.now() + lookEvery, [this] {
            if (m_questions.isGivingBack() && m_questions.areSummariesSound() && isEmpty())
                m_done();
            start();
        });
    }

private:
    bool isEmpty() const { return m_ports.store.totals().objects == 0 && m_ports.hints.total().hints == 0; }

    Ports m_ports;
    Questions m_questions;
    std::function<void()> m_done;
};

} // namespace ringmaster
