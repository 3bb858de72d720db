// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/shell/main_window.h"

#include "ui/forms/data_dock.h"
#include "ui/forms/form_checks.h"
#include "ui/inspector/inspector_panel.h"
#include "ui/logs/log_page.h"
#include "ui/nodes/node_panel.h"
#include "ui/ring/ring_page.h"
#include "ui/session/words.h"
#include "ui/shell/leave_prompt.h"
#include "ui/shell/page_list.h"
#include "ui/shell/start_page.h"
#include "ui/shell/status_line.h"
#include "ui/shell/top_bar.h"
#include "ui/theme/style_sheet.h"

#include <QCloseEvent>
#include <QIcon>
#include <QScreen>
#include <QShortcut>
#include <QSplitter>
#include <QStackedWidget>
#include <QVBoxLayout>

namespace ringmaster {
namespace {

constexpr int leftWidth = 168;

QFrame* makeRule(const char* direction, QWidget* parent)
{
    auto* rule = new QFrame(parent);
    rule->setProperty("rule", QString::fromLatin1(direction));
    return rule;
}

QStringList runningNames(const QList<ProcessFacts>& processes)
{
    QStringList names;
    for (const ProcessFacts& process : processes) {
        if (isRunning(process.state))
            names.append(process.name);
    }
    return names;
}

} // namespace

MainWindow::MainWindow(ClusterSource& source, Theme& theme, QWidget* parent)
    : QMainWindow(parent)
    , m_source(source)
    , m_theme(theme)
    , m_probe(source.port())
{
    setWindowTitle(tr("Ringmaster"));
    setWindowIcon(QIcon(QStringLiteral(":/ringmaster/icon.png")));
    setMinimumSize(920, 600);
    resize(QSize(1440, 900).boundedTo(screen()->availableGeometry().size()).expandedTo(minimumSize()));
    build();
    connectParts();
    addShortcuts();
    m_theme.dress(this);
    connect(&m_theme, &Theme::changed, this, [this] { m_theme.dress(this); });
    m_second.setInterval(1000);
    connect(&m_second, &QTimer::timeout, this, [this] {
        takeChange(); // "Down 12 s" goes on counting
        refreshProbe();
    });
    m_second.start();
    takeChange();
    m_source.start();
}

MainWindow::~MainWindow() = default;

void MainWindow::build()
{
    auto* central = new QWidget(this);
    auto* layout = new QVBoxLayout(central);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(0);
    m_top = new TopBar(m_theme, central);
    m_status = new StatusLine(m_theme, central);
    auto* body = new QWidget(central);
    auto* columns = new QHBoxLayout(body);
    columns->setContentsMargins(0, 0, 0, 0);
    columns->setSpacing(0);
    columns->addWidget(buildLeft());
    columns->addWidget(makeRule("down", body));
    columns->addWidget(buildMiddle(), 1);
    m_start = new StartPage(m_theme, central);
    m_whole = new QStackedWidget(central);
    m_whole->addWidget(m_start);
    m_whole->addWidget(body);
    layout->addWidget(m_top);
    layout->addWidget(makeRule("across", central));
    layout->addWidget(m_whole, 1);
    layout->addWidget(makeRule("across", central));
    layout->addWidget(m_status);
    setCentralWidget(central);
    m_pageList->addPage(tr("Ring"));
    if (m_source.managesProcesses())
        m_pageList->addPage(tr("Logs"));
    showPage(RingPageNumber);
    // Else the button for the theme would be the first to have it: the others cannot be used yet.
    m_start->setFocusPolicy(Qt::ClickFocus);
    m_start->setFocus();
}

QWidget* MainWindow::buildLeft()
{
    auto* left = new QWidget(this);
    left->setProperty("ground", QStringLiteral("panel"));
    left->setAttribute(Qt::WA_StyledBackground);
    left->setFixedWidth(leftWidth);
    m_pageList = new PageList(left);
    m_nodes = new NodePanel(m_theme, left);
    auto* layout = new QVBoxLayout(left);
    layout->setContentsMargins(0, 0, 0, 0);
    layout->setSpacing(20);
    layout->addWidget(m_pageList);
    layout->addWidget(m_nodes, 1);
    return left;
}

QWidget* MainWindow::buildMiddle()
{
    m_ringPage = new RingPage(m_theme, this);
    m_logPage = new LogPage(m_theme, this);
    m_pages = new QStackedWidget(this);
    m_pages->addWidget(m_ringPage);
    m_pages->addWidget(m_logPage);
    m_inspector = new InspectorPanel(m_theme, this);
    auto* across = new QSplitter(Qt::Horizontal, this);
    across->addWidget(m_pages);
    across->addWidget(m_inspector);
    across->setStretchFactor(0, 3);
    across->setStretchFactor(1, 1);
    across->setSizes({742, 528});
    m_dock = new DataDock(m_source.port(), m_theme, this);
    auto* down = new QSplitter(Qt::Vertical, this);
    down->addWidget(across);
    down->addWidget(m_dock);
    down->setStretchFactor(0, 1);
    down->setStretchFactor(1, 0);
    down->setSizes({536, 282});
    for (QSplitter* splitter : {across, down}) {
        splitter->setHandleWidth(1);
        splitter->setChildrenCollapsible(false);
    }
    return down;
}

void MainWindow::connectParts()
{
    connect(&m_source, &ClusterSource::changed, this, &MainWindow::takeChange);
    connect(&m_source, &ClusterSource::refused, m_status, &StatusLine::say);
    connect(m_start, &StartPage::retryAsked, &m_source, &ClusterSource::start);
    connect(m_start, &StartPage::goOnAsked, this, [this] {
        m_everRan = true;
        showPhase();
    });
    connect(m_top, &TopBar::keyAsked, this, &MainWindow::findKey);
    connect(m_top, &TopBar::addAsked, &m_source, &ClusterSource::addNode);
    connect(m_pageList, &PageList::pageAsked, this, &MainWindow::showPage);
    const auto selectNode = [this](const QString& name) { select(SelectedNode{name}); };
    connect(m_nodes, &NodePanel::nodeAsked, this, selectNode);
    connect(m_nodes, &NodePanel::stopAsked, &m_source, &ClusterSource::stopNode);
    connect(m_nodes, &NodePanel::killAsked, &m_source, &ClusterSource::killNode);
    connect(m_nodes, &NodePanel::restartAsked, &m_source, &ClusterSource::restartNode);
    connect(m_nodes, &NodePanel::addAsked, &m_source, &ClusterSource::addNode);
    connect(m_nodes, &NodePanel::logAsked, this, &MainWindow::showLog);
    RingWidget* ring = m_ringPage->ring();
    connect(ring, &RingWidget::nodeAsked, this, selectNode);
    connect(ring, &RingWidget::rangeAsked, this, [this](Slot last) { select(SelectedRange{last}); });
    connect(ring, &RingWidget::clearAsked, this, [this] { select({}); });
    connect(m_inspector, &InspectorPanel::nodeAsked, this, selectNode);
    connect(m_inspector, &InspectorPanel::logAsked, this, &MainWindow::showLog);
    connect(m_dock, &DataDock::keyShown, this, &MainWindow::keyShown);
    connect(&m_probe, &KeyProbe::changed, this, &MainWindow::showSelection);
}

void MainWindow::addShortcuts()
{
    shortcut(tr("Ctrl+K"), [this] { m_top->focusFind(); });
    shortcut(tr("Ctrl+T"), [this] { m_theme.toggle(); });
    shortcut(tr("Ctrl+N"), [this] { m_source.addNode(); });
    shortcut(tr("Ctrl+S"), [this] { m_dock->writeForm()->focusKey(); });
    shortcut(tr("Ctrl+R"), [this] { m_dock->readForm()->focusKey(); });
    shortcut(tr("Ctrl+Q"), [this] { close(); });
}

void MainWindow::shortcut(const QString& keys, const std::function<void()>& act)
{
    connect(new QShortcut(QKeySequence(keys), this), &QShortcut::activated, this, act);
}

void MainWindow::select(const Selection& selection)
{
    m_selection = selection;
    const Key* key = std::get_if<Key>(&m_selection);
    if (!key)
        m_probe.clear();
    else if (m_probe.key() != *key)
        m_probe.look(*key);
    showSelection();
}

void MainWindow::closeEvent(QCloseEvent* event)
{
    const QStringList running = runningNames(m_source.processes());
    if (m_mayClose || running.isEmpty() || !m_source.managesProcesses())
        return event->accept();
    event->ignore();
    if (m_source.phase() == ClusterSource::Phase::Stopping || findChild<LeavePrompt*>())
        return;
    auto* prompt = new LeavePrompt(running, this);
    connect(prompt, &LeavePrompt::stayAsked, this, &MainWindow::closeNow);
    connect(prompt, &LeavePrompt::stopAsked, &m_source, &ClusterSource::stopAll);
    prompt->open();
}

void MainWindow::takeChange()
{
    const QList<ProcessFacts> processes = m_source.processes();
    m_facts.snapshot = m_source.snapshot();
    m_facts.managesProcesses = m_source.managesProcesses();
    QStringList names;
    for (const MemberSnapshot& member : m_facts.snapshot.members)
        names.append(member.name);
    for (const ProcessFacts& process : processes)
        names.append(process.name);
    m_hues.meet(names);
    m_facts.nodes = nodeRows(m_facts.snapshot, processes, m_hues, m_source.snapshotAgeMs());
    m_facts.picture = ringPicture(m_facts.snapshot, m_hues);
    m_logPage->setProcesses(processes);
    showFacts();
    showPhase();
    if (m_source.phase() == ClusterSource::Phase::Stopped)
        closeNow();
}

void MainWindow::showFacts()
{
    m_top->setFacts(m_facts, m_source.place());
    m_nodes->setRows(m_facts.nodes, m_facts.managesProcesses);
    m_ringPage->setFacts(m_facts);
    m_dock->setFacts(m_facts);
    m_status->setSnapshot(m_facts.snapshot);
    showSelection();
}

void MainWindow::showPhase()
{
    using Phase = ClusterSource::Phase;
    const Phase phase = m_source.phase();
    const bool ready = m_facts.snapshot.connected && !m_facts.picture.isEmpty();
    m_everRan = m_everRan || (phase == Phase::Running && ready);
    const bool stopping = phase == Phase::Stopping || phase == Phase::Stopped;
    if (stopping)
        m_start->showStopping(m_facts.nodes);
    else if (phase == Phase::Failed)
        m_start->showFailed(m_facts.nodes, m_source.place(), m_source.problem(), m_facts.snapshot.connected);
    else
        m_start->showStarting(m_facts.nodes, m_source.place(), m_facts.managesProcesses);
    const int shown = m_everRan && !stopping ? 1 : 0;
    const bool begins = shown == 1 && m_whole->currentIndex() == 0;
    m_whole->setCurrentIndex(shown);
    m_top->setUsable(shown == 1);
    if (begins)
        m_ringPage->ring()->setFocus();
}

void MainWindow::showSelection()
{
    if (const Key* key = std::get_if<Key>(&m_selection)) {
        KeyInspection inspection = inspectKey(*key, m_facts, m_probe.placement(), m_probe.value());
        inspection.problem = m_probe.problem();
        m_inspector->showKey(inspection);
    } else if (const auto* node = std::get_if<SelectedNode>(&m_selection)) {
        m_inspector->showNode(node->name, m_facts);
    } else if (const auto* range = std::get_if<SelectedRange>(&m_selection)) {
        m_inspector->showRange(range->last, m_facts);
    } else {
        m_inspector->showNothing();
    }
    showMarks();
}

void MainWindow::showMarks()
{
    RingMarks marks;
    QString nodeName;
    if (const Key* key = std::get_if<Key>(&m_selection)) {
        marks.key =
            MarkedKey{visibleBytes(key->bytes()), positionIn(m_facts, *key), primariesOf(m_facts, *key)};
    } else if (const auto* node = std::get_if<SelectedNode>(&m_selection)) {
        nodeName = node->name;
        marks.member = m_facts.picture.memberNamed(node->name);
    } else if (const auto* range = std::get_if<SelectedRange>(&m_selection)) {
        marks.span = m_facts.picture.spanAt(range->last);
        if (marks.span >= 0)
            nodeName = m_facts.picture.members.at(m_facts.picture.spans.at(marks.span).member).name;
    }
    m_nodes->select(nodeName);
    m_ringPage->ring()->setMarks(marks);
}

void MainWindow::showPage(int page)
{
    m_pages->setCurrentIndex(page);
    m_pageList->setCurrent(page);
}

void MainWindow::showLog(const QString& node)
{
    m_logPage->showLog(node);
    showPage(LogPageNumber);
}

void MainWindow::keyShown(const Key& key, const ClientValue& value)
{
    m_selection = key;
    m_probe.look(key, value);
}

void MainWindow::findKey(const QString& text)
{
    const Result<Key> key = checkKey(text);
    if (!key)
        return m_status->say(key.error().message);
    showPage(RingPageNumber);
    m_dock->setKey(text);
    select(*key);
}

void MainWindow::refreshProbe()
{
    if (std::holds_alternative<Key>(m_selection) && m_facts.snapshot.connected)
        m_probe.refresh();
}

void MainWindow::closeNow()
{
    m_mayClose = true;
    close();
}

} // namespace ringmaster
