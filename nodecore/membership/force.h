// SPDX-License-Identifier: GPL-3.0-or-later
// Whether an act that may lose data is carried out although nothing vouches for it: a person's --force.
#pragma once

#include <QtGlobal>

namespace ringmaster {

enum class Force : quint8 { No, Yes };

} // namespace ringmaster
