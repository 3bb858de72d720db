// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/ring/availability.h"

#include <algorithm>

namespace ringmaster {

using namespace Qt::StringLiterals;

namespace {

using Members = std::vector<MemberReach>;

constexpr qsizetype mostNames = 4;

// The slots of a token stand or fall together, with the same primaries. A large ring has tens of thousands of
// tokens, so they lie one behind another in plain arrays.
struct Ranges {
    size_t width = 0;              // primaries of each
    std::vector<size_t> primaries; // indices into the members; their number for one that is none of them
    std::vector<int> slots;

    template <class Visitor>
    void each(Visitor visit) const
    {
        for (size_t i = 0; i < slots.size(); ++i)
            visit(primaries.begin() + std::ptrdiff_t(i * width),
                  primaries.begin() + std::ptrdiff_t((i + 1) * width), slots[i]);
    }
};

struct Quorums {
    int read = 0;
    int write = 0;
};

// In slots.
struct Losses {
    int unreadable = 0;
    int unwritable = 0;
    int stoodIn = 0;    // for reads or writes
    int unprovable = 0; // of stoodIn: that nothing is stored cannot be said

    bool areNone() const { return unreadable == 0 && unwritable == 0; }
};

// Who can be asked. By member, and one more that stands for whoever is none.
struct Reachable {
    std::vector<char> toRead;
    std::vector<char> toWrite;
    int readers = 0;
    int writers = 0;
};

std::vector<size_t> membersOnRing(const HashRing& ring, const Members& members)
{
    std::vector<size_t> found;
    for (size_t i = 0; i < members.size(); ++i) {
        if (std::binary_search(ring.nodes().begin(), ring.nodes().end(), members[i].node))
            found.push_back(i);
    }
    return found;
}

Ranges rangesOf(const HashRing& ring, const Members& members)
{
    std::vector<size_t> memberOf(ring.nodes().size(), members.size()); // by place among the ring's nodes
    const auto placeOf = [&](NodeId node) {
        return static_cast<size_t>(std::lower_bound(ring.nodes().begin(), ring.nodes().end(), node) -
                                   ring.nodes().begin());
    };
    for (const size_t i : membersOnRing(ring, members))
        memberOf[placeOf(members[i].node)] = i;
    Ranges ranges;
    ranges.width = std::min(static_cast<size_t>(std::max(0, ring.replicas())), ring.nodes().size());
    ranges.primaries.reserve(ring.tokens().size() * ranges.width);
    ranges.slots.reserve(ring.tokens().size());
    for (size_t i = 0; i < ring.tokens().size(); ++i) {
        for (const NodeId node : ring.preferenceList(ring.tokens()[i].slot))
            ranges.primaries.push_back(memberOf[placeOf(node)]);
        ranges.slots.push_back(ring.rangeOfToken(i).slots());
    }
    return ranges;
}

// Those not heard of yet count as isUnknownUp says.
Reachable reachableOf(const HashRing& ring, const Members& members, bool isUnknownUp)
{
    Reachable reachable{std::vector<char>(members.size() + 1, 0), std::vector<char>(members.size() + 1, 0)};
    for (const size_t i : membersOnRing(ring, members)) {
        const bool isUp = members[i].isKnown ? members[i].isUp : isUnknownUp;
        reachable.toRead[i] = isUp ? 1 : 0;
        reachable.toWrite[i] = isUp && members[i].takesWrites ? 1 : 0;
        reachable.readers += reachable.toRead[i];
        reachable.writers += reachable.toWrite[i];
    }
    return reachable;
}

Losses lossesOf(const Ranges& ranges, const Reachable& reachable, const Quorums& quorums)
{
    Losses losses;
    ranges.each([&](auto first, auto last, int slots) {
        int readers = 0;
        int writers = 0;
        for (auto member = first; member != last; ++member) {
            readers += reachable.toRead[*member];
            writers += reachable.toWrite[*member];
        }
        const bool canRead = reachable.readers >= quorums.read && readers > 0;
        const bool canWrite = reachable.writers >= quorums.write;
        losses.unreadable += canRead ? 0 : slots;
        losses.unwritable += canWrite ? 0 : slots;
        if (!canRead || !canWrite)
            return;
        losses.stoodIn += readers < quorums.read || writers < quorums.write ? slots : 0;
        losses.unprovable += readers < quorums.read ? slots : 0;
    });
    return losses;
}

// By member: the slots of which it alone, of their own nodes, can be read from.
std::vector<int> soleSlotsOf(const Ranges& ranges, const Reachable& reachable)
{
    std::vector<int> sole(reachable.toRead.size(), 0);
    ranges.each([&](auto first, auto last, int slots) {
        const auto isUp = [&](size_t member) { return reachable.toRead[member] != 0; };
        const auto found = std::find_if(first, last, isUp);
        if (found != last && std::none_of(std::next(found), last, isUp))
            sole[*found] += slots;
    });
    return sole;
}

QString share(int slots)
{
    if (slots == slotCount)
        return u"all keys"_s;
    const double percent = 100.0 * slots / slotCount;
    const QString number = percent >= 1 ? QString::number(percent, 'f', 0) : u"less than 1"_s;
    return u"%1 % of the keys (%2 of %3 slots)"_s.arg(number).arg(slots).arg(slotCount);
}

// "n1", "n1 or n2", "n1, n2 or n3"; "5 nodes" where they are too many to be named.
QString named(const QStringList& names, const QString& word, const QString& many)
{
    if (names.size() > mostNames)
        return many.arg(names.size());
    if (names.size() < 2)
        return names.value(0);
    return names.mid(0, names.size() - 1).join(u", "_s) + u' ' + word + u' ' + names.last();
}

template <class Condition>
QStringList namesOf(const Members& members, Condition condition)
{
    QStringList names;
    for (const MemberReach& member : members) {
        if (member.belongs && condition(member))
            names.append(member.name);
    }
    return names;
}

// "R=2 needs one more node": for why no key can be read, or written.
QString needs(const QString& quorum, int wanted, int have, bool isOfWriters)
{
    const int missing = wanted - have;
    const QString needed = u"%1=%2 needs "_s.arg(quorum).arg(wanted);
    if (missing == 1)
        return needed + (isOfWriters ? u"one more node that takes writes"_s : u"one more node"_s);
    return needed + (isOfWriters ? u"%1 more nodes that take writes"_s : u"%1 more nodes"_s).arg(missing);
}

QString headlineOf(const Losses& now)
{
    const bool noRead = now.unreadable == slotCount;
    const bool noWrite = now.unwritable == slotCount;
    if (now.areNone())
        return u"Every key can be read and written"_s;
    if (noRead && noWrite)
        return u"No key can be read or written"_s;
    if (noWrite)
        return now.unreadable > 0 ? u"No key can be written, and some cannot be read"_s
                                  : u"No key can be written"_s;
    if (noRead)
        return u"No key can be read"_s;
    return u"Some keys cannot be read"_s; // writes take any W nodes: all can be made, or none
}

QString standInSentence(const Members& members, const Losses& now)
{
    const QStringList away =
        namesOf(members, [](const MemberReach& m) { return m.isKnown && (!m.isUp || !m.takesWrites); });
    QString words = u" For %1 other nodes stand in for %2"_s.arg(share(now.stoodIn),
                                                                 named(away, u"and"_s, u"%1 nodes"_s));
    if (now.unprovable > 0)
        words += u"; until those are back, it cannot be said of such a key that nothing is stored under it"_s;
    return words + u'.';
}

QString nowSentence(const Losses& now, const Reachable& reachable, const Quorums& quorums)
{
    if (now.areNone())
        return u"Every key can be read and written."_s;
    const QString readNeeds = needs(u"R"_s, quorums.read, reachable.readers, false);
    const QString writeNeeds =
        needs(u"W"_s, quorums.write, reachable.writers, reachable.writers < reachable.readers);
    const bool lacksReaders = reachable.readers < quorums.read;
    if (lacksReaders && now.unwritable == slotCount)
        return u"No key can be read or written: %1, %2."_s.arg(readNeeds, writeNeeds);
    QStringList sentences;
    if (now.unwritable > 0)
        sentences += u"No key can be written: %1."_s.arg(writeNeeds);
    if (lacksReaders)
        sentences += u"No key can be read: %1."_s.arg(readNeeds);
    else if (now.unreadable > 0)
        sentences += u"What is stored cannot be read for %1: none of their own nodes is up."_s.arg(
            share(now.unreadable));
    if (now.unwritable == 0)
        sentences += u"Every key can be written."_s;
    if (now.unreadable == 0)
        sentences += u"Every key can be read."_s;
    return sentences.join(u' ');
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
    return u" Losing %1%2 would stop %3 for %4."_s.arg(
        named(critical, u"or"_s, u"any of %1 nodes"_s), anyDown ? u" as well"_s : QString(), what,
        slots == slotCount ? share(slots) : u"up to "_s + share(slots));
}

Availability::Level levelOf(const Losses& now, const QStringList& critical)
{
    if (now.unreadable == slotCount || now.unwritable == slotCount)
        return Availability::Level::None;
    if (!now.areNone())
        return Availability::Level::Degraded;
    return critical.isEmpty() && now.stoodIn == 0 ? Availability::Level::Full : Availability::Level::Fragile;
}

QString counts(const Availability& availability, const Members& members)
{
    QString words = u"%1 of %2 %3 up. "_s.arg(availability.membersUp)
                        .arg(availability.membersTotal)
                        .arg(availability.membersTotal == 1 ? u"node"_s : u"nodes"_s);
    const QStringList full = namesOf(members, [](const MemberReach& m) { return m.isUp && !m.takesWrites; });
    if (!full.isEmpty())
        words +=
            (full.size() == 1 ? u"%1 takes no writes: its disk is full, or its store has failed. "_s
                              : u"%1 take no writes: their disks are full, or their stores have failed. "_s)
                .arg(named(full, u"and"_s, u"%1 nodes"_s));
    return words;
}

} // namespace

Availability availabilityOf(const HashRing& ring, const Members& members, int readQuorum, int writeQuorum)
{
    Availability availability;
    availability.membersTotal =
        static_cast<int>(namesOf(members, [](const MemberReach&) { return true; }).size());
    availability.membersUp =
        static_cast<int>(namesOf(members, [](const MemberReach& m) { return m.isUp; }).size());
    const QString up = counts(availability, members);
    const Ranges ranges = rangesOf(ring, members);
    if (ranges.slots.empty() || ring.replicas() < 1) {
        availability.headline = u"There is no ring yet"_s;
        availability.sentence =
            up + u"No node holds a part of the ring yet, so no key can be read or written."_s;
        return availability;
    }

    const Quorums quorums{readQuorum, writeQuorum};
    const Reachable reachable = reachableOf(ring, members, false);
    const Losses now = lossesOf(ranges, reachable, quorums);
    const Losses atBest = lossesOf(ranges, reachableOf(ring, members, true), quorums);
    if (levelOf(atBest, {}) != levelOf(now, {})) {
        const QStringList unknown = namesOf(members, [](const MemberReach& m) { return !m.isKnown; });
        availability.headline = u"Not known yet who can be reached"_s;
        availability.sentence = up + u"Whether every key can be read and written is known as soon as there "
                                     u"is word of %1."_s.arg(named(unknown, u"and"_s, u"%1 nodes"_s));
        return availability;
    }
    const std::vector<int> soleSlots = soleSlotsOf(ranges, reachable);
    Losses worst = now;
    for (size_t i = 0; i < members.size(); ++i) {
        if (reachable.toRead[i] == 0)
            continue;
        Losses then = now;
        then.unreadable = reachable.readers == quorums.read ? slotCount : now.unreadable + soleSlots[i];
        if (reachable.toWrite[i] != 0 && reachable.writers == quorums.write)
            then.unwritable = slotCount;
        if (then.unreadable > now.unreadable || then.unwritable > now.unwritable)
            availability.critical.append(members[i].name);
        worst.unreadable = qMax(worst.unreadable, then.unreadable);
        worst.unwritable = qMax(worst.unwritable, then.unwritable);
    }
    availability.unreadableSlots = now.unreadable;
    availability.unwritableSlots = now.unwritable;
    availability.stoodInSlots = now.stoodIn;
    availability.level = levelOf(now, availability.critical);
    availability.headline = headlineOf(now);
    availability.sentence = up + nowSentence(now, reachable, quorums);
    if (now.areNone() && now.stoodIn > 0)
        availability.sentence += standInSentence(members, now);
    if (availability.level == Availability::Level::Fragile)
        availability.sentence += lossSentence(availability.critical, now, worst,
                                              availability.membersUp < availability.membersTotal);
    return availability;
}

} // namespace ringmaster
