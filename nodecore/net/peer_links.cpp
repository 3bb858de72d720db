// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/net/peer_links.h"

#include <algorithm>
#include <unistd.h>

namespace ringmaster {

namespace {

constexpr qsizetype linkBufferBytes = 64 * 1024;
constexpr qint64 lastedMs = 2000;
constexpr qsizetype maxRemembered = 256;

std::chrono::milliseconds inMs(Duration duration)
{
    return std::chrono::duration_cast<std::chrono::milliseconds>(duration);
}

} // namespace

PeerLinks::PeerLinks(const PeerTransportOptions& options, PeerHandler& handler)
    : m_options(options)
    , m_handler(handler)
    , m_self(handler.hello())
    , m_turnEnd([this] { flushTurn(); })
{}

void PeerLinks::adopt(int descriptor, const QString& dialledAddress)
{
    if (!makeRoom()) {
        ::close(descriptor);
        if (!dialledAddress.isEmpty())
            Q_EMIT dialledConnectionEnded(dialledAddress, false);
        return;
    }
    auto* link = new PeerLink(*this, descriptor, m_options.maxHelloBytes, dialledAddress, this);
    m_links.push_back(link);
    connect(&link->deadline, &QTimer::timeout, this,
            [this, link] { dropBroken(*link, QStringLiteral("it did not introduce itself in time")); });
    link->deadline.start(inMs(m_options.helloTimeout));
    push(*link, m_handler.hello().encoded());
}

// Strangers that connect and say nothing must not keep members out: the oldest of them gives way.
bool PeerLinks::makeRoom()
{
    if (connectionCount() < m_options.maxConnections)
        return true;
    const auto stranger = std::find_if(m_links.begin(), m_links.end(), [](const PeerLink* link) {
        return link->stage != Stage::Up && !link->wasDialled();
    });
    if (stranger == m_links.end())
        return false;
    remove(**stranger, {});
    return true;
}

SendResult PeerLinks::send(NodeId to, const QByteArray& message)
{
    const auto found = m_up.constFind(to);
    if (found == m_up.constEnd())
        return SendResult::NoLink;
    PeerLink& link = **found;
    const qint64 queued = link.queuedBytes();
    const bool fits = queued == 0 || queued + message.size() <= m_options.maxQueuedBytes;
    if (!fits || message.size() > m_options.maxFrameBytes)
        return SendResult::Overloaded;
    push(link, message);
    return SendResult::Queued;
}

void PeerLinks::push(PeerLink& link, const QByteArray& message)
{
    link.push(message);
    if (!std::exchange(link.isDirty, true))
        m_dirty.push_back(&link);
}

void PeerLinks::flushTurn()
{
    // A link that turns out broken may make the node send over others.
    while (!m_dirty.empty()) {
        std::swap(m_dirty, m_flushing);
        for (PeerLink* link : m_flushing) {
            link->isDirty = false;
            if (!link->isBlocked())
                link->flush();
        }
        m_flushing.clear();
    }
}

void PeerLinks::frameArrived(PeerConnection& from, QByteArrayView frame)
{
    auto& link = static_cast<PeerLink&>(from);
    switch (link.stage) {
    case Stage::Up:
        if (!m_handler.receive(link.peer.node, frame))
            dropBroken(link, QStringLiteral("it sent a message that cannot be understood"));
        return;
    case Stage::AwaitHello:
        return helloArrived(link, frame);
    case Stage::AwaitWelcome:
        return welcomeArrived(link, frame);
    case Stage::Ready:
        return dropBroken(link, QStringLiteral("it spoke before it was welcomed"));
    case Stage::Refused:
        return;
    }
}

void PeerLinks::helloArrived(PeerLink& link, QByteArrayView frame)
{
    if (const auto refusal = Refusal::decode(frame))
        return refusalArrived(link, *refusal);
    auto hello = Hello::decode(frame);
    if (!hello && hello.error().code == ErrorCode::Malformed)
        return dropBroken(link, hello.error().message);
    if (!hello)
        return refuse(link, hello.error());
    link.peer = std::move(*hello);
    if (link.peer.node == m_self.node && link.peer.process == m_self.process) {
        if (link.wasDialled())
            m_ownAddresses.insert(link.dialled);
        return remove(link, {});
    }
    if (const auto verdict = judge(link.peer))
        return refuse(link, *verdict);
    if (link.wasDialled()) {
        m_memberAt.insert(link.dialled, link.peer.node);
        if (isSameProcessUp(link.peer))
            return remove(link, {});
    }
    link.stage = Stage::AwaitWelcome;
    if (!decidesFor(link))
        push(link, {});
}

std::optional<Error> PeerLinks::judge(const Hello& peer) const
{
    if (auto verdict = m_handler.judge(peer))
        return verdict;
    if (peer.node != m_self.node)
        return std::nullopt;
    return Error{
        ErrorCode::Conflict,
        QStringLiteral("A node named %1 is in the cluster already. Give each node a name of its own.")
            .arg(m_self.name)};
}

void PeerLinks::welcomeArrived(PeerLink& link, QByteArrayView frame)
{
    if (const auto refusal = Refusal::decode(frame))
        return refusalArrived(link, *refusal);
    if (!frame.isEmpty())
        return dropBroken(link, QStringLiteral("it did not keep to the handshake"));
    if (!decidesFor(link))
        return goUp(link);
    link.stage = Stage::Ready;
    decide(link.peer.node);
}

bool PeerLinks::isSameProcessUp(const Hello& peer) const
{
    const PeerLink* existing = m_up.value(peer.node);
    return existing && existing->peer.process == peer.process;
}

PeerLink* PeerLinks::preferred(NodeId member) const
{
    PeerLink* best = nullptr;
    for (PeerLink* link : m_links) {
        const bool isKnown = link->stage == Stage::AwaitWelcome || link->stage == Stage::Ready;
        if (!isKnown || link->peer.node != member)
            continue;
        if (link->wasDialled())
            return link;
        if (!best || best->stage != Stage::Ready)
            best = link;
    }
    return best;
}

bool PeerLinks::keepsExisting(const PeerLink& candidate) const
{
    if (!isSameProcessUp(candidate.peer))
        return false;
    // Fresh: the other side may have said its welcome before ours over the existing link reached it. Later,
    // its welcome means that it has no link with us.
    const bool isFresh =
        m_up.value(candidate.peer.node)->upSince.elapsed() < inMs(m_options.helloTimeout).count();
    return candidate.wasDialled() || isFresh;
}

void PeerLinks::decide(NodeId member)
{
    PeerLink* best = preferred(member);
    if (!best)
        return;
    if (!keepsExisting(*best)) {
        if (best->stage != Stage::Ready)
            return; // its own welcome is on the way, or its end
        push(*best, {});
        goUp(*best);
    }
    const std::vector<PeerLink*> links = m_links;
    for (PeerLink* link : links) {
        if (link->isOpen() && link->stage == Stage::Ready && link->peer.node == member)
            remove(*link, {});
    }
}

void PeerLinks::goUp(PeerLink& link)
{
    link.stage = Stage::Up;
    link.deadline.stop();
    link.upSince.start();
    link.setBounds(m_options.maxFrameBytes, linkBufferBytes);
    if (PeerLink* existing = m_up.value(link.peer.node))
        remove(*existing, QStringLiteral("it made a new one"));
    m_up.insert(link.peer.node, &link);
    forgetRefusalsOf(link);
    m_handler.linkUp(link.peer);
}

// By whatever address it was dialled: should it refuse again, that is news.
void PeerLinks::forgetRefusalsOf(const PeerLink& link)
{
    QStringList names{link.identity(), link.peer.peerAddress};
    for (auto at = m_memberAt.constBegin(); at != m_memberAt.constEnd(); ++at) {
        if (*at == link.peer.node)
            names.append(at.key());
    }
    for (const QString& name : names) {
        m_lastRefusal.remove(name);
        m_lastRefusedBy.remove(name);
    }
}

void PeerLinks::refusalArrived(PeerLink& link, const Refusal& refusal)
{
    const QString line = QStringLiteral("%1 refuses this node: %2").arg(link.description(), refusal.message);
    if (report(m_lastRefusedBy, link, line) && link.wasDialled())
        m_handler.refused(link.dialled, refusal);
    remove(link, {});
}

void PeerLinks::refuse(PeerLink& link, const Error& error)
{
    const QString line = QStringLiteral("refused %1: %2").arg(link.description(), error.message);
    const bool isNews = report(m_lastRefusal, link, line);
    link.stage = Stage::Refused;
    link.deadline.start(inMs(m_options.helloTimeout));
    const Refusal refusal{error.code, error.message};
    link.push(refusal.encoded());
    link.finish();
    // We went there and do not fit: they would say the same of us.
    if (isNews && link.wasDialled())
        m_handler.refused(link.dialled, refusal);
}

// Logs once for each change, not at each attempt. Returns whether this was one.
bool PeerLinks::report(QHash<QString, QString>& last, const PeerLink& link, const QString& line)
{
    const QString who = link.identity();
    if (last.value(who) == line)
        return false;
    if (last.size() >= maxRemembered)
        last.clear();
    last.insert(who, line);
    m_handler.logged("warning", line);
    return true;
}

void PeerLinks::dropBroken(PeerLink& link, const QString& why)
{
    if (link.stage == Stage::Refused)
        return remove(link, {});
    const QString line = QStringLiteral("closed %1: %2").arg(link.description(), why);
    if (link.wasDialled() && link.stage != Stage::Up)
        report(m_lastRefusal, link, line); // it will be dialled again
    else
        m_handler.logged("warning", line);
    remove(link, {});
}

void PeerLinks::connectionLost(PeerConnection& from, const QString& why)
{
    auto& link = static_cast<PeerLink&>(from);
    const QString reason = why.isEmpty() ? QStringLiteral("the other side closed it") : why;
    const bool isBroken = link.stage == Stage::AwaitHello && link.wasDialled();
    const bool isGarbage = link.stage != Stage::Up && link.hasFailedFraming();
    if (isBroken || isGarbage)
        return dropBroken(link, reason);
    remove(link, reason);
}

void PeerLinks::remove(PeerLink& link, const QString& why)
{
    link.close();
    link.deadline.stop();
    std::erase(m_links, &link);
    std::erase(m_dirty, &link);
    link.deleteLater();
    const bool wasUp = m_up.value(link.peer.node) == &link;
    if (wasUp)
        m_up.remove(link.peer.node);
    if (link.wasDialled())
        Q_EMIT dialledConnectionEnded(link.dialled, wasUp && link.upSince.elapsed() >= lastedMs);
    if (wasUp) {
        if (!why.isEmpty())
            m_handler.logged("info", QStringLiteral("link with %1 is down: %2").arg(link.description(), why));
        m_handler.linkDown(link.peer.node);
        Q_EMIT linkLost();
    } else if (link.stage == Stage::AwaitWelcome && decidesFor(link)) {
        decide(link.peer.node); // another connection may have waited for this one
    }
}

bool PeerLinks::isWorthDialling(const QString& address) const
{
    if (address == m_self.peerAddress || m_ownAddresses.contains(address))
        return false;
    if (m_up.contains(m_memberAt.value(address)))
        return false;
    return std::none_of(m_up.begin(), m_up.end(),
                        [&](const PeerLink* link) { return link->peer.peerAddress == address; });
}

qint64 PeerLinks::queuedBytes() const
{
    qint64 sum = 0;
    for (const PeerLink* link : m_up)
        sum += link->queuedBytes();
    return sum;
}

} // namespace ringmaster
