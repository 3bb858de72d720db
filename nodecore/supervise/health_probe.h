// SPDX-License-Identifier: GPL-3.0-or-later
// Asks a node's /health over and over, often until it serves and now and then afterwards, and says when the
// answer changes. Never more than one question at a time.
#pragma once

#include "nodecore/client/node_pool.h"

#include <QObject>
#include <QTimer>

namespace ringmaster {

class HealthProbe : public QObject {
    Q_OBJECT
public:
    // name: the node that must answer. Another one at this address does not count.
    HealthProbe(QUrl url, QString name, QObject* parent = nullptr);

    void start();
    void stop();
    bool isServing() const { return m_serving; }

Q_SIGNALS:
    void servingChanged(bool serving);

private:
    void ask();
    void take(bool serving);

    QUrl m_url;
    QString m_name;
    NodePool m_pool;
    QTimer m_timer;
    bool m_running = false;
    bool m_asking = false;
    bool m_serving = false;
    int m_misses = 0; // in a row
};

} // namespace ringmaster
