// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/net/peer_frame_reader.h"

#include <QtEndian>

#include <algorithm>
#include <cstring>

namespace ringmaster {

PeerFrameReader::PeerFrameReader(qsizetype maxFrameBytes, qsizetype bufferBytes)
    : m_maxFrameBytes(maxFrameBytes)
    , m_bufferBytes(bufferBytes)
    , m_buffer(bufferBytes, Qt::Uninitialized)
{}

void PeerFrameReader::setBounds(qsizetype maxFrameBytes, qsizetype bufferBytes)
{
    m_maxFrameBytes = maxFrameBytes;
    m_bufferBytes = bufferBytes;
}

std::span<char> PeerFrameReader::space()
{
    const qsizetype kept = m_end - m_begin;
    if (m_begin > 0 && kept > 0)
        std::memmove(m_buffer.data(), m_buffer.constData() + m_begin, static_cast<size_t>(kept));
    m_begin = 0;
    m_end = kept;
    if (kept == 0 && m_buffer.size() != m_bufferBytes)
        m_buffer = QByteArray(m_bufferBytes, Qt::Uninitialized);
    else if (m_end == m_buffer.size())
        m_buffer.resize(std::max(m_bufferBytes, 2 * m_buffer.size()));
    return {m_buffer.data() + m_end, static_cast<size_t>(m_buffer.size() - m_end)};
}

std::optional<QByteArrayView> PeerFrameReader::next()
{
    if (m_failed || m_end - m_begin < headerBytes)
        return std::nullopt;
    const char* start = m_buffer.constData() + m_begin;
    const qsizetype length = qFromBigEndian<quint32>(start);
    if (length > m_maxFrameBytes) {
        m_failed = true;
        return std::nullopt;
    }
    if (m_end - m_begin - headerBytes < length)
        return std::nullopt;
    m_begin += headerBytes + length;
    return QByteArrayView(start + headerBytes, length);
}

} // namespace ringmaster
