// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/supervise/node_log.h"

#include <QFile>
#include <QFileInfo>

namespace ringmaster {

namespace {

constexpr qint64 tailBytes = 16 * 1024;
constexpr qsizetype maxLineLength = 400;

} // namespace

void rotateLog(const QString& file)
{
    if (QFileInfo(file).size() <= maxLogBytes)
        return;
    const QString old = file + QStringLiteral(".old");
    QFile::remove(old);
    QFile::rename(file, old);
}

QStringList lastLogLines(const QString& file, int most)
{
    QFile log(file);
    if (!log.open(QIODevice::ReadOnly))
        return {};
    const qint64 from = qMax<qint64>(0, log.size() - tailBytes);
    log.seek(from);
    QStringList lines = QString::fromUtf8(log.read(tailBytes)).split(QLatin1Char('\n'), Qt::SkipEmptyParts);
    if (from > 0 && !lines.isEmpty())
        lines.removeFirst(); // its beginning is missing
    lines = lines.mid(qMax<qsizetype>(0, lines.size() - most));
    for (QString& line : lines) {
        line.truncate(maxLineLength);
        for (QChar& c : line) {
            if (c.category() == QChar::Other_Control)
                c = QLatin1Char(' ');
        }
    }
    return lines;
}

} // namespace ringmaster
