// SPDX-License-Identifier: GPL-3.0-or-later
// The real ringctl against a server that answers as the test says.
#include "tests/cluster/fake_store.h"

#include <QTemporaryDir>

#include <csignal>

using namespace ringmaster;

namespace {

QStringList words(const char* line)
{
    return QString::fromUtf8(line).split(QLatin1Char(' '));
}

} // namespace

class RingctlCommandsTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void theExitCodeSaysWhatHappened_data();
    void theExitCodeSaysWhatHappened();
    void valuesAreShownSafely();
    void rawPrintsTheBytes();
    void aPutIsBlindUnlessItIsAskedToReplace();
    void aDeleteReadsFirst();
    void jsonIsJsonAlsoWhereItFails();
    void anImportReadsEachFormat_data();
    void anImportReadsEachFormat();
    void anImportTriesAgainWhileThereIsNoQuorum();
    void anImportTriesTheSameWriteAgain();
    void anImportThatWroteOneValueTwiceMakesItOne();
    void anImportGivesUpInTheEnd();
    void anImportStopsAtABadLineAndNamesIt();
    void anImportGoesOnPastBadLinesWhereItIsTold();
    void theLastLineOfAKeyWins();
    void keysThatAreThereCanBeLeftAsTheyAre();
    void whatIsExportedCanBeImported();
    void anExportThatFailsLeavesTheFile();
    void helpIsThereForEveryCommand();
    void aBenchLeavesNothing();
};

void RingctlCommandsTest::theExitCodeSaysWhatHappened_data()
{
    QTest::addColumn<QString>("line");
    QTest::addColumn<int>("code");
    const auto row = [](const char* line, int code) {
        QTest::newRow(line) << QString::fromLatin1(line) << code;
    };
    row("--version", 0);
    row("--help", 0);
    row("get there", 0);
    row("get absent", 3);
    row("get", 2);
    row("get a b", 2);
    row("nonsense", 2);
    row("cluster", 2);
    row("get there --nonsense", 2);
    row("get there --quorum x", 2);
    row("get there --quorum 0", 2);
    row("get there --url ftp://x", 2);
    row("get ? --key-base64", 2);
    row("get there --url http://127.0.0.1:1", 5);
    row("status --url http://127.0.0.1:1", 5);
    row("bench --url http://127.0.0.1:1", 5);
    row("bench --read-ratio 2", 2);
    row("import /no/such/file", 1);
    row("import x --format xml", 2);
    row("import x --on-conflict maybe", 2);
    row("trace 0", 2);
    row("trace 000000000000000G", 2);
    row("hints --url http://127.0.0.1:1", 5);
    row("repair --slot 65536", 2);
    row("repair --slot x", 2);
    row("repair --timeout 0", 2);
    row("resolve absent", 3);
    row("resolve there", 0);
    row("resolve there --take 1 --edit", 2);
    row("cluster status --dir /no/such/folder", 1);
    row("cluster stop --dir /no/such/folder", 1);
    row("cluster start --nodes 0", 2);
    row("cluster start --dir /dev/null/x", 1);
}

void RingctlCommandsTest::theExitCodeSaysWhatHappened()
{
    QFETCH(QString, line);
    FakeStore store;
    store.values.insert("there", "value");
    const RingctlResult result = store.run(words(line.toUtf8().constData()));
    QTEST(result.exitCode, "code");
    QVERIFY(result.exitCode == 0 ? !result.output.isEmpty() : !result.errors.isEmpty());
}

void RingctlCommandsTest::valuesAreShownSafely()
{
    FakeStore store;
    store.values.insert("k", "red\x1b[31m\nline\tend \xc3\xa4");
    QCOMPARE(store.run(words("get k")).output, QByteArray("red\\x1b[31m\\nline\\tend \xc3\xa4\n"));
}

void RingctlCommandsTest::rawPrintsTheBytes()
{
    FakeStore store;
    store.values.insert("k", "a\n\x1b");
    QCOMPARE(store.run(words("get k --raw")).output, QByteArray("a\n\x1b"));
    QCOMPARE(store.run(words("get k --context-only")).output, QByteArray("ctx-1\n"));
}

void RingctlCommandsTest::aPutIsBlindUnlessItIsAskedToReplace()
{
    FakeStore store;
    QCOMPARE(store.run(words("put k v1")).exitCode, 0);
    QVERIFY(!store.node.requests().last().headers.contains("x-ring-context"));
    QCOMPARE(store.run(words("put k v2 --replace")).exitCode, 0);
    QCOMPARE(store.node.requests().last().headers.value("x-ring-context"), QByteArray("ctx-1"));
    QCOMPARE(store.run(words("put k v3 --context c")).exitCode, 0);
    QCOMPARE(store.node.requests().last().headers.value("x-ring-context"), QByteArray("c"));
    QCOMPARE(store.run(words("put k -"), "from\nstdin").exitCode, 0);
    QCOMPARE(store.values.value("k"), QByteArray("from\nstdin"));
}

