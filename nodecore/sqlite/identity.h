// SPDX-License-Identifier: GPL-3.0-or-later
// Whether a database is the very one that this folder held when it was last open.
//
// Beside the database lies store.id, a random word, new at each opening. The database holds a stamp: that
// word, the inode and change time of store.id, and the inode of the database. The stamp is true only where
// neither file was replaced since: a copy has other inodes; a file written over in place has another change
// time (which nobody can set) or, where only the database was, a word from another opening.
//
// Not noticed: a database that was overwritten in place, same inode, with a copy taken since it was opened
// last; and a whole file system that was rolled back (a virtual machine's snapshot). Noticed although
// nothing is wrong: store.id's owner or permissions were changed. That costs a new actor, no data.
#pragma once

#include "nodecore/base/result.h"

#include <QByteArray>

namespace ringmaster {

class StoreIdentity {
public:
    StoreIdentity(QString idPath, QString databasePath)
        : m_idPath(std::move(idPath))
        , m_databasePath(std::move(databasePath))
    {}

    // Whether the stamp that the database holds is true of the files as they are.
    bool matches(const QByteArray& recordedStamp) const;
    // A new word, durably; the stamp that makes it true once the database holds it durably too.
    [[nodiscard]] Result<QByteArray> renew() const;

private:
    QByteArray stampOf(const QByteArray& word) const;

    QString m_idPath;
    QString m_databasePath;
};

} // namespace ringmaster
