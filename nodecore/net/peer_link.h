// SPDX-License-Identifier: GPL-3.0-or-later
// A connection to another node, from its handshake to its end. What it does is decided by PeerLinks.
#pragma once

#include "nodecore/net/peer_connection.h"
#include "nodecore/wire/hello.h"

#include <QElapsedTimer>
#include <QTimer>

namespace ringmaster {

class PeerLink final : public PeerConnection {
    Q_OBJECT
public:
    enum class Stage {
        AwaitHello,   // our Hello is sent
        AwaitWelcome, // it is known and judged welcome; its own welcome is to come
        Ready,        // only where we decide: both sides would have each other
        Up,
        Refused, // a Refusal is on its way to it
    };

    // dialledAddress: empty where the connection was accepted.
    PeerLink(Owner& owner, int descriptor, qsizetype maxHelloBytes, QString dialledAddress, QObject* parent);

    bool wasDialled() const { return !dialled.isEmpty(); }
    // How a log line names it: by what is known of it so far.
    QString description() const;
    // What stays the same when it connects again.
    QString identity() const;

    const QString dialled;
    const QString remoteHost;
    Stage stage = Stage::AwaitHello;
    Hello peer; // valid from AwaitWelcome on
    QTimer deadline;
    QElapsedTimer upSince;
    bool isDirty = false; // something was pushed in this turn of the event loop
};

} // namespace ringmaster
