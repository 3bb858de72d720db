// SPDX-License-Identifier: GPL-3.0-or-later
// Writes JSON text straight into bytes, with no tree of values in between: this is on the path of every
// request.
//
// The caller keeps begin and end, name and value in balance; commas come by themselves. What comes out is
// always valid JSON in UTF-8, whatever bytes go in as text.
#pragma once

#include "nodecore/base/types.h"

#include <QByteArray>
#include <QByteArrayView>

#include <algorithm>
#include <concepts>
#include <utility>

namespace ringmaster {

class JsonWriter {
public:
    explicit JsonWriter(qsizetype sizeHint = 512)
        : m_buffer(sizeHint, Qt::Uninitialized)
    {}

    void beginObject() { open('{'); }
    void endObject() { append('}'); }
    void beginArray() { open('['); }
    void endArray() { append(']'); }

    // Of the member whose value comes next. Names are ours: plain ASCII that needs no escaping.
    void name(QByteArrayView plain);

    // Bytes that are not UTF-8 are replaced by U+FFFD; see bytesField for what must not be lost.
    void text(QByteArrayView utf8);
    template <class Text>
    requires std::same_as<Text, QString>
    void text(const Text& value) { text(QByteArrayView(value.toUtf8())); }
    void integer(qint64 value);
    void count(quint64 value);
    // At most three decimals. What is no finite number becomes 0.
    void real(double value);
    // In milliseconds, to the microsecond.
    void milliseconds(Duration value);
    void boolean(bool value);
    void null();
    // 16 lower-case hexadecimal digits, as text.
    void hex(quint64 value);
    // "<actor>:<counter>"
    void hexAndCount(quint64 hexPart, quint64 counter);
    // A member whose name is an id: {"<16 hex>": ...
    void hexName(quint64 value);

    // "<name>": "<text>" where value is UTF-8, "<name>_base64": "<base64>" otherwise.
    void bytesField(QByteArrayView plainName, QByteArrayView value);
    template <class Text>
    void textField(QByteArrayView plainName, const Text& value)
    {
        name(plainName);
        text(value);
    }
    void integerField(QByteArrayView plainName, qint64 value);
    void countField(QByteArrayView plainName, quint64 value);
    void booleanField(QByteArrayView plainName, bool value);

    QByteArray take()
    {
        m_buffer.truncate(std::exchange(m_size, 0));
        return std::move(m_buffer);
    }

private:
    // QByteArray's own append() costs a call and several checks for each of the many small pieces.
    void append(QByteArrayView bytes)
    {
        if (bytes.size() > m_buffer.size() - m_size)
            grow(bytes.size());
        std::copy(bytes.begin(), bytes.end(), m_buffer.data() + m_size);
        m_size += bytes.size();
    }
    void append(char byte) { append(QByteArrayView(&byte, 1)); }
    void grow(qsizetype atLeast);

    void separate();
    void open(char bracket);
    void quote(QByteArrayView validUtf8);
    void appendHex(quint64 value);
    template <class Number>
    void appendNumber(Number value);

    QByteArray m_buffer; // its first m_size bytes are the text
    qsizetype m_size = 0;
};

} // namespace ringmaster
