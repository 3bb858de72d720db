// SPDX-License-Identifier: GPL-3.0-or-later
// The end of a log file, and what is added to it. Reads at most maxRead bytes at a time, so a log of any
// size costs the same; what lies before that is left out. A file that is cut off or replaced starts anew.
#pragma once

#include <QByteArray>
#include <QString>
#include <QStringList>

namespace ringmaster {

class LogTail {
public:
    static constexpr qint64 maxRead = 256 * 1024;

    explicit LogTail(QString path = {})
        : m_path(std::move(path))
    {}

    const QString& path() const { return m_path; }
    // Whole lines that have come since the last call, fit to be shown. A line without its end yet waits.
    QStringList takeNew();
    // True where the last takeNew() began anew: what was shown before is gone from the file.
    bool restarted() const { return m_restarted; }

private:
    QString m_path;
    qint64 m_offset = 0;
    QByteArray m_partial;
    bool m_restarted = false;
};

} // namespace ringmaster
