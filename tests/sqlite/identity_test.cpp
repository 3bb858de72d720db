// SPDX-License-Identifier: GPL-3.0-or-later
// Which folder is the one that its store left, and which one was copied back.
#include "tests/sqlite/sqlite_harness.h"

using namespace ringmaster;

namespace {

// What a person does who copies files back: over the old ones, which keep their inodes.
void copyOver(const QString& from, const QString& to)
{
    QFile source(from), target(to);
    QVERIFY(source.open(QIODevice::ReadOnly));
    QVERIFY(target.open(QIODevice::WriteOnly | QIODevice::Truncate));
    target.write(source.readAll());
}

const char* const storeFiles[] = {"ringmaster.db", "store.id", "store.id2"};

void removeIdFiles(const SqliteHarness& harness)
{
    QVERIFY(QFile::remove(harness.path(QStringLiteral("store.id"))) ||
            QFile::remove(harness.path(QStringLiteral("store.id2"))));
}

class Backup {
public:
    explicit Backup(const SqliteHarness& harness)
    {
        for (const char* name : storeFiles) {
            if (QFile::exists(harness.path(QLatin1String(name))))
                QVERIFY(
                    QFile::copy(harness.path(QLatin1String(name)), m_folder.filePath(QLatin1String(name))));
        }
    }
    QString path(const char* name) const { return m_folder.filePath(QLatin1String(name)); }

private:
    QTemporaryDir m_folder;
};

void writeActor(SqliteHarness& harness, const QByteArray& actor)
{
    WriteBatch batch;
    batch.put(SideTable::Meta, actorEntryName.toByteArray(), actor);
    QVERIFY(harness.writeAndSettle(std::move(batch)));
}

bool continues(SqliteHarness& harness)
{
    harness.open();
    const bool isOne = harness.store().isContinuation();
    harness.close();
    return isOne;
}

} // namespace

class IdentityTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void init()
    {
        m_harness.emplace();
        writeActor(*m_harness, "first");
        m_harness->close();
        QVERIFY(continues(*m_harness));
    }
    void cleanup() { m_harness.reset(); }

    void aFolderThatWasMovedIsTheSameStore()
    {
        const QString moved = m_harness->options().directory + QStringLiteral("-moved");
        QVERIFY(QDir().rename(m_harness->options().directory, moved));
        m_harness->options().directory = moved;
        QVERIFY(continues(*m_harness));
    }

    void aCopyInAnotherFolderIsNot()
    {
        const Backup backup(*m_harness);
        SqliteHarness copy;
        QVERIFY(QDir().mkpath(copy.options().directory));
        for (const char* name : storeFiles) {
            if (QFile::exists(backup.path(name)))
                QVERIFY(QFile::copy(backup.path(name), copy.path(QLatin1String(name))));
        }
        QVERIFY(!continues(copy));
        QVERIFY(!continues(copy)); // until it has a new actor
        copy.open();
        writeActor(copy, "second");
        copy.close();
        QVERIFY(continues(copy));
        QVERIFY(continues(*m_harness)); // the one that was copied goes on
    }

    void aFolderCopiedBackInPlaceIsNot()
    {
        const Backup backup(*m_harness);
        for (const char* name : storeFiles) {
            if (QFile::exists(backup.path(name)))
                copyOver(backup.path(name), m_harness->path(QLatin1String(name)));
        }
        QVERIFY(!continues(*m_harness));
    }

    void aDatabaseCopiedBackInPlaceIsNot()
    {
        const Backup backup(*m_harness);
        QVERIFY(continues(*m_harness));
        copyOver(backup.path("ringmaster.db"), m_harness->databasePath());
        QVERIFY(!continues(*m_harness));
    }

    void aDatabaseThatReplacesItIsNot()
    {
        const Backup backup(*m_harness);
        // Made before the old one goes, so that it cannot get the same inode.
        QVERIFY(QFile::copy(backup.path("ringmaster.db"), m_harness->path(QStringLiteral("restored"))));
        QVERIFY(QFile::remove(m_harness->databasePath()));
        QVERIFY(QFile::rename(m_harness->path(QStringLiteral("restored")), m_harness->databasePath()));
        QVERIFY(!continues(*m_harness));
    }

    void aStoreWithoutItsIdFileIsNot()
    {
        removeIdFiles(*m_harness);
        QVERIFY(!continues(*m_harness));
    }

    // Its new stamp was not durable yet: what it held before speaks for it.
    void aStoreThatWasKilledWhileOpeningIs()
    {
        const QByteArray word(32, 'w');
        const QString unused = QFile::exists(m_harness->path(QStringLiteral("store.id")))
                                   ? QStringLiteral("store.id2")
                                   : QStringLiteral("store.id");
        QFile next(m_harness->path(unused));
        QVERIFY(next.open(QIODevice::WriteOnly));
        next.write(word);
        next.close();
        QVERIFY(continues(*m_harness));
    }

    // The actor that is written is the last that counts, whatever else happens before the next opening.
    void otherWritesMakeNoContinuation()
    {
        removeIdFiles(*m_harness);
        m_harness->open();
        WriteBatch batch = contract::put(1, "k", "v");
        batch.put(SideTable::Meta, "something else", "v");
        batch.remove(SideTable::Meta, "something");
        batch.put(SideTable::Hints, actorEntryName.toByteArray(), "a hint of that name");
        QVERIFY(m_harness->writeAndSettle(std::move(batch)));
        m_harness->close();
        QVERIFY(!continues(*m_harness));
    }

private:
    std::optional<SqliteHarness> m_harness;
};

QTEST_GUILESS_MAIN(IdentityTest)
#include "identity_test.moc"
