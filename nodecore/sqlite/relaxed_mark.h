// SPDX-License-Identifier: GPL-3.0-or-later
// Whether a store may have acknowledged what its disk does not hold: a file beside the database.
//
// The file is there, durably, before a relaxed store takes its first batch. It goes when the store was
// stopped cleanly, which syncs everything, or when a new actor is durable in a store that syncs each commit.
// Its removal is not synced: a file that comes back costs a new actor, no data.
#pragma once

#include "nodecore/base/result.h"

#include <QString>

namespace ringmaster {

class RelaxedMark {
public:
    explicit RelaxedMark(QString path)
        : m_path(std::move(path))
    {}

    bool isSet() const;
    // Durable when it returns.
    [[nodiscard]] Result<void> set() const;
    void clear() const;

private:
    QString m_path;
};

} // namespace ringmaster
