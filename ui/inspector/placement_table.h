// SPDX-License-Identifier: GPL-3.0-or-later
// The view of a PlacementModel: no frame, no header, a hairline under each row, as high as its rows.
#pragma once

#include "ui/inspector/placement_model.h"
#include "ui/theme/theme.h"

#include <QStyledItemDelegate>
#include <QTableView>

namespace ringmaster {

class PlacementDelegate : public QStyledItemDelegate {
    Q_OBJECT
public:
    explicit PlacementDelegate(const Theme& theme, QObject* parent = nullptr);
    void paint(QPainter* painter, const QStyleOptionViewItem& option,
               const QModelIndex& index) const override;
    QSize sizeHint(const QStyleOptionViewItem& option, const QModelIndex& index) const override;

private:
    const Theme& m_theme;
};

class PlacementTable : public QTableView {
    Q_OBJECT
public:
    // theme must outlive the table.
    explicit PlacementTable(const Theme& theme, QWidget* parent = nullptr);
    void setRows(const QList<PlacementRow>& rows);

Q_SIGNALS:
    void nodeAsked(const QString& name);

private:
    PlacementModel* m_model;
};

} // namespace ringmaster