void RingctlCommandsTest::aDeleteReadsFirst()
{
    FakeStore store;
    store.values.insert("k", "v");
    const RingctlResult deleted = store.run(words("delete k"));
    QCOMPARE(deleted.exitCode, 0);
    QVERIFY(deleted.output.contains("as it was read just now"));
    QCOMPARE(store.node.requests().last().headers.value("x-ring-context"), QByteArray("ctx-1"));
    QVERIFY(store.values.isEmpty());
    QCOMPARE(
        store.run({QStringLiteral("delete"), QStringLiteral("k"), QStringLiteral("--context"), QString()})
            .exitCode,
        0);
    QVERIFY(!store.node.requests().last().headers.contains("x-ring-context"));
}

void RingctlCommandsTest::jsonIsJsonAlsoWhereItFails()
{
    FakeStore store;
    store.values.insert("k", "v");
    for (const char* line :
         {"get k --json", "get absent --json", "put k v --json", "get --json", "nonsense --json",
          "status --json --url http://127.0.0.1:1", "import - --json"}) {
        const RingctlResult result = store.run(words(line));
        QVERIFY2(QJsonDocument::fromJson(result.output).isObject(), line);
    }
}

void RingctlCommandsTest::anImportReadsEachFormat_data()
{
    QTest::addColumn<QByteArray>("input");
    QTest::newRow("tsv") << QByteArray("a\t1\nb\t2\n");
    QTest::newRow("csv") << QByteArray("a,1\n\"b\",\"2\"\n");
    QTest::newRow("jsonl") << QByteArray(
        "{\"key\":\"a\",\"value\":\"1\"}\n{\"key\":\"b\",\"value_base64\":\"Mg==\"}");
}

void RingctlCommandsTest::anImportReadsEachFormat()
{
    QFETCH(QByteArray, input);
    FakeStore store;
    const RingctlResult result = store.run(words("import -"), input);
    QVERIFY2(result.exitCode == 0, result.errors.constData());
    QVERIFY2(result.output.startsWith("imported 2 keys in "), result.output.constData());
    QCOMPARE(store.values, (QMap<QByteArray, QByteArray>{{"a", "1"}, {"b", "2"}}));
}

void RingctlCommandsTest::anImportTriesAgainWhileThereIsNoQuorum()
{
    FakeStore store;
    store.refusals = 3;
    const RingctlResult result = store.run(words("import -"), "a\t1\nb\t2\n");
    QVERIFY2(result.exitCode == 0, result.errors.constData());
    QCOMPARE(store.values.size(), 2);
}

// Another client may have replaced what the first try wrote, so a context that is read after it would be too
// new.
void RingctlCommandsTest::anImportTriesTheSameWriteAgain()
{
    FakeStore store;
    store.values.insert("a", "old");
    store.lost = 1;
    store.refusals = 1;
    const RingctlResult result = store.run(words("import -"), "a\t1\n");
    QVERIFY2(result.exitCode == 0, result.errors.constData());
    QList<FakeRequest> writes;
    for (const FakeRequest& request : store.node.requests()) {
        if (request.method == "PUT")
            writes.append(request);
    }
    QCOMPARE(store.node.requests().size(), writes.size() + 1); // one read
    QCOMPARE(writes.size(), 3);
    for (const FakeRequest& write : writes) {
        QCOMPARE(write.headers.value("x-ring-context"), QByteArray("ctx-1"));
        QCOMPARE(write.headers.value("idempotency-key"), writes.first().headers.value("idempotency-key"));
        QVERIFY(write.headers.value("idempotency-key").size() > 16);
    }
}

void RingctlCommandsTest::anImportThatWroteOneValueTwiceMakesItOne()
{
    FakeStore store;
    store.lost = 1;
    store.doubled = 1;
    const RingctlResult result = store.run(words("import -"), "a\t1\n");
    QVERIFY2(result.exitCode == 0, result.errors.constData());
    const FakeRequest last = store.node.requests().last();
    QCOMPARE(last.headers.value("x-ring-context"), QByteArray("of-both"));
    QCOMPARE(last.body, QByteArray("1"));
}

void RingctlCommandsTest::anImportGivesUpInTheEnd()
{
    FakeStore store;
    store.refusals = 1000000;
    const RingctlResult result = store.run(words("import - --retry-seconds 0"), "a\t1\n");
    QCOMPARE(result.exitCode, 4);
    QVERIFY(result.errors.contains("line 1"));
}

void RingctlCommandsTest::anImportStopsAtABadLineAndNamesIt()
{
    FakeStore store;
    const RingctlResult result = store.run(words("import -"), "a\t1\nalone\nb\t2\n");
    QCOMPARE(result.exitCode, 1);
    QVERIFY2(result.errors.contains("line 2"), result.errors.constData());
    QCOMPARE(store.values.keys(), QList<QByteArray>{"a"});
}

