// SPDX-License-Identifier: GPL-3.0-or-later
// The nodes, one a row. Takes whole lists of rows and tells views only what differs, so that a selection
// outlives every update. Rows are matched by name.
#pragma once

#include "ui/nodes/node_row.h"

#include <QAbstractListModel>

namespace ringmaster {

class NodeListModel : public QAbstractListModel {
    Q_OBJECT
public:
    enum Role { RowRole = Qt::UserRole + 1 };

    using QAbstractListModel::QAbstractListModel;

    void setRows(const QList<NodeRow>& rows); // sorted as nodeRows() sorts them
    const QList<NodeRow>& rows() const { return m_rows; }
    const NodeRow* rowNamed(const QString& name) const; // valid until the next setRows()
    QModelIndex indexOf(const QString& name) const;

    int rowCount(const QModelIndex& parent = {}) const override;
    QVariant data(const QModelIndex& index, int role) const override;

private:
    QList<NodeRow> m_rows;
};

} // namespace ringmaster

Q_DECLARE_METATYPE(ringmaster::NodeRow)
