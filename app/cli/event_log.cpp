// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/event_log.h"

#include <QJsonDocument>
#include <QJsonObject>

#include <chrono>
#include <cstring>
#include <unistd.h>

namespace ringmaster::cli {

namespace {

const char* nameOf(EventLog::Level level)
{
    switch (level) {
    case EventLog::Level::Debug:
        return "debug";
    case EventLog::Level::Info:
        return "info";
    case EventLog::Level::Warning:
        return "warning";
    case EventLog::Level::Error:
        break;
    }
    return "error";
}

QString escaped(const QString& text)
{
    QString safe;
    safe.reserve(text.size());
    for (const QChar c : text) {
        if (c.category() == QChar::Other_Control || c == QChar::LineSeparator ||
            c == QChar::ParagraphSeparator)
            safe += QStringLiteral("\\u%1").arg(c.unicode(), 4, 16, QLatin1Char('0'));
        else
            safe += c;
    }
    return safe;
}

QString fieldText(const QString& value)
{
    const QString safe = escaped(value);
    if (!safe.isEmpty() && !safe.contains(QLatin1Char(' ')) && !safe.contains(QLatin1Char('"')))
        return safe;
    return QLatin1Char('"') + QString(safe).replace(QLatin1Char('"'), QStringLiteral("\\\"")) +
           QLatin1Char('"');
}

} // namespace

EventLog::Level EventLog::levelNamed(const char* name)
{
    for (const Level level : {Level::Debug, Level::Info, Level::Error}) {
        if (std::strcmp(name, nameOf(level)) == 0)
            return level;
    }
    return Level::Warning;
}

QByteArray EventLog::formatted(const QDateTime& at, Level level, const QString& event,
                               const Fields& fields) const
{
    const QString time = at.toUTC().toString(Qt::ISODateWithMs);
    const QString levelName = QString::fromLatin1(nameOf(level));
    if (m_format == Format::Text) {
        QString line = QStringLiteral("%1 %2 %3 %4").arg(time, levelName, m_node, escaped(event));
        for (const auto& [name, value] : fields)
            line += QStringLiteral(" %1=%2").arg(name, fieldText(value));
        return line.toUtf8() + '\n';
    }
    QJsonObject object{{QStringLiteral("time"), time},
                       {QStringLiteral("level"), levelName},
                       {QStringLiteral("node"), m_node},
                       {QStringLiteral("event"), event}};
    for (const auto& [name, value] : fields)
        object.insert(name, value);
    return QJsonDocument(object).toJson(QJsonDocument::Compact) + '\n';
}

void EventLog::write(Level level, const QString& event, const Fields& fields) const
{
    if (level < m_least)
        return;
    Fields told = fields;
    if (level >= Level::Warning) {
        const auto now = std::chrono::duration_cast<std::chrono::milliseconds>(
            std::chrono::steady_clock::now().time_since_epoch());
        // Without its time, which is never the same.
        const auto leftOut = m_repeated.take(now, QString::fromUtf8(formatted({}, level, event, fields)));
        if (!leftOut)
            return;
        if (*leftOut > 0)
            told.append({QStringLiteral("repeated"), QString::number(*leftOut)});
    }
    const QByteArray line = formatted(QDateTime::currentDateTimeUtc(), level, event, told);
    // One call a line, so that the lines of several nodes on one terminal do not mix. A reader that is gone
    // must not stop a node.
    [[maybe_unused]] const ssize_t written =
        ::write(STDERR_FILENO, line.constData(), static_cast<size_t>(line.size()));
}

} // namespace ringmaster::cli
