// SPDX-License-Identifier: GPL-3.0-or-later
// A file system of a few MiB that a test can fill up, in a mount namespace of this process's own: nobody
// else sees it, and it is gone when the process ends, however it ends.
#pragma once

#include <QFile>
#include <QTemporaryDir>

#include <optional>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

namespace ringmaster {

class SmallVolume {
public:
    // Call it first in main(), while the process has one thread.
    static void prepareProcess()
    {
        const uid_t user = ::geteuid();
        const int flags = user == 0 ? CLONE_NEWNS : CLONE_NEWNS | CLONE_NEWUSER;
        if (::unshare(flags) != 0)
            return;
        if (user != 0) { // who we are, inside
            QFile map(QStringLiteral("/proc/self/uid_map"));
            if (!map.open(QIODevice::WriteOnly | QIODevice::Unbuffered) ||
                map.write("0 " + QByteArray::number(user) + " 1") <= 0)
                return;
        }
        prepared() = ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0;
    }

    // Nothing where the system does not let us.
    static std::optional<SmallVolume> mount(qint64 bytes)
    {
        std::optional<SmallVolume> made(SmallVolume{});
        const QByteArray size = "size=" + QByteArray::number(bytes);
        const QByteArray path = QFile::encodeName(made->path());
        if (!prepared() || ::mount("none", path.constData(), "tmpfs", 0, size.constData()) != 0)
            return std::nullopt;
        made->m_mounted = true;
        return made;
    }
    ~SmallVolume()
    {
        if (m_mounted)
            ::umount2(QFile::encodeName(path()).constData(), MNT_DETACH);
    }
    SmallVolume(SmallVolume&& other) noexcept
        : m_folder(std::move(other.m_folder))
        , m_mounted(std::exchange(other.m_mounted, false))
    {}

    QString path() const { return m_folder->path(); }

private:
    SmallVolume()
        : m_folder(std::make_unique<QTemporaryDir>())
    {}
    static bool& prepared()
    {
        static bool done = false;
        return done;
    }

    std::unique_ptr<QTemporaryDir> m_folder;
    bool m_mounted = false;
};

} // namespace ringmaster
