// SPDX-License-Identifier: GPL-3.0-or-later
// The datagrams of SWIM and what rides on them, as bytes.
//
// Layout: magic "RS" and version (u8), the cluster's tag (u64), kind (u8), then the fields of SwimMessage in
// their order, big-endian, counts and incarnations as varints. A datagram that is not exactly that is
// nothing; it may come from anybody, so each length is bounded before anything is allocated.
#pragma once

#include "nodecore/base/bytes.h"
#include "nodecore/base/types.h"
#include "nodecore/env/datagrams.h"

#include <optional>
#include <vector>

namespace ringmaster {

// What an observer holds of a member. Down is no end: a member that is heard of again is alive, and its place
// in the ring was never touched.
enum class SwimState : quint8 { Alive, Suspect, Down };
QString nameOf(SwimState state); // "alive"

struct SwimUpdate {
    enum class Kind : quint8 { Alive, Suspect, Down, News };

    // Nobody is refuted so often; what claims more is a forgery, and would leave no room for a refutation.
    static constexpr quint64 maxIncarnation = quint64{1} << 48;

    Kind kind = Kind::Alive;
    NodeId member;
    quint64 incarnation = 0; // raised by the member alone, to refute; of News: the version of its record
    NodeId by;               // of Suspect and Down: who found so
    quint64 digest = 0;      // of News: of the record, opaque here

    friend bool operator==(const SwimUpdate&, const SwimUpdate&) = default;

    qsizetype encodedSize() const;
    void encode(ByteWriter& to) const;
    static SwimUpdate decode(ByteReader& from);
};

struct SwimMessage {
    enum class Kind : quint8 {
        Ping, // "Are you `about`? Answer with `sequence`."
        Ack,  // "`about` is alive, in this incarnation." Said by itself, or by one who was asked to probe it
        Nack, // "I was asked to probe `about`, and have heard nothing yet." The asker then knows that it is
              // heard
        PingFor, // "Probe `about` for me."
    };
    static constexpr qsizetype maxCardBytes = 32;
    static constexpr quint64 maxUpdates = 128;

    Kind kind = Kind::Ping;
    NodeId from;
    quint64 incarnation = 0; // of from
    quint32 sequence = 0;    // the asker's own
    NodeId about;
    quint64 aboutIncarnation = 0;
    QByteArray card; // opaque: how `from` fares. Pings and acks carry it
    std::vector<SwimUpdate> updates;

    friend bool operator==(const SwimMessage&, const SwimMessage&) = default;

    // updates beyond Datagrams::maxBytes are not for here: the caller counts with roomForUpdates().
    QByteArray encoded(quint64 clusterTag) const;
    qsizetype roomForUpdates() const;
    // Nothing where the bytes are no message of that cluster.
    static std::optional<SwimMessage> decode(QByteArrayView bytes, quint64 clusterTag);
    // Who says that it is from them, of whatever cluster; 0 where the bytes are too few.
    static NodeId senderOf(QByteArrayView bytes);
};

// Which cluster a datagram belongs to: the first 8 bytes of MD5("ringmaster-swim", name). It tells
// clusters on one network apart; it keeps nobody out.
quint64 swimTagOf(const QString& cluster);

} // namespace ringmaster
