// SPDX-License-Identifier: GPL-3.0-or-later
// One TCP connection that carries frames: reads and cuts them, gathers and writes them.
//
// It knows the descriptor directly: QTcpSocket's own buffers would cost another copy each way and a system
// call more per read. Its owner decides what the frames mean.
#pragma once

#include "nodecore/net/peer_frame_reader.h"
#include "nodecore/net/peer_send_queue.h"

#include <QObject>
#include <QSocketNotifier>

namespace ringmaster {

class PeerConnection : public QObject {
    Q_OBJECT
public:
    // Called from the event loop. Any call may close() the connection, and let go of it with deleteLater.
    class Owner {
    public:
        // The frame lives as long as the call.
        virtual void frameArrived(PeerConnection& from, QByteArrayView frame) = 0;
        // The connection broke or its bytes are no frames; it is closed. why: for the log, empty where the
        // other side just hung up.
        virtual void connectionLost(PeerConnection& from, const QString& why) = 0;

    protected:
        ~Owner() = default;
    };

    // Takes over a connected descriptor. Frames are read from the next turn of the event loop on.
    PeerConnection(Owner& owner, int descriptor, qsizetype maxFrameBytes, QObject* parent);
    ~PeerConnection() override;

    // For the frames that follow; bufferBytes is what a read may bring at once.
    void setBounds(qsizetype maxFrameBytes, qsizetype bufferBytes);

    void push(const QByteArray& message) { m_queue.push(message); }
    qint64 queuedBytes() const { return m_queue.bytes(); }
    // Writes what the socket takes and the rest when it takes more. False where the connection turned out
    // broken: it is closed, and the owner was told.
    bool flush();
    // The socket took less than there was: the rest follows by itself.
    bool isBlocked() const { return m_writeNotifier.isEnabled(); }

    // Says that nothing more is coming, and reads without looking until the other side hangs up
    // (connectionLost follows), so that what was written is not lost to a reset.
    void finish();
    void close();
    bool isOpen() const { return m_descriptor >= 0; }
    // Its bytes were no frames.
    bool hasFailedFraming() const { return m_reader.failed(); }

private:
    void readable();
    bool receive(std::span<char> space, qsizetype& count);
    void drain();
    bool lost(const QString& why);

    Owner& m_owner;
    int m_descriptor;
    QSocketNotifier m_readNotifier;
    QSocketNotifier m_writeNotifier;
    PeerFrameReader m_reader;
    PeerSendQueue m_queue;
    bool m_finishing = false;
};

} // namespace ringmaster
