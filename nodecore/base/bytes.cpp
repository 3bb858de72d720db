// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/base/bytes.h"

#include <QStringDecoder>
#include <QtEndian>

namespace ringmaster {

namespace {

template <class T>
void appendBigEndian(QByteArray& to, T value)
{
    char raw[sizeof(T)];
    qToBigEndian(value, raw);
    to.append(raw, sizeof(T));
}

template <class T>
T fromBigEndian(QByteArrayView from)
{
    return from.isEmpty() ? T{0} : qFromBigEndian<T>(from.data());
}

} // namespace

void ByteWriter::u16(quint16 value)
{
    appendBigEndian(m_bytes, value);
}
void ByteWriter::u32(quint32 value)
{
    appendBigEndian(m_bytes, value);
}
void ByteWriter::u64(quint64 value)
{
    appendBigEndian(m_bytes, value);
}

void ByteWriter::varint(quint64 value)
{
    while (value >= 0x80) {
        u8(static_cast<quint8>(value | 0x80));
        value >>= 7;
    }
    u8(static_cast<quint8>(value));
}

void ByteWriter::bytes(QByteArrayView value)
{
    varint(static_cast<quint64>(value.size()));
    raw(value);
}

void ByteWriter::patchU32(qsizetype offset, quint32 value)
{
    qToBigEndian(value, m_bytes.data() + offset);
}

QByteArrayView ByteReader::take(qsizetype n)
{
    if (m_failed || n > m_rest.size()) {
        m_failed = true;
        return {};
    }
    const QByteArrayView taken = m_rest.first(n);
    m_rest = m_rest.sliced(n);
    return taken;
}

quint8 ByteReader::u8()
{
    const QByteArrayView one = take(1);
    return one.isEmpty() ? quint8{0} : static_cast<quint8>(one[0]);
}

quint16 ByteReader::u16()
{
    return fromBigEndian<quint16>(take(2));
}
quint32 ByteReader::u32()
{
    return fromBigEndian<quint32>(take(4));
}
quint64 ByteReader::u64()
{
    return fromBigEndian<quint64>(take(8));
}

quint64 ByteReader::varint()
{
    quint64 value = 0;
    for (int shift = 0; shift < 64; shift += 7) {
        const quint8 byte = u8();
        const quint64 bits = byte & 0x7f;
        const bool overflows = shift == 63 && bits > 1;
        const bool padded = shift > 0 && byte == 0;
        if (m_failed || overflows || padded)
            break;
        value |= bits << shift;
        if ((byte & 0x80) == 0)
            return value;
    }
    m_failed = true;
    return 0;
}

quint64 ByteReader::count(qsizetype minBytesEach, quint64 most)
{
    const quint64 n = varint();
    if (m_failed || n > most ||
        n > static_cast<quint64>(m_rest.size() / std::max<qsizetype>(1, minBytesEach))) {
        m_failed = true;
        return 0;
    }
    return n;
}

QByteArrayView ByteReader::view(qsizetype maxBytes)
{
    const quint64 n = varint();
    if (m_failed || n > static_cast<quint64>(maxBytes)) {
        m_failed = true;
        return {};
    }
    return take(static_cast<qsizetype>(n));
}

QByteArray ByteReader::bytes(qsizetype maxBytes)
{
    return view(maxBytes).toByteArray();
}

QString ByteReader::text(qsizetype maxBytes)
{
    const QByteArrayView raw = view(maxBytes);
    // A byte order mark at the beginning is a character like others, or two texts would have one value.
    QStringDecoder decoder(QStringDecoder::Utf8,
                           QStringDecoder::Flag::Stateless | QStringDecoder::Flag::ConvertInitialBom);
    QString decoded = decoder(raw);
    if (decoder.hasError()) {
        m_failed = true;
        return {};
    }
    return decoded;
}

} // namespace ringmaster
