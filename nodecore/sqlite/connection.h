// SPDX-License-Identifier: GPL-3.0-or-later
// One QtSql connection to one database file, and SQLite's errors in our words.
//
// Lives and dies on one thread. Its name is unique in the process, so that several stores fit in it. All
// queries made from it must be gone before it is.
#pragma once

#include "nodecore/base/result.h"

#include <QSqlDatabase>
#include <QSqlQuery>
#include <QVariant>

#include <memory>

namespace ringmaster {

class Connection {
public:
    enum class Access {
        // Can neither write nor checkpoint. SQLite 3.7.0 to 3.51.2 may corrupt a WAL database when two
        // connections write or checkpoint at the same moment: there is one ReadWrite connection to a file.
        ReadOnly,
        ReadWrite, // of a file that exists
        Create,
    };
    [[nodiscard]] static Result<std::unique_ptr<Connection>> open(const QString& path, Access access);
    ~Connection();
    Connection(const Connection&) = delete;
    Connection& operator=(const Connection&) = delete;

    [[nodiscard]] Result<void> execute(const QString& sql);
    // The first column of the first row.
    [[nodiscard]] Result<QVariant> value(const QString& sql);
    // Forward-only, to be bound and run many times.
    [[nodiscard]] Result<QSqlQuery> prepare(const QString& sql);

    const QString& path() const { return m_path; }

private:
    Connection(QString path, QString name);

    QString m_path;
    QString m_name;
    QSqlDatabase m_database;
};

// What went wrong with the file at path, from the SQLite result code:
//   a full disk or a reached size limit: ReadOnly;  damaged or not a database: Damaged;
//   no permission, locked or not there: Unavailable; all else, a failed sync among it: Internal.
Error sqliteError(const QString& path, const QSqlError& error);

// Runs a prepared query that yields no rows.
[[nodiscard]] Result<void> run(QSqlQuery& query, const QString& path);

// SQLite keeps an empty blob apart from NULL; a null QByteArray would be bound as NULL.
QVariant blob(const QByteArray& bytes);

} // namespace ringmaster
