// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/inspector/placement_model.h"

namespace ringmaster {

void PlacementModel::setRows(const QList<PlacementRow>& rows)
{
    if (rows == m_rows)
        return;
    if (rows.size() != m_rows.size()) {
        beginResetModel();
        m_rows = rows;
        endResetModel();
        return;
    }
    m_rows = rows;
    Q_EMIT dataChanged(index(0, 0), index(static_cast<int>(rows.size()) - 1, ColumnCount - 1));
}

int PlacementModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_rows.size());
}

int PlacementModel::columnCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : ColumnCount;
}

QVariant PlacementModel::data(const QModelIndex& index, int role) const
{
    if (!index.isValid() || index.row() >= m_rows.size())
        return {};
    const PlacementRow& row = m_rows.at(index.row());
    if (role == RowRole)
        return QVariant::fromValue(row);
    if (role != Qt::DisplayRole)
        return {};
    switch (index.column()) {
    case Node:
        return row.node;
    case Role:
        return row.role;
    case Versions:
        return row.versions.join(QStringLiteral(" · "));
    case Stands:
        return standingWords(row);
    default:
        return {};
    }
}

QVariant PlacementModel::headerData(int section, Qt::Orientation orientation, int role) const
{
    if (orientation != Qt::Horizontal || role != Qt::DisplayRole)
        return {};
    const QStringList names{tr("Node"), tr("Role"), tr("Versions"), tr("State")};
    return names.value(section);
}

} // namespace ringmaster
