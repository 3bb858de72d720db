// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/logs/log_tail.h"

#include "ui/session/words.h"

#include <QFile>

namespace ringmaster {
namespace {

constexpr qsizetype maxLine = 4000;

} // namespace

QStringList LogTail::takeNew()
{
    m_restarted = false;
    QFile file(m_path);
    if (m_path.isEmpty() || !file.open(QIODevice::ReadOnly))
        return {};
    const qint64 size = file.size();
    if (size < m_offset) {
        m_offset = 0;
        m_partial.clear();
        m_restarted = true;
    }
    bool skipped = false;
    if (size - m_offset > maxRead) {
        m_offset = size - maxRead;
        m_partial.clear();
        skipped = true;
    }
    file.seek(m_offset);
    const QByteArray fresh = file.read(maxRead);
    m_offset += fresh.size();
    QList<QByteArray> lines = (m_partial + fresh).split('\n');
    m_partial = lines.takeLast().left(maxRead);
    if (skipped && !lines.isEmpty())
        lines.removeFirst(); // begins somewhere in its middle
    QStringList shown;
    for (const QByteArray& line : std::as_const(lines))
        shown.append(visibleText(QString::fromUtf8(line.left(maxLine))));
    return shown;
}

} // namespace ringmaster
