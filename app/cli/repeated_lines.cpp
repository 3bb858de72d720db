// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/repeated_lines.h"

#include <QRegularExpression>

#include <algorithm>
#include <utility>

namespace ringmaster::cli {

namespace {

// Words that are numbers; what has a digit in it, a name or an address, stays.
QString withoutNumbers(const QString& line)
{
    static const QRegularExpression number(
        QStringLiteral(R"((?<=^|[ (="])\d+(\.\d+)?(?=$|[ ),;%"]|[.:]( |$)))"));
    return QString(line).replace(number, QStringLiteral("#"));
}

} // namespace

std::optional<qint64> RepeatedLines::take(Time now, const QString& line)
{
    const QString kind = withoutNumbers(line);
    const auto found = m_lines.find(kind);
    if (found == m_lines.end()) {
        if (m_lines.size() >= mostRemembered)
            forgetTheOldest();
        m_lines.insert(kind, {now, now, firstSilence, 0});
        return 0;
    }
    Seen& seen = *found;
    const bool isNews = now - std::exchange(seen.last, now) >= firstSilence;
    if (!isNews && now - seen.written < seen.silence) {
        ++seen.leftOut;
        return std::nullopt;
    }
    seen.silence = isNews ? firstSilence : std::min(2 * seen.silence, mostSilence);
    seen.written = now;
    return std::exchange(seen.leftOut, 0);
}

void RepeatedLines::forgetTheOldest()
{
    auto oldest = m_lines.begin();
    for (auto it = m_lines.begin(); it != m_lines.end(); ++it) {
        if (it->last < oldest->last)
            oldest = it;
    }
    m_lines.erase(oldest);
}

} // namespace ringmaster::cli
