// SPDX-License-Identifier: GPL-3.0-or-later
// ringctl conflicts, resolve and repair against real nodes.
#include "tests/cluster/chaos_cluster.h"

#include <QJsonArray>
#include <QStandardPaths>

using namespace ringmaster;
using namespace Qt::StringLiterals;

namespace {

QStringList words(const char* line)
{
    return QString::fromUtf8(line).split(u' ');
}

} // namespace

class RingctlResolveTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void initTestCase();
    void cleanupTestCase() { m_cluster.reset(); }

    void conflictsAreThoseOfAllNodes();
    void oneSiblingIsTaken_data();
    void oneSiblingIsTaken();
    void aMergeIsWritten_data();
    void aMergeIsWritten();
    void anEditorMerges_data();
    void anEditorMerges();
    void whatIsNoTextGoesIntoNoEditor();
    void aDeleteDeletesAll();
    void withoutADecisionNothingIsWritten();
    void onATerminalItAsks_data();
    void onATerminalItAsks();
    void aMistakeWritesNothing_data();
    void aMistakeWritesNothing();
    void aRepairLeavesNothing();

private:
    RingctlResult run(const QStringList& arguments, const QByteArray& input = {}) const
    {
        return ringctl(arguments, input, m_cluster->url(0).toString());
    }
    // Blind writes of new key; its name.
    QString conflictOf(const QList<QByteArray>& values);
    QByteArray valueOf(const QString& key) const { return run({u"get"_s, key, u"--raw"_s}).output; }
    // From the newest to the oldest, as they are shown.
    QJsonArray siblingsOf(const QString& key) const;
    QString editorThat(const QByteArray& script);

    std::unique_ptr<ChaosCluster> m_cluster;
    QTemporaryDir m_folder;
    int m_keys = 0;
};

void RingctlResolveTest::initTestCase()
{
    m_cluster = std::make_unique<ChaosCluster>(3);
    QVERIFY(m_cluster->start());
}

QString RingctlResolveTest::conflictOf(const QList<QByteArray>& values)
{
    const QString key = u"k%1"_s.arg(++m_keys);
    for (const QByteArray& value : values) {
        const RingctlResult put = run({u"put"_s, key, u"-"_s, u"--quorum"_s, u"3"_s}, value);
        if (put.exitCode != 0)
            qWarning("%s", put.errors.constData());
    }
    return key;
}

QJsonArray RingctlResolveTest::siblingsOf(const QString& key) const
{
    const RingctlResult read = run({u"get"_s, key, u"--json"_s});
    return QJsonDocument::fromJson(read.output).object().value("siblings"_L1).toArray();
}

