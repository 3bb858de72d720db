// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/ring/ring_words.h"

namespace ringmaster {

using namespace Qt::StringLiterals;

namespace {

constexpr qsizetype mostNames = 4;

struct UpAndDown {
    QStringList up;
    QStringList down;
    QStringList full; // up, but they take no writes
};

UpAndDown sorted(const ClusterSnapshot& snapshot)
{
    UpAndDown names;
    for (const MemberSnapshot& member : snapshot.members) {
        if (member.state == "LEFT"_L1 || member.state == "REMOVED"_L1)
            continue;
        if (member.isAwaited)
            continue; // neither is known
        (member.reachable ? names.up : names.down).append(member.name);
        if (member.reachable && !member.takesWrites)
            names.full.append(member.name);
    }
    return names;
}

QString downWords(const UpAndDown& names, bool answered)
{
    const bool one = names.down.size() == 1;
    const QString who =
        names.down.size() > mostNames ? u"%1 nodes"_s.arg(names.down.size()) : listed(names.down, u"and"_s);
    const QString down = who + (one ? u" is down"_s : u" are down"_s);
    if (!answered)
        return down;
    const QString others = names.up.size() > mostNames ? u"the others"_s : listed(names.up, u"and"_s);
    return down + u"; "_s + others + (names.up.size() == 1 ? u" answers for "_s : u" answer for "_s) +
           (one ? u"it"_s : u"them"_s);
}

} // namespace

QString listed(const QStringList& names, const QString& word)
{
    if (names.size() < 2)
        return names.value(0);
    return names.mid(0, names.size() - 1).join(u", "_s) + u' ' + word + u' ' + names.last();
}

QList<RingLine> availabilityLines(const Availability& availability, const ClusterSnapshot& snapshot)
{
    QList<RingLine> lines;
    const UpAndDown names = sorted(snapshot);
    const bool whole = availability.isWhole();
    if (!snapshot.connected)
        lines.append({snapshot.problem, Health::Bad});
    else if (names.down.isEmpty())
        lines.append(
            {names.up.size() == 1 ? u"The only node is up"_s : u"All %1 nodes are up"_s.arg(names.up.size()),
             Health::Unknown});
    else
        lines.append({downWords(names, whole), whole ? Health::Warning : Health::Bad});
    if (!names.full.isEmpty()) {
        const QString who = names.full.size() > mostNames ? u"%1 nodes"_s.arg(names.full.size())
                                                          : listed(names.full, u"and"_s);
        lines.append({who + (names.full.size() == 1 ? u" takes no writes: its disk is full"_s
                                                    : u" take no writes: their disks are full"_s),
                      whole ? Health::Warning : Health::Bad});
    }
    if (whole && !availability.critical.isEmpty()) {
        const QString who = availability.critical.size() > mostNames ? u"any further node"_s
                                                                     : listed(availability.critical, u"or"_s);
        lines.append(
            {u"Losing %1%2 would end that"_s.arg(who, names.down.isEmpty() ? QString() : u" as well"_s),
             Health::Unknown});
    }
    return lines;
}

Health healthOf(const Availability& availability)
{
    switch (availability.level) {
    case Availability::Level::Full:
        return Health::Good;
    case Availability::Level::Fragile:
        return Health::Warning;
    case Availability::Level::Degraded:
    case Availability::Level::None:
        return Health::Bad;
    case Availability::Level::Unknown:
        break;
    }
    return Health::Unknown;
}

} // namespace ringmaster
