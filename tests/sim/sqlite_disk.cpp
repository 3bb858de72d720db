// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/sim/sqlite_disk.h"

#include "tests/sqlite/torture_calls.h"

#include <QDir>
#include <QFileInfo>
#include <QTemporaryDir>

#include <atomic>

namespace ringmaster {

namespace {

using torture::Disk;

// Of one commit of a small group: where it may be cut short.
constexpr quint64 callsOfACommit = 12;
// One call of commitPending() in so many folds and checkpoints, too.
constexpr quint64 idleEach = 8;

QString baseTemplate()
{
    const QFileInfo memory(QStringLiteral("/dev/shm"));
    return (memory.isWritable() ? memory.filePath() : QDir::tempPath()) + QStringLiteral("/simdisk-XXXXXX");
}

// Of the whole process: nothing below it is really synced.
const QTemporaryDir& baseFolder()
{
    static const QTemporaryDir folder(baseTemplate());
    static const bool isWired = [] {
        torture::wiring().base = folder.path().toStdString();
        return true;
    }();
    Q_UNUSED(isWired);
    return folder;
}

QString newRoot()
{
    static std::atomic<int> last = 0;
    const QString root = baseFolder().filePath(QString::number(++last));
    QDir().mkpath(root);
    return root;
}

} // namespace

class SqliteDisk::Impl {
public:
    Impl(quint64 seed, std::function<Duration()> now)
        : m_now(std::move(now))
        , m_random(seed)
        , m_root(newRoot())
        , m_disk(m_root.toStdString(), {.seed = seed})
    {
        m_disk.keepNoCalls();
        torture::wiring().add(&m_disk);
        open();
    }
    ~Impl()
    {
        abandon();
        torture::wiring().remove(&m_disk);
        QDir(m_root).removeRecursively();
    }

    SqliteStore& store() { return *m_store; }

    // Whether the machine is still on.
    void commit()
    {
        m_store->workNow();
        if (m_random() % idleEach == 0 && m_store->health().state == StoreHealth::State::Ok)
            m_store->workNow();
        m_store->deliverNow();
    }
    void idle()
    {
        m_store->workNow();
        m_store->deliverNow();
    }
    void cutShort()
    {
        m_disk.freezeAfter(static_cast<int>(m_random() % callsOfACommit));
        m_store->workNow(); // nobody hears of it
    }
    void losePower()
    {
        const Disk::Image image = m_disk.afterPowerCut();
        abandon();
        putBack(image);
        open();
    }
    void stop()
    {
        m_store.reset(); // commits what was written and closes; nobody is told
        open();
    }
    void wipe()
    {
        abandon();
        replaceFiles({});
        open();
    }
    Disk::Image image() const { return m_disk.latest(); }
    void restore(const Disk::Image& image, Restored how)
    {
        abandon();
        how == Restored::Copied ? replaceFiles(image) : putBack(image);
        open();
    }
    void failNextSync() { m_disk.failNextSync(); }

    qint64 freeBytes = qint64{1} << 40;
    Durability durability = Durability::Fsync;

private:
    void open()
    {
        SqliteStoreOptions options;
        options.directory = m_root + QStringLiteral("/data");
        options.durability = durability;
        // So small that folds and checkpoints come often, and that reads go to the disk.
        options.foldBytes = 16'000;
        options.foldStep = 16;
        options.cacheBytes = 8'000;
        options.checkpointBytes = 256'000;
        options.hasThread = false;
        options.freeBytes = [this] { return freeBytes; };
        options.now = [this] {
            return std::chrono::steady_clock::time_point(
                std::chrono::duration_cast<std::chrono::steady_clock::duration>(m_now()));
        };
        Result<std::unique_ptr<SqliteStore>> opened = SqliteStore::open(options);
        if (!opened)
            qFatal("a store does not open: %s", qPrintable(opened.error().message));
        m_store = std::move(*opened);
        m_store->deliverNow();
    }

    // The process is gone: what it still does reaches nothing.
    void abandon()
    {
        m_disk.freezeAfter(0);
        m_store.reset();
    }

