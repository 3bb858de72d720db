// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/forms/data_dock.h"

#include "ui/theme/style_sheet.h"

#include <QGridLayout>
#include <QLabel>

namespace ringmaster {

DataDock::DataDock(KeyValuePort& port, const Theme& theme, QWidget* parent)
    : QWidget(parent)
    , m_write(new WriteForm(port, theme, this))
    , m_read(new ReadForm(port, theme, this))
{
    setProperty("ground", QStringLiteral("panel"));
    setAttribute(Qt::WA_StyledBackground);
    auto* rule = new QFrame(this);
    rule->setProperty("rule", QStringLiteral("down"));
    auto* layout = new QGridLayout(this);
    layout->setContentsMargins(24, 12, 24, 12);
    layout->setHorizontalSpacing(24);
    layout->setVerticalSpacing(8);
    layout->addWidget(makeLabel(tr("Write"), QStringLiteral("strong"), this), 0, 0);
    layout->addWidget(makeLabel(tr("Read"), QStringLiteral("strong"), this), 0, 2);
    layout->addWidget(m_write, 1, 0);
    layout->addWidget(rule, 0, 1, 2, 1);
    layout->addWidget(m_read, 1, 2);
    layout->setColumnStretch(0, 1);
    layout->setColumnStretch(2, 1);
    layout->setRowStretch(1, 1);
    connect(m_write, &WriteForm::written, this, &DataDock::keyShown);
    connect(m_read, &ReadForm::gotValue, this, &DataDock::keyShown);
    connect(m_read, &ReadForm::gotValue, m_write, &WriteForm::remember);
    // Each follows the other when a request is sent, not when it is answered: by then something else may have
    // been typed.
    connect(m_write, &WriteForm::asked, m_read, &ReadForm::setKey);
    connect(m_read, &ReadForm::asked, m_write, &WriteForm::followKey);
    connect(m_read, &ReadForm::clockTaken, m_write, &WriteForm::useClock);
}

void DataDock::setFacts(const ClusterFacts& facts)
{
    m_write->setFacts(facts);
    m_read->setFacts(facts);
}

void DataDock::setKey(const QString& key)
{
    m_write->setKey(key);
    m_read->setKey(key);
}

} // namespace ringmaster
