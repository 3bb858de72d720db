// SPDX-License-Identifier: GPL-3.0-or-later
// A process that is killed at any moment: what it acknowledged is there, and its lock is gone.
//
// The test runs itself as the process to kill:
//   crash_test --write FOLDER FIRST   writes number after number, from FIRST on, and prints each when it is
//                                     durable, until it is killed
//   crash_test --hold FOLDER          opens the store, says so, and waits to be killed
#include "tests/sqlite/sqlite_harness.h"

#include <QProcess>
#include <QRandomGenerator>

#include <map>
#include <unistd.h>

using namespace ringmaster;
using namespace ringmaster::contract;

namespace {

constexpr int keyCount = 700;

int keyOfNumber(quint64 number)
{
    return static_cast<int>(number * 7919 % keyCount);
}
QByteArray bytesOfNumber(quint64 number)
{
    return QByteArray::number(number) + QByteArray(300, ' ');
}

WriteBatch numbered(quint64 number)
{
    WriteBatch batch = put(keyOfNumber(number) * 90, "key", bytesOfNumber(number), number % 5 > 0);
    batch.put(SideTable::Meta, "number", QByteArray::number(number));
    return batch;
}

void say(const QByteArray& line)
{
    const QByteArray whole = line + '\n';
    (void)!::write(STDOUT_FILENO, whole.constData(), static_cast<size_t>(whole.size()));
}

int runChild(const QStringList& arguments)
{
    SqliteStoreOptions options;
    options.directory = arguments.value(2);
    options.foldBytes = 40000; // folds all the time
    options.cacheBytes = 20000;
    auto opened = SqliteStore::open(options);
    if (!opened) {
        say("error " + opened.error().message.toUtf8());
        return 1;
    }
    say("open");
    quint64 next = arguments.value(3).toULongLong();
    const std::function<void()> writeOne = [&] {
        const quint64 number = next++;
        (*opened)->write(numbered(number), [&, number](const Result<void>& done) {
            if (!done)
                qFatal("%s", qPrintable(done.error().message));
            say(QByteArray::number(number));
            writeOne();
        });
    };
    for (int outstanding = 0; arguments.value(1) == QLatin1String("--write") && outstanding < 50;
         ++outstanding)
        writeOne();
    return QCoreApplication::exec();
}

// A child that is killed at the latest when it goes.
class Child {
public:
    Child(const QStringList& arguments)
    {
        m_process.start(QCoreApplication::applicationFilePath(), arguments);
    }
    ~Child() { kill(); }
    // Nothing after the end, or where nothing comes.
    QByteArray readLine()
    {
        while (!m_process.canReadLine() && m_process.waitForReadyRead(30000)) {
        }
        return m_process.readLine().trimmed();
    }
    void kill()
    {
        m_process.kill();
        m_process.waitForFinished(30000);
    }

private:
    QProcess m_process;
};

} // namespace

class CrashTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void whatWasAcknowledgedOutlivesAKill()
    {
        const quint32 seed = QRandomGenerator::global()->generate();
        qInfo("seed %u", seed);
        QRandomGenerator random(seed);
        SqliteHarness harness;
        std::map<int, quint64> newest; // by key, the last number that is durable
        quint64 next = 1;
        for (int round = 0; round < 12; ++round) {
            const quint64 acknowledged =
                writeAndKill(harness, next, static_cast<int>(random.bounded(1, 1500)));
            const QByteArray written = harness.store().side(SideTable::Meta, "number").value().value_or("");
            QVERIFY(acknowledged > 0 && written.toULongLong() >= acknowledged);
            for (; next <= written.toULongLong(); ++next)
                newest[keyOfNumber(next)] = next;
            for (const auto& [key, number] : newest)
                QCOMPARE(durable(harness.store(), key * 90, "key"), Bytes(bytesOfNumber(number)));
            QCOMPARE(harness.store().totals().objects, static_cast<quint64>(newest.size()));
            QVERIFY(summariesMatch(harness.store()));
            harness.close();
        }
    }

    void theLockKeepsASecondProcessOutUntilTheFirstIsKilled()
    {
        SqliteHarness harness;
        Child child({QStringLiteral("--hold"), harness.directory()});
        QCOMPARE(child.readLine(), QByteArray("open"));
        const auto refused = SqliteStore::open(harness.options());
        QCOMPARE(refused.error().code, ErrorCode::Conflict);
        child.kill();
        QVERIFY(SqliteStore::open(harness.options()));
    }

    void aStoreThatWasKilledIsStillAContinuation()
    {
        SqliteHarness harness;
        WriteBatch batch;
        batch.put(SideTable::Meta, actorEntryName.toByteArray(), "actor");
        QVERIFY(harness.writeAndSettle(std::move(batch)));
        harness.close();
        Child child({QStringLiteral("--write"), harness.directory(), QStringLiteral("1")});
        QCOMPARE(child.readLine(), QByteArray("open"));
        QCOMPARE(child.readLine(), QByteArray("1")); // its identity was committed before
        child.kill();
        QVERIFY(harness.store().isContinuation());
    }

private:
    // Lets a child write from first on, and kills it after so many acknowledgements. Returns the last.
    static quint64 writeAndKill(const SqliteHarness& harness, quint64 first, int lines)
    {
        Child child({QStringLiteral("--write"), harness.directory(), QString::number(first)});
        quint64 acknowledged = 0;
        for (QByteArray line = child.readLine(); !line.isEmpty(); line = child.readLine()) {
            acknowledged = line.toULongLong(); // 0 for "open"
            if (lines-- == 0)
                child.kill(); // and read on what it still said
        }
        return acknowledged;
    }
};

int main(int argc, char** argv)
{
    QCoreApplication app(argc, argv);
    if (argc > 2 && QByteArray(argv[1]).startsWith("--"))
        return runChild(QCoreApplication::arguments());
    CrashTest test;
    return QTest::qExec(&test, argc, argv);
}
#include "crash_test.moc"
