// SPDX-License-Identifier: GPL-3.0-or-later
// What ringctl reads and writes beside the network: standard streams that are closed or full, files that are
// none, and bytes that have to come out as they went in.
#include "tests/cluster/fake_store.h"

#include <QFileInfo>
#include <QTemporaryDir>

#include <sys/stat.h>
#include <sys/sysmacros.h>

using namespace ringmaster;
using namespace Qt::StringLiterals;

class RingctlStreamsTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aValueThatCannotBeReadIsNotWritten_data();
    void aValueThatCannotBeReadIsNotWritten();
    void anEmptyStandardInputIsAnEmptyValue();
    void anImportThatCannotBeReadFails_data();
    void anImportThatCannotBeReadFails();
    void whatCannotBePrintedFails_data();
    void whatCannotBePrintedFails();
    void aReaderThatLeavesEndsTheListing();
    void aNodeIsNotToldWhatIsMeantForAClosedStream();
    void aFullFileSystemLeavesTheFile();
    void anExportIntoAPipeLeavesAPipe();
    void anExportIntoADeviceLeavesADevice();
    void anExportIntoAFolderIsRefused();
    void whatGoesInComesOut_data();
    void whatGoesInComesOut();
    void anArgumentThatIsNotUtf8IsRefused_data();
    void anArgumentThatIsNotUtf8IsRefused();
    void halfASurrogatePairIsRefused();
    void columnsAreImportedAsTheyAreChosen();
    void aBadRecordIsImportedPast();
};

void RingctlStreamsTest::aValueThatCannotBeReadIsNotWritten_data()
{
    QTest::addColumn<QString>("script");
    QTest::newRow("closed") << u"$RINGCTL put --replace k - <&-"_s;
    QTest::newRow("a folder") << u"$RINGCTL put --replace k - </"_s;
    QTest::newRow("all closed") << u"$RINGCTL put --replace k - <&- >&- 2>&-"_s;
    QTest::newRow("write only") << u"$RINGCTL put --replace k - 0>/dev/null"_s;
}

void RingctlStreamsTest::aValueThatCannotBeReadIsNotWritten()
{
    QFETCH(QString, script);
    FakeStore store;
    store.values.insert("k", "kept");
    const RingctlResult result = store.runInShell(script);
    QCOMPARE(result.exitCode, 1);
    QCOMPARE(store.values.value("k"), QByteArray("kept"));
    QCOMPARE(store.node.requests().size(), 0);
    if (!script.contains(u"2>&-"_s))
        QVERIFY2(result.errors.startsWith("ringctl: The standard input cannot be read: ") &&
                     result.errors.endsWith(" Nothing was written.\n"),
                 result.errors.constData());
}

void RingctlStreamsTest::anEmptyStandardInputIsAnEmptyValue()
{
    FakeStore store;
    QCOMPARE(store.runInShell(u"$RINGCTL put k - </dev/null"_s).exitCode, 0);
    QVERIFY(store.values.contains("k"));
    QCOMPARE(store.values.value("k"), QByteArray());
}

void RingctlStreamsTest::anImportThatCannotBeReadFails_data()
{
    QTest::addColumn<QString>("script");
    QTest::newRow("closed") << u"$RINGCTL import - <&-"_s;
    QTest::newRow("a folder") << u"$RINGCTL import - </"_s;
    QTest::newRow("a folder by name") << u"$RINGCTL import /"_s;
    QTest::newRow("nothing") << u"$RINGCTL import /no/such/file"_s;
}

void RingctlStreamsTest::anImportThatCannotBeReadFails()
{
    QFETCH(QString, script);
    FakeStore store;
    const RingctlResult result = store.runInShell(script);
    QCOMPARE(result.exitCode, 1);
    QVERIFY2(result.errors.contains(" read"), result.errors.constData());
}

