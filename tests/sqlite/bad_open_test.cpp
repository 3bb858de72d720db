// SPDX-License-Identifier: GPL-3.0-or-later
// What is found in the data folder and cannot be opened: a clear error, and the file stays as it is.
#include "nodecore/sqlite/schema.h"
#include "tests/sqlite/sqlite_harness.h"

#include <QFileInfo>

#include <unistd.h>

using namespace ringmaster;

namespace {

constexpr qint64 pageBytes = 4096;

QByteArray contentOf(const QString& path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.readAll() : QByteArray();
}

void overwrite(const QString& path, qint64 at, const QByteArray& bytes)
{
    QFile file(path);
    QVERIFY(file.open(QIODevice::ReadWrite) && file.seek(at) && file.write(bytes) == bytes.size());
}

void executeOn(const QString& path, const QStringList& statements)
{
    auto connection = Connection::open(path, Connection::Access::Create);
    for (const QString& statement : statements) {
        const Result<void> done = (*connection)->execute(statement);
        QVERIFY2(done, done ? "" : qPrintable(done.error().message));
    }
}

// A store that was closed in good order, with a few pages of objects.
void fill(SqliteHarness& harness)
{
    for (int i = 0; i < 300; ++i)
        harness.write(contract::put(i, "key", QByteArray(200, 'v')));
    QVERIFY(harness.settle());
    harness.close();
}

// Overwrites a leaf of the keyed table that holds some objects of fill(), and not the last.
void damageALeaf(const QString& path)
{
    constexpr char indexLeaf = 0x0a; // https://www.sqlite.org/fileformat.html#b_tree_pages
    const QByteArray content = contentOf(path);
    for (qint64 at = pageBytes; at < content.size(); at += pageBytes) {
        if (content.at(at) == indexLeaf && content.mid(at, pageBytes).contains(QByteArray(200, 'v')))
            return overwrite(path, at, QByteArray(pageBytes, '\xff'));
    }
    QFAIL("no leaf found");
}

using Harm = void (*)(const QString& path);

} // namespace
Q_DECLARE_METATYPE(Harm)

class BadOpenTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void aBadFileIsRefusedAndLeftAsItIs_data()
    {
        QTest::addColumn<Harm>("harm");
        QTest::addColumn<int>("code");
        const auto row = [](const char* name, ErrorCode code, Harm harm) {
            QTest::newRow(name) << harm << static_cast<int>(code);
        };
        row("no database", ErrorCode::Damaged, [](const QString& path) {
            QFile::resize(path, 0);
            overwrite(path, 0, QByteArray("dear diary, ").repeated(100));
        });
        row("empty", ErrorCode::Damaged, [](const QString& path) { QFile::resize(path, 0); });
        row("cut short", ErrorCode::Damaged, [](const QString& path) {
            QFile::resize(path, QFileInfo(path).size() / 2 / pageBytes * pageBytes);
        });
        row("cut inside the header", ErrorCode::Damaged,
            [](const QString& path) { QFile::resize(path, 50); });
        row("another program's", ErrorCode::Foreign, [](const QString& path) {
            QFile::remove(path);
            executeOn(path, {QStringLiteral("CREATE TABLE songs(title TEXT)")});
        });
        row("newer", ErrorCode::Newer,
            [](const QString& path) { executeOn(path, {QStringLiteral("PRAGMA user_version=2")}); });
        row("schema version 0", ErrorCode::Damaged,
            [](const QString& path) { executeOn(path, {QStringLiteral("PRAGMA user_version=0")}); });
        row("all pages but the first overwritten", ErrorCode::Damaged, [](const QString& path) {
            const qint64 size = QFileInfo(path).size() - pageBytes;
            overwrite(path, pageBytes, QByteArray(static_cast<int>(size), '\x5a'));
        });
        row("one page overwritten", ErrorCode::Damaged, [](const QString& path) {
            overwrite(path, QFileInfo(path).size() - 2 * pageBytes, QByteArray(pageBytes, '\xff'));
        });
        row("a table is missing", ErrorCode::Damaged,
            [](const QString& path) { executeOn(path, {QStringLiteral("DROP TABLE records")}); });
        row("an impossible slot", ErrorCode::Damaged, [](const QString& path) {
            executeOn(path, {QStringLiteral("UPDATE slots SET slotgroup = 1024 WHERE slotgroup = 0")});
        });
        row("a senseless summary", ErrorCode::Damaged, [](const QString& path) {
            executeOn(path, {QStringLiteral("UPDATE slots SET summaries = x'00'")});
        });
        row("a senseless journal", ErrorCode::Damaged, [](const QString& path) {
            executeOn(path, {QStringLiteral("INSERT INTO journal VALUES(1000, x'0102')")});
        });
        row("a folder in its place", ErrorCode::Unavailable, [](const QString& path) {
            QFile::remove(path);
            QDir().mkpath(path);
        });
    }

    void aBadFileIsRefusedAndLeftAsItIs()
    {
        QFETCH(Harm, harm);
        QFETCH(int, code);
        SqliteHarness harness;
        fill(harness);
        harm(harness.databasePath());
        if (QTest::currentTestFailed())
            return;
        const QByteArray before = contentOf(harness.databasePath());
        for (int attempt = 0; attempt < 2; ++attempt) {
            const auto opened = SqliteStore::open(harness.options());
            QVERIFY(!opened);
            QCOMPARE(static_cast<int>(opened.error().code), code);
            QVERIFY2(opened.error().message.contains(harness.databasePath()),
                     qPrintable(opened.error().message));
            QVERIFY(contentOf(harness.databasePath()) == before);
        }
    }

    void aLogWithoutItsDatabaseIsRefused()
    {
        SqliteHarness harness;
        fill(harness);
        QVERIFY(QFile::rename(harness.databasePath(), harness.databasePath() + QStringLiteral("-wal")));
        const auto opened = SqliteStore::open(harness.options());
        QCOMPARE(opened.error().code, ErrorCode::Damaged);
        QVERIFY(!QFileInfo::exists(harness.databasePath()));
    }

    void damageInALargeDatabaseShowsWhereItIsRead()
    {
        SqliteHarness harness;
        harness.options().checkUpToBytes = 0;
        fill(harness);
        damageALeaf(harness.databasePath());
        harness.open();
        SqliteStore& store = harness.store();
        QCOMPARE(store.totals().objects, quint64{300});
        QCOMPARE(scanAll(store), std::nullopt);
        int damaged = 0;
        for (int i = 0; i < 300; ++i) {
            const auto read = store.durableObject(Slot{static_cast<quint16>(i)}, keyOf("key"));
            damaged += read ? 0 : 1;
            QVERIFY(read || read.error().code == ErrorCode::Damaged);
        }
        QVERIFY(damaged > 0 && damaged < 300);
    }

    void aWriteOverADamagedRecordIsRefusedInItsTurn()
    {
        SqliteHarness harness;
        harness.options().checkUpToBytes = 0;
        fill(harness);
        damageALeaf(harness.databasePath());
        harness.open();
        QList<ErrorCode> codes;
        const auto note = [&codes](const Result<void>& done) {
            codes.append(done ? ErrorCode::Absent : done.error().code);
        };
        int bad = 299;
        while (bad > 0 && harness.store().durableObject(Slot{static_cast<quint16>(bad)}, keyOf("key")))
            --bad;
        harness.store().write(contract::put(1000, "a", "fine"), note);
        harness.store().write(contract::put(bad, "key", "new"), note);
        harness.store().write(contract::put(1000, "b", "fine"), note);
        QVERIFY(harness.waitFor([&] { return codes.size() == 3; }));
        QCOMPARE(codes, (QList<ErrorCode>{ErrorCode::Absent, ErrorCode::Damaged, ErrorCode::Absent}));
    }

    void aFolderThatIsAFileIsRefused()
    {
        QTemporaryDir folder;
        QFile file(folder.filePath(QStringLiteral("file")));
        QVERIFY(file.open(QIODevice::WriteOnly));
        SqliteStoreOptions options;
        for (const QString& below : {QString(), QStringLiteral("/data")}) {
            options.directory = file.fileName() + below;
            QCOMPARE(SqliteStore::open(options).error().code, ErrorCode::Unavailable);
        }
    }

    void aFolderThatCannotBeWrittenIsRefused()
    {
        if (::geteuid() == 0)
            QSKIP("root may write everywhere");
        SqliteHarness harness;
        fill(harness);
        QVERIFY(QFile::remove(harness.path(QStringLiteral("ringmaster.lock"))));
        QVERIFY(QFile::setPermissions(harness.options().directory, QFile::ReadOwner | QFile::ExeOwner));
        const auto opened = SqliteStore::open(harness.options());
        QFile::setPermissions(harness.options().directory,
                              QFile::ReadOwner | QFile::WriteOwner | QFile::ExeOwner);
        QCOMPARE(opened.error().code, ErrorCode::Unavailable);
    }

    void aDiskThatIsFullAtTheFirstOpeningLeavesNothingBehind()
    {
        SqliteHarness harness;
        harness.options().maxPages = 2;
        QCOMPARE(SqliteStore::open(harness.options()).error().code, ErrorCode::ReadOnly);
        QCOMPARE(QDir(harness.options().directory).entryList({QStringLiteral("*.db*")}), QStringList());
        harness.options().maxPages = 0;
        harness.open();
        QVERIFY(harness.writeAndSettle(contract::put(1, "k", "v")));
    }

    void whatAnUnfinishedCreationLeftIsNoObstacle()
    {
        SqliteHarness harness;
        QVERIFY(QDir().mkpath(harness.options().directory));
        for (const char* suffix : {".new", ".new-journal"}) {
            QFile left(harness.databasePath() + QLatin1String(suffix));
            QVERIFY(left.open(QIODevice::WriteOnly));
            left.write("half");
        }
        harness.open();
        QVERIFY(harness.writeAndSettle(contract::put(1, "k", "v")));
        QVERIFY(!QFileInfo::exists(harness.databasePath() + QStringLiteral(".new")));
    }
};

QTEST_GUILESS_MAIN(BadOpenTest)
#include "bad_open_test.moc"
