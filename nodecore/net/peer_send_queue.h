// SPDX-License-Identifier: GPL-3.0-or-later
// What waits to be written to one peer, as frames.
//
// Small messages are gathered into blocks, so a turn's worth of them costs one copy each and no allocation
// once the blocks have their size; large ones are kept as they are, shared with the sender. The queue does
// not bound itself: its owner asks bytes() first.
#pragma once

#include <QByteArray>
#include <QByteArrayView>

#include <deque>
#include <span>

namespace ringmaster {

class PeerSendQueue {
public:
    // Appends the frame of message, which must be shorter than 4 GiB.
    void push(const QByteArray& message);

    bool isEmpty() const { return m_bytes == 0; }
    qint64 bytes() const { return m_bytes; }

    // The oldest parts in order, as many as fit into out; returns how many. Valid until the next change.
    size_t parts(std::span<QByteArrayView> out) const;
    // That many of the oldest bytes are written; at most bytes().
    void written(qint64 count);

private:
    struct Block {
        QByteArray bytes;
        bool open = true; // ours to append to
    };
    QByteArray& openBlock();

    std::deque<Block> m_blocks;
    qsizetype m_writtenOfFirst = 0;
    qint64 m_bytes = 0;
};

} // namespace ringmaster
