// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/client/record_reader.h"

#include "nodecore/base/utf8.h"

#include <algorithm>

namespace ringmaster {

using namespace Qt::StringLiterals;

namespace {

// Where spec, a name or a number from 1, is among the columns. names is empty where there is no header.
Result<qsizetype> columnOf(const QString& spec, const QList<QByteArray>& names, qsizetype count)
{
    const QByteArray name = spec.toUtf8();
    if (names.count(name) > 1)
        return failure(ErrorCode::Malformed, u"the header has several columns \"%1\""_s.arg(spec));
    if (const qsizetype at = names.indexOf(name); at >= 0)
        return at;
    bool isNumber = false;
    const int number = spec.toInt(&isNumber);
    if (isNumber && number >= 1 && number <= count)
        return number - 1;
    if (isNumber)
        return failure(ErrorCode::Malformed, u"there is no column %1 of %2"_s.arg(spec).arg(count));
    return failure(ErrorCode::Malformed, names.isEmpty()
                                             ? u"column \"%1\" is a name, and there is no header"_s.arg(spec)
                                             : u"the header has no column \"%1\", but %2"_s.arg(
                                                   spec, textFromUtf8(names.join(", "))));
}

} // namespace

RecordReader::RecordReader(RecordFormat format, RecordColumns columns)
    : m_format(format)
    , m_columns(std::move(columns))
{}

std::optional<Result<Record>> RecordReader::next()
{
    if (!m_begun && !skipByteOrderMark())
        return m_unreadable ? std::optional<Result<Record>>(
                                  tl::make_unexpected(unreadable(u"the file is UTF-16; save it as UTF-8"_s)))
                            : std::nullopt;
    while (!m_unreadable) {
        const auto fields = takeFields();
        if (!fields)
            return std::nullopt;
        if (!*fields)
            return tl::make_unexpected(fields->error());
        if ((*fields)->isEmpty())
            continue;
        if (m_format != RecordFormat::JsonLines && !m_place) {
            if (const auto placed = place(**fields); !placed)
                return tl::make_unexpected(unreadable(placed.error().message));
            if (m_columns.header)
                continue;
        }
        auto record = recordOf(**fields);
        if (record)
            record->line = m_recordLine;
        return record;
    }
    return std::nullopt;
}

// False: more bytes are needed, or the file is unreadable.
bool RecordReader::skipByteOrderMark()
{
    if (m_buffer.size() < 3 && !m_ended)
        return false;
    m_begun = true;
    if (m_buffer.startsWith(utf8ByteOrderMark))
        m_at = m_scanned = utf8ByteOrderMark.size();
    m_unreadable = m_at == 0 && beginsWithByteOrderMark(m_buffer);
    return !m_unreadable;
}

Error RecordReader::unreadable(const QString& problem)
{
    m_unreadable = true;
    m_recordLine = qMax<qint64>(m_recordLine, 1);
    m_buffer.clear();
    return {ErrorCode::Malformed, problem};
}

std::optional<Result<RecordReader::Fields>> RecordReader::takeFields()
{
    if (m_isPassing)
        return passLine(m_passing.code, m_passing.message);
    return m_format == RecordFormat::Csv ? takeCsv() : takeLine();
}

std::optional<Result<RecordReader::Fields>> RecordReader::takeCsv()
{
    const qsizetype most = qMin(m_buffer.size(), m_at + maxRecordBytes);
    while (m_scanned < most && !m_csv.isOver())
        m_csv.take(m_buffer.at(m_scanned++));
    const bool tooLong = !m_csv.isOver() && m_scanned - m_at >= maxRecordBytes;
    if (!m_csv.isOver() && !tooLong) {
        if (!m_ended || m_at == m_buffer.size())
            return waitForMore();
        m_csv.end();
    }
    const CsvScanner record = std::exchange(m_csv, {});
    if (tooLong)
        return passLine(ErrorCode::TooLarge,
                        u"longer than %1 MiB, or a quote is not closed"_s.arg(maxRecordBytes / 1024 / 1024));
    if (!record.problem().isEmpty())
        return passLine(ErrorCode::Malformed, record.problem());
    m_recordLine = m_line;
    m_line += std::count(m_buffer.cbegin() + m_at, m_buffer.cbegin() + m_scanned, '\n');
    m_at = m_scanned;
    return record.fields();
}

std::optional<Result<RecordReader::Fields>> RecordReader::takeLine()
{
    qsizetype end = m_buffer.indexOf('\n', m_scanned);
    if ((end < 0 ? m_buffer.size() : end) - m_at > maxRecordBytes)
        return passLine(ErrorCode::TooLarge, u"longer than %1 MiB"_s.arg(maxRecordBytes / 1024 / 1024));
    if (end < 0 && (!m_ended || m_at == m_buffer.size())) {
        m_scanned = m_buffer.size();
        return waitForMore();
    }
    if (end < 0)
        end = m_buffer.size();
    QByteArray line = m_buffer.mid(m_at, end - m_at);
    m_recordLine = m_line++;
    m_at = m_scanned = qMin(end + 1, m_buffer.size());
    if (line.endsWith('\r'))
        line.chop(1);
    if (m_format == RecordFormat::Tsv)
        return line.isEmpty() ? Fields() : line.split('\t');
    return line.trimmed().isEmpty() ? Fields() : Fields{line};
}

// Goes past the line that begins at m_at, and gives what is wrong with it once its end is there.
std::optional<Result<RecordReader::Fields>> RecordReader::passLine(ErrorCode code, const QString& problem)
{
    const qsizetype end = m_buffer.indexOf('\n', m_at);
    m_isPassing = end < 0 && !m_ended;
    if (m_isPassing) {
        m_passing = {code, problem};
        m_buffer.clear();
        m_at = m_scanned = 0;
        return std::nullopt;
    }
    m_recordLine = m_line++;
    m_at = m_scanned = end < 0 ? m_buffer.size() : end + 1;
    return failure(code, problem);
}

std::optional<Result<RecordReader::Fields>> RecordReader::waitForMore()
{
    m_scanned -= m_at;
    m_buffer.remove(0, std::exchange(m_at, 0));
    return std::nullopt;
}

// From the first record, which may be the header.
Result<void> RecordReader::place(const Fields& names)
{
    const qsizetype count = names.size();
    const Fields header = m_columns.header ? names : Fields();
    if (m_columns.key.isEmpty() && m_columns.value.isEmpty()) {
        if (m_columns.header && count != 2)
            return failure(
                ErrorCode::Malformed,
                u"the header has %1 columns, not two: choose the key's and the value's"_s.arg(count));
        m_place = Place{0, 1, 2};
        return {};
    }
    const auto key = columnOf(m_columns.key.isEmpty() ? u"1"_s : m_columns.key, header, count);
    const auto value = columnOf(m_columns.value.isEmpty() ? u"2"_s : m_columns.value, header, count);
    if (!key || !value)
        return tl::make_unexpected(key ? value.error() : key.error());
    if (*key == *value)
        return failure(ErrorCode::Malformed,
                       u"key and value would both be column %1: choose two"_s.arg(*key + 1));
    m_place = Place{*key, *value, count};
    return {};
}

Result<Record> RecordReader::recordOf(const Fields& fields)
{
    if (m_format == RecordFormat::JsonLines)
        return recordFromJson(fields.first());
    if (fields.size() != m_place->count)
        return failure(ErrorCode::Malformed, u"%1 columns, not %2"_s.arg(fields.size()).arg(m_place->count));
    return recordFrom(fields.at(m_place->key), {fields.at(m_place->value)});
}

} // namespace ringmaster
