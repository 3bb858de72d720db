// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/client/availability.h"

#include "nodecore/ring/hash_ring.h"

#include <algorithm>
#include <map>

namespace ringmaster {

using namespace Qt::StringLiterals;

namespace {

// Slots with the same primaries stand or fall together.
struct SlotGroup {
    std::vector<int> primaries; // indices into the members
    int slots = 0;
};

struct Losses {
    int unreadable = 0;
    int unwritable = 0;
};

std::vector<SlotGroup> groupsOf(const ClusterSnapshot& snapshot)
{
    // By index rather than by id, so that members without an id yet are told apart too.
    std::vector<RingMember> ringMembers(static_cast<size_t>(snapshot.members.size()));
    for (size_t i = 0; i < ringMembers.size(); ++i) {
        ringMembers[i].node = NodeId{i};
        ringMembers[i].zone = snapshot.members.at(static_cast<qsizetype>(i)).zone;
    }
    for (const TokenSnapshot& token : snapshot.tokens) {
        if (token.member >= 0 && token.member < snapshot.members.size())
            ringMembers[static_cast<size_t>(token.member)].tokens.push_back(token.slot);
    }
    const HashRing ring(ringMembers, snapshot.replicas);

    std::map<std::vector<int>, int> slotsOf;
    for (const Token& token : ring.tokens()) {
        std::vector<int> primaries;
        for (const NodeId node : ring.preferenceList(token.slot))
            primaries.push_back(static_cast<int>(node.value));
        std::sort(primaries.begin(), primaries.end());
        slotsOf[primaries] += ring.rangeOf(token.slot).slots();
    }
    std::vector<SlotGroup> groups;
    for (const auto& [primaries, slots] : slotsOf)
        groups.push_back({primaries, slots});
    return groups;
}

// without: the index of a member to take for lost; -1 for none.
Losses lossesOf(const ClusterSnapshot& snapshot, const std::vector<SlotGroup>& groups, int without)
{
    Losses losses;
    for (const SlotGroup& group : groups) {
        int up = 0;
        for (const int member : group.primaries)
            up += member != without && snapshot.members.at(member).reachable ? 1 : 0;
        losses.unreadable += up < snapshot.readQuorum ? group.slots : 0;
        losses.unwritable += up < snapshot.writeQuorum ? group.slots : 0;
    }
    return losses;
}

QString share(int slots)
{
    const double percent = 100.0 * slots / slotCount;
    const QString number = percent >= 1 ? QString::number(percent, 'f', 0) : u"less than 1"_s;
    return u"%1 % of the keys (%2 of %3 slots)"_s.arg(number).arg(slots).arg(slotCount);
}

// "n1", "n1 or n2", "n1, n2 or n3".
QString either(const QStringList& names)
{
    if (names.size() < 2)
        return names.value(0);
    return names.mid(0, names.size() - 1).join(u", "_s) + u" or "_s + names.last();
}

// What is needed for a key that has the fewest primaries up: "W=2 needs one more node".
QString needs(const ClusterSnapshot& snapshot, const std::vector<SlotGroup>& groups, bool read, bool write)
{
    size_t fewest = groups.front().primaries.size();
    for (const SlotGroup& group : groups) {
        const auto up = std::count_if(group.primaries.begin(), group.primaries.end(),
                                      [&](int member) { return snapshot.members.at(member).reachable; });
        fewest = std::min(fewest, static_cast<size_t>(up));
    }
    const int quorum = qMax(read ? snapshot.readQuorum : 0, write ? snapshot.writeQuorum : 0);
    const int missing = quorum - static_cast<int>(fewest);
    const QString what = read && write
                             ? u"R=%1 and W=%2 need"_s.arg(snapshot.readQuorum).arg(snapshot.writeQuorum)
                         : read ? u"R=%1 needs"_s.arg(snapshot.readQuorum)
                                : u"W=%1 needs"_s.arg(snapshot.writeQuorum);
    return missing == 1 ? what + u" one more node"_s : what + u" %1 more nodes"_s.arg(missing);
}

QString nowSentence(const ClusterSnapshot& snapshot, const std::vector<SlotGroup>& groups, const Losses& now)
{
    const bool noRead = now.unreadable == slotCount;
    const bool noWrite = now.unwritable == slotCount;
    if (now.unreadable == 0 && now.unwritable == 0)
        return u"Every key can be read and written."_s;
    if (noRead && noWrite)
        return u"No key can be read or written: %1."_s.arg(needs(snapshot, groups, true, true));

    QString write;
    if (now.unwritable > 0)
        write = noWrite ? u"No key can be written: %1."_s.arg(needs(snapshot, groups, false, true))
                        : share(now.unwritable) + u" cannot be written."_s;
    QString read = u"Every key can be read."_s;
    if (now.unreadable > 0)
        read = noRead ? u"No key can be read: %1."_s.arg(needs(snapshot, groups, true, false))
                      : share(now.unreadable) + u" cannot be read."_s;
    if (now.unreadable == now.unwritable)
        return share(now.unreadable) +
               u" can be neither read nor written: %1."_s.arg(needs(snapshot, groups, true, true));
    return write.isEmpty() ? read + u" Every key can be written."_s : write + u" "_s + read;
}

// What the loss of one of the critical members would do. Empty where nothing would change.
QString lossSentence(const QStringList& critical, const Losses& now, const Losses& worst, bool anyDown)
{
    if (critical.isEmpty())
        return {};
    const bool reads = worst.unreadable > now.unreadable;
    const bool writes = worst.unwritable > now.unwritable;
    const QString what = reads && writes ? u"reads and writes"_s : reads ? u"reads"_s : u"writes"_s;
    const int slots = qMax(reads ? worst.unreadable : 0, writes ? worst.unwritable : 0);
    const QString who = critical.size() > 4 ? u"any of %1 nodes"_s.arg(critical.size()) : either(critical);
    return u" Losing %1%2 would stop %3 for %4."_s.arg(who, anyDown ? u" as well"_s : QString(), what,
                                                       slots == slotCount ? u"all keys"_s
                                                                          : u"up to "_s + share(slots));
}

Availability::Level levelOf(const Losses& now, const QStringList& critical)
{
    if (now.unreadable == slotCount || now.unwritable == slotCount)
        return Availability::Level::None;
    if (now.unreadable > 0 || now.unwritable > 0)
        return Availability::Level::Degraded;
    return critical.isEmpty() ? Availability::Level::Full : Availability::Level::Fragile;
}

Availability countMembers(const ClusterSnapshot& snapshot)
{
    Availability availability;
    for (const MemberSnapshot& member : snapshot.members) {
        if (member.state == "LEFT"_L1 || member.state == "REMOVED"_L1)
            continue;
        ++availability.membersTotal;
        availability.membersUp += member.reachable ? 1 : 0;
    }
    return availability;
}

} // namespace

Availability availabilityOf(const ClusterSnapshot& snapshot)
{
    Availability availability = countMembers(snapshot);
    if (!snapshot.connected) {
        availability.sentence =
            snapshot.problem.isEmpty() ? u"No node of the cluster has answered yet."_s : snapshot.problem;
        return availability;
    }
    const QString up = u"%1 of %2 %3 up. "_s.arg(availability.membersUp)
                           .arg(availability.membersTotal)
                           .arg(availability.membersTotal == 1 ? u"node"_s : u"nodes"_s);
    const std::vector<SlotGroup> groups = groupsOf(snapshot);
    if (groups.empty() || snapshot.replicas < 1) {
        availability.sentence =
            up + u"No node holds a part of the ring yet, so no key can be read or written."_s;
        return availability;
    }

    const Losses now = lossesOf(snapshot, groups, -1);
    Losses worst = now;
    for (int i = 0; i < snapshot.members.size(); ++i) {
        if (!snapshot.members.at(i).reachable)
            continue;
        const Losses then = lossesOf(snapshot, groups, i);
        if (then.unreadable > now.unreadable || then.unwritable > now.unwritable)
            availability.critical.append(snapshot.members.at(i).name);
        worst.unreadable = qMax(worst.unreadable, then.unreadable);
        worst.unwritable = qMax(worst.unwritable, then.unwritable);
    }
    availability.unreadableSlots = now.unreadable;
    availability.unwritableSlots = now.unwritable;
    availability.level = levelOf(now, availability.critical);
    availability.sentence = up + nowSentence(snapshot, groups, now);
    if (availability.level == Availability::Level::Fragile)
        availability.sentence += lossSentence(availability.critical, now, worst,
                                              availability.membersUp < availability.membersTotal);
    return availability;
}

} // namespace ringmaster
