// SPDX-License-Identifier: GPL-3.0-or-later
// Keeps connections with a list of addresses: dials each, and again after it was lost or could not be had,
// with a delay that doubles from 100 ms to 2 s and a jitter of half of it.
#pragma once

#include "nodecore/base/types.h"

#include <QList>
#include <QObject>
#include <QString>

#include <functional>
#include <map>
#include <memory>

namespace ringmaster {

class PeerDialer : public QObject {
    Q_OBJECT
public:
    static constexpr Duration firstDelay = std::chrono::milliseconds(100);
    static constexpr Duration lastDelay = std::chrono::seconds(2);

    // isWanted is asked before each attempt; an address that is not wanted rests until wake().
    PeerDialer(std::function<bool(const QString& address)> isWanted, Duration timeout, QObject* parent);
    ~PeerDialer() override;

    // Replaces the list. What was connected from an address that is gone is left alone.
    void setAddresses(const QList<QString>& addresses);
    // The connection made to address is gone. lasted: it was a link for a while, so begin anew with short
    // delays.
    void connectionEnded(const QString& address, bool lasted);
    // Addresses that rest may be wanted now.
    void wake();

Q_SIGNALS:
    void connected(int descriptor, const QString& address);
    // Only where the reason is another one than at the last attempt.
    void failed(const QString& address, const QString& why);

private:
    class Target;
    void dial(Target& target);
    void dialSoon(Target& target);
    void attemptFailed(const QString& address, const QString& why);

    std::function<bool(const QString& address)> m_isWanted;
    Duration m_timeout;
    std::map<QString, std::unique_ptr<Target>> m_targets;
};

} // namespace ringmaster
