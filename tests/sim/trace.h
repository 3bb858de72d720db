// SPDX-License-Identifier: GPL-3.0-or-later
// A run's log for a person: messages, faults, client operations, one a line, with the virtual time and the
// number of the event. Silent unless it was given somewhere to write to.
#pragma once

#include "tests/support/virtual_network.h"

#include <QTextStream>

namespace ringmaster::sim {

class Trace {
public:
    explicit Trace(QTextStream* out = nullptr)
        : m_out(out)
    {}
    bool isOn() const { return m_out != nullptr; }
    // To be written before the first line of this event or a later one.
    void mark(quint64 event, const QString& text);
    void line(const EventQueue& queue, const QString& text);
    // Without a time.
    void plain(const QString& text);

private:
    QTextStream* m_out;
    quint64 m_markedEvent = 0;
    QString m_mark;
};

QString nodeName(int node);
// "n1 → n2 WriteRequest #4 k0 {a1b2c3d4:3=w17}"; heartbeats and the like in fewer words.
QString describeMessage(int from, int to, VirtualNetwork::Fate fate, QByteArrayView message);

} // namespace ringmaster::sim