void RingctlStreamsTest::whatCannotBePrintedFails_data()
{
    QTest::addColumn<QString>("command");
    for (const QString& command :
         {u"export -"_s, u"get k"_s, u"get k --raw"_s, u"get k --json"_s, u"get k --context-only"_s,
          u"keys"_s, u"keys --json"_s, u"--help"_s, u"--version"_s, u"get --help"_s, u"put k w"_s})
        QTest::newRow(command.toUtf8().constData()) << command;
}

void RingctlStreamsTest::whatCannotBePrintedFails()
{
    QFETCH(QString, command);
    FakeStore store;
    store.values.insert("k", "v");
    for (const QString& output : {u">/dev/full"_s, u">&-"_s, u"1</dev/null"_s}) {
        const RingctlResult result = store.runInShell(u"$RINGCTL %1 %2"_s.arg(command, output));
        QCOMPARE(result.exitCode, 1);
        QVERIFY2(result.errors.contains("The standard output could not be written: "),
                 result.errors.constData());
        QVERIFY2(!result.errors.contains("exported"), result.errors.constData());
    }
}

void RingctlStreamsTest::aReaderThatLeavesEndsTheListing()
{
    FakeStore store;
    for (int i = 0; i < 5000; ++i) // more than a pipe takes
        store.values.insert("key" + QByteArray(100, '.') + QByteArray::number(i), "v");
    const RingctlResult result = store.runInShell(u"{ $RINGCTL keys; echo $? >&2; } | head -n 1"_s);
    QCOMPARE(result.errors, QByteArray("1\n"));
    QVERIFY(result.output.startsWith("key"));
}

// Its socket would have the number 2.
void RingctlStreamsTest::aNodeIsNotToldWhatIsMeantForAClosedStream()
{
    FakeStore store;
    QCOMPARE(
        store.runInShell(u"printf 'a\\t1\\nbad\\nb\\t2\\n' | $RINGCTL import - --keep-going 2>&-"_s).exitCode,
        1);
    QCOMPARE(store.values.size(), 2);
    for (const FakeRequest& request : store.node.requests())
        QVERIFY2(request.method == "GET" || request.method == "PUT", request.method.constData());
}

void RingctlStreamsTest::aFullFileSystemLeavesTheFile()
{
    QTemporaryDir folder;
    FakeStore store;
    for (int i = 0; i < 64; ++i)
        store.values.insert("key" + QByteArray::number(i), QByteArray(4096, 'x'));
    // A limit on the file's size stands for a full disk.
    const RingctlResult result = store.runInShell(
        u"echo earlier >'%1/all.tsv'; ulimit -f 16; trap '' XFSZ; $RINGCTL export '%1/all.tsv'"_s.arg(
            folder.path()));
    QCOMPARE(result.exitCode, 1);
    QVERIFY2(result.errors.contains("could not be written") &&
                 result.errors.contains("the file is as it was"),
             result.errors.constData());
    QFile file(folder.filePath(u"all.tsv"_s));
    QVERIFY(file.open(QIODevice::ReadOnly));
    QCOMPARE(file.readAll(), QByteArray("earlier\n"));
}

void RingctlStreamsTest::anExportIntoAPipeLeavesAPipe()
{
    QTemporaryDir folder;
    const QString pipe = folder.filePath(u"pipe"_s);
    QCOMPARE(::mkfifo(pipe.toLocal8Bit().constData(), 0600), 0);
    FakeStore store;
    store.values.insert("k", "v");
    const RingctlResult result = store.runInShell(
        u"timeout 30 cat '%1' & $RINGCTL export --format tsv '%1'; code=$?; wait; exit $code"_s.arg(pipe));
    QCOMPARE(result.exitCode, 0);
    QCOMPARE(result.output, QByteArray("k\tv\n"));
    struct stat now = {};
    QCOMPARE(::stat(pipe.toLocal8Bit().constData(), &now), 0);
    QVERIFY(S_ISFIFO(now.st_mode));
}

