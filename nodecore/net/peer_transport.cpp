// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/net/peer_transport.h"

#include "nodecore/net/peer_dialer.h"
#include "nodecore/net/peer_links.h"
#include "nodecore/net/peer_socket.h"
#include "nodecore/net/system_address.h"

#include <QTcpServer>
#include <QTimer>

#include <unistd.h>

namespace ringmaster {

namespace {

// How long to leave callers waiting when the system has no descriptors left.
constexpr std::chrono::milliseconds acceptPause{200};

// Hands over the plain descriptor instead of a QTcpSocket.
class Listener final : public QTcpServer {
public:
    std::function<void(int descriptor)> accepted;

protected:
    void incomingConnection(qintptr descriptor) override { accepted(static_cast<int>(descriptor)); }
};

} // namespace

class PeerTransport::Impl {
public:
    explicit Impl(PeerTransportOptions given)
        : options(given)
    {
        listener.accepted = [this](int descriptor) { accept(descriptor); };
        QObject::connect(&listener, &QTcpServer::acceptError, &listener, [this] {
            QTimer::singleShot(acceptPause, &listener, [this] { updateAccepting(); });
        });
    }

    void accept(int descriptor)
    {
        if (!links) {
            ::close(descriptor);
            return;
        }
        preparePeerSocket(descriptor);
        links->adopt(descriptor, {});
    }

    void updateAccepting()
    {
        if (links)
            listener.resumeAccepting();
        else
            listener.pauseAccepting();
    }

    void attach(PeerHandler& handler);

    PeerTransportOptions options;
    QString host;
    QList<QString> addresses;
    // The dialer asks the links, so it goes first.
    std::unique_ptr<PeerLinks> links;
    std::unique_ptr<PeerDialer> dialer;
    Listener listener;
};

void PeerTransport::Impl::attach(PeerHandler& handler)
{
    links = std::make_unique<PeerLinks>(options, handler);
    dialer = std::make_unique<PeerDialer>(
        [this](const QString& address) { return links->isWorthDialling(address); }, options.helloTimeout,
        nullptr);
    QObject::connect(dialer.get(), &PeerDialer::connected, links.get(), &PeerLinks::adopt);
    QObject::connect(dialer.get(), &PeerDialer::failed, links.get(),
                     [&handler](const QString& address, const QString& why) {
                         handler.logged(
                             "warning",
                             QStringLiteral("no connection to %1: %2; trying again").arg(address, why));
                     });
    QObject::connect(links.get(), &PeerLinks::dialledConnectionEnded, dialer.get(),
                     &PeerDialer::connectionEnded);
    QObject::connect(links.get(), &PeerLinks::linkLost, dialer.get(), &PeerDialer::wake);
    dialer->setAddresses(addresses);
}

PeerTransport::PeerTransport(PeerTransportOptions options, QObject* parent)
    : QObject(parent)
    , m_impl(std::make_unique<Impl>(options))
{}

PeerTransport::~PeerTransport() = default;

Result<void> PeerTransport::listen(const QString& address)
{
    const auto wanted = HostPort::parse(address);
    if (!wanted)
        return tl::make_unexpected(wanted.error());
    const auto resolved = wanted->resolved();
    if (!resolved)
        return tl::make_unexpected(resolved.error());
    if (!m_impl->listener.listen(*resolved, wanted->port))
        return failure(
            ErrorCode::Unavailable,
            QStringLiteral("Cannot accept peers on %1: %2. Does another node run there? End it, or "
                           "choose another address.")
                .arg(address, m_impl->listener.errorString()));
    m_impl->host = wanted->host;
    m_impl->updateAccepting();
    return {};
}

QString PeerTransport::listeningAddress() const
{
    if (!m_impl->listener.isListening())
        return {};
    return HostPort{m_impl->host, m_impl->listener.serverPort()}.toString();
}

void PeerTransport::attach(PeerHandler* handler)
{
    m_impl->dialer.reset();
    m_impl->links.reset();
    if (handler)
        m_impl->attach(*handler);
    if (m_impl->listener.isListening())
        m_impl->updateAccepting();
}

SendResult PeerTransport::send(NodeId to, const QByteArray& message)
{
    return m_impl->links ? m_impl->links->send(to, message) : SendResult::NoLink;
}

void PeerTransport::setPeers(const QList<QString>& addresses)
{
    m_impl->addresses = addresses;
    if (m_impl->dialer)
        m_impl->dialer->setAddresses(addresses);
}

int PeerTransport::linkCount() const
{
    return m_impl->links ? m_impl->links->linkCount() : 0;
}

qint64 PeerTransport::queuedBytes() const
{
    return m_impl->links ? m_impl->links->queuedBytes() : 0;
}

int PeerTransport::connectionCount() const
{
    return m_impl->links ? m_impl->links->connectionCount() : 0;
}

} // namespace ringmaster
