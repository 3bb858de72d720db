// SPDX-License-Identifier: GPL-3.0-or-later
// One line on stderr that is written over as things go on, where stderr is a terminal; nothing elsewhere.
#pragma once

#include <QElapsedTimer>
#include <QString>

namespace ringmaster::ctl {

class Progress {
public:
    // what: "importing". total: of the same unit as done, below; 0 where it is not known.
    Progress(QString what, qint64 total);
    ~Progress();

    // At most five times a second it shows: count things, and how much of the total is done; and more, where
    // there is more to say.
    void show(qint64 count, qint64 done, const QString& more = {});
    void clear();
    double seconds() const { return static_cast<double>(m_clock.elapsed()) / 1000; }

private:
    QString m_what;
    qint64 m_total;
    bool m_onTerminal;
    bool m_shown = false;
    qint64 m_lastShownMs = 0;
    QElapsedTimer m_clock;
};

} // namespace ringmaster::ctl
