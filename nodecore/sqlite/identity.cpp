// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/sqlite/identity.h"

#include "nodecore/base/bytes.h"
#include "nodecore/sqlite/durable_file.h"

#include <QFile>
#include <QRandomGenerator>

#include <sys/stat.h>

namespace ringmaster {

namespace {

constexpr qsizetype wordBytes = 32; // 16 random bytes, hexadecimal

bool inspect(const QString& path, struct stat& found)
{
    return ::stat(QFile::encodeName(path).constData(), &found) == 0;
}

QByteArray randomWord()
{
    quint32 raw[4];
    QRandomGenerator::system()->fillRange(raw);
    return QByteArray(reinterpret_cast<const char*>(raw), sizeof raw).toHex();
}

} // namespace

QByteArray StoreIdentity::stampOf(const QString& path, const QByteArray& word) const
{
    struct stat id, database;
    if (!inspect(path, id) || !inspect(m_databasePath, database))
        return {};
    ByteWriter stamp;
    stamp.bytes(word);
    // No device numbers: those may change when the machine starts again.
    stamp.u64(id.st_ino);
    stamp.u64(static_cast<quint64>(id.st_ctim.tv_sec));
    stamp.u64(static_cast<quint64>(id.st_ctim.tv_nsec));
    stamp.u64(database.st_ino);
    return stamp.take();
}

bool StoreIdentity::matches(const QByteArray& recordedStamp)
{
    for (size_t i = 0; i < m_idPaths.size(); ++i) {
        QFile file(m_idPaths[i]);
        if (recordedStamp.isEmpty() || !file.open(QIODevice::ReadOnly))
            continue;
        if (stampOf(m_idPaths[i], file.read(wordBytes)) == recordedStamp) {
            m_current = i;
            return true;
        }
    }
    return false;
}

Result<QByteArray> StoreIdentity::renew()
{
    const QByteArray word = randomWord();
    if (Result<void> written = writeDurably(otherPath(), word); !written)
        return tl::make_unexpected(written.error());
    m_current = 1 - m_current;
    return stampOf(currentPath(), word);
}

void StoreIdentity::settle() const
{
    QFile::remove(otherPath());
}

} // namespace ringmaster
