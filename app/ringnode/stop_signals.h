// SPDX-License-Identifier: GPL-3.0-or-later
// SIGTERM and SIGINT, brought into the event loop. The second one ends the program at once.
#pragma once

#include <QObject>

namespace ringmaster {

// At most one at a time: signals are the whole program's.
class StopSignals : public QObject {
    Q_OBJECT
public:
    explicit StopSignals(QObject* parent = nullptr);
    ~StopSignals() override;

Q_SIGNALS:
    void stopAsked();

private:
    int m_readEnd = -1;
};

} // namespace ringmaster
