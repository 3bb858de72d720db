// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/net/peer_dial.h"

#include "nodecore/net/peer_socket.h"
#include "nodecore/net/system_address.h"

#include <QHostInfo>

#include <unistd.h>

namespace ringmaster {

PeerDial::PeerDial(const QString& address, Duration timeout, QObject* parent)
    : QObject(parent)
    , m_lastError(QStringLiteral("the name leads to no address"))
{
    m_deadline.setSingleShot(true);
    connect(&m_deadline, &QTimer::timeout, this, [this] { finish(-1, QStringLiteral("no answer in time")); });
    m_deadline.start(std::chrono::duration_cast<std::chrono::milliseconds>(timeout));

    const auto target = HostPort::parse(address);
    if (!target) {
        m_lastError = target.error().message;
        QTimer::singleShot(0, this, &PeerDial::tryNext);
        return;
    }
    m_port = target->port;
    const QHostAddress numeric(target->host);
    if (!numeric.isNull()) {
        m_candidates = {numeric};
        QTimer::singleShot(0, this, &PeerDial::tryNext);
        return;
    }
    m_lookup = QHostInfo::lookupHost(target->host, this, [this](const QHostInfo& info) {
        m_lookup = -1;
        m_candidates = info.addresses();
        tryNext();
    });
}

PeerDial::~PeerDial()
{
    if (m_lookup >= 0)
        QHostInfo::abortHostLookup(m_lookup);
    m_notifier.reset();
    if (m_descriptor >= 0)
        ::close(m_descriptor);
}

void PeerDial::tryNext()
{
    while (!m_finished && !m_candidates.isEmpty()) {
        m_descriptor = beginPeerConnect(m_candidates.takeFirst(), m_port);
        if (m_descriptor < 0) {
            m_lastError = peerSocketError();
            continue;
        }
        m_notifier = std::make_unique<QSocketNotifier>(m_descriptor, QSocketNotifier::Write);
        connect(m_notifier.get(), &QSocketNotifier::activated, this, &PeerDial::decided);
        return;
    }
    finish(-1, m_lastError);
}

void PeerDial::decided()
{
    const int error = peerConnectError(m_descriptor);
    const int descriptor = takeDescriptor();
    if (error == 0)
        return finish(descriptor, {});
    ::close(descriptor);
    m_lastError = peerSocketError(error);
    tryNext();
}

int PeerDial::takeDescriptor()
{
    // The notifier may be the one whose signal is being handled.
    m_notifier->setEnabled(false);
    m_notifier.release()->deleteLater();
    return std::exchange(m_descriptor, -1);
}

void PeerDial::finish(int descriptor, const QString& why)
{
    if (std::exchange(m_finished, true))
        return;
    m_deadline.stop();
    if (descriptor >= 0)
        Q_EMIT connected(descriptor);
    else
        Q_EMIT failed(why);
}

} // namespace ringmaster