    // Makes the folder what the image says. A file that is so already is left alone, and one that is there
    // keeps its inode: the store must find the very files that it left.
    void putBack(const Disk::Image& image)
    {
        torture::wiring().remove(&m_disk);
        for (const QString& path : filesBelow(m_root)) {
            if (!image.contains(path.toStdString()))
                QFile::remove(path);
        }
        for (const auto& [path, entry] : image)
            write(QString::fromStdString(path), entry);
        m_disk.reset(image);
        torture::wiring().add(&m_disk);
    }
    void replaceFiles(const Disk::Image& image)
    {
        torture::wiring().remove(&m_disk);
        // Renamed before the new ones are made, so that no new file gets an old one's inode.
        const QString old = m_root + QStringLiteral(".old");
        QDir().rename(m_root, old);
        QDir().mkpath(m_root);
        for (const auto& [path, entry] : image)
            write(QString::fromStdString(path), entry);
        QDir(old).removeRecursively();
        m_disk.reset(image);
        torture::wiring().add(&m_disk);
    }
    static void write(const QString& path, const std::pair<bool, QByteArray>& entry)
    {
        const auto& [isFolder, content] = entry;
        if (isFolder) {
            QDir().mkpath(path);
            return;
        }
        QFile file(path);
        if (file.open(QIODevice::ReadOnly) && file.readAll() == content)
            return;
        file.close();
        if (!file.open(QIODevice::WriteOnly) || file.write(content) != content.size())
            qFatal("%s cannot be written", qPrintable(path));
    }
    static QStringList filesBelow(const QString& folder)
    {
        QStringList files;
        for (const QFileInfo& entry :
             QDir(folder).entryInfoList(QDir::AllEntries | QDir::Hidden | QDir::NoDotAndDotDot)) {
            if (entry.isDir())
                files += filesBelow(entry.filePath());
            else
                files.append(entry.filePath());
        }
        return files;
    }

    const std::function<Duration()> m_now;
    std::mt19937_64 m_random;
    const QString m_root;
    Disk m_disk;
    std::unique_ptr<SqliteStore> m_store;
};

namespace {

struct Files final : VirtualDisk::Backup {
    explicit Files(Disk::Image taken)
        : image(std::move(taken))
    {}
    Disk::Image image;
};

} // namespace

SqliteDisk::SqliteDisk(quint64 seed, std::function<Duration()> now)
    : m_impl(std::make_unique<Impl>(seed, std::move(now)))
{}

SqliteDisk::~SqliteDisk() = default;

Store& SqliteDisk::store()
{
    return m_impl->store();
}

std::vector<SideEntry> SqliteDisk::durableSide(SideTable table)
{
    return m_impl->store().durableSide(table).value_or(std::vector<SideEntry>());
}

size_t SqliteDisk::pending() const
{
    return m_impl->store().pending();
}

void SqliteDisk::commitPending()
{
    // Once: what callbacks write has its own turn.
    m_impl->commit();
}

void SqliteDisk::crash(size_t survivors)
{
    if (survivors > 0 && pending() > 0)
        m_impl->cutShort();
    m_impl->losePower();
}

void SqliteDisk::wipe()
{
    m_impl->wipe();
}

std::unique_ptr<VirtualDisk::Backup> SqliteDisk::backup() const
{
    return std::make_unique<Files>(m_impl->image());
}

void SqliteDisk::restore(const Backup& backup, Restored how)
{
    m_impl->restore(static_cast<const Files&>(backup).image, how);
}

void SqliteDisk::becomeReadOnly(const QString&)
{
    m_impl->freeBytes = 0;
    if (pending() > 0)
        m_impl->commit();
}

void SqliteDisk::recover()
{
    m_impl->freeBytes = qint64{1} << 40;
    m_impl->idle();
}

void SqliteDisk::failSync(const QString&, size_t)
{
    // Nothing to sync: it would else fail at a later one, when everything has healed.
    if (pending() == 0)
        return;
    m_impl->failNextSync();
    m_impl->commit();
}

void SqliteDisk::setRelaxed(bool relaxed)
{
    m_impl->durability = relaxed ? Durability::Relaxed : Durability::Fsync;
}

void SqliteDisk::losePower(size_t)
{
    m_impl->losePower();
}

void SqliteDisk::stop()
{
    m_impl->stop();
}

} // namespace ringmaster
