// SPDX-License-Identifier: GPL-3.0-or-later
// Repairs this node's damaged records, one after the other, with what the other replicas of the key hold.
//
// The slot's hash says nothing of damage on the disk, and a hash tree does not find it, so the others are
// asked for the key itself. Where only a version is damaged, its copy from anybody is enough. Where the
// causal history is lost, so are dots that this node minted: its actor retires before anything is put in the
// record's place; and the record is not read again until every other replica has been heard, since any of
// them may be the only other one that has what was acknowledged here. Damaged hints go the same way: the
// actor retires, what is sound in them becomes this node's own copy, and then they are dropped.
//
// What cannot be repaired now is tried again.
#pragma once

#include "nodecore/env/clock.h"
#include "nodecore/env/timers.h"
#include "nodecore/storage/replica.h"

#include <functional>
#include <map>

namespace ringmaster {

class RecordHealer {
public:
    struct Ports {
        const Clock& clock;
        Timers& timers;
        Replica& replica;
        HintStore& hints;
    };
    // Until the records that are left are tried again.
    static constexpr Duration retry = std::chrono::seconds(10);
    // Replicas whose copies are all damaged do not wait for each other longer than this.
    static constexpr Duration patience = std::chrono::minutes(10);

    // What the other replicas of a key said.
    struct Heard {
        SiblingSet merged;
        bool all = false;           // each of them gave what it holds
        bool allButDamaged = false; // or said that its copy is damaged
    };
    // Asks them, and calls back once, now or later.
    using Ask = std::function<void(const Key&, std::function<void(Heard)>)>;
    // Another actor takes over here; calls goOn when that is durable, or never.
    using RetireActor = std::function<void(std::function<void()> goOn)>;
    RecordHealer(Ports ports, Ask ask, RetireActor retireActor);

    // Something was found damaged, or a node that may help has come back.
    void wake();

private:
    void wakeAfter(Duration delay);
    bool mustRetire() const;
    void retire();
    void saveHints();
    void next();
    void heal(const Key& key);
    void endPass();

    Ports m_ports;
    Ask m_ask;
    RetireActor m_retireActor;
    std::optional<MonoTime> m_retiringSince;
    bool m_isBusy = false;
    bool m_isAwake = false; // to go on when it is no more busy
    std::optional<Key> m_last;
    std::map<Key, MonoTime> m_tried; // first
    TimerId m_timer;
};

} // namespace ringmaster
