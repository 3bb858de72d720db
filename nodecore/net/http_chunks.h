// SPDX-License-Identifier: GPL-3.0-or-later
// Undoes the chunked transfer coding (RFC 9112, section 7.1) of a request's body, strictly and within bounds.
#pragma once

#include "nodecore/net/http_request.h"

namespace ringmaster {

class ChunkDecoder {
public:
    // trailerBytes bounds the trailer fields, which are read and dropped.
    ChunkDecoder(qsizetype maxBodyBytes, qsizetype maxTrailerBytes);

    enum class Verdict { NeedMore, Done, Refuse };

    // Takes what it can from the front of bytes (how much: consumed), appending the body's bytes to body.
    Verdict feed(QByteArrayView bytes, qsizetype& consumed, QByteArray& body);
    const HttpRefusal& refusal() const { return m_refusal; }

private:
    enum class State { Size, Data, DataEnd, Trailer };

    Verdict refuse(int status, QByteArrayView word, const QString& message);
    // Nothing: more bytes are needed.
    std::optional<QByteArrayView> takeLine(QByteArrayView& rest);
    std::optional<Verdict> takeSize(QByteArrayView& rest, const QByteArray& body);
    std::optional<Verdict> takeData(QByteArrayView& rest, QByteArray& body);
    std::optional<Verdict> takeDataEnd(QByteArrayView& rest);
    std::optional<Verdict> takeTrailer(QByteArrayView& rest);

    qsizetype m_maxBodyBytes;
    qsizetype m_trailerBytesLeft;
    State m_state = State::Size;
    qsizetype m_chunkLeft = 0;
    HttpRefusal m_refusal;
};

} // namespace ringmaster
