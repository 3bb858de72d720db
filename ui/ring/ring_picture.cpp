// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/ring/ring_picture.h"

#include "ui/ring/ring_words.h"
#include "ui/session/words.h"

#include <algorithm>

namespace ringmaster {
namespace {

// A token owns what lies after the token before it, up to and with its own slot.
QList<RingSpan> spansOf(QList<TokenSnapshot> tokens, qsizetype members)
{
    tokens.removeIf([&](const TokenSnapshot& t) { return t.member < 0 || t.member >= members; });
    std::sort(tokens.begin(), tokens.end(),
              [](const TokenSnapshot& a, const TokenSnapshot& b) { return a.slot < b.slot; });
    tokens.erase(std::unique(tokens.begin(), tokens.end(),
                             [](const TokenSnapshot& a, const TokenSnapshot& b) { return a.slot == b.slot; }),
                 tokens.end());
    QList<RingSpan> spans;
    spans.reserve(tokens.size());
    for (qsizetype i = 0; i < tokens.size(); ++i) {
        const Slot before = tokens.at(i == 0 ? tokens.size() - 1 : i - 1).slot;
        const Slot first{static_cast<quint16>(before.value + 1)};
        spans.append({SlotRange{first, tokens.at(i).slot}, tokens.at(i).member});
    }
    return spans;
}

QString nameWithState(const RingLook& look)
{
    return look.down ? look.name + QStringLiteral(" (down)") : look.name;
}

} // namespace

int RingPicture::spanAt(Slot slot) const
{
    if (spans.isEmpty())
        return -1;
    const auto found = std::lower_bound(spans.begin(), spans.end(), slot,
                                        [](const RingSpan& span, Slot s) { return span.range.last < s; });
    return found == spans.end() ? 0 : static_cast<int>(found - spans.begin());
}

int RingPicture::memberNamed(const QString& name) const
{
    for (int i = 0; i < members.size(); ++i) {
        if (members.at(i).name == name)
            return i;
    }
    return -1;
}

QList<int> RingPicture::walk(Slot slot) const
{
    QList<int> met;
    const int start = spanAt(slot);
    for (int step = 0; step < spans.size() && met.size() < members.size(); ++step) {
        const int member = spans.at((start + step) % spans.size()).member;
        if (!met.contains(member))
            met.append(member);
    }
    return met;
}

int RingPicture::firstSpanOf(int member, Slot slot) const
{
    const int start = spanAt(slot);
    for (int step = 0; step < spans.size(); ++step) {
        const int at = static_cast<int>((start + step) % spans.size());
        if (spans.at(at).member == member)
            return at;
    }
    return -1;
}

RingPicture ringPicture(const ClusterSnapshot& snapshot, const NodeHues& hues)
{
    RingPicture picture;
    for (const MemberSnapshot& member : snapshot.members)
        picture.members.append({member.name, hues.hueOf(member.name), !member.reachable});
    picture.spans = spansOf(snapshot.tokens, snapshot.members.size());
    picture.replicas = snapshot.replicas;
    const Availability availability = availabilityOf(snapshot);
    picture.headline = availability.headline;
    picture.lines = availabilityLines(availability, snapshot);
    return picture;
}

QString spanWords(const RingPicture& picture, int span)
{
    const RingSpan& shown = picture.spans.at(span);
    QStringList homes;
    for (const int member : picture.walk(shown.range.last).mid(0, std::max(1, picture.replicas)))
        homes.append(nameWithState(picture.members.at(member)));
    return QStringLiteral("Slots %1 to %2 (%3)\nOwner: %4\nKeys here live on %5")
        .arg(grouped(shown.range.first.value), grouped(shown.range.last.value),
             counted(shown.range.slots(), QStringLiteral("slot"), QStringLiteral("slots")),
             nameWithState(picture.members.at(shown.member)), homes.join(QStringLiteral(", ")));
}

} // namespace ringmaster