QString RingctlResolveTest::editorThat(const QByteArray& script)
{
    QFile file(m_folder.filePath(u"editor"_s));
    if (!file.open(QIODevice::WriteOnly))
        return {};
    file.write("#!/bin/sh\n" + script + '\n');
    file.setPermissions(QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
    return file.fileName();
}

void RingctlResolveTest::conflictsAreThoseOfAllNodes()
{
    QVERIFY(run({u"conflicts"_s}).output.startsWith("No key is in conflict."));
    const QString one = conflictOf({"a"});
    const QString three = conflictOf({"a", "b", "c"});
    const RingctlResult listed = run({u"conflicts"_s});
    QCOMPARE(listed.exitCode, 0);
    QVERIFY2(listed.output.contains("3  n1 n2 n3  " + three.toUtf8() + '\n'), listed.output.constData());
    QVERIFY2(listed.output.contains("1 key in conflict."), listed.output.constData());
    const QJsonObject json = QJsonDocument::fromJson(run(words("conflicts --json")).output).object();
    const QJsonArray nodes{u"n1"_s, u"n2"_s, u"n3"_s};
    const QJsonArray expected{QJsonObject{{u"key"_s, three}, {u"siblings"_s, 3}, {u"nodes"_s, nodes}}};
    QCOMPARE(json.value("conflicts"_L1).toArray(), expected);
    QCOMPARE(run({u"resolve"_s, three, u"--delete"_s, u"--quorum"_s, u"3"_s}).exitCode, 0);
    QVERIFY(run({u"conflicts"_s}).output.startsWith("No key is in conflict."));
}

void RingctlResolveTest::oneSiblingIsTaken_data()
{
    QTest::addColumn<bool>("isByDot");
    QTest::newRow("by its number") << false;
    QTest::newRow("by its dot") << true;
}

void RingctlResolveTest::oneSiblingIsTaken()
{
    QFETCH(bool, isByDot);
    const QString key = conflictOf({"one", "b\x1b\xff", "three"});
    const QJsonArray siblings = siblingsOf(key);
    QCOMPARE(siblings.size(), 3);
    const QString dot = siblings.at(1).toObject().value("dot"_L1).toString();
    const RingctlResult taken = run({u"resolve"_s, key, u"--take"_s, isByDot ? dot : u"2"_s});
    QVERIFY2(taken.exitCode == 0, taken.errors.constData());
    QVERIFY2(!taken.output.contains('\x1b') && !taken.output.contains('\xff'), taken.output.constData());
    QVERIFY2(taken.output.contains("took sibling 2 (" + dot.toUtf8()), taken.output.constData());
    for (const QJsonValue& sibling : siblings) {
        const QByteArray replaced = sibling.toObject().value("dot"_L1).toString().toUtf8();
        QVERIFY(taken.output.mid(taken.output.indexOf("replaced: ")).contains(replaced));
    }
    QCOMPARE(valueOf(key), QByteArray("b\x1b\xff"));
    const RingctlResult again = run({u"resolve"_s, key});
    QCOMPARE(again.exitCode, 0);
    QVERIFY2(again.output.contains("nothing was written"), again.output.constData());
}

void RingctlResolveTest::aMergeIsWritten_data()
{
    QTest::addColumn<QStringList>("options");
    QTest::addColumn<QByteArray>("input");
    QTest::addColumn<QByteArray>("expected");
    QFile file(m_folder.filePath(u"merge"_s));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write("from\0file", 9);
    QTest::newRow("text") << words("--value merged") << QByteArray() << QByteArray("merged");
    QTest::newRow("text from stdin") << words("--value -") << QByteArray("in\xff") << QByteArray("in\xff");
    QTest::newRow("stdin") << words("--file -") << QByteArray("in\n") << QByteArray("in\n");
    QTest::newRow("file") << QStringList{u"--file"_s, file.fileName()} << QByteArray()
                          << QByteArray("from\0file", 9);
    QTest::newRow("nothing") << QStringList{u"--value"_s, QString()} << QByteArray() << QByteArray();
}

void RingctlResolveTest::aMergeIsWritten()
{
    QFETCH(QStringList, options);
    QFETCH(QByteArray, input);
    QFETCH(QByteArray, expected);
    const QString key = conflictOf({"one", "two"});
    const RingctlResult merged = run(QStringList{u"resolve"_s, key, u"--json"_s} + options, input);
    QVERIFY2(merged.exitCode == 0, merged.output.constData());
    const QJsonObject json = QJsonDocument::fromJson(merged.output).object();
    QCOMPARE(json.value("sibling_count"_L1).toInt(), 1);
    QCOMPARE(json.value("replaced"_L1).toArray().size(), 2);
    QCOMPARE(valueOf(key), expected);
    QCOMPARE(siblingsOf(key).size(), 1);
}

void RingctlResolveTest::anEditorMerges_data()
{
    QTest::addColumn<QByteArray>("script");
    QTest::addColumn<QByteArray>("said"); // empty: it is written
    QTest::newRow("a merge") << QByteArray("sed -i '/^[<>]/d' \"$1\"") << QByteArray();
    QTest::newRow("a new file in its place")
        << QByteArray("printf 'two\\none\\n' > \"$1.new\" && mv \"$1.new\" \"$1\"") << QByteArray();
    QTest::newRow("nothing was changed") << QByteArray("true") << QByteArray("was not changed");
    QTest::newRow("marks are left") << QByteArray("echo more >> \"$1\"") << QByteArray("<<<<<<<");
    QTest::newRow("nothing is left") << QByteArray(": > \"$1\"") << QByteArray("--delete");
    QTest::newRow("it fails") << QByteArray("exit 1") << QByteArray("failed");
}

void RingctlResolveTest::anEditorMerges()
{
    QFETCH(QByteArray, script);
    QFETCH(QByteArray, said);
    const QString key = conflictOf({"one", "two"});
    qputenv("VISUAL", editorThat(script).toUtf8());
    const RingctlResult edited = run({u"resolve"_s, key, u"--edit"_s});
    qunsetenv("VISUAL");
    if (said.isEmpty()) {
        QVERIFY2(edited.exitCode == 0, edited.errors.constData());
        QCOMPARE(valueOf(key), QByteArray("two\none"));
        return;
    }
    QCOMPARE(edited.exitCode, 6);
    QVERIFY2(edited.errors.contains(said), edited.errors.constData());
    QVERIFY2(edited.errors.contains("Nothing was written"), edited.errors.constData());
    QCOMPARE(siblingsOf(key).size(), 2);
}

void RingctlResolveTest::whatIsNoTextGoesIntoNoEditor()
{
    const QString key = conflictOf({"one", "\xff"});
    qputenv("VISUAL", "false");
    const RingctlResult edited = run({u"resolve"_s, key, u"--edit"_s});
    qunsetenv("VISUAL");
    QCOMPARE(edited.exitCode, 6);
    QVERIFY2(edited.errors.contains("Sibling 1 is no text"), edited.errors.constData());
}

void RingctlResolveTest::aDeleteDeletesAll()
{
    const QString key = conflictOf({"one", "two"});
    QCOMPARE(run({u"resolve"_s, key, u"--delete"_s}).exitCode, 0);
    QCOMPARE(run({u"get"_s, key}).exitCode, 3);
    QCOMPARE(run({u"resolve"_s, key}).exitCode, 3);
}

void RingctlResolveTest::withoutADecisionNothingIsWritten()
{
    const QString key = conflictOf({"one", "two"});
    const RingctlResult shown = run({u"resolve"_s, key});
    QCOMPARE(shown.exitCode, 6);
    QVERIFY2(shown.output.contains("one") && shown.output.contains("two"), shown.output.constData());
    QVERIFY2(shown.errors.contains("--take"), shown.errors.constData());
    const RingctlResult json = run({u"resolve"_s, key, u"--json"_s});
    QCOMPARE(json.exitCode, 6);
    QCOMPARE(QJsonDocument::fromJson(json.output).object().value("siblings"_L1).toArray().size(), 2);
    QCOMPARE(siblingsOf(key).size(), 2);
}

void RingctlResolveTest::onATerminalItAsks_data()
{
    QTest::addColumn<QByteArray>("typed");
    QTest::addColumn<int>("code");
    QTest::addColumn<int>("siblingsLeft");
    QTest::newRow("a number") << QByteArray("2\n") << 0 << 1;
    QTest::newRow("delete") << QByteArray("d\n") << 0 << 0;
    QTest::newRow("leave it") << QByteArray("\n") << 6 << 2;
    QTest::newRow("nonsense") << QByteArray("7\n") << 2 << 2;
}

void RingctlResolveTest::onATerminalItAsks()
{
    QFETCH(QByteArray, typed);
    QFETCH(int, siblingsLeft);
    const QString script = QStandardPaths::findExecutable(u"script"_s); // gives a program a terminal
    if (script.isEmpty())
        QSKIP("There is no \"script\" on this machine.");
    const QString key = conflictOf({"one", "two"});
    QProcess terminal;
    QSignalSpy finished(&terminal, &QProcess::finished);
    terminal.setProcessChannelMode(QProcess::MergedChannels);
    const QString command = QStringLiteral(RINGMASTER_BIN_DIR "/ringctl resolve --url ") +
                            m_cluster->url(0).toString() + u' ' + key;
    terminal.start(script, {u"-qec"_s, command, u"/dev/null"_s});
    QByteArray shown;
    const auto isAsked = [&] {
        shown += terminal.readAll();
        return shown.contains("Take which?");
    };
    QTRY_VERIFY2_WITH_TIMEOUT(isAsked(), shown.constData(), 30'000);
    terminal.write(typed);
    QVERIFY(!finished.isEmpty() || finished.wait(30'000));
    QTEST(terminal.exitCode(), "code");
    QCOMPARE(siblingsOf(key).size(), siblingsLeft);
}

void RingctlResolveTest::aMistakeWritesNothing_data()
{
    QTest::addColumn<QStringList>("options");
    QTest::addColumn<int>("code");
    QTest::newRow("no such number") << words("--take 3") << 2;
    QTest::newRow("number 0") << words("--take 0") << 2;
    QTest::newRow("no such dot") << words("--take 0000000000000001:1") << 2;
    QTest::newRow("two ways") << words("--take 1 --delete") << 2;
    QTest::newRow("no such file") << words("--file /no/such/file") << 1;
}

void RingctlResolveTest::aMistakeWritesNothing()
{
    QFETCH(QStringList, options);
    const QString key = conflictOf({"one", "two"});
    const RingctlResult refused = run(QStringList{u"resolve"_s, key} + options);
    QTEST(refused.exitCode, "code");
    QCOMPARE(siblingsOf(key).size(), 2);
}

// A replica whose disk was full has missed writes, for which nobody keeps a hint.
void RingctlResolveTest::aRepairLeavesNothing()
{
    QCOMPARE(run(words("fault disk n3 full")).exitCode, 0);
    for (int i = 0; i < 20; ++i)
        QCOMPARE(run({u"put"_s, u"r%1"_s.arg(i), u"v"_s}).exitCode, 0);
    QCOMPARE(run(words("fault clear")).exitCode, 0);
    const RingctlResult repaired = run({u"repair"_s});
    QVERIFY2(repaired.exitCode == 0, (repaired.output + repaired.errors).constData());
    QVERIFY2(repaired.output.contains("0 divergent slots left"), repaired.output.constData());
    for (int i = 0; i < 20; ++i) {
        const QString path = u"/api/v1/placement/r%1"_s.arg(i);
        for (const QJsonValue& replica : m_cluster->json(0, path).value("preference_list"_L1).toArray())
            QCOMPARE(replica.toObject().value("siblings"_L1).toArray().size(), 1);
    }
    const RingctlResult slot = run(words("repair --slot 7 --json"));
    QCOMPARE(slot.exitCode, 0);
    const QJsonObject json = QJsonDocument::fromJson(slot.output).object();
    QVERIFY(json.value("idle"_L1).toBool());
    QCOMPARE(json.value("nodes"_L1).toArray().size(), 3);

    m_cluster->node(2)->kill();
    QTRY_COMPARE(m_cluster->node(2)->pid(), 0);
    const RingctlResult partly = run({u"repair"_s});
    QCOMPARE(partly.exitCode, 1);
    QVERIFY2(partly.output.contains("n3") && partly.output.contains("does not answer"),
             partly.output.constData());
    const RingctlResult conflicts = run({u"conflicts"_s});
    QCOMPARE(conflicts.exitCode, 1);
    QVERIFY2(conflicts.errors.contains("n3 does not answer"), conflicts.errors.constData());
}

QTEST_GUILESS_MAIN(RingctlResolveTest)
#include "ringctl_resolve_test.moc"
