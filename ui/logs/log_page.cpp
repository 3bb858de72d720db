// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/logs/log_page.h"

#include "ui/logs/log_colours.h"
#include "ui/session/words.h"
#include "ui/theme/style_sheet.h"

#include <QButtonGroup>
#include <QCheckBox>
#include <QHBoxLayout>
#include <QLabel>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QScrollBar>
#include <QVBoxLayout>

namespace ringmaster {
namespace {

constexpr int readEveryMs = 500;

} // namespace

LogPage::LogPage(const Theme& theme, QWidget* parent)
    : QWidget(parent)
    , m_subtitle(makeLabel(tr("No node's log can be seen from here."), QStringLiteral("secondary"), this))
    , m_choices(new QHBoxLayout)
    , m_group(new QButtonGroup(this))
    , m_follow(new QCheckBox(tr("Follow the end"), this))
    , m_text(new QPlainTextEdit(this))
{
    m_text->setReadOnly(true);
    m_text->setMaximumBlockCount(mostLines);
    m_text->setLineWrapMode(QPlainTextEdit::NoWrap);
    m_text->setTabChangesFocus(true);
    m_text->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    m_text->setObjectName(QStringLiteral("logText"));
    m_text->setAccessibleName(tr("Log"));
    new LogColours(theme, m_text->document());
    m_follow->setChecked(true);
    m_choices->setSpacing(4);
    auto* bar = new QHBoxLayout;
    bar->addLayout(m_choices);
    bar->addStretch(1);
    bar->addWidget(m_follow);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(24, 14, 24, 16);
    layout->setSpacing(4);
    layout->addWidget(makeLabel(tr("Logs"), QStringLiteral("title"), this));
    layout->addWidget(m_subtitle);
    layout->addSpacing(8);
    layout->addLayout(bar);
    layout->addSpacing(4);
    layout->addWidget(m_text, 1);
    m_timer.setInterval(readEveryMs);
    connect(&m_timer, &QTimer::timeout, this, &LogPage::readOn);
    connect(m_follow, &QCheckBox::toggled, this, &LogPage::readOn);
}

void LogPage::setProcesses(const QList<ProcessFacts>& processes)
{
    for (const ProcessFacts& process : processes) {
        if (!m_files.contains(process.name)) {
            m_files.insert(process.name, process.logFile);
            addChoice(process.name);
        }
    }
    if (m_node.isEmpty() && !processes.isEmpty())
        showLog(processes.first().name);
}

void LogPage::showLog(const QString& node)
{
    if (node == m_node || !m_files.contains(node))
        return;
    m_node = node;
    m_tail = LogTail(m_files.value(node));
    m_subtitle->setText(m_tail.path());
    m_text->clear();
    for (QAbstractButton* button : m_group->buttons())
        button->setChecked(button->text() == node);
    readOn();
}

void LogPage::showEvent(QShowEvent* event)
{
    QWidget::showEvent(event);
    readOn();
    m_timer.start();
}

void LogPage::hideEvent(QHideEvent* event)
{
    QWidget::hideEvent(event);
    m_timer.stop();
}

void LogPage::addChoice(const QString& node)
{
    auto* button = new QPushButton(node, this);
    button->setCheckable(true);
    button->setProperty("kind", QStringLiteral("choice"));
    m_group->addButton(button);
    m_choices->addWidget(button);
    connect(button, &QPushButton::clicked, this, [this, node] { showLog(node); });
}

void LogPage::readOn()
{
    const QStringList lines = m_tail.takeNew();
    if (m_tail.restarted())
        m_text->clear();
    if (!lines.isEmpty())
        m_text->appendPlainText(visibleLines(lines.join(QLatin1Char('\n'))));
    if (m_follow->isChecked())
        m_text->verticalScrollBar()->setValue(m_text->verticalScrollBar()->maximum());
}

} // namespace ringmaster
