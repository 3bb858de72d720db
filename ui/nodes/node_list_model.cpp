// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/nodes/node_list_model.h"

#include <algorithm>

namespace ringmaster {

void NodeListModel::setRows(const QList<NodeRow>& rows)
{
    const auto hasName = [](const QList<NodeRow>& list, const QString& name) {
        return std::any_of(list.begin(), list.end(), [&](const NodeRow& row) { return row.name == name; });
    };
    for (int at = static_cast<int>(m_rows.size()) - 1; at >= 0; --at) {
        if (hasName(rows, m_rows.at(at).name))
            continue;
        beginRemoveRows({}, at, at);
        m_rows.removeAt(at);
        endRemoveRows();
    }
    for (int at = 0; at < rows.size(); ++at) {
        if (at >= m_rows.size() || m_rows.at(at).name != rows.at(at).name) {
            beginInsertRows({}, at, at);
            m_rows.insert(at, rows.at(at));
            endInsertRows();
        } else if (m_rows.at(at) != rows.at(at)) {
            m_rows[at] = rows.at(at);
            Q_EMIT dataChanged(index(at), index(at));
        }
    }
}

const NodeRow* NodeListModel::rowNamed(const QString& name) const
{
    const auto found =
        std::find_if(m_rows.begin(), m_rows.end(), [&](const NodeRow& row) { return row.name == name; });
    return found == m_rows.end() ? nullptr : &*found;
}

QModelIndex NodeListModel::indexOf(const QString& name) const
{
    const NodeRow* row = rowNamed(name);
    return row ? index(static_cast<int>(row - m_rows.constData())) : QModelIndex();
}

int NodeListModel::rowCount(const QModelIndex& parent) const
{
    return parent.isValid() ? 0 : static_cast<int>(m_rows.size());
}

QVariant NodeListModel::data(const QModelIndex& index, int role) const
{
    if (!index.isValid() || index.row() >= m_rows.size())
        return {};
    const NodeRow& row = m_rows.at(index.row());
    switch (role) {
    case Qt::DisplayRole:
        return row.name;
    case Qt::AccessibleTextRole:
        return QStringList{row.name, stateWords(row), row.address, loadWords(row)}.join(QStringLiteral(", "));
    case RowRole:
        return QVariant::fromValue(row);
    default:
        return {};
    }
}

} // namespace ringmaster
