// SPDX-License-Identifier: GPL-3.0-or-later
// The replicas of a key or a range as a table: node, role, the versions it holds, how it stands.
#pragma once

#include "ui/inspector/key_inspection.h"

#include <QAbstractTableModel>

namespace ringmaster {

class PlacementModel : public QAbstractTableModel {
    Q_OBJECT
public:
    enum Column { Node, Role, Versions, Stands, ColumnCount };
    enum { RowRole = Qt::UserRole + 1 };

    using QAbstractTableModel::QAbstractTableModel;

    void setRows(const QList<PlacementRow>& rows);

    int rowCount(const QModelIndex& parent = {}) const override;
    int columnCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;
    QVariant headerData(int section, Qt::Orientation orientation, int role) const override;

private:
    QList<PlacementRow> m_rows;
};

} // namespace ringmaster

Q_DECLARE_METATYPE(ringmaster::PlacementRow)
