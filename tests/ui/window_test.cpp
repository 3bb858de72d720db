// SPDX-License-Identifier: GPL-3.0-or-later
// The window on a cluster of real ringnode processes, used as a person would use it.
#include "nodecore/supervise/local_cluster.h"
#include "tests/ui/screenshots.h"
#include "ui/forms/sibling_list.h"
#include "ui/nodes/node_panel.h"
#include "ui/ring/ring_widget.h"
#include "ui/session/local_source.h"
#include "ui/session/remote_source.h"
#include "ui/shell/main_window.h"

#include <QFileInfo>
#include <QLabel>
#include <QLineEdit>
#include <QPlainTextEdit>
#include <QProcess>
#include <QPushButton>
#include <QTemporaryDir>
#include <QTest>

using namespace ringmaster;

namespace {

constexpr int patienceMs = 30000;

LocalClusterSpec specIn(const QString& folder)
{
    LocalClusterSpec spec;
    spec.folder = folder;
    spec.cluster = QStringLiteral("demo");
    spec.nodes = 3;
    spec.basePort = 0;
    spec.peerBasePort = 0;
    spec.program = QStringLiteral(RINGMASTER_BIN_DIR "/ringnode");
    return spec;
}

} // namespace

class WindowTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void cleanupTestCase();

    void threeNodesComeUpAndEveryKeyCanBeReadAndWritten();
    void aWriteIsTypedAndClickedAndShowsItsRow();
    void aReadShowsTheSameRow();
    void aSecondWriteWithoutAClockMakesASibling();
    void aWriteWithAllClocksLeavesOneValue();
    void aKilledNodeIsSaidInTheListAndOnTheRing();
    void theLogOfANodeIsShown();
    void anAttachedSourceFollowsTheSameCluster();
    void theKilledNodeStartsAgain();
    void anUnknownOptionEndsWithTwo();

private:
    template <class T>
    T* part(const char* name) const
    {
        return m_window->findChild<T*>(QString::fromLatin1(name));
    }
    void press(const char* name) { QTest::mouseClick(part<QPushButton>(name), Qt::LeftButton); }
    void type(const char* field, const QString& text);
    void write(const QString& key, const QString& value);
    QStringList read(const QString& key);
    QStringList jsonShown(const char* list) const;
    QString nodeWords(const char* name) const;
    void shoot(const QString& name);

    std::unique_ptr<QTemporaryDir> m_folder;
    std::unique_ptr<LocalSource> m_source;
    std::unique_ptr<Theme> m_theme;
    std::unique_ptr<MainWindow> m_window;
};

void WindowTest::initTestCase()
{
    if (!QFileInfo(QStringLiteral(RINGMASTER_BIN_DIR "/ringnode")).isExecutable())
        QSKIP("ringnode is not built");
    m_folder = std::make_unique<QTemporaryDir>();
    QVERIFY(m_folder->isValid());
    m_theme = std::make_unique<Theme>(ThemeMode::Light);
    m_source = std::make_unique<LocalSource>(specIn(m_folder->filePath(QStringLiteral("cluster"))));
    m_window = std::make_unique<MainWindow>(*m_source, *m_theme);
    m_window->show();
    QVERIFY(QTest::qWaitForWindowExposed(m_window.get()));
}

// Whatever failed before, no process is left behind.
void WindowTest::cleanupTestCase()
{
    if (!m_source)
        return;
    m_source->stopAll();
    QTRY_COMPARE_WITH_TIMEOUT(m_source->phase(), ClusterSource::Phase::Stopped, patienceMs);
    m_window.reset();
    m_source.reset();
}

void WindowTest::type(const char* field, const QString& text)
{
    auto* widget = part<QWidget>(field);
    widget->setFocus();
    if (auto* line = qobject_cast<QLineEdit*>(widget))
        line->clear();
    else
        qobject_cast<QPlainTextEdit*>(widget)->clear();
    QTest::keyClicks(widget, text);
}

