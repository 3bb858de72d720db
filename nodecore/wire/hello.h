// SPDX-License-Identifier: GPL-3.0-or-later
// The handshake: the first frame in both directions on every link, and the answer to it.
//
// Its layout never changes beyond what the protocol version says, so that two versions can tell each other
// that they cannot talk: magic "RNGM", protocol version (u16), then the rest.
#pragma once

#include "nodecore/base/bytes.h"
#include "nodecore/base/result.h"
#include "nodecore/base/types.h"

#include <QString>

#include <optional>

namespace ringmaster {

inline constexpr quint16 protocolVersion = 5;

struct Hello {
    quint16 protocol = protocolVersion;
    QString cluster;
    NodeId node;
    QString name;
    quint32 generation = 0; // of the name; with it makes the id
    ActorId actor;          // which store it runs on
    quint64 process = 0;    // drawn at each start: tells a restart from a namesake
    QString peerAddress;
    QString httpAddress;
    // What all members must agree on, or their quorums mean nothing to each other.
    quint8 partitioner = 0;
    quint8 replicas = 0;

    friend bool operator==(const Hello&, const Hello&) = default;

    QByteArray encoded() const;
    // Malformed where it is no hello at all; Newer or Conflict where the peer speaks another protocol
    // version.
    [[nodiscard]] static Result<Hello> decode(QByteArrayView bytes);
};

// Said before a link is closed because of who is at its other end.
struct Refusal {
    ErrorCode code = ErrorCode::Conflict;
    QString message;

    QByteArray encoded() const;
    // Nothing where the bytes are no refusal.
    static std::optional<Refusal> decode(QByteArrayView bytes);
};

} // namespace ringmaster
