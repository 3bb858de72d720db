// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/inspector/key_pane.h"

#include "ui/forms/elided_label.h"
#include "ui/inspector/placement_table.h"
#include "ui/session/words.h"
#include "ui/theme/style_sheet.h"

#include <QDateTime>
#include <QHBoxLayout>
#include <QScrollArea>
#include <QVBoxLayout>

namespace ringmaster {
namespace {

constexpr int mostCards = 50;

// 0x2320 a71c 09f4 118e
QString positionWords(Position position)
{
    QString hex = position.toString();
    for (qsizetype at = 12; at > 0; at -= 4)
        hex.insert(at, QChar(0x2009));
    return QStringLiteral("0x") + hex;
}

QString siblingWords(const KeyInspection& inspection)
{
    if (!inspection.versions)
        return {};
    if (inspection.versions->isEmpty())
        return KeyPane::tr("absent");
    const qsizetype count = inspection.versions->size();
    return count == 1 ? KeyPane::tr("1 version")
                      : counted(count, KeyPane::tr("sibling"), KeyPane::tr("siblings"));
}

QString cardFacts(const VersionCard& card)
{
    QStringList facts{KeyPane::tr("clock %1").arg(card.clock.isEmpty() ? QStringLiteral("–") : card.clock)};
    if (!card.deleted)
        facts.append(counted(card.bytes, KeyPane::tr("byte"), KeyPane::tr("bytes")));
    if (!card.utf8)
        facts.append(KeyPane::tr("not text"));
    if (card.writtenMs > 0)
        facts.append(KeyPane::tr("written %1")
                         .arg(QDateTime::fromMSecsSinceEpoch(card.writtenMs)
                                  .toString(QStringLiteral("yyyy-MM-dd HH:mm:ss"))));
    return facts.join(QStringLiteral(" · "));
}

} // namespace

KeyPane::KeyPane(const Theme& theme, QWidget* parent)
    : QWidget(parent)
    , m_title(new ElidedLabel(QStringLiteral("title"), this))
    , m_siblings(makeLabel({}, QStringLiteral("secondary"), this))
    , m_position(makeLabel({}, QStringLiteral("secondary"), this))
    , m_problem(makeLabel({}, QStringLiteral("bad"), this))
    , m_table(new PlacementTable(theme, this))
    , m_note(makeLabel({}, QStringLiteral("secondary"), this))
{
    m_title->setObjectName(QStringLiteral("inspectedKey"));
    m_problem->setWordWrap(true);
    m_note->setWordWrap(true);
    m_position->setTextInteractionFlags(Qt::TextSelectableByMouse);
    auto* head = new QHBoxLayout;
    head->addWidget(m_title, 1);
    head->addWidget(m_siblings);
    auto* cards = new QWidget(this);
    m_cards = new QVBoxLayout(cards);
    m_cards->setContentsMargins(0, 0, 0, 0);
    m_cards->setSpacing(8);
    m_cards->setAlignment(Qt::AlignTop);
    auto* scroll = new QScrollArea(this);
    scroll->setWidget(cards);
    scroll->setWidgetResizable(true);
    scroll->setFrameShape(QFrame::NoFrame);
    scroll->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(24, 14, 24, 12);
    layout->setSpacing(4);
    layout->addLayout(head);
    layout->addWidget(m_position);
    layout->addWidget(m_problem);
    layout->addSpacing(16);
    layout->addWidget(makeLabel(tr("PLACEMENT"), QStringLiteral("section"), this));
    layout->addWidget(m_table);
    layout->addSpacing(16);
    layout->addWidget(makeLabel(tr("VERSIONS"), QStringLiteral("section"), this));
    layout->addWidget(m_note);
    layout->addSpacing(4);
    layout->addWidget(scroll, 1);
    connect(m_table, &PlacementTable::nodeAsked, this, &KeyPane::nodeAsked);
}

void KeyPane::show(const KeyInspection& inspection)
{
    if (m_shown == inspection)
        return;
    m_title->setWhole(inspection.key);
    m_siblings->setText(siblingWords(inspection));
    const bool conflict = inspection.versions && inspection.versions->size() > 1;
    setLook(m_siblings, "role", conflict ? QStringLiteral("warning") : QStringLiteral("secondary"));
    m_position->setText(
        tr("position %1 · slot %2").arg(positionWords(inspection.position), grouped(inspection.slot.value)));
    m_problem->setText(inspection.problem);
    m_problem->setVisible(!inspection.problem.isEmpty());
    m_table->setRows(inspection.rows);
    if (!m_shown || m_shown->versions != inspection.versions)
        showVersions(inspection.versions.value_or(QList<VersionCard>()));
    m_note->setText(!inspection.versions             ? tr("Reading…")
                    : inspection.versions->isEmpty() ? tr("Nothing is stored under this key. Write it below.")
                                                     : QString());
    m_note->setVisible(!m_note->text().isEmpty());
    m_shown = inspection;
}

void KeyPane::showVersions(const QList<VersionCard>& cards)
{
    while (QLayoutItem* item = m_cards->takeAt(0)) {
        delete item->widget();
        delete item;
    }
    for (const VersionCard& card : cards.mid(0, mostCards))
        addCard(card);
    if (cards.size() > mostCards)
        m_cards->addWidget(
            makeLabel(tr("and %1 more").arg(cards.size() - mostCards), QStringLiteral("secondary")));
}

void KeyPane::addCard(const VersionCard& card)
{
    auto* frame = new QFrame;
    frame->setProperty("card", QStringLiteral("true"));
    auto* layout = new QVBoxLayout(frame);
    layout->setContentsMargins(12, 8, 12, 8);
    layout->setSpacing(4);
    auto* name = makeLabel(card.name, QStringLiteral("strong"), frame);
    auto* value = makeLabel(card.deleted ? tr("deleted") : card.value,
                            card.deleted ? QStringLiteral("secondary") : QStringLiteral("mono"), frame);
    value->setWordWrap(true);
    value->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    // A word without a break would otherwise widen the whole inspector.
    value->setMinimumWidth(1);
    value->setSizePolicy(QSizePolicy::Ignored, QSizePolicy::Preferred);
    auto* facts = makeLabel(cardFacts(card), QStringLiteral("secondary"), frame);
    facts->setWordWrap(true);
    layout->addWidget(name);
    layout->addWidget(value);
    layout->addWidget(facts);
    m_cards->addWidget(frame);
}

} // namespace ringmaster