void WindowTest::write(const QString& key, const QString& value)
{
    type("writeKey", key);
    type("writeValue", value);
    press("writeData");
}

QStringList WindowTest::read(const QString& key)
{
    type("readKey", key);
    press("getData");
    if (!QTest::qWaitFor([&] { return !jsonShown("readSiblings").isEmpty(); }, patienceMs))
        return {};
    return jsonShown("readSiblings");
}

QStringList WindowTest::jsonShown(const char* list) const
{
    return part<SiblingList>(list)->texts();
}

QString WindowTest::nodeWords(const char* name) const
{
    const auto* panel = m_window->findChild<NodePanel*>();
    return panel->model().indexOf(QString::fromLatin1(name)).data(Qt::AccessibleTextRole).toString();
}

void WindowTest::shoot(const QString& name)
{
    keepScreenshot(*m_window, name + QStringLiteral("-light"));
    m_theme->setMode(ThemeMode::Dark);
    keepScreenshot(*m_window, name + QStringLiteral("-dark"));
    m_theme->setMode(ThemeMode::Light);
}

void WindowTest::threeNodesComeUpAndEveryKeyCanBeReadAndWritten()
{
    QTRY_COMPARE_WITH_TIMEOUT(m_source->phase(), ClusterSource::Phase::Running, patienceMs);
    QTRY_VERIFY_WITH_TIMEOUT(
        part<QLabel>("statusWords")
            ->text()
            .startsWith(QStringLiteral("3 of 3 nodes up. Every key can be read and written.")),
        patienceMs);
    for (const char* name : {"n1", "n2", "n3"})
        QTRY_VERIFY_WITH_TIMEOUT(nodeWords(name).contains(QStringLiteral("Up")), patienceMs);
    QVERIFY(m_window->findChild<RingWidget*>()->isVisible());
    shoot(QStringLiteral("fresh"));
}

