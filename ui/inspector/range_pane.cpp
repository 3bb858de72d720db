// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/inspector/range_pane.h"

#include "ui/inspector/placement_table.h"
#include "ui/session/words.h"
#include "ui/theme/style_sheet.h"

#include <QLabel>
#include <QVBoxLayout>

namespace ringmaster {

RangePane::RangePane(const Theme& theme, QWidget* parent)
    : QWidget(parent)
    , m_title(makeLabel({}, QStringLiteral("title"), this))
    , m_slots(makeLabel({}, QStringLiteral("secondary"), this))
    , m_table(new PlacementTable(theme, this))
{
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(24, 14, 24, 12);
    layout->setSpacing(4);
    layout->addWidget(m_title);
    layout->addWidget(m_slots);
    layout->addSpacing(16);
    layout->addWidget(makeLabel(tr("ITS KEYS LIVE ON"), QStringLiteral("section"), this));
    layout->addWidget(m_table);
    layout->addStretch(1);
    connect(m_table, &PlacementTable::nodeAsked, this, &RangePane::nodeAsked);
}

void RangePane::show(Slot slot, const ClusterFacts& facts)
{
    const int at = facts.picture.spanAt(slot);
    if (at < 0)
        return;
    const RingSpan& span = facts.picture.spans.at(at);
    m_title->setText(tr("A range of %1").arg(facts.picture.members.at(span.member).name));
    m_slots->setText(tr("slots %1 to %2 · %3 % of the ring")
                         .arg(grouped(span.range.first.value), grouped(span.range.last.value),
                              QString::number(100.0 * span.range.slots() / slotCount, 'f', 2)));
    QList<PlacementRow> rows;
    const QList<int> homes = facts.picture.walk(slot);
    for (qsizetype i = 0; i < homes.size(); ++i) {
        const RingLook& look = facts.picture.members.at(homes.at(i));
        PlacementRow row;
        row.node = look.name;
        row.hue = look.hue;
        row.down = look.down;
        row.role = i < std::max(1, facts.picture.replicas) ? tr("primary") : tr("fallback");
        row.standing = look.down ? Standing::Unreachable : Standing::Unasked;
        rows.append(row);
    }
    m_table->setRows(rows);
}

} // namespace ringmaster
