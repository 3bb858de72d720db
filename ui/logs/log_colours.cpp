// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/logs/log_colours.h"

#include <QRegularExpression>

namespace ringmaster {

LogColours::LogColours(const Theme& theme, QTextDocument* document)
    : QSyntaxHighlighter(document)
    , m_theme(theme)
{
    connect(&theme, &Theme::changed, this, &QSyntaxHighlighter::rehighlight);
}

void LogColours::highlightBlock(const QString& text)
{
    static const QRegularExpression level(QStringLiteral("\\b(error|fatal|critical)\\b|\\b(warning|warn)\\b"),
                                          QRegularExpression::CaseInsensitiveOption);
    // The level stands near the line's start; a value further on may hold the same word.
    const QRegularExpressionMatch match = level.match(text.left(60));
    if (match.hasMatch())
        setFormat(0, static_cast<int>(text.size()),
                  match.capturedLength(1) > 0 ? m_theme.palette().badText : m_theme.palette().warningText);
}

} // namespace ringmaster
