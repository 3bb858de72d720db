// SPDX-License-Identifier: GPL-3.0-or-later
// How a SqliteStore is opened.
#pragma once

#include <QString>

#include <chrono>
#include <functional>

namespace ringmaster {

enum class Durability {
    Fsync,   // acknowledged is on disk
    Relaxed, // acknowledged is with the operating system
};

struct SqliteStoreOptions {
    QString directory; // made where it is not there
    Durability durability = Durability::Fsync;
    // How much the cache of clean records may take. It grows by use only.
    qsizetype cacheBytes = qsizetype{64} << 20;
    // The journal is folded into the keyed table from this size on. A larger one writes less in all; it
    // takes more memory, and longer to open after a crash.
    qsizetype foldBytes = qsizetype{8} << 20;
    // So many records are folded in one transaction, which takes about as long as a few syncs; more while
    // more than half as many are committed in between.
    size_t foldStep = 256;
    // The log (WAL) is carried over to the database file when about so much was written to it.
    qint64 checkpointBytes = qint64{32} << 20;
    // A database file up to this size is read through for damage at opening; larger ones would take too
    // long. What is missed shows itself when it is read.
    qint64 checkUpToBytes = qint64{16} << 20;
    // The store becomes read-only while less than this is free on the volume.
    qint64 reserveBytes = qint64{16} << 20;
    // How often a read-only store looks whether there is room again.
    std::chrono::milliseconds recoveryInterval{1000};
    // A limit of the database file's size in pages of 4 KiB; 0 for none. At the limit it is as on a full
    // disk.
    int maxPages = 0;
    // Free bytes on the volume of directory, negative where unknown; left empty: asks the system. Called on
    // the writer's thread.
    std::function<qint64()> freeBytes;
    // Without a thread of its own the store writes nothing until workNow(), and asks `now` for the time (left
    // empty: the system's): one run is then like another. For a simulation.
    bool hasThread = true;
    std::function<std::chrono::steady_clock::time_point()> now;
};

} // namespace ringmaster
