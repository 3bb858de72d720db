// SPDX-License-Identifier: GPL-3.0-or-later
// What POST /api/v1/faults is told: which faults are to be changed, and how. Strict: a name that is unknown,
// a value of the wrong type or out of its range is an error that names it, and nothing is changed.
//
//     {"clear": true,
//      "links": [{"peer": "n2", "delay_ms": 100, "loss": 0.1, "cut": "out", "udp_cut": "in"}],
//      "disk": {"slow_ms": 50, "full": true},
//      "pause_ms": 3000, "clock_jump_ms": -60000}
//
// What is not mentioned stays as it is.
#pragma once

#include "nodecore/base/result.h"
#include "nodecore/env/faulty_transport.h"
#include "nodecore/storage/faulty_store.h"

#include <QByteArray>
#include <QString>

#include <chrono>
#include <optional>
#include <vector>

namespace ringmaster {

struct FaultBody {
    static constexpr qsizetype maxBytes = 64 * 1024;
    static constexpr qsizetype maxLinks = 1000;
    static constexpr std::chrono::milliseconds maxDelay{60'000}; // of a link, and of a disk
    static constexpr std::chrono::milliseconds maxPause{60'000};
    static constexpr std::chrono::milliseconds maxClockJump{std::chrono::hours(24 * 3650)};

    struct Link {
        QString peer; // a member's name or id; none is there twice
        std::optional<Duration> delay;
        std::optional<double> loss;
        std::optional<bool> cutOut; // both given, or neither
        std::optional<bool> cutIn;
        std::optional<bool> datagramsCutOut; // likewise
        std::optional<bool> datagramsCutIn;

        LinkFault changed(LinkFault from) const;
    };

    bool clear = false; // before the rest
    std::vector<Link> links;
    std::optional<Duration> diskSlow;
    std::optional<bool> diskFull;
    std::optional<std::chrono::milliseconds> pause;
    std::optional<std::chrono::milliseconds> clockJump;

    DiskFault changed(DiskFault from) const;
};

// Malformed, or TooLarge.
[[nodiscard]] Result<FaultBody> parseFaultBody(const QByteArray& json);

} // namespace ringmaster