void RingctlStreamsTest::anExportIntoADeviceLeavesADevice()
{
    QTemporaryDir folder;
    FakeStore store;
    store.values.insert("k", "v");
    // Nodes of its own: a fault that replaces them must not take the machine's.
    for (const auto& [name, minor, code] : {std::tuple{"null", 3U, 0}, {"full", 7U, 1}}) {
        const QString path = folder.filePath(QString::fromLatin1(name));
        if (::mknod(path.toLocal8Bit().constData(), S_IFCHR | 0600, makedev(1, minor)) != 0 ||
            !QFile(path).open(QIODevice::ReadWrite | QIODevice::ExistingOnly))
            QSKIP("no device can be made here");
        const RingctlResult result = store.run({u"export"_s, path});
        QCOMPARE(result.exitCode, code);
        QCOMPARE(result.errors.contains("exported 1 key"), code == 0);
        struct stat now = {};
        QCOMPARE(::stat(path.toLocal8Bit().constData(), &now), 0);
        QVERIFY(S_ISCHR(now.st_mode));
    }
}

void RingctlStreamsTest::anExportIntoAFolderIsRefused()
{
    QTemporaryDir folder;
    FakeStore store;
    store.values.insert("k", "v");
    const RingctlResult result = store.run({u"export"_s, folder.path()});
    QCOMPARE(result.exitCode, 1);
    QVERIFY2(result.errors.contains(" could not be written: "), result.errors.constData());
    QVERIFY(QFileInfo(folder.path()).isDir());
}

void RingctlStreamsTest::whatGoesInComesOut_data()
{
    QTest::addColumn<QByteArray>("bytes");
    const QByteArray mark("\xef\xbb\xbf");
    QTest::newRow("a byte order mark") << mark;
    QTest::newRow("a byte order mark before a text") << mark + "text";
    QTest::newRow("two") << mark + mark + "x";
    QTest::newRow("behind a quote") << "\"" + mark + "x\"\\" + mark;
    QTest::newRow("UTF-16") << QByteArray("\xff\xfe"
                                          "a\0",
                                          4);
    QTest::newRow("no UTF-8") << QByteArray("\xff");
    QTest::newRow("half a surrogate pair") << QByteArray("\xed\xa0\x80");
    QTest::newRow("no character") << QByteArray("\xef\xbf\xbf");
    QTest::newRow("line ends") << QByteArray("a\r\nb\r");
    QTest::newRow("zero") << QByteArray("a\0b", 3);
}

void RingctlStreamsTest::whatGoesInComesOut()
{
    QFETCH(QByteArray, bytes);
    QTemporaryDir folder;
    FakeStore store;
    const QString key = QString::fromLatin1(bytes.toBase64());
    QCOMPARE(store.run({u"put"_s, u"--key-base64"_s, key, u"-"_s}, bytes).exitCode, 0);
    const QMap<QByteArray, QByteArray> all{{bytes, bytes}};
    QCOMPARE(store.values, all);
    QCOMPARE(store.run({u"get"_s, u"--key-base64"_s, key, u"--raw"_s}).output, bytes);
    for (const QString& file : {u"a.jsonl"_s, u"a.csv"_s}) {
        const QString path = folder.filePath(file);
        const RingctlResult exported = store.run({u"export"_s, path});
        QVERIFY2(exported.errors.startsWith("exported 1 key "), exported.errors.constData());
        store.values.clear();
        QCOMPARE(store.run({u"import"_s, path}).exitCode, 0);
        QCOMPARE(store.values, all);
    }
    if (!bytes.isValidUtf8() || bytes.contains('\0'))
        return;
    const QString text = textFromUtf8(bytes);
    store.values.clear();
    QCOMPARE(store.run({u"put"_s, u"--"_s, text, text}).exitCode, 0);
    QCOMPARE(store.values, all);
}

