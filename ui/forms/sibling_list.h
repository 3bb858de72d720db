// SPDX-License-Identifier: GPL-3.0-or-later
// A result as the original web GUI listed it: one row a sibling, with a way to take its clock.
#pragma once

#include "ui/forms/rails_text.h"

#include <QScrollArea>

class QVBoxLayout;

namespace ringmaster {

class SiblingList : public QScrollArea {
    Q_OBJECT
public:
    // separator: what stands between the NAME and the object: ":" for a write, "===>" for a read.
    explicit SiblingList(const QString& separator, QWidget* parent = nullptr);

    // Shows at most maxShown rows and says how many more there are.
    void setRows(const QList<RailsRow>& rows);
    void clear() { setRows({}); }
    // The rows as they stand, "NAME"  ===>  {...}: what a person would copy.
    QStringList texts() const;

    static constexpr int maxShown = 50;

Q_SIGNALS:
    void clockTaken(const ringmaster::Clock& clock);

private:
    void addRow(const RailsRow& row);
    void addFooter(const QList<RailsRow>& rows);

    QString m_separator;
    QList<RailsRow> m_rows;
    QVBoxLayout* m_layout;
};

} // namespace ringmaster
