// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/sim/fault.h"

#include <QStringList>

namespace ringmaster::sim {

namespace {

QString name(int node)
{
    return QStringLiteral("n%1").arg(node + 1);
}

QString what(const Fault& fault)
{
    const QString node = fault.victim == Victim::Youngest  ? QStringLiteral("the youngest node")
                         : fault.victim == Victim::Busiest ? QStringLiteral("the busiest node")
                                                           : name(fault.node);
    const QString other = name(fault.other);
    switch (fault.kind) {
    case FaultKind::Partition: {
        QStringList names;
        for (const int member : fault.side)
            names << name(member);
        return QStringLiteral("%1 cut off from the others").arg(names.join(QLatin1String(", ")));
    }
    case FaultKind::OneWayCut:
        return QStringLiteral("cut from %1 to %2").arg(node, other);
    case FaultKind::Clog:
        return QStringLiteral("clogged from %1 to %2").arg(node, other);
    case FaultKind::ResetLink:
        return QStringLiteral("the link of %1 and %2 breaks").arg(node, other);
    case FaultKind::Pause:
        return QStringLiteral("%1 paused").arg(node);
    case FaultKind::Crash:
        return QStringLiteral("%1 down").arg(node);
    case FaultKind::TornCrash:
        return QStringLiteral("%1 down in the middle of a commit").arg(node);
    case FaultKind::LoseStore:
        return QStringLiteral("%1 down, its disk lost").arg(node);
    case FaultKind::RestoreStore:
        return QStringLiteral("%1: its disk is put back to what it is now, at the end").arg(node);
    case FaultKind::ClockJump:
        return QStringLiteral("the clock of %1 jumps by %2 ms").arg(node).arg(fault.jump.count());
    case FaultKind::FullDisk:
        return QStringLiteral("the disk of %1 is full").arg(node);
    case FaultKind::SlowDisk:
        return QStringLiteral("the disk of %1 takes %2 ms for a commit")
            .arg(node)
            .arg(std::chrono::duration_cast<std::chrono::milliseconds>(fault.commitDelay).count());
    case FaultKind::RollBack:
        return QStringLiteral("%1: its machine is rolled back to what it is now, at the end").arg(node);
    case FaultKind::LosePower:
        return QStringLiteral("%1, relaxed, loses its power").arg(node);
    case FaultKind::RotDisk:
        return QStringLiteral("bits turn over on the disk of %1").arg(node);
    case FaultKind::FailSync:
        return QStringLiteral("%1 down after a sync that failed").arg(node);
    }
    return {};
}

} // namespace

QString describe(const Fault& fault)
{
    using Milliseconds = std::chrono::milliseconds;
    return QStringLiteral("%1 for %2 ms")
        .arg(what(fault))
        .arg(std::chrono::duration_cast<Milliseconds>(fault.lasts).count());
}

} // namespace ringmaster::sim
