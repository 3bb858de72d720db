// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/client/record_format.h"

#include "nodecore/base/key.h"
#include "nodecore/client/client_json.h"

#include <QJsonDocument>

#include <algorithm>

namespace ringmaster {

using namespace Qt::StringLiterals;

namespace {

Result<Record> recordOf(const QByteArray& key, const QList<QByteArray>& values)
{
    auto valid = Key::fromBytes(key);
    if (!valid)
        return tl::make_unexpected(valid.error());
    return Record{key, values, 0};
}

Result<Record> parseJson(const QByteArray& line)
{
    QJsonParseError error;
    const QJsonObject object = QJsonDocument::fromJson(line, &error).object();
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
    return recordOf(*key, values);
}

Result<Record> parseTsv(const QByteArray& line)
{
    const qsizetype tab = line.indexOf('\t');
    if (tab < 0 || line.indexOf('\t', tab + 1) >= 0)
        return failure(ErrorCode::Malformed, u"not two columns with one tab between them"_s);
    return recordOf(line.left(tab), {line.mid(tab + 1)});
}

Result<Record> parseCsv(const QByteArray& line)
{
    QList<QByteArray> fields;
    qsizetype at = 0;
    while (at <= line.size()) {
        QByteArray field;
        if (at < line.size() && line.at(at) == '"') {
            for (++at;; ++at) {
                if (at >= line.size())
                    return failure(ErrorCode::Malformed, u"a quote is not closed"_s);
                if (line.at(at) == '"') {
                    if (at + 1 >= line.size() || line.at(at + 1) != '"')
                        break;
                    ++at;
                }
                field.append(line.at(at));
            }
            ++at;
            if (at < line.size() && line.at(at) != ',')
                return failure(ErrorCode::Malformed, u"a quoted field goes on after its closing quote"_s);
        } else {
            const qsizetype comma = line.indexOf(',', at);
            const qsizetype end = comma < 0 ? line.size() : comma;
            field = line.mid(at, end - at);
            at = end;
        }
        fields.append(field);
        ++at; // the comma, or past the end
    }
    if (fields.size() != 2)
        return failure(ErrorCode::Malformed, u"%1 columns, not two"_s.arg(fields.size()));
    return recordOf(fields.at(0), {fields.at(1)});
}

QByteArray csvField(const QByteArray& bytes)
{
    const bool plain = std::none_of(bytes.begin(), bytes.end(),
                                    [](char c) { return c == ',' || c == '"' || c == '\n' || c == '\r'; });
    if (plain)
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
    if (firstLine.trimmed().startsWith('{'))
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
    return record.key + '\t' + value + '\n';
}

std::optional<Result<Record>> RecordReader::next()
{
    while (const auto line = takeLine()) {
        if (m_skipping) {
            m_skipping = false;
            return failure(ErrorCode::TooLarge, u"longer than %1 MiB, or a quote is not closed"_s.arg(
                                                    maxRecordBytes / 1024 / 1024));
        }
        if (line->trimmed().isEmpty() && m_format != RecordFormat::Tsv)
            continue;
        if (line->isEmpty())
            continue;
        auto record = parse(*line);
        if (record)
            record->line = m_recordLine;
        return record;
    }
    return std::nullopt;
}

// The line end that ends the record which begins at m_at; -1 where it is not there yet.
qsizetype RecordReader::endOfRecord()
{
    for (; m_scanned < m_buffer.size(); ++m_scanned) {
        const char c = m_buffer.at(m_scanned);
        if (c == '"' && m_format == RecordFormat::Csv)
            m_inQuotes = !m_inQuotes;
        else if (c == '\n' && !m_inQuotes)
            return m_scanned;
    }
    return -1;
}

std::optional<QByteArray> RecordReader::takeLine()
{
    qsizetype end = endOfRecord();
    if (end < 0 && m_scanned - m_at > maxRecordBytes) {
        // What is already known to be too long is not kept; its end is still looked for.
        m_skipping = true;
        m_line += m_buffer.mid(m_at).count('\n');
        m_buffer.clear();
        m_at = m_scanned = 0;
    }
    if (end < 0 && (!m_ended || (m_at >= m_buffer.size() && !m_skipping))) {
        m_buffer.remove(0, std::exchange(m_at, 0));
        m_scanned = m_buffer.size();
        return std::nullopt;
    }
    if (end < 0)
        end = m_buffer.size();
    QByteArray line = m_buffer.mid(m_at, end - m_at);
    m_recordLine = m_line;
    m_line += line.count('\n') + 1;
    m_at = m_scanned = qMin(end + 1, m_buffer.size());
    m_inQuotes = false;
    if (line.endsWith('\r'))
        line.chop(1);
    return line;
}

Result<Record> RecordReader::parse(const QByteArray& line) const
{
    switch (m_format) {
    case RecordFormat::JsonLines:
        return parseJson(line);
    case RecordFormat::Csv:
        return parseCsv(line);
    case RecordFormat::Tsv:
        break;
    }
    return parseTsv(line);
}

} // namespace ringmaster
