// SPDX-License-Identifier: GPL-3.0-or-later
// What this node has found wrong with the versions that it holds or was sent: counted, and named once.
//
// A damaged record is one of this node's own copies that may not be given to anybody; see
// SiblingSet::decodeForRepair. It stays on the list until an undamaged copy has replaced it.
#pragma once

#include "nodecore/base/key.h"
#include "nodecore/base/types.h"
#include "nodecore/version/sibling_set.h"

#include <functional>
#include <map>

namespace ringmaster {

class IntegrityLog {
public:
    // Damaged records that are remembered by key. More are found again when some of these are repaired.
    static constexpr size_t mostRemembered = 10'000;

    struct Counters {
        quint64 damagedRecords = 0;  // found in this node's own copy, each once until it is repaired
        quint64 repairedRecords = 0; // of those
        quint64 damagedHints = 0;    // dropped, but for what was sound in them
        quint64 damagedReceived = 0; // sets from peers, refused
        quint64 contradictions = 0;  // two contents under one dot; see SiblingSet::merge
        quint64 renewed = 0;         // records that got their checksums here
    };
    struct Damaged {
        Slot slot;
        Soundness how = Soundness::Damaged;
        ActorId actor; // that minted here when the damage was found
        // Whether all other replicas have been heard, and none of them has what is damaged here.
        bool isBeyondRepair = false;
    };

    // A line for the log.
    void onWarning(std::function<void(const QString&)> warn) { m_warn = std::move(warn); }
    // A record or a hint is damaged. Comes from within a read: act later.
    void onDamage(std::function<void()> tell) { m_tell = std::move(tell); }

    void foundDamaged(const Key& key, const Damaged& what);
    void foundRepaired(const Key& key);
    void foundDamagedHint(const QString& what);
    // from: "n2 sent", "read as a reply"; for the log.
    void foundDamagedMessage(const Key& key, const QString& where);
    void foundContradictions(const Key& key, const std::vector<Dot>& dots);
    void foundUnchecked() { ++m_counters.renewed; }
    void beyondRepair(const Key& key);

    const Counters& counters() const { return m_counters; }
    const std::map<Key, Damaged>& damaged() const { return m_damaged; }
    const Damaged* find(const Key& key) const;

private:
    void warn(const QString& line) const;

    Counters m_counters;
    std::map<Key, Damaged> m_damaged;
    std::function<void(const QString&)> m_warn;
    std::function<void()> m_tell;
};

} // namespace ringmaster
