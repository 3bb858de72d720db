// SPDX-License-Identifier: GPL-3.0-or-later
// One client's connection: reads and judges each request whole, shows it to Qt HttpServer, writes the answer.
//
// To Qt HttpServer this is a QTcpSocket like any other. But it has no engine: it owns the descriptor, and
// hands Qt a short constant request in place of the judged one, which the handler finds in request(). So
// there is one parser, not two that could read the same bytes differently, and Qt neither holds nor copies a
// body. Only a judged WebSocket handshake goes to Qt as it came, with the descriptor: from then on this is an
// ordinary QTcpSocket.
//
// One request at a time: the next one is judged when the answer before it is wholly written, which keeps the
// order of pipelined requests. What a client may make a connection hold is bounded: a head, a body, an
// answer. Owned by its HttpListener; Qt HttpServer deletes it when it is disconnected.
#pragma once

#include "nodecore/base/types.h"
#include "nodecore/net/http_answer.h"
#include "nodecore/net/http_chunks.h"
#include "nodecore/net/http_guard.h"
#include "nodecore/net/http_output.h"

#include <QTcpSocket>

class QSocketNotifier;

namespace ringmaster {

class HttpListener;

class HttpConnection : public QTcpSocket {
public:
    // Takes the descriptor, which must be non-blocking.
    HttpConnection(HttpListener& listener, int descriptor);
    ~HttpConnection() override;

    // The request that is waiting for its answer. Its views hold until the handler returns.
    HttpRequest& request() { return m_guard.request(); }
    // Names that request; an answer to any other is dropped.
    quint64 requestSerial() const { return m_serial; }
    void answer(quint64 serial, const HttpAnswer& answer);

    // Writes what of the answer the socket takes. For the listener, at the end of a turn.
    void flush();
    // Ends the connection where it is over its time.
    void checkDeadline(MonoTime now);

    bool isWebSocket() const { return m_state == State::HandedOver; }

    // What Qt HttpServer and QWebSocket use.
    qint64 bytesAvailable() const override;
    void disconnectFromHost() override;
    void close() override;

protected:
    qint64 readData(char* to, qint64 maxBytes) override;

private:
    enum class State {
        Head,       // between requests, or in the head of one
        Body,       // its length was announced
        Chunks,     // a body in chunks
        Handling,   // the request is with its handler
        Writing,    // its answer is being written
        Lingering,  // all is said; what the client still sends is thrown away
        HandedOver, // a WebSocket's
        Closed,
    };

    // An answer may take bodyTimeout for each of these.
    static constexpr qsizetype slowestProgress = 64 * 1024;

    void onReadable();
    void receiveAhead();
    void receiveBody();
    // Received bytes, 0 at the end or where there are none; notes the end, and drops a broken connection.
    qsizetype receive(QByteArray& into, qsizetype most);
    void throwAway();

    void process();
    bool advance(); // one step; true where another may follow at once
    bool isReading() const;
    bool judgeHead();
    bool beginRequest();
    bool beginBody();
    void sayContinue();
    void feedChunks();
    void dispatch();
    void consume(qsizetype bytes);

    void refuse(const HttpRefusal& refusal);
    void write(const HttpAnswer& answer, bool withBody, bool keepAlive);
    void finishAnswer();
    void linger();
    void handOver();
    void drop();
    void releaseDescriptor();

    HttpListener& m_listener;
    int m_descriptor;
    QSocketNotifier* m_reader; // children of this
    QSocketNotifier* m_writer = nullptr;
    State m_state = State::Head;
    HttpGuard m_guard;
    std::optional<ChunkDecoder> m_chunks;
    QByteArray m_in;       // received, not yet used
    QByteArray m_head;     // of the request whose body is being read
    QByteArray m_body;     // of that request
    HttpOutput m_output;   // the answer that is being written
    qsizetype m_given = 0; // of the constant request, to Qt
    MonoTime m_deadline;
    quint64 m_serial = 1;
    qsizetype m_sentAtDeadline = -slowestProgress;
    bool m_isFlushPending = false;
    bool m_headBegan = false;
    bool m_isHeadRequest = false;
    bool m_keepAlive = true;
    bool m_peerIsDone = false; // it will send nothing more
};

} // namespace ringmaster
