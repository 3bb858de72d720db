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
        const gid_t group = ::getegid();
        if (user == 0 ? ::unshare(CLONE_NEWNS) != 0 : ::unshare(CLONE_NEWNS | CLONE_NEWUSER) != 0)
            return;
        // Without root, a namespace of users too, in which this one is root.
        if (user != 0 &&
            !(tell("setgroups", "deny") && tell("uid_map", "0 " + QByteArray::number(user) + " 1") &&
              tell("gid_map", "0 " + QByteArray::number(group) + " 1")))
            return;
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
    static bool tell(const char* file, const QByteArray& what)
    {
        QFile told(QStringLiteral("/proc/self/") + QLatin1String(file));
        return told.open(QIODevice::WriteOnly | QIODevice::Unbuffered) && told.write(what) == what.size();
    }
    static bool& prepared()
    {
        static bool done = false;
        return done;
    }

    std::unique_ptr<QTemporaryDir> m_folder;
    bool m_mounted = false;
};

} // namespace ringmaster