void RingctlStreamsTest::anArgumentThatIsNotUtf8IsRefused_data()
{
    QTest::addColumn<QString>("script");
    QTest::newRow("key") << u"$RINGCTL put \"$(printf 'k\\377')\" v"_s;
    QTest::newRow("value") << u"$RINGCTL put v \"$(printf 'k\\377')\""_s;
    QTest::newRow("file") << u"$RINGCTL export \"/no/such/$(printf 'k\\377')\""_s;
    QTest::newRow("prefix") << u"$RINGCTL keys --prefix \"$(printf 'k\\377')\""_s;
    QTest::newRow("half a surrogate pair") << u"$RINGCTL put \"$(printf 'k\\355\\240\\200')\" v"_s;
    QTest::newRow("another locale") << u"LC_ALL=C $RINGCTL put \"$(printf 'k\\377')\" v"_s;
}

void RingctlStreamsTest::anArgumentThatIsNotUtf8IsRefused()
{
    QFETCH(QString, script);
    FakeStore store;
    const RingctlResult result = store.runInShell(script);
    QCOMPARE(result.exitCode, 2);
    QVERIFY2(result.errors.contains("\\xff\", is not UTF-8.") || result.errors.contains("\\xed"),
             result.errors.constData());
    QCOMPARE(store.node.requests().size(), 0);
}

void RingctlStreamsTest::halfASurrogatePairIsRefused()
{
    FakeStore store;
    const RingctlResult result =
        store.run({u"import"_s, u"-"_s, u"--keep-going"_s},
                  "{\"key\":\"a\",\"value\":\"\\ud83d\"}\n{\"key\":\"b\",\"value\":\"2\"}\n");
    QCOMPARE(result.exitCode, 1);
    QVERIFY2(result.errors.contains("line 1: "), result.errors.constData());
    QCOMPARE(store.values, (QMap<QByteArray, QByteArray>{{"b", "2"}}));
}

void RingctlStreamsTest::columnsAreImportedAsTheyAreChosen()
{
    FakeStore store;
    const QStringList choice{u"import"_s,         u"-"_s, u"--header"_s, u"--key-column"_s, u"name"_s,
                             u"--value-column"_s, u"3"_s};
    // As Excel writes it.
    const QByteArray file = "\xef\xbb\xbfid,name,price\r\n1,\"nut, small\",5\r\n2,bolt,\"6\"\r\n";
    QCOMPARE(store.run(choice, file).exitCode, 0);
    QCOMPARE(store.values, (QMap<QByteArray, QByteArray>{{"nut, small", "5"}, {"bolt", "6"}}));
    for (const QString& goOn : {u"--keep-going"_s, u"--json"_s}) {
        const RingctlResult wrong = store.run({u"import"_s, u"-"_s, u"--header"_s, goOn}, file);
        QCOMPARE(wrong.exitCode, 2);
        QVERIFY2((wrong.errors + wrong.output).contains("the header has 3 columns"),
                 wrong.errors.constData());
    }
    const RingctlResult lines = store.run(choice, "{\"key\":\"a\",\"value\":\"1\"}\n");
    QCOMPARE(lines.exitCode, 2);
    QVERIFY2(lines.errors.contains("This is jsonl, which has no columns"), lines.errors.constData());
    QCOMPARE(store.values.size(), 2);
}

void RingctlStreamsTest::aBadRecordIsImportedPast()
{
    FakeStore store;
    const RingctlResult result =
        store.run({u"import"_s, u"-"_s, u"--format"_s, u"csv"_s, u"--keep-going"_s},
                  "inch,27\" monitor\nopen,\"never shut\nfoot,3\nshut,\"a\"b\nyard,1\n");
    QCOMPARE(result.exitCode, 1);
    QVERIFY2(result.errors.contains("line 2: ") && result.errors.contains("line 4: "),
             result.errors.constData());
    QCOMPARE(store.values,
             (QMap<QByteArray, QByteArray>{{"inch", "27\" monitor"}, {"foot", "3"}, {"yard", "1"}}));
}

QTEST_GUILESS_MAIN(RingctlStreamsTest)
#include "ringctl_streams_test.moc"
