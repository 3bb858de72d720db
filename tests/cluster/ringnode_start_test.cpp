// SPDX-License-Identifier: GPL-3.0-or-later
// The real program: what it refuses to start with, and that it says why.
#include "tests/cluster/ringnode_process.h"

#include <QDir>
#include <QFileInfo>
#include <QTcpServer>
#include <QTemporaryDir>
#include <QtEndian>

using namespace ringmaster;

namespace {

using Files = QMap<QString, QByteArray>;

Files filesIn(const QString& folder)
{
    Files files;
    for (const QFileInfo& info : QDir(folder).entryInfoList(QDir::Files | QDir::Hidden)) {
        QFile file(info.filePath());
        if (file.open(QIODevice::ReadOnly))
            files.insert(info.fileName(), file.readAll());
    }
    return files;
}

void overwrite(const QString& path, qint64 at, const QByteArray& bytes)
{
    QFile file(path);
    QVERIFY(file.open(QIODevice::ReadWrite) && file.seek(at) && file.write(bytes) == bytes.size());
}

// A node's folder after a clean life.
void makeStore(const QString& folder)
{
    RingnodeProcess node(RingnodeProcess::alone(QStringLiteral("n1"), folder));
    QVERIFY2(node.waitUntilServing(), qPrintable(node.log()));
    node.signal(SIGTERM);
    QVERIFY(node.waitForEnd());
    QCOMPARE(node.exitCode(), 0);
}

// Where SQLite's file format keeps user_version and application_id.
constexpr qint64 versionAt = 60;
constexpr qint64 applicationAt = 68;

using Harm = void (*)(const QString& database);

} // namespace
Q_DECLARE_METATYPE(Harm)

class RingnodeStartTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aMistakeInTheOptionsEndsItWith2_data()
    {
        QTest::addColumn<QStringList>("arguments");
        QTest::addColumn<QString>("said");
        const auto row = [](const char* name, const char* line, const char* said) {
            QTest::newRow(name) << QString::fromLatin1(line).split(QLatin1Char(' '))
                                << QString::fromLatin1(said);
        };
        row("unknown option", "--htpp 127.0.0.1:1", "did you mean --http?");
        row("missing value", "--name n1 --data", "--data needs a value");
        row("quorum of 0", "--name n1 --data d --read-quorum 0", "a quorum of 0");
        row("quorum above N", "--name n1 --data d --replicas 2 --write-quorum 3", "a quorum of 3");
        row("invalid name", "--name a/b --data d", "\"a/b\" is not a name");
        row("bad address", "--name n1 --data d --http 8101", "\"8101\" is not an address");
        row("tokens both ways", "--name n1 --data d --tokens 8 --token-positions 1", "--tokens");
        row("no such file", "--name n1 --data d --config /nonexistent.conf", "/nonexistent.conf");
    }
    void aMistakeInTheOptionsEndsItWith2()
    {
        QFETCH(QStringList, arguments);
        QFETCH(QString, said);
        RingnodeProcess node(arguments);
        QVERIFY(node.waitForEnd());
        QCOMPARE(node.exitCode(), 2);
        QVERIFY2(node.log().contains(said), qPrintable(node.log()));
        QVERIFY(!QFileInfo::exists(QStringLiteral("d")));
    }

    void helpTellsTheExitCodes()
    {
        RingnodeProcess node({QStringLiteral("--help")});
        QVERIFY(node.waitForEnd());
        QCOMPARE(node.exitCode(), 0);
        QVERIFY(node.output().contains(QStringLiteral("Exit codes:")));
    }

    void anAddressInUseEndsItWith4_data()
    {
        QTest::addColumn<QString>("option");
        QTest::newRow("for clients") << "--http";
        QTest::newRow("for peers") << "--peer";
    }
    void anAddressInUseEndsItWith4()
    {
        QFETCH(QString, option);
        QTemporaryDir folder;
        QTcpServer other;
        QVERIFY(other.listen(QHostAddress::LocalHost));
        const QString taken = QStringLiteral("127.0.0.1:%1").arg(other.serverPort());
        QStringList arguments =
            RingnodeProcess::alone(QStringLiteral("n1"), folder.filePath(QStringLiteral("d")));
        arguments[arguments.indexOf(option) + 1] = taken;
        RingnodeProcess node(arguments);
        QVERIFY(node.waitForEnd());
        QCOMPARE(node.exitCode(), 4);
        QVERIFY2(node.log().contains(taken), qPrintable(node.log()));
    }

    void aFolderThatDoesNotFitEndsItWith3AndIsLeftAsItIs_data()
    {
        QTest::addColumn<Harm>("harm");
        QTest::addColumn<QStringList>("further");
        QTest::addColumn<QString>("said");
        const Harm none = [](const QString&) {};
        QTest::newRow("another cluster's")
            << none << QStringList{QStringLiteral("--cluster"), QStringLiteral("other")} << "other";
        QTest::newRow("another partitioner's")
            << none << QStringList{QStringLiteral("--partitioner"), QStringLiteral("md5-mod-10000")}
            << "partitioner";
        QTest::newRow("a newer version's")
            << Harm([](const QString& path) { overwrite(path, versionAt, QByteArray("\0\0\x03\xe7", 4)); })
            << QStringList{} << "newer";
        QTest::newRow("another program's")
            << Harm([](const QString& path) { overwrite(path, applicationAt, "ABCD"); }) << QStringList{}
            << "";
        QTest::newRow("damaged") << Harm([](const QString& path) {
            overwrite(path, 0, QByteArray(4096, 'x'));
        }) << QStringList{} << "";
    }
    void aFolderThatDoesNotFitEndsItWith3AndIsLeftAsItIs()
    {
        QFETCH(Harm, harm);
        QFETCH(QStringList, further);
        QFETCH(QString, said);
        QTemporaryDir folder;
        makeStore(folder.path());
        harm(folder.filePath(QStringLiteral("ringmaster.db")));
        const QByteArray before = filesIn(folder.path()).value(QStringLiteral("ringmaster.db"));
        RingnodeProcess node(RingnodeProcess::alone(QStringLiteral("n1"), folder.path()) + further);
        QVERIFY(node.waitForEnd());
        QCOMPARE(node.exitCode(), 3);
        QVERIFY2(node.log().contains(said, Qt::CaseInsensitive), qPrintable(node.log()));
        QVERIFY2(node.log().contains(QStringLiteral(" error n1 ")), qPrintable(node.log()));
        if (further.isEmpty())
            QVERIFY(filesIn(folder.path()).value(QStringLiteral("ringmaster.db")) == before);
        else
            makeStore(folder.path()); // it still serves its own node
    }

    void anotherNodesFolderEndsItWith3()
    {
        QTemporaryDir folder;
        makeStore(folder.path());
        RingnodeProcess node(RingnodeProcess::alone(QStringLiteral("n2"), folder.path()));
        QVERIFY(node.waitForEnd());
        QCOMPARE(node.exitCode(), 3);
        QVERIFY2(node.log().contains(QStringLiteral("n1")), qPrintable(node.log()));
    }

    void aFolderInUseEndsItWith3AndItsNodeGoesOn()
    {
        QTemporaryDir folder;
        RingnodeProcess first(RingnodeProcess::alone(QStringLiteral("n1"), folder.path()));
        QVERIFY2(first.waitUntilServing(), qPrintable(first.log()));
        RingnodeProcess second(RingnodeProcess::alone(QStringLiteral("n1"), folder.path()));
        QVERIFY(second.waitForEnd());
        QCOMPARE(second.exitCode(), 3);
        QVERIFY2(second.log().contains(folder.path()), qPrintable(second.log()));
        QVERIFY(first.isRunning());
    }

    void aFileInPlaceOfTheFolderEndsItWith3()
    {
        QTemporaryDir folder;
        const QString path = folder.filePath(QStringLiteral("notes.txt"));
        QFile file(path);
        QVERIFY(file.open(QIODevice::WriteOnly) && file.write("mine") == 4);
        file.close();
        RingnodeProcess node(RingnodeProcess::alone(QStringLiteral("n1"), path));
        QVERIFY(node.waitForEnd());
        QCOMPARE(node.exitCode(), 3);
        QCOMPARE(filesIn(folder.path()), (Files{{QStringLiteral("notes.txt"), "mine"}}));
    }
};

QTEST_GUILESS_MAIN(RingnodeStartTest)
#include "ringnode_start_test.moc"
