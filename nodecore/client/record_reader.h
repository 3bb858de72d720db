// SPDX-License-Identifier: GPL-3.0-or-later
// Takes records out of a file that comes piece by piece. Pure: bytes in, records out. Holds no more than one
// record and what was fed.
//
// A byte order mark at the head of a file belongs to no record. A record that cannot be read costs its first
// line and no other: the next one begins on the line after it.
#pragma once

#include "nodecore/client/csv_scanner.h"
#include "nodecore/client/record_format.h"

namespace ringmaster {

// Of csv and tsv: where key and value stand. Unless one is chosen, a file has two columns.
struct RecordColumns {
    bool header = false; // the first line holds the columns' names
    QString key = {};    // a name in the header, or a number from 1; empty: 1
    QString value = {};  // likewise; empty: 2

    bool isDefault() const { return !header && key.isEmpty() && value.isEmpty(); }
};

class RecordReader {
public:
    static constexpr qsizetype maxRecordBytes = 16 * 1024 * 1024;

    explicit RecordReader(RecordFormat format, RecordColumns columns = {});

    void feed(const QByteArray& bytes) { m_buffer.append(bytes); }
    void end() { m_ended = true; }
    // Nothing: feed more, or the end was reached. An error is of one line; the next call goes on after it.
    std::optional<Result<Record>> next();
    // Of the record that next() gave last.
    qint64 line() const { return m_recordLine; }
    // The last error is one of the whole file: its encoding, its header. There are no more records.
    bool isUnreadable() const { return m_unreadable; }

private:
    using Fields = QList<QByteArray>; // of json lines, the line; none of a blank one
    struct Place {
        qsizetype key = 0;
        qsizetype value = 1;
        qsizetype count = 0; // of columns; 0: as the first record has
    };

    bool skipByteOrderMark();
    std::optional<Result<Fields>> takeFields();
    std::optional<Result<Fields>> takeCsv();
    std::optional<Result<Fields>> takeLine();
    std::optional<Result<Fields>> passLine(ErrorCode code, const QString& problem);
    std::optional<Result<Fields>> waitForMore();
    Result<void> place(const Fields& names);
    Result<Record> recordOf(const Fields& fields);
    Error unreadable(const QString& problem);

    RecordFormat m_format;
    RecordColumns m_columns;
    std::optional<Place> m_place; // nothing: not known before the first record
    QByteArray m_buffer;
    qsizetype m_at = 0;      // where the next record begins
    qsizetype m_scanned = 0; // how far its end was looked for
    CsvScanner m_csv;        // of what lies between the two
    Error m_passing;         // of a line whose end has not come yet; its bytes are not kept
    bool m_isPassing = false;
    bool m_begun = false;
    bool m_ended = false;
    bool m_unreadable = false;
    qint64 m_line = 1;
    qint64 m_recordLine = 0;
};

} // namespace ringmaster
