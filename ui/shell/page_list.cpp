// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/shell/page_list.h"

#include <QButtonGroup>
#include <QPushButton>
#include <QVBoxLayout>

namespace ringmaster {

PageList::PageList(QWidget* parent)
    : QWidget(parent)
    , m_group(new QButtonGroup(this))
    , m_layout(new QVBoxLayout(this))
{
    m_layout->setContentsMargins(10, 8, 10, 0);
    m_layout->setSpacing(6);
    connect(m_group, &QButtonGroup::idClicked, this, &PageList::pageAsked);
}

void PageList::addPage(const QString& name)
{
    const int page = static_cast<int>(m_group->buttons().size());
    auto* button = new QPushButton(name, this);
    button->setProperty("kind", QStringLiteral("nav"));
    button->setCheckable(true);
    button->setShortcut(QKeySequence(Qt::CTRL | static_cast<Qt::Key>(Qt::Key_1 + page)));
    button->setToolTip(QStringLiteral("Ctrl+%1").arg(page + 1));
    m_group->addButton(button, page);
    m_layout->addWidget(button);
}

void PageList::setCurrent(int page)
{
    if (QAbstractButton* button = m_group->button(page))
        button->setChecked(true);
}

} // namespace ringmaster
