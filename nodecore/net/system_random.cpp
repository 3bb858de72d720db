// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/net/system_random.h"

#include <QRandomGenerator>

namespace ringmaster {

quint64 SystemRandom::next()
{
    return QRandomGenerator::system()->generate64();
}

} // namespace ringmaster
