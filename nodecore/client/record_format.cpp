// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/client/record_format.h"

#include "nodecore/base/key.h"
#include "nodecore/base/utf8.h"
#include "nodecore/client/client_json.h"

#include <QJsonDocument>

#include <algorithm>

namespace ringmaster {

using namespace Qt::StringLiterals;

namespace {

QByteArray csvField(const QByteArray& bytes)
{
    const bool plain = std::none_of(bytes.begin(), bytes.end(),
                                    [](char c) { return c == ',' || c == '"' || c == '\n' || c == '\r'; });
    // A mark at the head of a file would be taken off; behind a quote it is not there.
    if (plain && !beginsWithByteOrderMark(bytes))
        return bytes;
    QByteArray quoted = bytes;
    quoted.replace("\"", "\"\"");
    return '"' + quoted + '"';
}

QByteArray jsonLine(const Record& record)
{
    QJsonObject object;
    setBytesField(object, u"key"_s, record.key);
    if (record.values.size() == 1) {
        setBytesField(object, u"value"_s, record.values.first());
    } else {
        QJsonArray values;
        for (const QByteArray& value : record.values) {
            QJsonObject sibling;
            setBytesField(sibling, u"value"_s, value);
            values.append(sibling);
        }
        object.insert(u"values"_s, values);
    }
    return QJsonDocument(object).toJson(QJsonDocument::Compact) + '\n';
}

} // namespace

std::optional<RecordFormat> recordFormatNamed(const QString& name)
{
    if (name == "jsonl"_L1)
        return RecordFormat::JsonLines;
    if (name == "csv"_L1)
        return RecordFormat::Csv;
    return name == "tsv"_L1 ? std::optional(RecordFormat::Tsv) : std::nullopt;
}

std::optional<RecordFormat> recordFormatOfFile(const QString& fileName)
{
    const QString ending = fileName.section(u'.', -1).toLower();
    if (!fileName.contains(u'.'))
        return std::nullopt;
    if (ending == "json"_L1 || ending == "ndjson"_L1)
        return RecordFormat::JsonLines;
    return recordFormatNamed(ending);
}

std::optional<RecordFormat> recordFormatOfLine(const QByteArray& firstLine)
{
    const qsizetype begins = firstLine.startsWith(utf8ByteOrderMark) ? utf8ByteOrderMark.size() : 0;
    if (firstLine.mid(begins).trimmed().startsWith('{'))
        return RecordFormat::JsonLines;
    if (firstLine.contains('\t'))
        return RecordFormat::Tsv;
    return firstLine.contains(',') ? std::optional(RecordFormat::Csv) : std::nullopt;
}

Result<QByteArray> formatRecord(RecordFormat format, const Record& record)
{
    if (format == RecordFormat::JsonLines)
        return jsonLine(record);
    if (record.values.size() != 1)
        return failure(ErrorCode::Malformed,
                       u"it has %1 siblings, and this format holds one value a key; use jsonl"_s.arg(
                           record.values.size()));
    const QByteArray& value = record.values.first();
    if (format == RecordFormat::Csv)
        return csvField(record.key) + ',' + csvField(value) + '\n';
    const auto breaks = [](char c) { return c == '\t' || c == '\n' || c == '\r'; };
    if (std::any_of(record.key.begin(), record.key.end(), breaks) ||
        std::any_of(value.begin(), value.end(), breaks))
        return failure(ErrorCode::Malformed,
                       u"it holds a tab or the end of a line, which tsv cannot; use jsonl or csv"_s);
    if (beginsWithByteOrderMark(record.key))
        return failure(
            ErrorCode::Malformed,
            u"the key begins with a byte order mark, which a reader of tsv may drop; use jsonl or csv"_s);
    return record.key + '\t' + value + '\n';
}

Result<Record> recordFromJson(const QByteArray& line)
{
    QJsonParseError error;
    const QJsonObject object = documentFrom(line, &error).object();
    if (error.error != QJsonParseError::NoError)
        return failure(ErrorCode::Malformed, u"no JSON (%1)"_s.arg(error.errorString()));
    const auto key = bytesField(object, u"key"_s);
    if (!key)
        return failure(ErrorCode::Malformed, u"no \"key\" or \"key_base64\" that is a text"_s);

    QList<QByteArray> values;
    if (object.contains("values"_L1)) {
        for (const QJsonValue& sibling : object.value("values"_L1).toArray()) {
            const auto value = bytesField(sibling.toObject(), u"value"_s);
            if (!value)
                return failure(
                    ErrorCode::Malformed,
                    u"\"values\" holds something else than {\"value\": text} or {\"value_base64\": text}"_s);
            values.append(*value);
        }
        if (values.isEmpty())
            return failure(ErrorCode::Malformed, u"\"values\" is no array or is empty"_s);
    } else if (const auto value = bytesField(object, u"value"_s)) {
        values.append(*value);
    } else {
        return failure(ErrorCode::Malformed, u"no \"value\" or \"value_base64\" that is a text"_s);
    }
    return recordFrom(*key, values);
}

Result<Record> recordFrom(const QByteArray& key, const QList<QByteArray>& values)
{
    auto valid = Key::fromBytes(key);
    if (!valid)
        return tl::make_unexpected(valid.error());
    return Record{key, values, 0};
}

} // namespace ringmaster
