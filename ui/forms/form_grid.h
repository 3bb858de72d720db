// SPDX-License-Identifier: GPL-3.0-or-later
// Lays out labelled fields one below another, each with room for an error in words beneath it.
#pragma once

#include <QHash>
#include <QString>

class QGridLayout;
class QLabel;
class QLineEdit;
class QWidget;

namespace ringmaster {

class FormGrid {
public:
    // Fills columns 0 and 1 of layout, whose widget is parent.
    FormGrid(QGridLayout* layout, QWidget* parent);

    // A field of one line. data: shown in fixed pitch.
    QLineEdit* addLine(const QString& label, const QString& name, bool data);
    void addField(const QString& label, const QString& name, QWidget* field);
    void addHeading(const QString& text);
    int rows() const { return m_row; }

    // An empty message takes the error away.
    void setError(QWidget* field, const QString& message);
    QString error(const QWidget* field) const;
    bool hasErrors() const;
    void clearErrors();

private:
    QGridLayout* m_layout;
    QWidget* m_parent;
    QHash<const QWidget*, QLabel*> m_errors;
    int m_row = 0;
};

} // namespace ringmaster
