// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/sqlite/durable_file.h"

#include <QFile>
#include <QFileInfo>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <fcntl.h>
#include <unistd.h>

namespace ringmaster {

namespace {

Result<void> fileError(const QString& path, int error)
{
    const ErrorCode code = error == ENOSPC || error == EDQUOT ? ErrorCode::ReadOnly : ErrorCode::Unavailable;
    return failure(
        code, QStringLiteral("\"%1\" cannot be written: %2. Nothing that was there was changed. Make room "
                             "on the disk, give this user write access to the folder, and start again.")
                  .arg(path, QString::fromLocal8Bit(std::strerror(error))));
}

// A file descriptor that closes itself.
class Descriptor {
public:
    Descriptor(const QString& path, int flags)
        : m_fd(::open(QFile::encodeName(path).constData(), flags | O_CLOEXEC, 0644))
    {}
    ~Descriptor()
    {
        if (m_fd >= 0)
            ::close(m_fd);
    }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;

    bool isOpen() const { return m_fd >= 0; }
    bool sync() const { return ::fsync(m_fd) == 0; }
    bool write(QByteArrayView bytes) const
    {
        while (!bytes.isEmpty()) {
            const ssize_t written = ::write(m_fd, bytes.data(), static_cast<size_t>(bytes.size()));
            if (written < 0 && errno == EINTR)
                continue;
            if (written < 0)
                return false;
            bytes = bytes.sliced(written);
        }
        return true;
    }

private:
    int m_fd;
};

} // namespace

Result<void> rewriteDurably(const QString& path)
{
    constexpr qint64 pieceBytes = qint64{1} << 20;
    QFile source(path);
    const Descriptor target(path, O_WRONLY);
    if (!target.isOpen())
        return fileError(path, errno);
    if (!source.open(QIODevice::ReadOnly | QIODevice::Unbuffered))
        return fileError(path, EIO);
    for (QByteArray piece = source.read(pieceBytes); !piece.isEmpty(); piece = source.read(pieceBytes)) {
        if (!target.write(piece))
            return fileError(path, errno);
    }
    if (source.error() != QFile::NoError)
        return fileError(path, EIO);
    return target.sync() ? Result<void>() : fileError(path, errno);
}

Result<void> syncFolder(const QString& folder)
{
    const Descriptor opened(folder, O_RDONLY | O_DIRECTORY);
    if (!opened.isOpen() || !opened.sync())
        return fileError(folder, errno);
    return {};
}

Result<void> renameDurably(const QString& from, const QString& to)
{
    if (std::rename(QFile::encodeName(from).constData(), QFile::encodeName(to).constData()) != 0)
        return fileError(to, errno);
    return syncFolder(QFileInfo(to).absolutePath());
}

Result<void> writeDurably(const QString& path, const QByteArray& bytes)
{
    const QString unfinished = path + QStringLiteral(".new");
    {
        const Descriptor file(unfinished, O_WRONLY | O_CREAT | O_TRUNC);
        if (!file.isOpen() || !file.write(bytes) || !file.sync()) {
            const int error = errno;
            QFile::remove(unfinished);
            return fileError(path, error);
        }
    }
    return renameDurably(unfinished, path);
}

} // namespace ringmaster