void RingctlCommandsTest::anImportGoesOnPastBadLinesWhereItIsTold()
{
    FakeStore store;
    const RingctlResult result = store.run(words("import - --keep-going"), "a\t1\nalone\nb\t2\n");
    QCOMPARE(result.exitCode, 1);
    QVERIFY2(result.errors.contains("line 2"), result.errors.constData());
    QCOMPARE(store.values.size(), 2);
}

void RingctlCommandsTest::theLastLineOfAKeyWins()
{
    FakeStore store;
    QByteArray input;
    for (int i = 0; i < 500; ++i)
        input += "k\t" + QByteArray::number(i) + '\n';
    QCOMPARE(store.run(words("import -"), input).exitCode, 0);
    QCOMPARE(store.values.value("k"), QByteArray("499"));
}

void RingctlCommandsTest::keysThatAreThereCanBeLeftAsTheyAre()
{
    FakeStore store;
    store.values.insert("a", "old");
    const RingctlResult result = store.run(words("import - --on-conflict skip"), "a\tnew\nb\tnew\n");
    QVERIFY2(result.output.contains("left 1 as they were"), result.output.constData());
    QCOMPARE(store.values, (QMap<QByteArray, QByteArray>{{"a", "old"}, {"b", "new"}}));
}

void RingctlCommandsTest::whatIsExportedCanBeImported()
{
    QTemporaryDir folder;
    FakeStore store;
    for (int i = 0; i < 200; ++i)
        store.values.insert("key \"" + QByteArray::number(i) + "\"", "a, b\n" + QByteArray::number(i));
    const auto before = store.values;
    for (const char* name : {"all.jsonl", "all.csv"}) {
        const QString file = folder.filePath(QString::fromLatin1(name));
        store.values = before;
        QCOMPARE(store.run({QStringLiteral("export"), file}).exitCode, 0);
        store.values.clear();
        QCOMPARE(store.run({QStringLiteral("import"), file}).exitCode, 0);
        QCOMPARE(store.values, before);
    }
}

void RingctlCommandsTest::anExportThatFailsLeavesTheFile()
{
    QTemporaryDir folder;
    const QString path = folder.filePath(QStringLiteral("all.tsv"));
    QFile file(path);
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write("earlier");
    file.close();
    FakeStore store;
    store.values.insert("k", "a\tb"); // which tsv cannot hold
    const RingctlResult result = store.run({QStringLiteral("export"), path});
    QCOMPARE(result.exitCode, 6);
    QVERIFY(file.open(QIODevice::ReadOnly));
    QCOMPARE(file.readAll(), QByteArray("earlier"));
}

void RingctlCommandsTest::helpIsThereForEveryCommand()
{
    for (const char* command :
         {"cluster start", "cluster stop", "cluster status", "status",     "ring",        "get",
          "put",           "delete",       "placement",      "keys",       "import",      "export",
          "bench",         "fault show",   "fault clear",    "fault cut",  "fault delay", "fault loss",
          "fault heal",    "fault pause",  "fault disk",     "fault clock"}) {
        const RingctlResult result = ringctl(words(command) << QStringLiteral("--help"));
        QCOMPARE(result.exitCode, 0);
        QVERIFY2(result.output.contains(QByteArray("Usage: ringctl ") + command), command);
    }
}

void RingctlCommandsTest::aBenchLeavesNothing()
{
    FakeStore store;
    store.values.insert("bench-1", "the user's");
    store.members = true;
    const QString load = QStringLiteral("bench --seconds 0.3 --connections 4 --keys 20");
    const RingctlResult result = store.run(words(load.toUtf8().constData()));
    QVERIFY2(result.exitCode == 0, result.errors.constData());
    QVERIFY(store.node.count("/api/v1/kv/ringctl-bench-") > 4);
    QCOMPARE(store.values, (QMap<QByteArray, QByteArray>{{"bench-1", "the user's"}}));
    // Ctrl-C ends it, and it cleans up all the same.
    const int before = store.node.count("/api/v1/kv/ringctl-bench-");
    QProcess interrupted;
    interrupted.start(QStringLiteral(RINGMASTER_BIN_DIR "/ringctl"),
                      words("bench --seconds 600 --connections 4 --keys 20 --url") << store.url());
    QTRY_VERIFY_WITH_TIMEOUT(store.node.count("/api/v1/kv/ringctl-bench-") > before + 20, 30000);
    ::kill(static_cast<pid_t>(interrupted.processId()), SIGINT);
    QTRY_COMPARE_WITH_TIMEOUT(interrupted.state(), QProcess::NotRunning, 30000);
    QVERIFY(interrupted.readAllStandardOutput().contains("writes"));
    QCOMPARE(store.values.size(), 1);
    const RingctlResult kept = store.run(words((load + QStringLiteral(" --keep")).toUtf8().constData()));
    QVERIFY2(kept.output.contains("The keys stay: ringctl keys --prefix ringctl-bench-"),
             kept.output.constData());
    QVERIFY(store.values.size() > 1);
}

QTEST_GUILESS_MAIN(RingctlCommandsTest)
#include "ringctl_commands_test.moc"
