// SPDX-License-Identifier: GPL-3.0-or-later
// A client that says exactly what it is told, byte for byte, and takes answers apart.
#pragma once

#include <QByteArray>
#include <QHostAddress>
#include <QList>
#include <QTcpSocket>
#include <QTest>

namespace ringmaster {

struct RawAnswer {
    int status = 0;
    QByteArray head; // in lower case
    QByteArray body;
    bool has(const QByteArray& line) const { return head.contains("\r\n" + line.toLower() + "\r\n"); }
};

class HttpRawClient {
public:
    explicit HttpRawClient(quint16 port)
    {
        m_socket.connectToHost(QHostAddress(QHostAddress::LocalHost), port);
    }

    void send(const QByteArray& bytes)
    {
        (void)QTest::qWaitFor([this] { return m_socket.state() != QAbstractSocket::ConnectingState; });
        m_socket.setSocketOption(QAbstractSocket::LowDelayOption, 1);
        m_socket.write(bytes);
        m_socket.flush();
    }

    // The next answer; status 0 where none came before the connection ended or ten seconds passed. After a
    // HEAD there is no body, whatever the head says.
    RawAnswer next(bool afterHead = false)
    {
        RawAnswer answer;
        (void)QTest::qWaitFor([&] { return take(answer, afterHead) || hasEnded(); }, 10'000);
        if (answer.status == 0)
            take(answer, afterHead);
        return answer;
    }
    RawAnswer ask(const QByteArray& bytes)
    {
        send(bytes);
        return next();
    }

    bool waitForEnd()
    {
        return QTest::qWaitFor([this] { return hasEnded(); }, 10'000);
    }
    bool hasEnded() const { return m_socket.state() == QAbstractSocket::UnconnectedState; }
    QByteArray rest() { return m_in + m_socket.readAll(); }
    QTcpSocket& socket() { return m_socket; }

private:
    bool take(RawAnswer& answer, bool afterHead)
    {
        m_in += m_socket.readAll();
        const qsizetype headEnd = m_in.indexOf("\r\n\r\n");
        if (headEnd < 0)
            return false;
        const QByteArray head = m_in.first(headEnd + 2).toLower();
        qsizetype length = 0;
        if (const qsizetype at = head.indexOf("\r\ncontent-length:"); at >= 0 && !afterHead)
            length = head.mid(at + 17, head.indexOf('\r', at + 2) - at - 17).trimmed().toLongLong();
        if (m_in.size() < headEnd + 4 + length)
            return false;
        answer.status = head.mid(9, 3).toInt();
        answer.head = head;
        answer.body = m_in.mid(headEnd + 4, length);
        m_in.remove(0, headEnd + 4 + length);
        return true;
    }

    QTcpSocket m_socket;
    QByteArray m_in;
};

} // namespace ringmaster
