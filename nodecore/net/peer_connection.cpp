// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/net/peer_connection.h"

#include "nodecore/net/peer_socket.h"

#include <array>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

namespace ringmaster {

namespace {

constexpr qsizetype handshakeBufferBytes = 1024;
constexpr size_t partsAtOnce = 32;

bool wouldBlock()
{
    return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
}

} // namespace

PeerConnection::PeerConnection(Owner& owner, int descriptor, qsizetype maxFrameBytes, QObject* parent)
    : QObject(parent)
    , m_owner(owner)
    , m_descriptor(descriptor)
    , m_readNotifier(descriptor, QSocketNotifier::Read)
    , m_writeNotifier(descriptor, QSocketNotifier::Write)
    , m_reader(maxFrameBytes, handshakeBufferBytes)
{
    m_writeNotifier.setEnabled(false);
    connect(&m_readNotifier, &QSocketNotifier::activated, this, [this] { readable(); });
    connect(&m_writeNotifier, &QSocketNotifier::activated, this, [this] { flush(); });
}

PeerConnection::~PeerConnection()
{
    close();
}

void PeerConnection::setBounds(qsizetype maxFrameBytes, qsizetype bufferBytes)
{
    m_reader.setBounds(maxFrameBytes, bufferBytes);
}

bool PeerConnection::receive(std::span<char> space, qsizetype& count)
{
    const ssize_t got = ::recv(m_descriptor, space.data(), space.size(), 0);
    if (got > 0) {
        count = got;
        return true;
    }
    if (got == 0)
        lost({});
    else if (!wouldBlock())
        lost(peerSocketError());
    return false;
}

void PeerConnection::readable()
{
    if (m_finishing)
        return drain();
    qsizetype count = 0;
    if (!isOpen() || !receive(m_reader.space(), count))
        return;
    m_reader.filled(count);
    while (const auto frame = m_reader.next()) {
        m_owner.frameArrived(*this, *frame);
        if (!isOpen() || m_finishing)
            return;
    }
    if (m_reader.failed())
        lost(QStringLiteral("it sent a frame that is longer than allowed"));
}

void PeerConnection::drain()
{
    std::array<char, 4096> ignored;
    qsizetype count = 0;
    receive(ignored, count);
}

bool PeerConnection::flush()
{
    while (isOpen() && !m_queue.isEmpty()) {
        std::array<QByteArrayView, partsAtOnce> parts;
        std::array<iovec, partsAtOnce> vectors;
        const size_t count = m_queue.parts(parts);
        for (size_t i = 0; i < count; ++i)
            vectors[i] = {const_cast<char*>(parts[i].data()), static_cast<size_t>(parts[i].size())};
        msghdr header{};
        header.msg_iov = vectors.data();
        header.msg_iovlen = count;
        const ssize_t written = ::sendmsg(m_descriptor, &header, MSG_NOSIGNAL);
        if (written < 0 && wouldBlock())
            break;
        if (written < 0)
            return lost(peerSocketError());
        m_queue.written(written);
    }
    if (isOpen() && m_writeNotifier.isEnabled() == m_queue.isEmpty())
        m_writeNotifier.setEnabled(!m_queue.isEmpty());
    return isOpen();
}

void PeerConnection::finish()
{
    if (!flush())
        return;
    m_finishing = true;
    ::shutdown(m_descriptor, SHUT_WR);
}

void PeerConnection::close()
{
    if (!isOpen())
        return;
    m_readNotifier.setEnabled(false);
    m_writeNotifier.setEnabled(false);
    ::close(m_descriptor);
    m_descriptor = -1;
}

bool PeerConnection::lost(const QString& why)
{
    close();
    m_owner.connectionLost(*this, why);
    return false;
}

} // namespace ringmaster
