// SPDX-License-Identifier: GPL-3.0-or-later
// Reads the keyed table, on the owner's thread, by a connection that cannot write.
//
// Every read sees what was committed when it began. Between two calls no snapshot stays open, except during
// a scan: end it before anything else is read.
#pragma once

#include "nodecore/sqlite/change.h"
#include "nodecore/sqlite/connection.h"

namespace ringmaster {

class KeyedReader {
public:
    [[nodiscard]] static Result<std::unique_ptr<KeyedReader>> on(std::unique_ptr<Connection> connection);

    // An absent record is a Value that is not present. Damaged where it cannot be read.
    [[nodiscard]] Result<Value> read(Area area, const QByteArray& name);

    // Rows after the place (area, after), or from the area's beginning, up to and including area last.
    [[nodiscard]] Result<void> beginScan(Area area, const QByteArray* after, Area last);
    [[nodiscard]] Result<std::optional<Row>> nextRow();
    void endScan();

    quint64 reads() const { return m_reads; } // single ones, so far

private:
    explicit KeyedReader(std::unique_ptr<Connection> connection)
        : m_connection(std::move(connection))
    {}

    std::unique_ptr<Connection> m_connection; // first: the queries go before it
    QSqlQuery m_read;
    QSqlQuery m_scanFrom;
    QSqlQuery m_scanAfter;
    QSqlQuery* m_scan = nullptr;
    quint64 m_reads = 0;
};

} // namespace ringmaster
