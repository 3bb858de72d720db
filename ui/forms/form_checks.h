// SPDX-License-Identifier: GPL-3.0-or-later
// From what stands in a form's fields to what a request takes, or to what is wrong with it, in words.
#pragma once

#include "nodecore/base/key.h"
#include "nodecore/base/result.h"
#include "ui/forms/seen_contexts.h"

#include <QString>

#include <optional>

namespace ringmaster {

// The UTF-8 of text as a key.
[[nodiscard]] Result<Key> checkKey(const QString& text);

// Blank: nothing, the cluster's own. Otherwise 1 to replicas.
[[nodiscard]] Result<std::optional<int>> checkQuorum(const QString& text, int replicas);

// The context token for a key that text stands for: a clock that one of the answers seen had, or a token
// itself. Empty for blank text. Absent where no answer had that clock: only a node can make a token.
[[nodiscard]] Result<QByteArray> checkClock(const QString& text, const Key& key, const SeenContexts& seen);

} // namespace ringmaster
