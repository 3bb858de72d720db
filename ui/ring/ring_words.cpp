// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/ring/ring_words.h"

namespace ringmaster {

using namespace Qt::StringLiterals;

namespace {

constexpr qsizetype mostNames = 4;

struct UpAndDown {
    QStringList up;
    QStringList down;
};

UpAndDown sorted(const ClusterSnapshot& snapshot)
{
    UpAndDown names;
    for (const MemberSnapshot& member : snapshot.members) {
        if (member.state == "LEFT"_L1 || member.state == "REMOVED"_L1)
            continue;
        (member.reachable ? names.up : names.down).append(member.name);
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

QString availabilityHeadline(const Availability& availability, const ClusterSnapshot& snapshot)
{
    const bool reads = availability.unreadableSlots == 0;
    const bool writes = availability.unwritableSlots == 0;
    switch (availability.level) {
    case Availability::Level::Full:
    case Availability::Level::Fragile:
        return u"Every key can be read and written"_s;
    case Availability::Level::Degraded:
        if (!reads && !writes)
            return u"Some keys cannot be read or written"_s;
        return reads ? u"Some keys cannot be written"_s : u"Some keys cannot be read"_s;
    case Availability::Level::None:
        if (availability.unreadableSlots == slotCount && availability.unwritableSlots == slotCount)
            return u"No key can be read or written"_s;
        return availability.unwritableSlots == slotCount ? u"No key can be written"_s
                                                         : u"No key can be read"_s;
    case Availability::Level::Unknown:
        break;
    }
    return snapshot.connected ? u"There is no ring yet"_s : u"No node answers"_s;
}

QList<RingLine> availabilityLines(const Availability& availability, const ClusterSnapshot& snapshot)
{
    QList<RingLine> lines;
    const UpAndDown names = sorted(snapshot);
    const bool whole =
        availability.level == Availability::Level::Full || availability.level == Availability::Level::Fragile;
    if (!snapshot.connected)
        lines.append({snapshot.problem, Health::Bad});
    else if (names.down.isEmpty())
        lines.append(
            {names.up.size() == 1 ? u"The only node is up"_s : u"All %1 nodes are up"_s.arg(names.up.size()),
             Health::Unknown});
    else
        lines.append({downWords(names, whole), whole ? Health::Warning : Health::Bad});
    if (availability.level == Availability::Level::Fragile) {
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
