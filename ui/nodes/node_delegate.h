// SPDX-License-Identifier: GPL-3.0-or-later
// Paints one node of the list at the left: sign, name and state; address; load.
#pragma once

#include "ui/theme/theme.h"

#include <QStyledItemDelegate>

namespace ringmaster {

struct NodeRow;

class NodeDelegate : public QStyledItemDelegate {
    Q_OBJECT
public:
    // theme must outlive the delegate.
    explicit NodeDelegate(const Theme& theme, QObject* parent = nullptr);

    QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override;
    void paint(QPainter* painter, const QStyleOptionViewItem& option,
               const QModelIndex& index) const override;

private:
    void paintText(QPainter& painter, const QRect& box, const NodeRow& row) const;
    const Theme& m_theme;
};

} // namespace ringmaster
