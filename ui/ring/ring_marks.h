// SPDX-License-Identifier: GPL-3.0-or-later
// What is picked out on the ring: a key with its preference list, a node, a range.
#pragma once

#include "ui/ring/ring_picture.h"

#include <QString>

#include <optional>

namespace ringmaster {

struct MarkedKey {
    QString label; // fit to be shown
    Position position;
    QList<int> replicas; // indices into RingPicture::members, in order of preference
    friend bool operator==(const MarkedKey&, const MarkedKey&) = default;
};

struct RingMarks {
    std::optional<MarkedKey> key;
    int member = -1;  // picked node
    int span = -1;    // picked range
    int hovered = -1; // span under the pointer
    friend bool operator==(const RingMarks&, const RingMarks&) = default;
};

} // namespace ringmaster
