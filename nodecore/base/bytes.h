// SPDX-License-Identifier: GPL-3.0-or-later
// Reading and writing of binary formats: big-endian integers, LEB128 varints, length-prefixed bytes.
//
// A ByteReader never trusts its input. A read past the end, or a length over the stated bound, sets
// failed() for good and yields zero or nothing; a caller decodes a whole structure and asks once at the
// end. Nothing is allocated for a length before that many bytes are known to be there.
#pragma once

#include <QByteArray>
#include <QByteArrayView>
#include <QString>

namespace ringmaster {

class ByteWriter {
public:
    // Reserves for sizeHint bytes.
    explicit ByteWriter(qsizetype sizeHint = 64) { m_bytes.reserve(sizeHint); }

    void u8(quint8 value) { m_bytes.append(static_cast<char>(value)); }
    void u16(quint16 value);
    void u32(quint32 value);
    void u64(quint64 value);
    // Unsigned LEB128: 1 byte below 128, at most 10.
    void varint(quint64 value);
    // A varint length, then the bytes.
    void bytes(QByteArrayView value);
    // The bytes alone.
    void raw(QByteArrayView value) { m_bytes.append(value); }
    // UTF-8, as bytes().
    void text(const QString& value) { bytes(value.toUtf8()); }

    qsizetype size() const { return m_bytes.size(); }
    // Overwrites four bytes that were written before, at offset.
    void patchU32(qsizetype offset, quint32 value);
    const QByteArray& result() const { return m_bytes; }
    QByteArray take() { return std::move(m_bytes); }

private:
    QByteArray m_bytes;
};

class ByteReader {
public:
    // The bytes must outlive the reader.
    explicit ByteReader(QByteArrayView bytes)
        : m_rest(bytes)
    {}

    quint8 u8();
    quint16 u16();
    quint32 u32();
    quint64 u64();
    // Refuses encodings over 64 bits and encodings that are longer than need be, so that equal values
    // have equal bytes.
    quint64 varint();
    // A varint that counts things of at least minBytesEach bytes still to come: fails where that many
    // cannot be there, so a caller may reserve for it.
    quint64 count(qsizetype minBytesEach, quint64 most);
    QByteArray bytes(qsizetype maxBytes);
    QByteArrayView view(qsizetype maxBytes);
    // Fails on bytes that are not UTF-8.
    QString text(qsizetype maxBytes);

    bool failed() const { return m_failed; }
    void fail() { m_failed = true; }
    qsizetype remaining() const { return m_rest.size(); }
    // True where everything was read and nothing failed: how a decoder ends.
    bool finished() const { return !m_failed && m_rest.isEmpty(); }

private:
    QByteArrayView take(qsizetype n);

    QByteArrayView m_rest;
    bool m_failed = false;
};

} // namespace ringmaster
