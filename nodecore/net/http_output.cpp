// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/net/http_output.h"

#include <algorithm>
#include <cerrno>
#include <sys/socket.h>
#include <sys/uio.h>

namespace ringmaster {

void HttpOutput::put(const HttpAnswer& answer, bool withBody, bool keepAlive)
{
    m_head.clear();
    writeHead(m_head, answer, keepAlive);
    m_body = withBody ? answer.body : QByteArray();
    m_sent = 0;
}

HttpOutput::Outcome HttpOutput::sendTo(int descriptor)
{
    const qsizetype ofHead = std::min<qsizetype>(m_sent, m_head.size());
    const qsizetype ofBody = m_sent - ofHead;
    iovec parts[] = {
        {m_head.data() + ofHead, static_cast<size_t>(m_head.size() - ofHead)},
        {const_cast<char*>(m_body.constData()) + ofBody, static_cast<size_t>(m_body.size() - ofBody)}};
    msghdr message{};
    message.msg_iov = parts;
    message.msg_iovlen = 2;
    const ssize_t got = ::sendmsg(descriptor, &message, MSG_NOSIGNAL);
    if (got < 0) {
        const bool mayWorkLater = errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
        return mayWorkLater ? Outcome::Blocked : Outcome::Broken;
    }
    m_sent += got;
    if (m_sent < m_head.size() + m_body.size())
        return Outcome::Blocked;
    m_body = {};
    return Outcome::Done;
}

} // namespace ringmaster
