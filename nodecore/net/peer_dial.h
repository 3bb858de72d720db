// SPDX-License-Identifier: GPL-3.0-or-later
// One attempt to connect to "host:port": looks the name up, tries its addresses in turn.
#pragma once

#include "nodecore/base/types.h"

#include <QHostAddress>
#include <QObject>
#include <QSocketNotifier>
#include <QTimer>

#include <memory>

namespace ringmaster {

class PeerDial : public QObject {
    Q_OBJECT
public:
    PeerDial(const QString& address, Duration timeout, QObject* parent);
    ~PeerDial() override; // gives up

Q_SIGNALS:
    // Exactly one of the two, once, from the event loop. The descriptor is the receiver's.
    void connected(int descriptor);
    void failed(const QString& why);

private:
    void tryNext();
    void decided();
    void finish(int descriptor, const QString& why);
    int takeDescriptor();

    QList<QHostAddress> m_candidates;
    quint16 m_port = 0;
    int m_lookup = -1;
    int m_descriptor = -1;
    std::unique_ptr<QSocketNotifier> m_notifier;
    QTimer m_deadline;
    QString m_lastError;
    bool m_finished = false;
};

} // namespace ringmaster
