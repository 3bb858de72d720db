// SPDX-License-Identifier: GPL-3.0-or-later
// What is selected in the window: a key, a node, a range, or nothing.
#pragma once

#include "nodecore/base/key.h"
#include "nodecore/base/types.h"

#include <QString>

#include <variant>

namespace ringmaster {

struct SelectedNode {
    QString name;
    friend bool operator==(const SelectedNode&, const SelectedNode&) = default;
};

struct SelectedRange {
    Slot last; // the slot that the range ends with
    friend bool operator==(const SelectedRange&, const SelectedRange&) = default;
};

using Selection = std::variant<std::monostate, Key, SelectedNode, SelectedRange>;

} // namespace ringmaster
