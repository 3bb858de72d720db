// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/sqlite/store_lock.h"

#include <QFile>
#include <QFileInfo>

#include <cerrno>
#include <cstring>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace ringmaster {

namespace {

QByteArray holderOf(int fd)
{
    char written[32];
    const ssize_t read = ::pread(fd, written, sizeof written, 0);
    const QByteArray id = QByteArray(written, std::max<ssize_t>(0, read)).trimmed();
    return id.isEmpty() || id.toLongLong() <= 0 ? QByteArray("unknown") : id;
}

tl::unexpected<Error> unusable(const QString& path, int error)
{
    return failure(
        ErrorCode::Unavailable,
        QStringLiteral("The data folder \"%1\" cannot be used: %2. Nothing was changed. Give this user write "
                       "access to it, or choose another data folder.")
            .arg(QFileInfo(path).path(), QString::fromLocal8Bit(std::strerror(error))));
}

} // namespace

Result<std::unique_ptr<StoreLock>> StoreLock::take(const QString& path)
{
    const int fd = ::open(QFile::encodeName(path).constData(), O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    if (fd < 0)
        return unusable(path, errno);
    std::unique_ptr<StoreLock> lock(new StoreLock(fd));
    if (::flock(fd, LOCK_EX | LOCK_NB) != 0) {
        if (errno != EWOULDBLOCK)
            return unusable(path, errno);
        return failure(
            ErrorCode::Conflict,
            QStringLiteral("The data folder \"%1\" is in use by another node (process %2). Stop that node, "
                           "or choose another data folder.")
                .arg(QFileInfo(path).path(), QString::fromLatin1(holderOf(fd))));
    }
    // For the message above only: that it cannot be written (a full disk) is no reason to stay out.
    const QByteArray id = QByteArray::number(static_cast<qint64>(::getpid())) + '\n';
    if (::ftruncate(fd, 0) == 0)
        (void)!::pwrite(fd, id.constData(), static_cast<size_t>(id.size()), 0);
    return lock;
}

StoreLock::~StoreLock()
{
    ::close(m_fd);
}

} // namespace ringmaster
