// SPDX-License-Identifier: GPL-3.0-or-later
// Keys and values in a file, one record after another: JSON lines, CSV and TSV. Pure: bytes in, records out.
//
//   jsonl  {"key": "k", "value": "v"}      key_base64, value_base64 for what is not UTF-8; a key with
//   siblings
//                                          has "values": [{"value": ...}, ...] instead of "value"
//   csv    k,v                             RFC 4180: quoted where need be, "" is a quote, lines end inside
//   quotes too tsv    k<TAB>v                         no quoting at all, so neither may hold a tab or the end
//   of a line
//
// csv and tsv hold one value a key, of any other bytes.
#pragma once

#include "nodecore/base/result.h"

#include <QByteArray>
#include <QList>
#include <QString>

#include <optional>

namespace ringmaster {

enum class RecordFormat { JsonLines, Csv, Tsv };

std::optional<RecordFormat> recordFormatNamed(const QString& name);      // "jsonl", "csv", "tsv"
std::optional<RecordFormat> recordFormatOfFile(const QString& fileName); // by its ending
// By the first line: a tab means tsv, a { at its beginning jsonl, else a comma csv.
std::optional<RecordFormat> recordFormatOfLine(const QByteArray& firstLine);

struct Record {
    QByteArray key;
    QList<QByteArray> values; // one, or the siblings
    qint64 line = 0;          // at which it begins, from 1

    friend bool operator==(const Record&, const Record&) = default;
};

// Malformed where the format cannot hold it. Ends with a line end.
[[nodiscard]] Result<QByteArray> formatRecord(RecordFormat format, const Record& record);

// Takes records out of bytes that come piece by piece. Holds no more than one record and what was fed.
class RecordReader {
public:
    static constexpr qsizetype maxRecordBytes = 16 * 1024 * 1024;

    explicit RecordReader(RecordFormat format)
        : m_format(format)
    {}

    void feed(const QByteArray& bytes) { m_buffer.append(bytes); }
    void end() { m_ended = true; }
    // Nothing: feed more, or the end was reached. An error is of one line; the next call goes on after it.
    std::optional<Result<Record>> next();
    // Of the record that next() gave last.
    qint64 line() const { return m_recordLine; }

private:
    std::optional<QByteArray> takeLine();
    qsizetype endOfRecord();
    Result<Record> parse(const QByteArray& line) const;

    RecordFormat m_format;
    QByteArray m_buffer;
    qsizetype m_at = 0;      // where the next record begins
    qsizetype m_scanned = 0; // how far its end was looked for
    bool m_inQuotes = false; // at m_scanned; csv
    bool m_skipping = false; // the rest of a record that was too long
    bool m_ended = false;
    qint64 m_line = 1;
    qint64 m_recordLine = 0;
};

} // namespace ringmaster
