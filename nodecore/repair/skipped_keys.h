// SPDX-License-Identifier: GPL-3.0-or-later
// Keys that repair cannot bring together: mostly since their siblings would be more than a store takes, once
// united. Each is named once in the log and counted, is left alone for a while, and then tried again;
// everything else goes on without it. That while is short at first: what was damaged on its way comes whole
// the next time. Whoever reads the key and writes it, or deletes it, with the context of that read ends it.
//
// A plain value; it is told the time. Bounded: of more than mostNamed keys the first ones are remembered.
#pragma once

#include "nodecore/base/key.h"
#include "nodecore/base/types.h"

#include <functional>
#include <map>
#include <vector>

namespace ringmaster {

class SkippedKeys {
public:
    static constexpr Duration firstRest = std::chrono::seconds(10);
    static constexpr Duration rest =
        std::chrono::minutes(5); // each is twice as long as the one before, up to this
    static constexpr size_t mostNamed = 1000;

    // Called for each key that was not skipped before.
    explicit SkippedKeys(std::function<void(const Key&, const QString& why)> tell)
        : m_tell(std::move(tell))
    {}

    // held: recordHash of what this node holds of it; 0: nothing.
    void skip(const Key& key, quint64 held, const QString& why, MonoTime now);
    // Whether it was skipped just now, while this node held the same.
    bool isResting(const Key& key, quint64 held, MonoTime now) const;
    // Forgets those that were not skipped again for long: they have come together.
    void expire(MonoTime now);

    size_t count() const { return m_keys.size(); }
    std::vector<Key> first(size_t most) const;

private:
    std::function<void(const Key&, const QString&)> m_tell;
    struct Skipped {
        quint64 held = 0;
        MonoTime when; // the last time
        Duration rest{0};
    };
    std::map<Key, Skipped> m_keys;
};

} // namespace ringmaster
