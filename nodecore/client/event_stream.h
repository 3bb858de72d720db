// SPDX-License-Identifier: GPL-3.0-or-later
// The event stream of one node: a WebSocket whose messages are bounded and whose silence can be measured.
#pragma once

#include <QElapsedTimer>
#include <QJsonObject>
#include <QObject>
#include <QUrl>
#include <QWebSocket>

#include <chrono>

namespace ringmaster {

class EventStream : public QObject {
    Q_OBJECT
public:
    static constexpr quint64 maxMessageBytes = 8 * 1024 * 1024;

    explicit EventStream(QObject* parent = nullptr);
    ~EventStream() override;

    // Leaves the node followed before, if any. Does nothing where node is followed already.
    void follow(const QUrl& node);
    // Whether something came within the time given.
    bool isFlowing(std::chrono::milliseconds within) const;

Q_SIGNALS:
    void eventReceived(const QJsonObject& event);
    void lost(); // the connection that stood has ended

private:
    void take(const QString& message);

    QWebSocket m_socket;
    QUrl m_node;
    bool m_open = false;
    QElapsedTimer m_sinceEvent;
    QElapsedTimer m_sinceAttempt;
};

} // namespace ringmaster
