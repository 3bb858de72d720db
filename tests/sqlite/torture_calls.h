// SPDX-License-Identifier: GPL-3.0-or-later
// Stands between this program and the C library: every call that changes a file below the folder of a Disk is
// told to it, whoever makes it (SQLite, Qt, our own code) and on whatever thread. The program's own
// definition of such a function goes before the library's, for the libraries that it loads too.
//
// Included by one program, once. Syncs below the base folder never reach the real disk: they are slow, and
// only the model is asked what they saved.
#pragma once

#include "tests/sqlite/torture_disk.h"

#include <algorithm>
#include <cerrno>
#include <cstdarg>
#include <dlfcn.h>
#include <fcntl.h>
#include <functional>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

namespace ringmaster::torture {

// What the calls look at. The lock of the wiring is taken before that of a disk, and not held beside it.
struct Wiring {
    struct Opened {
        Disk* disk = nullptr;
        InodePtr inode;
        std::string path;
        bool isFolder = false;
    };
    std::string base;              // nothing below it is really synced; set before any thread
    std::function<void()> onCrash; // called once, without a lock; does not come back

    std::mutex mutex; // of the rest
    std::vector<Disk*> disks;
    std::map<int, Opened> opened; // by file descriptor

    void add(Disk* disk)
    {
        const std::scoped_lock lock(mutex);
        disks.push_back(disk);
    }
    void remove(Disk* disk)
    {
        const std::scoped_lock lock(mutex);
        std::erase(disks, disk);
        std::erase_if(opened, [disk](const auto& entry) { return entry.second.disk == disk; });
    }
    Disk* diskOf(const std::string& path)
    {
        const std::scoped_lock lock(mutex);
        const auto found = std::find_if(disks.begin(), disks.end(), [&](const Disk* disk) {
            return disk->holds(path) || disk->isRoot(path);
        });
        return found == disks.end() ? nullptr : *found;
    }
};

inline Wiring& wiring()
{
    static Wiring wires;
    return wires;
}

// The C library's own function of that name.
template <class Function>
Function* original(const char* name)
{
    return reinterpret_cast<Function*>(::dlsym(RTLD_NEXT, name));
}

// A call on an open file of the disk: how it ended, or nothing where it is none of ours.
class Guarded {
public:
    explicit Guarded(int fd)
    {
        {
            const std::scoped_lock lock(wiring().mutex);
            const auto found = wiring().opened.find(fd);
            if (found == wiring().opened.end())
                return;
            m_opened = found->second;
        }
        m_lock = std::unique_lock(m_opened.disk->mutex);
    }
    explicit Guarded(const std::string& path)
    {
        m_opened.disk = wiring().diskOf(path);
        if (m_opened.disk)
            m_lock = std::unique_lock(m_opened.disk->mutex);
    }
    explicit operator bool() const { return m_opened.disk != nullptr; }
    Wiring::Opened* operator->() { return &m_opened; }
    Disk& disk() { return *m_opened.disk; }

    // 0: go on. Does not come back from a crash, before which `unfinished` is done.
    int next(Call call, const std::function<void()>& unfinished)
    {
        const bool wasCrashed = disk().crashed();
        const int error = disk().next(call);
        if (!disk().crashed())
            return error;
        if (!wasCrashed)
            unfinished();
        m_lock.unlock();
        wiring().onCrash();
        ::_exit(99); // not reached
    }

private:
    std::unique_lock<std::recursive_mutex> m_lock;
    Wiring::Opened m_opened;
};

inline int failed(int error)
{
    errno = error;
    return -1;
}

inline bool isBelowBase(int fd)
{
    char path[4096];
    const std::string link = "/proc/self/fd/" + std::to_string(fd);
    const ssize_t length = ::readlink(link.c_str(), path, sizeof path);
    const std::string& base = wiring().base;
    return !base.empty() && length > 0 && std::string(path, static_cast<size_t>(length)).starts_with(base);
}

inline int openFile(const char* name, const char* path, int flags, mode_t mode)
{
    auto* const real = original<int(const char*, int, ...)>(name);
    const std::string at(path);
    Guarded guarded(at);
    if (!guarded)
        return real(path, flags, mode);
    Disk& disk = guarded.disk();
    if (disk.isFrozen() && (flags & (O_CREAT | O_TRUNC)))
        return failed(EIO);
    InodePtr inode = disk.find(at);
    if (!inode && (flags & O_CREAT)) {
        if (const int error = guarded.next(Call::Create, [&] { disk.make(at, false); }); error != 0)
            return failed(error);
    }
    const int fd = real(path, flags, mode);
    if (fd < 0)
        return fd;
    struct stat found;
    const bool isFolder = ::fstat(fd, &found) == 0 && S_ISDIR(found.st_mode);
    if (!inode && !isFolder)
        inode = disk.make(at, false);
    if (inode && !isFolder && (flags & O_TRUNC))
        disk.truncate(inode, 0);
    const std::scoped_lock lock(wiring().mutex);
    wiring().opened[fd] = {&disk, inode, at, isFolder};
    return fd;
}

// bytes: what the call would write, at offset. real: does so with the first so many of them.
inline ssize_t writeFile(Guarded& guarded, QByteArray bytes, qint64 offset,
                         const std::function<ssize_t(size_t)>& real)
{
    Disk& disk = guarded.disk();
    const InodePtr file = guarded->inode;
    if (disk.isFrozen())
        return failed(EIO);
    const int error = guarded.next(Call::Write, [&] { disk.write(file, offset, bytes); });
    // A call that fails may have written a part all the same.
    if (error != 0 && (bytes.size() < 2 || disk.chance()))
        return failed(error);
    const ssize_t written = real(static_cast<size_t>(error == 0 ? bytes.size() : bytes.size() / 2));
    if (written > 0)
        disk.write(file, offset, bytes.first(written));
    if (error == ENOSPC)
        return written; // as Linux does: the next call finds no room
    return error == 0 ? written : failed(error);
}

inline int syncFile(int fd, const char* name)
{
    Guarded guarded(fd);
    if (!guarded)
        return isBelowBase(fd) ? 0 : original<int(int)>(name)(fd);
    const Call call = guarded->isFolder ? Call::FolderSync : Call::Sync;
    Disk& disk = guarded.disk();
    if (disk.isFrozen())
        return failed(EIO);
    const int error = guarded.next(call, [] {});
    if (error != 0) {
        if (guarded->isFolder)
            disk.failToSyncFolder(guarded->path);
        else
            disk.failToSync(guarded->inode);
        return failed(error);
    }
    if (guarded->isFolder)
        disk.syncFolder(guarded->path);
    else
        disk.sync(guarded->inode);
    return 0;
}

inline int truncateFile(int fd, qint64 size, const char* name)
{
    auto* const real = original<int(int, off64_t)>(name);
    Guarded guarded(fd);
    if (!guarded)
        return real(fd, size);
    Disk& disk = guarded.disk();
    const InodePtr file = guarded->inode;
    if (const int error = guarded.next(Call::Truncate, [&] { disk.truncate(file, size); }); error != 0)
        return failed(error);
    disk.truncate(file, size);
    return real(fd, size);
}

} // namespace ringmaster::torture

