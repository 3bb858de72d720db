// SPDX-License-Identifier: GPL-3.0-or-later
// What ringctl says: in the words of who typed the command, about what is really the matter, and safe on a
// terminal.
#include "tests/cluster/fake_store.h"

#include <QTemporaryDir>

using namespace ringmaster;
using namespace Qt::StringLiterals;

class RingctlWordsTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aRefusedParameterIsNamedAsTheOption_data();
    void aRefusedParameterIsNamedAsTheOption();
    void aGroupOfCommandsHasHelp_data();
    void aGroupOfCommandsHasHelp();
    void whatIsMistypedIsGuessed_data();
    void whatIsMistypedIsGuessed();
    void nothingTypedReachesTheTerminalAsAControl();
    void withoutAHomeNothingIsMadeAtTheRoot();
    void aFileInTheWayIsNamed();
    void aLargeValueIsShownByItsBeginning();
};

void RingctlWordsTest::aRefusedParameterIsNamedAsTheOption_data()
{
    QTest::addColumn<QString>("script");
    QTest::addColumn<QString>("said"); // by the node
    QTest::addColumn<QByteArray>("shown");
    QTest::newRow("r") << u"$RINGCTL get k --quorum 9"_s
                       << u"The parameter \"r\" is \"9\". It must be a number from 1 to 3."_s
                       << QByteArray("ringctl: --quorum is \"9\". It must be a number from 1 to 3.\n");
    QTest::newRow("w") << u"$RINGCTL put k v --quorum 9"_s
                       << u"The parameter \"w\" is \"9\". It must be a number from 1 to 3."_s
                       << QByteArray("ringctl: --quorum is \"9\". It must be a number from 1 to 3.\n");
    QTest::newRow("timeout_ms") << u"$RINGCTL get k --timeout 7"_s
                                << u"The parameter \"timeout_ms\" is \"7\"."_s
                                << QByteArray("ringctl: --timeout is \"7\".\n");
    QTest::newRow("context") << u"$RINGCTL put k v --context x"_s << u"The X-Ring-Context \"x\" is none."_s
                             << QByteArray("ringctl: The --context \"x\" is none.\n");
}

void RingctlWordsTest::aRefusedParameterIsNamedAsTheOption()
{
    QFETCH(QString, script);
    QFETCH(QString, said);
    FakeStore store;
    store.node.setHandler([&](const FakeRequest&) {
        return FakeAnswer::json(400, {{u"error"_s, u"malformed"_s}, {u"message"_s, said}});
    });
    const RingctlResult result = store.runInShell(script);
    QTEST(result.errors, "shown");
    QCOMPARE(result.exitCode, 2);
}

void RingctlWordsTest::aGroupOfCommandsHasHelp_data()
{
    QTest::addColumn<QString>("script");
    QTest::addColumn<int>("code");
    QTest::addColumn<QByteArray>("part");
    QTest::newRow("--help") << u"$RINGCTL cluster --help"_s << 0 << QByteArray("  cluster start ");
    QTest::newRow("-h") << u"$RINGCTL fault -h"_s << 0 << QByteArray("  fault cut ");
    QTest::newRow("help") << u"$RINGCTL help cluster"_s << 0 << QByteArray("  cluster stop ");
    QTest::newRow("help of a command")
        << u"$RINGCTL help cluster start"_s << 0 << QByteArray("Usage: ringctl cluster start ");
    QTest::newRow("none of them") << u"$RINGCTL cluster"_s << 2 << QByteArray("needs one more word: start, ");
}

void RingctlWordsTest::aGroupOfCommandsHasHelp()
{
    QFETCH(QString, script);
    QFETCH(QByteArray, part);
    const RingctlResult result = ringctlInShell(script, {});
    QTEST(result.exitCode, "code");
    QVERIFY2((result.output + result.errors).contains(part), (result.output + result.errors).constData());
}

void RingctlWordsTest::whatIsMistypedIsGuessed_data()
{
    QTest::addColumn<QString>("script");
    QTest::addColumn<QByteArray>("shown");
    QTest::newRow("command") << u"$RINGCTL exprot x"_s
                             << QByteArray("ringctl: There is no command \"exprot\"; did you mean export? "
                                           "See \"ringctl --help\".\n");
    QTest::newRow("of a group")
        << u"$RINGCTL cluster strat --nodes 3"_s
        << QByteArray("ringctl: There is no command \"cluster strat\"; did you mean cluster start? "
                      "See \"ringctl --help\".\n");
    QTest::newRow("nothing near") << u"$RINGCTL xyzzy 1 2"_s
                                  << QByteArray(
                                         "ringctl: There is no command \"xyzzy\". See \"ringctl --help\".\n");
    QTest::newRow("nothing") << u"$RINGCTL"_s
                             << QByteArray("ringctl: No command was given. See \"ringctl --help\".\n");
}

