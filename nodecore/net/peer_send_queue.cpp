// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/net/peer_send_queue.h"

#include <QtEndian>

#include <algorithm>

namespace ringmaster {

namespace {

constexpr qsizetype fullBlockBytes = 64 * 1024;
constexpr qsizetype newBlockBytes = 4 * 1024;
// From here on sharing the sender's bytes is cheaper than copying them.
constexpr qsizetype largeMessageBytes = 16 * 1024;

} // namespace

QByteArray& PeerSendQueue::openBlock()
{
    if (m_blocks.empty() || !m_blocks.back().open || m_blocks.back().bytes.size() >= fullBlockBytes) {
        m_blocks.emplace_back();
        m_blocks.back().bytes.reserve(newBlockBytes);
    }
    return m_blocks.back().bytes;
}

void PeerSendQueue::push(const QByteArray& message)
{
    char header[4];
    qToBigEndian(static_cast<quint32>(message.size()), header);
    openBlock().append(header, sizeof(header));
    if (message.size() < largeMessageBytes)
        m_blocks.back().bytes.append(message);
    else
        m_blocks.push_back({message, false});
    m_bytes += static_cast<qint64>(sizeof(header)) + message.size();
}

size_t PeerSendQueue::parts(std::span<QByteArrayView> out) const
{
    const size_t count = isEmpty() ? 0 : std::min(out.size(), m_blocks.size());
    for (size_t i = 0; i < count; ++i)
        out[i] = QByteArrayView(m_blocks[i].bytes);
    if (count > 0)
        out[0] = out[0].sliced(m_writtenOfFirst);
    return count;
}

void PeerSendQueue::written(qint64 count)
{
    m_bytes -= count;
    m_writtenOfFirst += count;
    while (!m_blocks.empty() && m_writtenOfFirst >= m_blocks.front().bytes.size()) {
        m_writtenOfFirst -= m_blocks.front().bytes.size();
        if (m_blocks.size() == 1 && m_blocks.front().open) {
            m_blocks.front().bytes.resize(0); // keeps its memory for the next turn
            return;
        }
        m_blocks.pop_front();
    }
}

} // namespace ringmaster