extern "C" {

int open(const char* path, int flags, ...)
{
    va_list rest;
    va_start(rest, flags);
    const auto mode = static_cast<mode_t>((flags & O_CREAT) ? va_arg(rest, unsigned) : 0);
    va_end(rest);
    return ringmaster::torture::openFile("open", path, flags, mode);
}

int open64(const char* path, int flags, ...)
{
    va_list rest;
    va_start(rest, flags);
    const auto mode = static_cast<mode_t>((flags & O_CREAT) ? va_arg(rest, unsigned) : 0);
    va_end(rest);
    return ringmaster::torture::openFile("open64", path, flags, mode);
}

int close(int fd)
{
    using namespace ringmaster::torture;
    auto* const real = original<int(int)>("close");
    const std::scoped_lock lock(wiring().mutex);
    wiring().opened.erase(fd);
    return real(fd);
}

ssize_t write(int fd, const void* from, size_t count)
{
    using namespace ringmaster::torture;
    auto* const real = original<ssize_t(int, const void*, size_t)>("write");
    Guarded guarded(fd);
    if (!guarded)
        return real(fd, from, count);
    const QByteArray bytes(static_cast<const char*>(from), static_cast<qsizetype>(count));
    return writeFile(guarded, bytes, ::lseek64(fd, 0, SEEK_CUR), [&](size_t n) { return real(fd, from, n); });
}

ssize_t pwrite64(int fd, const void* from, size_t count, off64_t offset)
{
    using namespace ringmaster::torture;
    auto* const real = original<ssize_t(int, const void*, size_t, off64_t)>("pwrite64");
    Guarded guarded(fd);
    if (!guarded)
        return real(fd, from, count, offset);
    const QByteArray bytes(static_cast<const char*>(from), static_cast<qsizetype>(count));
    return writeFile(guarded, bytes, offset, [&](size_t n) { return real(fd, from, n, offset); });
}

ssize_t pwrite(int fd, const void* from, size_t count, off_t offset)
{
    return pwrite64(fd, from, count, offset);
}

int ftruncate64(int fd, off64_t size) noexcept
{
    return ringmaster::torture::truncateFile(fd, size, "ftruncate64");
}

int ftruncate(int fd, off_t size) noexcept
{
    return ringmaster::torture::truncateFile(fd, size, "ftruncate64");
}

int fsync(int fd)
{
    return ringmaster::torture::syncFile(fd, "fsync");
}

int fdatasync(int fd)
{
    return ringmaster::torture::syncFile(fd, "fdatasync");
}

int rename(const char* from, const char* to) noexcept
{
    using namespace ringmaster::torture;
    auto* const real = original<int(const char*, const char*)>("rename");
    Guarded guarded{std::string(from)};
    if (!guarded)
        return real(from, to);
    Disk& disk = guarded.disk();
    if (const int error = guarded.next(Call::Rename, [&] { disk.rename(from, to); }); error != 0)
        return failed(error);
    const int done = real(from, to);
    if (done == 0)
        disk.rename(from, to);
    return done;
}

int unlink(const char* path) noexcept
{
    using namespace ringmaster::torture;
    auto* const real = original<int(const char*)>("unlink");
    Guarded guarded{std::string(path)};
    if (!guarded || !guarded.disk().find(path))
        return real(path);
    Disk& disk = guarded.disk();
    if (const int error = guarded.next(Call::Unlink, [&] { disk.unlink(path); }); error != 0)
        return failed(error);
    disk.unlink(path);
    return real(path);
}

int mkdir(const char* path, mode_t mode) noexcept
{
    using namespace ringmaster::torture;
    auto* const real = original<int(const char*, mode_t)>("mkdir");
    Guarded guarded{std::string(path)};
    if (!guarded || guarded.disk().find(path))
        return real(path, mode);
    Disk& disk = guarded.disk();
    if (const int error = guarded.next(Call::MakeFolder, [&] { disk.make(path, true); }); error != 0)
        return failed(error);
    const int done = real(path, mode);
    if (done == 0)
        disk.make(path, true);
    return done;
}

} // extern "C"
