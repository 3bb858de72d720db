// SPDX-License-Identifier: GPL-3.0-or-later
// Keys and values in a file, one record after another: JSON lines, CSV and TSV. RecordReader reads them.
//
//   jsonl  {"key": "k", "value": "v"}
//          key_base64 and value_base64 for what is not UTF-8; a key with siblings has
//          "values": [{"value": ...}, ...] instead of "value"
//   csv    k,v
//          RFC 4180: quoted where need be, "" is a quote, lines end inside quotes too
//   tsv    k<TAB>v
//          no quoting at all, so neither may hold a tab or the end of a line, nor a key begin with a byte
//          order mark
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

// One line of json lines. Malformed, saying what is missing.
[[nodiscard]] Result<Record> recordFromJson(const QByteArray& line);
// As Key::fromBytes() where the key is none.
[[nodiscard]] Result<Record> recordFrom(const QByteArray& key, const QList<QByteArray>& values);

} // namespace ringmaster
