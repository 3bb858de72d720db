// SPDX-License-Identifier: GPL-3.0-or-later
// Cuts a stream of bytes into frames: a 4-byte big-endian length, and that many bytes.
//
// Bytes are received straight into the reader's buffer and frames are handed out as views into it. The
// buffer grows as bytes arrive, never because a length says so, to at most twice what has arrived; a byte is
// moved a bounded number of times however the stream is cut up. After a large frame the buffer shrinks again.
#pragma once

#include <QByteArray>
#include <QByteArrayView>

#include <optional>
#include <span>

namespace ringmaster {

class PeerFrameReader {
public:
    static constexpr qsizetype headerBytes = 4;

    // maxFrameBytes: of a frame without its header. bufferBytes: the buffer's usual size.
    PeerFrameReader(qsizetype maxFrameBytes, qsizetype bufferBytes);
    // For the frames that follow, those already received too.
    void setBounds(qsizetype maxFrameBytes, qsizetype bufferBytes);

    // Where to receive into: never empty, valid until the next call. All complete frames must have been
    // taken before.
    std::span<char> space();
    // That many bytes were received into space().
    void filled(qsizetype count) { m_end += count; }

    // The next complete frame, valid until the next call of space(); nothing where it is not all there
    // yet, or where its length is over the bound: then failed() for good.
    std::optional<QByteArrayView> next();
    bool failed() const { return m_failed; }
    // Bytes of memory that the buffer takes.
    qsizetype capacity() const { return m_buffer.size(); }

private:
    qsizetype m_maxFrameBytes;
    qsizetype m_bufferBytes;
    QByteArray m_buffer; // its size is its capacity
    qsizetype m_begin = 0;
    qsizetype m_end = 0;
    bool m_failed = false;
};

} // namespace ringmaster
