// SPDX-License-Identifier: GPL-3.0-or-later
// A disk that fails on purpose: what would be on it if the power went now, and which call goes wrong.
//
// It is told of every call that changes something below a folder (torture_calls.h), and does what the call
// is to come back with. A write reaches the disk for sure when its file was synced afterwards, a name when
// its folder was. Until then it may be there or not, each by itself; the last write may be there in part.
// After a sync that failed, what it should have saved may be lost for good although a later sync succeeds:
// that is what kernels do.
#pragma once

#include <QByteArray>

#include <cerrno>
#include <map>
#include <memory>
#include <mutex>
#include <optional>
#include <random>
#include <string>
#include <vector>

namespace ringmaster::torture {

enum class Call : char {
    Write = 'w',
    Truncate = 't',
    Sync = 's',
    FolderSync = 'd',
    Create = 'c',
    Rename = 'r',
    Unlink = 'u',
    MakeFolder = 'm',
};

struct Fault {
    enum class Kind {
        None,
        Crash, // the k-th call is the last: nothing after it reaches the disk
        Fails, // the k-th call comes back with EIO
        Full,  // from the k-th call on, some calls that need room come back with ENOSPC
    };
    Kind kind = Kind::None;
    int k = 0;        // from 1
    int calls = 1;    // of Full
    quint64 seed = 0; // of what chance decides
};

// One file or folder, under whatever name.
struct Inode {
    struct Change {
        bool truncates = false;
        qint64 offset = 0; // or the new size
        QByteArray bytes;
    };
    bool isFolder = false;
    QByteArray synced;
    std::vector<Change> unsynced;

    static void apply(const Change& change, QByteArray& to)
    {
        if (change.truncates) {
            to.resize(static_cast<qsizetype>(change.offset), '\0');
            return;
        }
        const auto end = static_cast<qsizetype>(change.offset) + change.bytes.size();
        if (to.size() < end)
            to.append(QByteArray(end - to.size(), '\0'));
        to.replace(static_cast<qsizetype>(change.offset), change.bytes.size(), change.bytes);
    }
    QByteArray latest() const
    {
        QByteArray content = synced;
        for (const Change& change : unsynced)
            apply(change, content);
        return content;
    }
};
using InodePtr = std::shared_ptr<Inode>;

class Disk {
public:
    using Names = std::map<std::string, InodePtr>;
    using Image = std::map<std::string, std::pair<bool, QByteArray>>; // by path: is a folder, content

    Disk(std::string root, Fault fault)
        : m_root(std::move(root))
        , m_fault(fault)
        , m_random(fault.seed)
    {}

    // Whether a path is on this disk. SQLite's shared memory is no storage: it is made anew after a crash.
    bool holds(const std::string& path) const
    {
        return path.size() > m_root.size() && path.starts_with(m_root) && path[m_root.size()] == '/' &&
               !path.ends_with("-shm");
    }
    bool isRoot(const std::string& path) const { return path == m_root; }

    // What the next call is to do: 0: its work; an error number: fail; crashed() may be true afterwards.
    int next(Call call)
    {
        ++m_count;
        if (m_keepsCalls)
            m_calls.push_back(static_cast<char>(call));
        if (m_callsLeft && (*m_callsLeft)-- == 0)
            m_isFrozen = true;
        if (m_isFrozen || (call == Call::Sync && std::exchange(m_failsNextSync, false)))
            return EIO;
        if (m_crashed || m_fault.kind == Fault::Kind::None || m_count < m_fault.k)
            return 0;
        if (m_fault.kind == Fault::Kind::Crash) {
            m_struck = m_crashed = true;
            m_struckCall = call;
            return 0;
        }
        if (m_fault.kind == Fault::Kind::Fails)
            return m_count == m_fault.k ? strike(call, EIO) : 0;
        const bool needsRoom = call == Call::Write || call == Call::Create || call == Call::MakeFolder;
        if (!needsRoom || m_fault.calls == 0)
            return 0;
        --m_fault.calls;
        return strike(call, ENOSPC);
    }

    void write(const InodePtr& file, qint64 offset, QByteArray bytes)
    {
        file->unsynced.push_back({false, offset, std::move(bytes)});
    }
    void truncate(const InodePtr& file, qint64 size) { file->unsynced.push_back({true, size, {}}); }
    void sync(const InodePtr& file)
    {
        for (const Inode::Change& change : std::exchange(file->unsynced, {}))
            Inode::apply(change, file->synced);
    }
    // The kernel could not write the pages, and forgot that they were to be written.
    void failToSync(const InodePtr& file)
    {
        for (const Inode::Change& change : std::exchange(file->unsynced, {})) {
            if (m_random() % 2 == 0)
                Inode::apply(change, file->synced);
        }
    }
    void syncFolder(const std::string& path)
    {
        std::erase_if(m_renamings, [&](const Naming& naming) {
            const bool saved = isIn(naming, path);
            if (saved)
                apply(naming, m_savedNames);
            return saved;
        });
    }

    void failToSyncFolder(const std::string& path)
    {
        std::erase_if(m_renamings, [&](const Naming& naming) {
            if (!isIn(naming, path))
                return false;
            if (chance())
                apply(naming, m_savedNames);
            return true;
        });
    }

