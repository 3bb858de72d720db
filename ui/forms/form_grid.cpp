// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/forms/form_grid.h"

#include "ui/theme/style_sheet.h"

#include <QGridLayout>
#include <QLabel>
#include <QLineEdit>

namespace ringmaster {

FormGrid::FormGrid(QGridLayout* layout, QWidget* parent)
    : m_layout(layout)
    , m_parent(parent)
{
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setHorizontalSpacing(12);
    layout->setVerticalSpacing(4);
    layout->setColumnMinimumWidth(0, 84);
    layout->setColumnStretch(1, 1);
}

QLineEdit* FormGrid::addLine(const QString& label, const QString& name, bool data)
{
    auto* edit = new QLineEdit(m_parent);
    if (data)
        edit->setProperty("data", QStringLiteral("true"));
    addField(label, name, edit);
    return edit;
}

void FormGrid::addField(const QString& label, const QString& name, QWidget* field)
{
    auto* words = makeLabel(label, QStringLiteral("secondary"), m_parent);
    words->setBuddy(field);
    field->setObjectName(name);
    field->setAccessibleName(label);
    auto* error = makeLabel({}, QStringLiteral("bad"), m_parent);
    error->setWordWrap(true);
    error->setObjectName(name + QStringLiteral("Error"));
    error->hide();
    m_layout->addWidget(words, m_row, 0, Qt::AlignVCenter);
    m_layout->addWidget(field, m_row, 1);
    m_layout->addWidget(error, m_row + 1, 1);
    m_errors.insert(field, error);
    m_row += 2;
}

void FormGrid::addHeading(const QString& text)
{
    auto* heading = makeLabel(text, QStringLiteral("secondary"), m_parent);
    heading->setMinimumHeight(20);
    m_layout->addWidget(heading, m_row, 0, 1, 2, Qt::AlignBottom);
    ++m_row;
}

void FormGrid::setError(QWidget* field, const QString& message)
{
    QLabel* label = m_errors.value(field);
    label->setText(message);
    label->setVisible(!message.isEmpty());
    field->setAccessibleDescription(message);
    setLook(field, "wrong", message.isEmpty() ? QStringLiteral("false") : QStringLiteral("true"));
}

QString FormGrid::error(const QWidget* field) const
{
    return m_errors.value(field)->text();
}

bool FormGrid::hasErrors() const
{
    for (const QLabel* label : m_errors) {
        if (!label->text().isEmpty())
            return true;
    }
    return false;
}

void FormGrid::clearErrors()
{
    for (auto it = m_errors.cbegin(); it != m_errors.cend(); ++it)
        setError(const_cast<QWidget*>(it.key()), {});
}

} // namespace ringmaster
