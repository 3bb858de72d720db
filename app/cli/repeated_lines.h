// SPDX-License-Identifier: GPL-3.0-or-later
// Keeps a log from saying the same again and again: a line that comes back is counted, and told with its
// count when its time is over. Pure; time comes in.
//
// Two lines are the same where they differ in numbers only ("12 MiB free"); a name with a digit (n3) is no
// number. A line that stayed away for a minute is news again.
#pragma once

#include <QHash>
#include <QString>

#include <chrono>
#include <optional>

namespace ringmaster::cli {

class RepeatedLines {
public:
    using Time = std::chrono::milliseconds; // of any clock that only goes forward

    static constexpr Time firstSilence{60'000};   // then twice as long each time,
    static constexpr Time mostSilence{3'600'000}; // up to this
    static constexpr int mostRemembered = 64;

    // Nothing: the line is one to leave out. Else how many like it were left out since it was last written.
    std::optional<qint64> take(Time now, const QString& line);

private:
    struct Seen {
        Time last; // came, written or not
        Time written;
        Time silence;       // until it is written again
        qint64 leftOut = 0; // since it was written
    };
    void forgetTheOldest();

    QHash<QString, Seen> m_lines;
};

} // namespace ringmaster::cli