    InodePtr make(const std::string& path, bool isFolder)
    {
        auto inode = std::make_shared<Inode>();
        inode->isFolder = isFolder;
        note({{}, path, inode});
        return inode;
    }
    void rename(const std::string& from, const std::string& to) { note({from, to, m_names[from]}); }
    void unlink(const std::string& path) { note({{}, path, nullptr}); }
    InodePtr find(const std::string& path) const
    {
        const auto found = m_names.find(path);
        return found == m_names.end() ? nullptr : found->second;
    }
    const Names& names() const { return m_names; }

    // The disk after the power went: all that was synced, and what chance left of the rest.
    Image afterPowerCut()
    {
        const auto luck = static_cast<Luck>(m_random() % 4);
        Names names = m_savedNames;
        for (const Naming& naming : m_renamings) {
            if (survives(luck))
                apply(naming, names);
        }
        Image image;
        for (const auto& [path, inode] : names) {
            if (isReachable(path, names))
                image[path] = {inode->isFolder, contentAfter(*inode, luck)};
        }
        return image;
    }

    // Instead of a crash, for a program that goes on: from the call after so many more on, everything fails
    // and nothing reaches the disk.
    void freezeAfter(int calls)
    {
        m_callsLeft = calls;
        m_isFrozen = m_isFrozen || calls == 0;
    }
    bool isFrozen() const { return m_isFrozen; }
    void failNextSync() { m_failsNextSync = true; }
    void keepNoCalls() { m_keepsCalls = false; }
    // As it is to programs; and a disk that holds exactly that, all of it synced.
    Image latest() const
    {
        Image image;
        for (const auto& [path, inode] : m_names)
            image[path] = {inode->isFolder, inode->latest()};
        return image;
    }
    void reset(const Image& image)
    {
        m_names.clear();
        m_renamings.clear();
        for (const auto& [path, entry] : image) {
            m_names[path] = std::make_shared<Inode>();
            m_names[path]->isFolder = entry.first;
            m_names[path]->synced = entry.second;
        }
        m_savedNames = m_names;
        m_callsLeft.reset();
        m_isFrozen = false;
        m_failsNextSync = false;
    }

    int count() const { return m_count; }
    const std::string& calls() const { return m_calls; }
    bool struck() const { return m_struck; } // the fault has come
    Call struckCall() const { return m_struckCall; }
    bool crashed() const { return m_crashed; }
    bool chance() { return m_random() % 2 == 0; }

    std::recursive_mutex mutex; // to be held around every call of the rest

private:
    enum class Luck { NothingMore, AllOfIt, AtRandom, AllButTheEnd };
    struct Naming {
        std::string from; // of a renaming
        std::string to;
        InodePtr inode; // nothing: the name goes
    };

    int strike(Call call, int error)
    {
        if (!std::exchange(m_struck, true))
            m_struckCall = call;
        return error;
    }
    void note(Naming naming)
    {
        apply(naming, m_names);
        m_renamings.push_back(std::move(naming));
    }
    static void apply(const Naming& naming, Names& names)
    {
        if (!naming.from.empty())
            names.erase(naming.from);
        if (naming.inode)
            names[naming.to] = naming.inode;
        else
            names.erase(naming.to);
    }
    static bool isIn(const Naming& naming, const std::string& folder)
    {
        return folderOf(naming.to) == folder || (!naming.from.empty() && folderOf(naming.from) == folder);
    }
    static std::string folderOf(const std::string& path) { return path.substr(0, path.rfind('/')); }
    bool isReachable(const std::string& path, const Names& names) const
    {
        const std::string folder = folderOf(path);
        return folder == m_root || (names.contains(folder) && isReachable(folder, names));
    }
    bool survives(Luck luck)
    {
        return luck == Luck::AllOfIt || luck == Luck::AllButTheEnd || (luck == Luck::AtRandom && chance());
    }
    QByteArray contentAfter(const Inode& inode, Luck luck)
    {
        QByteArray content = inode.synced;
        size_t left = inode.unsynced.size();
        if (luck == Luck::AllButTheEnd && left > 0)
            left = m_random() % (left + 1);
        for (size_t i = 0; i < left; ++i) {
            Inode::Change change = inode.unsynced[i];
            if (!survives(luck))
                continue;
            const bool isLast = i + 1 == left;
            if (isLast && luck != Luck::AllOfIt && !change.truncates && change.bytes.size() > 1 && chance())
                change.bytes.truncate(
                    static_cast<qsizetype>(m_random() % static_cast<quint64>(change.bytes.size())));
            Inode::apply(change, content);
        }
        return content;
    }

    const std::string m_root;
    Fault m_fault;
    std::mt19937_64 m_random;
    int m_count = 0;
    std::string m_calls;
    bool m_keepsCalls = true;
    std::optional<int> m_callsLeft; // until it freezes
    bool m_isFrozen = false;
    bool m_failsNextSync = false;
    bool m_struck = false;
    bool m_crashed = false;
    Call m_struckCall = Call::Write;
    Names m_names;      // as the programs see them
    Names m_savedNames; // as they are on the disk for sure
    std::vector<Naming> m_renamings;
};

} // namespace ringmaster::torture
