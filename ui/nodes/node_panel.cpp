// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/nodes/node_panel.h"

#include "ui/nodes/node_delegate.h"
#include "ui/theme/style_sheet.h"

#include <QAction>
#include <QHBoxLayout>
#include <QItemSelectionModel>
#include <QLabel>
#include <QListView>
#include <QMenu>
#include <QPushButton>
#include <QVBoxLayout>

namespace ringmaster {

NodePanel::NodePanel(const Theme& theme, QWidget* parent)
    : QWidget(parent)
    , m_model(new NodeListModel(this))
    , m_view(new QListView(this))
    , m_buttons(new QWidget(this))
    , m_elsewhere(makeLabel(tr("These nodes run elsewhere; they are started and stopped there."),
                            QStringLiteral("secondary"), this))
{
    buildActions();
    m_view->setModel(m_model);
    m_view->setItemDelegate(new NodeDelegate(theme, m_view));
    m_view->setObjectName(QStringLiteral("nodeList"));
    m_view->setAccessibleName(tr("Nodes"));
    m_view->setFrameShape(QFrame::NoFrame);
    m_view->setMouseTracking(true);
    m_view->setContextMenuPolicy(Qt::CustomContextMenu);
    m_view->setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    m_view->setVerticalScrollMode(QAbstractItemView::ScrollPerPixel);
    m_elsewhere->setWordWrap(true);
    m_elsewhere->setContentsMargins(8, 0, 0, 0);
    auto* buttons = new QHBoxLayout(m_buttons);
    buttons->setContentsMargins(0, 0, 0, 0);
    buttons->setSpacing(4);
    buttons->addWidget(makeButton(m_restart, QStringLiteral("small")), 3);
    buttons->addWidget(makeButton(m_stop, QStringLiteral("small")), 2);
    buttons->addWidget(makeButton(m_kill, QStringLiteral("danger")), 2);
    auto* heading = makeLabel(tr("NODES"), QStringLiteral("section"), this);
    heading->setContentsMargins(8, 0, 0, 4);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(10, 0, 10, 10);
    layout->setSpacing(4);
    layout->addWidget(heading);
    layout->addWidget(m_view, 1);
    layout->addSpacing(4);
    layout->addWidget(m_elsewhere);
    layout->addWidget(m_buttons);
    layout->addStretch(0);
    connect(m_view->selectionModel(), &QItemSelectionModel::currentChanged, this,
            [this](const QModelIndex& index) {
                updateActions();
                if (index.isValid() && !m_selecting)
                    Q_EMIT nodeAsked(index.data().toString());
            });
    connect(m_view, &QListView::clicked, this,
            [this](const QModelIndex& index) { Q_EMIT nodeAsked(index.data().toString()); });
    connect(m_view, &QWidget::customContextMenuRequested, this, &NodePanel::showMenu);
    updateActions();
}

void NodePanel::buildActions()
{
    const auto make = [this](const QString& text, const QString& name, const QKeySequence& keys,
                             auto signal) {
        auto* action = new QAction(text, this);
        action->setObjectName(name);
        action->setShortcut(keys);
        action->setShortcutContext(Qt::WindowShortcut);
        connect(action, &QAction::triggered, this, [this, signal] { Q_EMIT(this->*signal)(selected()); });
        addAction(action);
        return action;
    };
    m_restart = make(tr("Restart"), QStringLiteral("restartNode"), QKeySequence(tr("Ctrl+Shift+R")),
                     &NodePanel::restartAsked);
    m_stop =
        make(tr("Stop"), QStringLiteral("stopNode"), QKeySequence(tr("Ctrl+Shift+S")), &NodePanel::stopAsked);
    m_kill =
        make(tr("Kill"), QStringLiteral("killNode"), QKeySequence(tr("Ctrl+Shift+K")), &NodePanel::killAsked);
    m_log =
        make(tr("Show its log"), QStringLiteral("nodeLog"), QKeySequence(tr("Ctrl+L")), &NodePanel::logAsked);
    m_add = new QAction(tr("Add a node"), this);
    connect(m_add, &QAction::triggered, this, &NodePanel::addAsked);
    m_stop->setToolTip(tr("Ends the node cleanly (Ctrl+Shift+S)"));
    m_kill->setToolTip(tr("Ends the node at once, as a crash would (Ctrl+Shift+K)"));
}

QPushButton* NodePanel::makeButton(QAction* action, const QString& kind)
{
    auto* button = new QPushButton(action->text(), m_buttons);
    button->setProperty("kind", kind);
    button->setObjectName(action->objectName() + QStringLiteral("Button"));
    const auto follow = [button, action] {
        button->setText(action->text());
        button->setToolTip(action->toolTip());
        button->setEnabled(action->isEnabled());
    };
    follow();
    connect(action, &QAction::changed, button, follow);
    connect(button, &QPushButton::clicked, action, &QAction::trigger);
    return button;
}

void NodePanel::setRows(const QList<NodeRow>& rows, bool managesProcesses)
{
    m_manages = managesProcesses;
    m_model->setRows(rows);
    // As high as its rows where there is room, so that the buttons stand right below them.
    m_view->setMaximumHeight(static_cast<int>(rows.size()) * m_view->sizeHintForRow(0) + 2);
    m_buttons->setVisible(managesProcesses);
    m_elsewhere->setVisible(!managesProcesses);
    updateActions();
}

void NodePanel::select(const QString& name)
{
    m_selecting = true;
    const QModelIndex index = m_model->indexOf(name);
    if (index.isValid()) {
        m_view->setCurrentIndex(index);
    } else {
        m_view->selectionModel()->clear();
    }
    m_selecting = false;
    updateActions();
}

QString NodePanel::selected() const
{
    const QModelIndex index = m_view->currentIndex();
    return index.isValid() && m_view->selectionModel()->isSelected(index) ? index.data().toString()
                                                                          : QString();
}

void NodePanel::updateActions()
{
    const NodeRow* row = m_model->rowNamed(selected());
    const bool stoppable = m_manages && row && canStop(*row);
    const bool startable = m_manages && row && canStart(*row);
    m_stop->setEnabled(stoppable);
    m_kill->setEnabled(stoppable);
    m_restart->setEnabled(stoppable || startable);
    m_restart->setText(startable ? tr("Start") : tr("Restart"));
    m_restart->setToolTip(startable ? tr("Starts the node again (Ctrl+Shift+R)")
                                    : tr("Ends the node cleanly and starts it again (Ctrl+Shift+R)"));
    m_log->setEnabled(row && row->hasProcess);
    m_add->setEnabled(m_manages);
}

void NodePanel::showMenu(const QPoint& at)
{
    auto* menu = new QMenu(this);
    menu->setAttribute(Qt::WA_DeleteOnClose);
    menu->addActions({m_restart, m_stop, m_kill});
    menu->addSeparator();
    menu->addActions({m_log, m_add});
    menu->popup(m_view->viewport()->mapToGlobal(at));
}

} // namespace ringmaster
