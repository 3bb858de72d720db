// SPDX-License-Identifier: GPL-3.0-or-later
// A program's log on standard error: one line an event, as text or as JSON.
//
//     2026-01-01T12:00:00.123Z info n1 listening http=127.0.0.1:8101 peer=127.0.0.1:7101
//     {"time":"2026-…","level":"info","node":"n1","event":"listening","http":"127.0.0.1:8101",…}
//
// What comes from outside cannot begin a line of its own: control characters are escaped.
#pragma once

#include "app/cli/repeated_lines.h"

#include <QByteArray>
#include <QDateTime>
#include <QList>
#include <QPair>
#include <QString>

#include <optional>

namespace ringmaster::cli {

class EventLog {
public:
    enum class Format { Text, Json };
    enum class Level { Debug, Info, Warning, Error };
    using Fields = QList<QPair<QString, QString>>;

    EventLog(Format format, Level least, QString node)
        : m_format(format)
        , m_least(least)
        , m_node(std::move(node))
    {}

    // event: a word, or a sentence. A warning or an error that comes again and again is written now and then,
    // with the field "repeated": how often it came in between.
    void write(Level level, const QString& event, const Fields& fields = {}) const;
    // The line with its line feed, as write() puts it out.
    QByteArray formatted(const QDateTime& at, Level level, const QString& event, const Fields& fields) const;

    // "debug", "info", "warning", "error"; unknown words count as warnings.
    static Level levelNamed(const char* name);

private:
    Format m_format;
    Level m_least;
    QString m_node;
    mutable RepeatedLines m_repeated;
};

} // namespace ringmaster::cli