void RingctlWordsTest::whatIsMistypedIsGuessed()
{
    QFETCH(QString, script);
    const RingctlResult result = ringctlInShell(script, {});
    QTEST(result.errors, "shown");
    QCOMPARE(result.exitCode, 2);
}

void RingctlWordsTest::nothingTypedReachesTheTerminalAsAControl()
{
    QTemporaryDir folder;
    FakeStore store;
    const QString escape = u"\x1b]0;title\x07\u202e"_s;
    for (const QStringList& arguments : {QStringList{escape},
                                         {u"cluster"_s, escape},
                                         {u"get"_s, u"--"_s + escape},
                                         {u"get"_s, escape},
                                         {u"get"_s, u"k"_s, u"--quorum"_s, escape},
                                         {u"put"_s, escape, escape},
                                         {u"import"_s, escape},
                                         {u"export"_s, u"/no/"_s + escape},
                                         {u"keys"_s, u"--url"_s, u"http://"_s + escape},
                                         {u"get"_s, escape, u"--key-base64"_s},
                                         {u"cluster"_s, u"stop"_s, u"--dir"_s, escape},
                                         {u"trace"_s, escape},
                                         {u"resolve"_s, escape, u"--take"_s, escape}}) {
        const RingctlResult result = store.run(arguments);
        const QByteArray all = result.output + result.errors;
        QVERIFY(!all.isEmpty());
        QVERIFY2(!all.contains('\x1b') && !all.contains('\x07') && !all.contains("\u202e"),
                 all.toHex().constData());
    }
}

void RingctlWordsTest::withoutAHomeNothingIsMadeAtTheRoot()
{
    for (const QString& command : {u"start"_s, u"stop"_s, u"status"_s}) {
        const RingctlResult result =
            ringctlInShell(u"unset HOME XDG_DATA_HOME; $RINGCTL cluster %1"_s.arg(command), {});
        QCOMPARE(result.exitCode, 2);
        QCOMPARE(result.errors,
                 QByteArray("ringctl: There is no home folder to put a cluster into: $HOME is not "
                            "set. Say where with --dir.\n"));
    }
    const RingctlResult empty = ringctlInShell(u"$RINGCTL cluster start --dir ''"_s, {});
    QCOMPARE(empty.exitCode, 2);
    QCOMPARE(empty.errors, QByteArray("ringctl: --dir names no folder.\n"));
}

void RingctlWordsTest::aFileInTheWayIsNamed()
{
    QTemporaryDir folder;
    const QString path = folder.filePath(u"file"_s);
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    for (const QString& wanted : {path, path + u"/below"_s, path + u"/far/below"_s}) {
        const RingctlResult result = ringctlInShell(u"$RINGCTL cluster start --dir '%1'"_s.arg(wanted), {});
        QCOMPARE(result.exitCode, 1);
        QCOMPARE(QString::fromUtf8(result.errors),
                 u"ringctl: The folder %1 cannot be made: %2 is a file. Choose another folder.\n"_s.arg(
                     wanted, path));
    }
}

void RingctlWordsTest::aLargeValueIsShownByItsBeginning()
{
    FakeStore store;
    store.values.insert("binary", QByteArray(300000, '\xfe'));
    store.values.insert("text", "first line\n" + QByteArray(300000, 'x'));
    const RingctlResult binary = store.run({u"get"_s, u"binary"_s});
    QVERIFY2(binary.output.size() < 300, QByteArray::number(binary.output.size()).constData());
    QVERIFY(binary.output.endsWith("\n(300000 bytes; --raw prints all of them)\n"));
    QCOMPARE(store.run({u"get"_s, u"binary"_s, u"--raw"_s}).output, store.values.value("binary"));
    // A pipe gets all of a text.
    QCOMPARE(store.run({u"get"_s, u"text"_s}).output.size(), 10 + 2 + 300000 + 1);
    const RingctlResult terminal =
        store.runInShell(u"script -qec '$RINGCTL get text' /dev/null </dev/null"_s);
    if (terminal.exitCode == 127)
        QSKIP("there is no script(1) here");
    QCOMPARE(terminal.output, QByteArray("first line…\r\n(300011 bytes; --raw prints all of them)\r\n"));
}

QTEST_GUILESS_MAIN(RingctlWordsTest)
#include "ringctl_words_test.moc"
