// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/shell/start_page.h"

#include "ui/nodes/node_delegate.h"
#include "ui/nodes/node_list_model.h"
#include "ui/theme/style_sheet.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QListView>
#include <QPlainTextEdit>
#include <QPushButton>
#include <QVBoxLayout>

#include <algorithm>

namespace ringmaster {
namespace {

constexpr int columnWidth = 560;

} // namespace

StartPage::StartPage(const Theme& theme, QWidget* parent)
    : QWidget(parent)

    , m_title(makeLabel({}, QStringLiteral("title"), this))
    , m_words(makeLabel({}, QStringLiteral("secondary"), this))
    , m_nodes(new NodeListModel(this))
    , m_list(new QListView(this))
    , m_problem(new QPlainTextEdit(this))
    , m_retry(new QPushButton(tr("Try again"), this))
    , m_goOn(new QPushButton(tr("Go on with what runs"), this))
{
    m_words->setWordWrap(true);
    for (QLabel* label : {m_title, m_words})
        label->setSizePolicy(QSizePolicy::Preferred, QSizePolicy::Fixed);
    m_words->setTextInteractionFlags(Qt::TextSelectableByMouse);
    m_list->setModel(m_nodes);
    m_list->setItemDelegate(new NodeDelegate(theme, m_list));
    m_list->setFocusPolicy(Qt::NoFocus);
    m_list->setSelectionMode(QAbstractItemView::NoSelection);
    m_list->setAccessibleName(tr("Nodes"));
    m_problem->setReadOnly(true);
    m_problem->setAccessibleName(tr("What went wrong"));
    m_problem->setObjectName(QStringLiteral("startProblem"));
    m_problem->setTextInteractionFlags(Qt::TextSelectableByMouse | Qt::TextSelectableByKeyboard);
    m_problem->setTabChangesFocus(true);
    m_problem->setMinimumHeight(160);
    m_retry->setProperty("kind", QStringLiteral("primary"));
    auto* column = new QWidget(this);
    column->setMaximumWidth(columnWidth);
    auto* inner = new QVBoxLayout(column);
    inner->setContentsMargins(24, 24, 24, 24);
    inner->setSpacing(8);
    inner->addWidget(m_title);
    inner->addWidget(m_words);
    inner->addSpacing(8);
    inner->addWidget(m_list, 1);
    inner->addWidget(m_problem, 1);
    auto* buttons = new QHBoxLayout;
    buttons->addWidget(m_retry);
    buttons->addWidget(m_goOn);
    buttons->addStretch(1);
    inner->addLayout(buttons);
    inner->addStretch(0);
    auto* layout = new QHBoxLayout(this);
    layout->addStretch(1);
    auto* middle = new QVBoxLayout;
    middle->addStretch(1);
    middle->addWidget(column, 2);
    middle->addStretch(1);
    layout->addLayout(middle, 4);
    layout->addStretch(1);
    connect(m_retry, &QPushButton::clicked, this, &StartPage::retryAsked);
    connect(m_goOn, &QPushButton::clicked, this, &StartPage::goOnAsked);
}

void StartPage::showStarting(const QList<NodeRow>& nodes, const QString& place, bool local)
{
    const auto next = std::find_if(nodes.begin(), nodes.end(), [](const NodeRow& row) {
        return row.state == NodeState::Starting || row.state == NodeState::Stopped;
    });
    m_title->setText(!local                ? tr("Looking for the cluster")
                     : next == nodes.end() ? tr("Forming the ring")
                                           : tr("Starting %1").arg(next->name));
    m_words->setText(local ? tr("In %1. Each node starts when the one before it serves.").arg(place)
                           : tr("At %1.").arg(place));
    showNodes(nodes);
    m_problem->hide();
    m_retry->hide();
    m_goOn->hide();
}

void StartPage::showFailed(const QList<NodeRow>& nodes, const QString& place, const QString& problem,
                           bool anyServing)
{
    m_title->setText(tr("The cluster could not be started"));
    m_words->setText(
        tr("In %1. What is stored there is kept as it is. Another folder (--dir) starts a cluster of its "
           "own, on ports that are free.")
            .arg(place));
    showNodes(nodes);
    if (m_problem->toPlainText() != problem)
        m_problem->setPlainText(problem);
    m_problem->show();
    m_retry->show();
    m_goOn->setVisible(anyServing);
}

void StartPage::showStopping(const QList<NodeRow>& nodes)
{
    m_title->setText(tr("Stopping the nodes"));
    m_words->setText(tr("Each finishes what it is doing; the window closes when none runs any more."));
    showNodes(nodes);
    m_problem->hide();
    m_retry->hide();
    m_goOn->hide();
}

void StartPage::showNodes(const QList<NodeRow>& nodes)
{
    m_nodes->setRows(nodes);
    m_list->setMaximumHeight(static_cast<int>(nodes.size()) * m_list->sizeHintForRow(0) + 2);
}

} // namespace ringmaster
