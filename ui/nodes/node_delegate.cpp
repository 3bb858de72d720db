// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/nodes/node_delegate.h"

#include "ui/nodes/node_list_model.h"

#include <QPainter>

namespace ringmaster {
namespace {

constexpr int lineHeight = 16;
constexpr int signSize = 14;
constexpr int textLeft = 30;

QColor stateColour(const Palette& palette, NodeState state)
{
    switch (healthOf(state)) {
    case Health::Good:
        return palette.goodText;
    case Health::Bad:
        return palette.badText;
    case Health::Warning:
        return palette.warningText;
    case Health::Unknown:
        break;
    }
    return palette.secondary;
}

} // namespace

NodeDelegate::NodeDelegate(const Theme& theme, QObject* parent)
    : QStyledItemDelegate(parent)
    , m_theme(theme)
{}

QSize NodeDelegate::sizeHint(const QStyleOptionViewItem&, const QModelIndex&) const
{
    return {120, 3 * lineHeight + 12};
}

void NodeDelegate::paint(QPainter* painter, const QStyleOptionViewItem& option,
                         const QModelIndex& index) const
{
    const auto row = index.data(NodeListModel::RowRole).value<NodeRow>();
    const Palette& palette = m_theme.palette();
    painter->save();
    painter->setRenderHint(QPainter::Antialiasing);
    const QRectF box = QRectF(option.rect).adjusted(1, 1, -1, -1);
    const bool selected = option.state.testFlag(QStyle::State_Selected);
    if (selected || option.state.testFlag(QStyle::State_MouseOver)) {
        painter->setPen(Qt::NoPen);
        painter->setBrush(selected ? palette.selection : palette.background);
        painter->drawRoundedRect(box, 6, 6);
    }
    if (option.state.testFlag(QStyle::State_HasFocus)) {
        painter->setPen(QPen(palette.accent, 2));
        painter->setBrush(Qt::NoBrush);
        painter->drawRoundedRect(box, 6, 6);
    }
    const QRectF sign(option.rect.left() + 8, option.rect.top() + 7, signSize, signSize);
    drawNodeSign(*painter, sign, palette.node(row.hue), signOf(row.state), palette.panel);
    paintText(*painter, option.rect.adjusted(textLeft, 6, -4, -4), row);
    painter->restore();
}

void NodeDelegate::paintText(QPainter& painter, const QRect& box, const NodeRow& row) const
{
    const Palette& palette = m_theme.palette();
    const auto line = [&](int number) { return box.adjusted(0, number * lineHeight, 0, 0); };
    const int flags = Qt::AlignLeft | Qt::AlignTop | Qt::TextSingleLine;

    painter.setFont(m_theme.font(FontRole::Strong));
    const int nameWidth = std::min(painter.fontMetrics().horizontalAdvance(row.name), box.width() / 2);
    const QString name = painter.fontMetrics().elidedText(row.name, Qt::ElideRight, nameWidth + 1);
    painter.setPen(palette.text);
    painter.drawText(line(0), flags, name);

    QFont small = m_theme.font(FontRole::Secondary);
    small.setPixelSize(11);
    painter.setFont(m_theme.font(FontRole::Secondary));
    painter.setPen(stateColour(palette, row.state));
    painter.drawText(line(0).adjusted(nameWidth + 8, 0, 0, 0), flags, stateWords(row));

    painter.setFont(small);
    painter.setPen(palette.secondary);
    const auto elided = [&](const QString& text) {
        return painter.fontMetrics().elidedText(text, Qt::ElideRight, box.width());
    };
    painter.drawText(line(1).adjusted(0, 2, 0, 2), flags, elided(row.address));
    painter.drawText(line(2).adjusted(0, 2, 0, 2), flags, elided(loadWords(row)));
}

} // namespace ringmaster
