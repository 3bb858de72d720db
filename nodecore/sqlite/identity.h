// SPDX-License-Identifier: GPL-3.0-or-later
// Whether a database is the very one that this folder held when it was last open.
//
// Beside the database lies a file with a random word, new at each opening. The database holds a stamp: that
// word, the inode and change time of its file, and the inode of the database. The stamp is true only where
// neither file was replaced since: a copy has other inodes; a file written over in place has another change
// time (which nobody can set) or, where only the database was, a word from another opening.
//
// Two names take turns, store.id and store.id2: the file that the stamp speaks of stays until the database
// holds the stamp of the next one durably, so a crash in between costs nothing.
//
// Not noticed: a database that was overwritten in place, same inode, with a copy taken since it was opened
// last; and a whole file system that was rolled back (a virtual machine's snapshot). Noticed although
// nothing is wrong: store.id's owner or permissions were changed. That costs a new actor, no data.
#pragma once

#include "nodecore/base/result.h"

#include <QByteArray>
#include <QString>

#include <array>

namespace ringmaster {

class StoreIdentity {
public:
    StoreIdentity(const QString& idPath, QString databasePath)
        : m_idPaths{idPath, idPath + QLatin1Char('2')}
        , m_databasePath(std::move(databasePath))
    {}

    // Whether the stamp that the database holds is true of the files as they are.
    bool matches(const QByteArray& recordedStamp);
    // A new word, durably, beside the one that matched; the stamp that makes it true once the database holds
    // it durably too. Call after matches().
    [[nodiscard]] Result<QByteArray> renew();
    // The database holds the stamp of the new word: the other file goes.
    void settle() const;

private:
    QByteArray stampOf(const QString& path, const QByteArray& word) const;
    const QString& currentPath() const { return m_idPaths[m_current]; }
    const QString& otherPath() const { return m_idPaths[1 - m_current]; }

    std::array<QString, 2> m_idPaths;
    size_t m_current = 0;
    QString m_databasePath;
};

} // namespace ringmaster
