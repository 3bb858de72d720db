// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/inspector/placement_table.h"

#include <QHeaderView>
#include <QPainter>

namespace ringmaster {
namespace {

constexpr int lineHeight = 34;
constexpr int signSize = 13;

QColor wordColour(const Palette& palette, const PlacementRow& row)
{
    switch (row.standing) {
    case Standing::Unreachable:
        return palette.badText;
    case Standing::Stale:
    case Standing::Empty:
        return palette.warningText;
    default:
        return palette.secondary;
    }
}

FontRole fontOf(int column)
{
    switch (column) {
    case PlacementModel::Node:
        return FontRole::Strong;
    case PlacementModel::Versions:
        return FontRole::Mono;
    default:
        return FontRole::Secondary;
    }
}

} // namespace

PlacementDelegate::PlacementDelegate(const Theme& theme, QObject* parent)
    : QStyledItemDelegate(parent)
    , m_theme(theme)
{}

QSize PlacementDelegate::sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const
{
    Q_UNUSED(option);
    const QFontMetrics metrics(m_theme.font(fontOf(index.column())));
    const int sign = index.column() == PlacementModel::Node ? signSize + 9 : 0;
    return {metrics.horizontalAdvance(index.data().toString()) + sign + 16, lineHeight};
}

void PlacementDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option,
                              const QModelIndex& index) const
{
    const auto row = index.data(PlacementModel::RowRole).value<PlacementRow>();
    const Palette& palette = m_theme.palette();
    painter->save();
    if (option.state.testFlag(QStyle::State_Selected))
        painter->fillRect(option.rect, palette.selection);
    painter->fillRect(QRect(option.rect.left(), option.rect.bottom(), option.rect.width(), 1),
                      palette.hairline);

    QRect box = option.rect.adjusted(4, 0, -4, 0);
    Qt::Alignment side = Qt::AlignLeft;
    painter->setFont(m_theme.font(fontOf(index.column())));
    painter->setPen(palette.secondary);
    if (index.column() == PlacementModel::Node) {
        const QRectF sign(box.left(), box.center().y() - signSize / 2.0, signSize, signSize);
        drawNodeSign(*painter, sign, palette.node(row.hue), row.down ? NodeSign::Crossed : NodeSign::Solid,
                     palette.panel);
        box.setLeft(box.left() + signSize + 9);
        painter->setPen(palette.text);
    } else if (index.column() == PlacementModel::Versions) {
        painter->setPen(palette.text);
    } else if (index.column() == PlacementModel::Stands) {
        side = Qt::AlignRight;
        painter->setPen(wordColour(palette, row));
    }
    const QString text =
        painter->fontMetrics().elidedText(index.data().toString(), Qt::ElideRight, box.width());
    painter->drawText(box, side | Qt::AlignVCenter | Qt::TextSingleLine, text);
    if (option.state.testFlag(QStyle::State_HasFocus)) {
        painter->setPen(QPen(palette.accent, 2));
        painter->setBrush(Qt::NoBrush);
        painter->drawRect(option.rect.adjusted(1, 1, -1, -2));
    }
    painter->restore();
}

PlacementTable::PlacementTable(const Theme& theme, QWidget* parent)
    : QTableView(parent)
    , m_model(new PlacementModel(this))
{
    setModel(m_model);
    setItemDelegate(new PlacementDelegate(theme, this));
    setAccessibleName(tr("Placement"));
    horizontalHeader()->hide();
    verticalHeader()->hide();
    verticalHeader()->setDefaultSectionSize(lineHeight);
    horizontalHeader()->setSectionResizeMode(QHeaderView::ResizeToContents);
    horizontalHeader()->setSectionResizeMode(PlacementModel::Stands, QHeaderView::Stretch);
    horizontalHeader()->setMinimumSectionSize(64);
    setShowGrid(false);
    setFrameShape(QFrame::NoFrame);
    setSelectionBehavior(QAbstractItemView::SelectRows);
    setSelectionMode(QAbstractItemView::SingleSelection);
    setEditTriggers(QAbstractItemView::NoEditTriggers);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setTabKeyNavigation(false);
    connect(this, &QTableView::activated, this, [this](const QModelIndex& index) {
        Q_EMIT nodeAsked(index.siblingAtColumn(PlacementModel::Node).data().toString());
    });
    setFixedHeight(0);
}

void PlacementTable::setRows(const QList<PlacementRow>& rows)
{
    m_model->setRows(rows);
    setFixedHeight(static_cast<int>(rows.size()) * lineHeight + 1);
    resizeColumnsToContents();
}

} // namespace ringmaster
