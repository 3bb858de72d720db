// SPDX-License-Identifier: GPL-3.0-or-later
// The window: holds the parts together. Every change of the cluster comes in as one ClusterFacts and is
// handed to all parts; every wish of a part goes to the source or changes the selection.
#pragma once

#include "ui/inspector/key_probe.h"
#include "ui/session/cluster_facts.h"
#include "ui/session/cluster_source.h"
#include "ui/shell/selection.h"
#include "ui/theme/theme.h"

#include <QMainWindow>
#include <QTimer>

#include <functional>

class QStackedWidget;

namespace ringmaster {

class DataDock;
class InspectorPanel;
class LogPage;
class NodePanel;
class PageList;
class RingPage;
class StartPage;
class StatusLine;
class TopBar;

class MainWindow : public QMainWindow {
    Q_OBJECT
public:
    // Both must outlive the window. Starts the source.
    MainWindow(ClusterSource& source, Theme& theme, QWidget* parent = nullptr);
    ~MainWindow() override;

    const ClusterFacts& facts() const { return m_facts; }
    const Selection& selection() const { return m_selection; }
    void select(const Selection& selection);

protected:
    void closeEvent(QCloseEvent* event) override;

private:
    enum Page { RingPageNumber, LogPageNumber };

    void build();
    QWidget* buildLeft();
    QWidget* buildMiddle();
    void connectParts();
    void addShortcuts();
    void shortcut(const QString& keys, const std::function<void()>& act);

    void takeChange();
    void showFacts();
    void showPhase();
    void showSelection();
    void showMarks();
    void showPage(int page);
    void showLog(const QString& node);
    void keyShown(const Key& key, const ClientValue& value);
    void findKey(const QString& text);
    void refreshProbe();
    void closeNow();

    ClusterSource& m_source;
    Theme& m_theme;
    ClusterFacts m_facts;
    NodeHues m_hues;
    Selection m_selection;
    KeyProbe m_probe;
    QTimer m_second;
    bool m_everRan = false; // the pages have been shown
    bool m_mayClose = false;

    TopBar* m_top = nullptr;
    PageList* m_pageList = nullptr;
    NodePanel* m_nodes = nullptr;
    QStackedWidget* m_whole = nullptr; // the start page, or all the rest
    StartPage* m_start = nullptr;
    QStackedWidget* m_pages = nullptr;
    RingPage* m_ringPage = nullptr;
    LogPage* m_logPage = nullptr;
    InspectorPanel* m_inspector = nullptr;
    DataDock* m_dock = nullptr;
    StatusLine* m_status = nullptr;
};

} // namespace ringmaster
