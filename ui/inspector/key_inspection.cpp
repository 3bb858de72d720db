// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/inspector/key_inspection.h"

#include "nodecore/base/utf8.h"
#include "ui/session/words.h"

#include <QSet>

namespace ringmaster {

using namespace Qt::StringLiterals;

namespace {

constexpr qsizetype mostValueShown = 4000;

using Dots = QSet<QString>;

Dots dotsOf(const QList<ClientSibling>& siblings)
{
    Dots dots;
    for (const ClientSibling& sibling : siblings)
        dots.insert(sibling.dot);
    return dots;
}

// What a read of all replicas that answered would return, as far as their dots tell: without a read, every
// dot that any of them holds.
Dots truth(const ClientPlacement& placement, const std::optional<ClientValue>& value)
{
    if (value)
        return dotsOf(value->siblings);
    Dots all;
    for (const ClientPlacement::Replica& replica : placement.replicas) {
        if (replica.siblings)
            all.unite(dotsOf(*replica.siblings));
    }
    return all;
}

Standing standingOf(const ClientPlacement::Replica& replica, const Dots& wanted)
{
    if (!replica.siblings)
        return replica.reachable && replica.error.isEmpty() ? Standing::Unasked : Standing::Unreachable;
    if (replica.siblings->isEmpty())
        return wanted.isEmpty() ? Standing::Unwritten : Standing::Empty;
    // Tombstones alone are absent to a reader: the read lists nothing, and the replica is as it should be.
    return wanted.isEmpty() || dotsOf(*replica.siblings) == wanted ? Standing::Current : Standing::Stale;
}

PlacementRow rowFor(const ClusterFacts& facts, const QString& node)
{
    PlacementRow row;
    row.node = node;
    const int member = facts.picture.memberNamed(node);
    if (member >= 0) {
        row.hue = facts.picture.members.at(member).hue;
        row.down = facts.picture.members.at(member).down;
    }
    return row;
}

QList<PlacementRow> expectedRows(const Key& key, const ClusterFacts& facts)
{
    QList<PlacementRow> rows;
    for (const int member : primariesOf(facts, key)) {
        PlacementRow row = rowFor(facts, facts.picture.members.at(member).name);
        row.role = u"primary"_s;
        row.standing = row.down ? Standing::Unreachable : Standing::Unasked;
        rows.append(row);
    }
    return rows;
}

QList<PlacementRow> answeredRows(const ClusterFacts& facts, const ClientPlacement& placement,
                                 const std::optional<ClientValue>& value)
{
    const Dots wanted = truth(placement, value);
    QList<PlacementRow> rows;
    for (const ClientPlacement::Replica& replica : placement.replicas) {
        // A fallback that holds nothing is just another node.
        const bool primary = replica.role == "primary"_L1;
        if (!primary && (!replica.siblings || replica.siblings->isEmpty()))
            continue;
        PlacementRow row = rowFor(facts, replica.node);
        row.role = replica.role;
        row.standing = standingOf(replica, wanted);
        if (row.down)
            row.standing = Standing::Unreachable;
        row.down = row.down || row.standing == Standing::Unreachable;
        row.note = replica.error;
        for (const ClientSibling& sibling : replica.siblings.value_or(QList<ClientSibling>()))
            row.versions.append(dotWords(facts, sibling.dot));
        rows.append(row);
    }
    return rows;
}

VersionCard cardOf(const ClientSibling& sibling, const ClusterFacts& facts)
{
    VersionCard card;
    card.name = dotWords(facts, sibling.dot);
    card.bytes = sibling.value.size();
    card.writtenMs = sibling.writtenMs;
    card.deleted = sibling.deleted;
    card.utf8 = isUtf8(sibling.value);
    const bool cut = sibling.value.size() > mostValueShown;
    if (card.utf8)
        card.value = visibleLines(textFromUtf8(sibling.value).left(mostValueShown));
    else
        card.value = visibleBytes(sibling.value.left(mostValueShown));
    if (cut)
        card.value += QChar(0x2026);
    QStringList entries;
    for (const auto& [actor, count] : sibling.clock)
        entries.append(actorWords(facts, actor, count));
    card.clock = entries.join(u' ');
    return card;
}

} // namespace

KeyInspection inspectKey(const Key& key, const ClusterFacts& facts,
                         const std::optional<ClientPlacement>& placement,
                         const std::optional<ClientValue>& value)
{
    KeyInspection inspection;
    inspection.key = visibleBytes(key.bytes());
    inspection.position = positionIn(facts, key);
    inspection.slot = slotOf(inspection.position);
    inspection.rows = placement ? answeredRows(facts, *placement, value) : expectedRows(key, facts);
    if (value) {
        QList<VersionCard> cards;
        for (const ClientSibling& sibling : value->siblings)
            cards.append(cardOf(sibling, facts));
        inspection.versions = cards;
    }
    return inspection;
}

QString standingWords(const PlacementRow& row)
{
    switch (row.standing) {
    case Standing::Unasked:
        return {};
    case Standing::Current:
        return u"current"_s;
    case Standing::Stale:
        return u"stale"_s;
    case Standing::Empty:
        return u"holds nothing"_s;
    case Standing::Unwritten:
        return u"nothing written"_s;
    case Standing::Unreachable:
        break;
    }
    return row.note.isEmpty() ? u"unreachable"_s : row.note;
}

} // namespace ringmaster
