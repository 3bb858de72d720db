// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/net/peer_dialer.h"

#include "nodecore/net/peer_dial.h"

#include <QRandomGenerator>
#include <QTimer>

#include <algorithm>

namespace ringmaster {

class PeerDialer::Target {
public:
    enum class State { Resting, Waiting, Dialling, Connected };

    explicit Target(QString addressOf)
        : address(std::move(addressOf))
    {
        timer.setSingleShot(true);
    }
    ~Target() { giveUp(); }

    void giveUp()
    {
        if (PeerDial* running = std::exchange(attempt, nullptr)) {
            running->disconnect();
            running->deleteLater();
        }
    }

    const QString address;
    State state = State::Resting;
    Duration delay = firstDelay;
    QTimer timer;
    PeerDial* attempt = nullptr; // owned; deleted later, as it may be the one that is calling
    QString lastProblem;
};

PeerDialer::PeerDialer(std::function<bool(const QString&)> isWanted, Duration timeout, QObject* parent)
    : QObject(parent)
    , m_isWanted(std::move(isWanted))
    , m_timeout(timeout)
{}

PeerDialer::~PeerDialer() = default;

void PeerDialer::setAddresses(const QList<QString>& addresses)
{
    std::erase_if(m_targets, [&](const auto& entry) { return !addresses.contains(entry.first); });
    for (const QString& address : addresses) {
        auto& target = m_targets[address];
        if (target)
            continue;
        target = std::make_unique<Target>(address);
        connect(&target->timer, &QTimer::timeout, this, [this, raw = target.get()] { dial(*raw); });
        // Never from within the call: whoever gives us addresses is not ready to be called back.
        target->state = Target::State::Waiting;
        target->timer.start(0);
    }
}

void PeerDialer::dial(Target& target)
{
    if (!m_isWanted(target.address)) {
        target.state = Target::State::Resting;
        return;
    }
    target.state = Target::State::Dialling;
    target.attempt = new PeerDial(target.address, m_timeout, this);
    connect(target.attempt, &PeerDial::connected, this, [this, raw = &target](int descriptor) {
        raw->giveUp();
        raw->state = Target::State::Connected;
        raw->lastProblem.clear();
        Q_EMIT connected(descriptor, raw->address);
    });
    connect(target.attempt, &PeerDial::failed, this, [this, raw = &target](const QString& why) {
        raw->giveUp();
        attemptFailed(raw->address, why);
    });
}

void PeerDialer::attemptFailed(const QString& address, const QString& why)
{
    Target& target = *m_targets.at(address);
    const bool isNews = target.lastProblem != why;
    target.lastProblem = why;
    dialSoon(target);
    if (isNews)
        Q_EMIT failed(address, why);
}

void PeerDialer::dialSoon(Target& target)
{
    const auto delay = std::chrono::duration_cast<std::chrono::milliseconds>(target.delay);
    const auto jitter = QRandomGenerator::global()->bounded(static_cast<int>(delay.count() / 2) + 1);
    target.state = Target::State::Waiting;
    target.timer.start(delay - std::chrono::milliseconds(jitter));
    target.delay = std::min(2 * target.delay, lastDelay);
}

void PeerDialer::connectionEnded(const QString& address, bool lasted)
{
    const auto found = m_targets.find(address);
    if (found == m_targets.end() || found->second->state != Target::State::Connected)
        return;
    if (lasted)
        found->second->delay = firstDelay;
    dialSoon(*found->second);
}

void PeerDialer::wake()
{
    for (const auto& [address, target] : m_targets) {
        if (target->state == Target::State::Resting)
            dialSoon(*target);
    }
}

} // namespace ringmaster