void WindowTest::aWriteIsTypedAndClickedAndShowsItsRow()
{
    write(QStringLiteral("cart:4711"), QStringLiteral("{\"milk\":1,\"tea\":2}"));
    QTRY_COMPARE_WITH_TIMEOUT(jsonShown("writeSiblings").size(), 1, patienceMs);
    QVERIFY(
        jsonShown("writeSiblings").first().contains(QStringLiteral(R"("value":"{\"milk\":1,\"tea\":2}"})")));
    QVERIFY(part<QLabel>("outcome")->text().startsWith(QStringLiteral("W ")));
    QCOMPARE(part<QLabel>("inspectedKey")->text(), QStringLiteral("cart:4711"));
    QCOMPARE(m_window->findChild<RingWidget*>()->marks().key->replicas.size(), 3);
}

void WindowTest::aReadShowsTheSameRow()
{
    const QStringList rows = read(QStringLiteral("cart:4711"));
    QCOMPARE(rows.size(), 1);
    QString asWritten = jsonShown("writeSiblings").first();
    QString asRead = rows.first();
    QCOMPARE(asRead.replace(QStringLiteral("  ===>  "), QStringLiteral(":")), asWritten);
}

void WindowTest::aSecondWriteWithoutAClockMakesASibling()
{
    write(QStringLiteral("cart:4711"), QStringLiteral("{\"milk\":1,\"jam\":1}"));
    QTRY_COMPARE_WITH_TIMEOUT(jsonShown("writeSiblings").size(), 2, patienceMs);
    QCOMPARE(read(QStringLiteral("cart:4711")).size(), 2);
    shoot(QStringLiteral("key"));
}

void WindowTest::aWriteWithAllClocksLeavesOneValue()
{
    auto* all = part<SiblingList>("readSiblings")->findChild<QPushButton*>(QStringLiteral("useAllClocks"));
    QVERIFY(all);
    QTest::mouseClick(all, Qt::LeftButton);
    QVERIFY(!part<QLineEdit>("vectorClock")->text().isEmpty());
    type("writeValue", QStringLiteral("{\"milk\":1,\"tea\":2,\"jam\":1}"));
    press("writeData");
    QTRY_COMPARE_WITH_TIMEOUT(jsonShown("writeSiblings").size(), 1, patienceMs);
    QVERIFY(part<QLineEdit>("vectorClock")->text().isEmpty());
}

void WindowTest::aKilledNodeIsSaidInTheListAndOnTheRing()
{
    m_window->select(SelectedNode{QStringLiteral("n3")});
    press("killNodeButton");
    QTRY_VERIFY_WITH_TIMEOUT(nodeWords("n3").contains(QStringLiteral("Down")), patienceMs);
    const auto* ring = m_window->findChild<RingWidget*>();
    QTRY_VERIFY_WITH_TIMEOUT(ring->picture().members.value(2).down, patienceMs);
    QVERIFY(ring->accessibleDescription().contains(QStringLiteral("n3 is down")));
    QVERIFY(part<QLabel>("statusWords")->text().startsWith(QStringLiteral("2 of 3 nodes up.")));
    QVERIFY(!read(QStringLiteral("cart:4711")).isEmpty());
    write(QStringLiteral("cart:4711"), QStringLiteral("{\"milk\":1,\"jam\":1}"));
    QTRY_COMPARE_WITH_TIMEOUT(jsonShown("writeSiblings").size(), 2, patienceMs);
    QCOMPARE(read(QStringLiteral("cart:4711")).size(), 2);
    QTRY_VERIFY_WITH_TIMEOUT(nodeWords("n3").contains(QStringLiteral("Down 2 s")), patienceMs);
    shoot(QStringLiteral("down"));
}

void WindowTest::theLogOfANodeIsShown()
{
    QTest::keyClick(m_window.get(), Qt::Key_2, Qt::ControlModifier);
    const auto* log = part<QPlainTextEdit>("logText");
    QTRY_VERIFY_WITH_TIMEOUT(log->isVisible() && !log->toPlainText().isEmpty(), patienceMs);
    shoot(QStringLiteral("log"));
    QTest::keyClick(m_window.get(), Qt::Key_1, Qt::ControlModifier);
    QTRY_VERIFY(m_window->findChild<RingWidget*>()->isVisible());
}

void WindowTest::anAttachedSourceFollowsTheSameCluster()
{
    RemoteSource remote(QUrl(QStringLiteral("http://") + m_source->processes().first().httpAddress));
    remote.start();
    QTRY_COMPARE_WITH_TIMEOUT(remote.phase(), ClusterSource::Phase::Running, patienceMs);
    QCOMPARE(remote.snapshot().members.size(), 3);
    QVERIFY(!remote.managesProcesses());
}

void WindowTest::theKilledNodeStartsAgain()
{
    m_window->select(SelectedNode{QStringLiteral("n3")});
    QCOMPARE(part<QPushButton>("restartNodeButton")->text(), QStringLiteral("Start"));
    press("restartNodeButton");
    QTRY_VERIFY_WITH_TIMEOUT(nodeWords("n3").contains(QStringLiteral("Up")), patienceMs);
    QTRY_VERIFY_WITH_TIMEOUT(
        part<QLabel>("statusWords")->text().startsWith(QStringLiteral("3 of 3 nodes up.")), patienceMs);
}

void WindowTest::anUnknownOptionEndsWithTwo()
{
    QProcess program;
    program.start(QStringLiteral(RINGMASTER_BIN_DIR "/ringmaster"), {QStringLiteral("--frobnicate")});
    QVERIFY(program.waitForFinished(patienceMs));
    QCOMPARE(program.exitCode(), 2);
    QVERIFY(program.readAllStandardError().contains("frobnicate"));
}

QTEST_MAIN(WindowTest)
#include "window_test.moc"
