// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/forms/sibling_list.h"

#include "ui/forms/elided_label.h"
#include "ui/session/words.h"
#include "ui/theme/style_sheet.h"

#include <QAction>
#include <QClipboard>
#include <QGuiApplication>
#include <QHBoxLayout>
#include <QPushButton>
#include <QVBoxLayout>

namespace ringmaster {
namespace {

QString rowText(const RailsRow& row, const QString& separator)
{
    return QLatin1Char('"') + row.name + QLatin1Char('"') + separator + row.json;
}

} // namespace

SiblingList::SiblingList(const QString& separator, QWidget* parent)
    : QScrollArea(parent)
    , m_separator(separator)
{
    setWidgetResizable(true);
    setFrameShape(QFrame::NoFrame);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setFocusPolicy(Qt::NoFocus);
    auto* content = new QWidget(this);
    m_layout = new QVBoxLayout(content);
    m_layout->setContentsMargins(0, 0, 0, 0);
    m_layout->setSpacing(4);
    m_layout->setAlignment(Qt::AlignTop);
    setWidget(content);
}

void SiblingList::setRows(const QList<RailsRow>& rows)
{
    while (QLayoutItem* item = m_layout->takeAt(0)) {
        // Deleted later: one of them may be the button whose click brought us here.
        if (item->widget()) {
            item->widget()->hide();
            item->widget()->deleteLater();
        }
        delete item;
    }
    m_rows = rows;
    for (const RailsRow& row : rows.mid(0, maxShown))
        addRow(row);
    if (rows.size() > 1)
        addFooter(rows);
}

QStringList SiblingList::texts() const
{
    QStringList texts;
    for (const RailsRow& row : m_rows)
        texts.append(rowText(row, m_separator));
    return texts;
}

void SiblingList::addRow(const RailsRow& row)
{
    auto* frame = new QFrame(widget());
    frame->setProperty("card", QStringLiteral("true"));
    frame->setObjectName(QStringLiteral("siblingRow"));
    frame->setFixedHeight(30);
    auto* layout = new QHBoxLayout(frame);
    layout->setContentsMargins(10, 0, 6, 0);
    layout->setSpacing(0);
    auto* name = new ElidedLabel(QStringLiteral("mono"), frame);
    auto* arrow = makeLabel(m_separator, QStringLiteral("mono"), frame);
    auto* json = new ElidedLabel(QStringLiteral("mono"), frame);
    name->setWhole(QLatin1Char('"') + row.name + QLatin1Char('"'));
    json->setWhole(row.json, Qt::ElideMiddle);
    layout->addWidget(name, 2);
    layout->addWidget(arrow);
    layout->addWidget(json, 5);
    layout->addSpacing(8);
    if (!row.clock.isEmpty()) {
        auto* use = new QPushButton(tr("use this clock"), frame);
        use->setProperty("kind", QStringLiteral("link"));
        use->setObjectName(QStringLiteral("useClock"));
        use->setCursor(Qt::PointingHandCursor);
        use->setToolTip(
            plainToolTip(tr("The next write replaces this version, and what it had seen: of versions "
                            "made by the same node also the earlier ones.")));
        connect(use, &QPushButton::clicked, this, [this, clock = row.clock] { Q_EMIT clockTaken(clock); });
        layout->addWidget(use);
    }
    auto* copy = new QAction(tr("Copy this row"), frame);
    connect(copy, &QAction::triggered, this,
            [text = rowText(row, m_separator)] { QGuiApplication::clipboard()->setText(text); });
    frame->addAction(copy);
    frame->setContextMenuPolicy(Qt::ActionsContextMenu);
    m_layout->addWidget(frame);
}

void SiblingList::addFooter(const QList<RailsRow>& rows)
{
    auto* footer = new QWidget(widget());
    auto* layout = new QHBoxLayout(footer);
    layout->setContentsMargins(10, 0, 6, 0);
    QString words = counted(rows.size(), tr("sibling"), tr("siblings"));
    if (rows.size() > maxShown)
        words += tr(", of which %1 are shown").arg(maxShown);
    layout->addWidget(makeLabel(words, QStringLiteral("secondary"), footer));
    layout->addStretch(1);
    auto* all = new QPushButton(tr("use all clocks: replaces every sibling"), footer);
    all->setProperty("kind", QStringLiteral("link"));
    all->setObjectName(QStringLiteral("useAllClocks"));
    connect(all, &QPushButton::clicked, this, [this, rows] { Q_EMIT clockTaken(mergedClock(rows)); });
    layout->addWidget(all);
    m_layout->addWidget(footer);
}

} // namespace ringmaster
