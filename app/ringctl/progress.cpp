// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ringctl/progress.h"

#include <cstdio>
#include <unistd.h>

namespace ringmaster::ctl {

using namespace Qt::StringLiterals;

namespace {

constexpr qint64 betweenShowsMs = 200;
constexpr int barWidth = 24;

} // namespace

Progress::Progress(QString what, qint64 total)
    : m_what(std::move(what))
    , m_total(total)
    , m_onTerminal(::isatty(STDERR_FILENO) == 1)
{
    m_clock.start();
}

Progress::~Progress()
{
    clear();
}

void Progress::show(qint64 count, qint64 done, const QString& more)
{
    if (!m_onTerminal || m_clock.elapsed() - m_lastShownMs < betweenShowsMs)
        return;
    m_lastShownMs = m_clock.elapsed();
    QString line = m_what + u' ';
    if (m_total > 0) {
        const double share = qBound(0.0, static_cast<double>(done) / static_cast<double>(m_total), 1.0);
        const int filled = static_cast<int>(share * barWidth);
        line += u'[' + QString(filled, u'#') + QString(barWidth - filled, u'.') +
                u"] %1 %  "_s.arg(static_cast<int>(share * 100), 3);
    }
    line += u"%1 keys, %2/s"_s.arg(count).arg(
        static_cast<qint64>(static_cast<double>(count) / qMax(0.001, seconds())));
    if (!more.isEmpty())
        line += u", "_s + more;
    std::fprintf(stderr, "\r\x1b[K%s", line.toUtf8().constData());
    std::fflush(stderr);
    m_shown = true;
}

void Progress::clear()
{
    if (std::exchange(m_shown, false))
        std::fputs("\r\x1b[K", stderr);
}

} // namespace ringmaster::ctl
