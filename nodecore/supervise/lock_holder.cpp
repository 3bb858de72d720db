// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/supervise/lock_holder.h"

#include <QDir>
#include <QFile>

#include <sys/stat.h>

namespace ringmaster {

using namespace Qt::StringLiterals;

namespace {

// /proc/locks names a file by its inode, and for some file systems by another device than stat() does.
bool hasOpen(qint64 pid, const struct stat& wanted)
{
    const QDir open(u"/proc/%1/fd"_s.arg(pid));
    for (const QString& number : open.entryList(QDir::Files | QDir::System)) {
        struct stat one = {};
        if (::stat(QFile::encodeName(open.filePath(number)).constData(), &one) == 0 &&
            one.st_dev == wanted.st_dev && one.st_ino == wanted.st_ino)
            return true;
    }
    return false;
}

} // namespace

std::optional<ProcessIdentity> holderOf(const QString& file)
{
    struct stat wanted = {};
    QFile locks(u"/proc/locks"_s);
    if (::stat(QFile::encodeName(file).constData(), &wanted) != 0 || !locks.open(QIODevice::ReadOnly))
        return std::nullopt;
    // "3: FLOCK  ADVISORY  WRITE 7233 00:1a:69483 0 EOF"; "->" in the second column for one that waits.
    for (const QByteArray& line : locks.readAll().split('\n')) {
        const QList<QByteArray> words = line.simplified().split(' ');
        if (words.value(1) != "FLOCK" || words.value(3) != "WRITE" ||
            words.value(5).split(':').last().toULongLong() != wanted.st_ino)
            continue;
        const qint64 pid = words.value(4).toLongLong();
        if (pid > 0 && hasOpen(pid, wanted))
            return identityOf(pid);
    }
    return std::nullopt;
}

} // namespace ringmaster
