// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/net/system_pause.h"

#include <ctime>
#include <poll.h>

namespace ringmaster {

void systemPause(Duration duration)
{
    const auto seconds = std::chrono::floor<std::chrono::seconds>(duration);
    timespec left{};
    left.tv_sec = seconds.count();
    left.tv_nsec = static_cast<long>((duration - seconds).count());
    ::ppoll(nullptr, 0, &left, nullptr);
}

} // namespace ringmaster
