// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/forms/form_checks.h"

#include "ui/forms/clock_parser.h"

#include <algorithm>

namespace ringmaster {

Result<Key> checkKey(const QString& text)
{
    if (text.isEmpty())
        return failure(ErrorCode::Malformed, QStringLiteral("A key is needed: at least one character."));
    const QByteArray bytes = text.toUtf8();
    if (bytes.size() > Key::maxBytes)
        return failure(
            ErrorCode::TooLarge,
            QStringLiteral("This key has %1 bytes; the most is %2.").arg(bytes.size()).arg(Key::maxBytes));
    return Key::fromBytes(bytes);
}

Result<std::optional<int>> checkQuorum(const QString& text, int replicas)
{
    const QString trimmed = text.trimmed();
    if (trimmed.isEmpty())
        return std::nullopt;
    bool ok = false;
    const int quorum = trimmed.toInt(&ok);
    const int most = std::max(1, replicas);
    if (!ok || quorum < 1 || quorum > most)
        return failure(
            ErrorCode::Malformed,
            QStringLiteral("A whole number from 1 to %1, or nothing for the cluster's own.").arg(most));
    return quorum;
}

namespace {

// As "ringctl get --context-only" prints it. Whether it is one the node says.
bool looksLikeToken(const QString& text)
{
    constexpr qsizetype least = 32;
    return text.size() >= least && std::all_of(text.begin(), text.end(), [](QChar c) {
               return (c >= u'0' && c <= u'9') || (c >= u'a' && c <= u'z') || (c >= u'A' && c <= u'Z') ||
                      c == u'-' || c == u'_';
           });
}

} // namespace

Result<QByteArray> checkClock(const QString& text, const Key& key, const SeenContexts& seen)
{
    if (looksLikeToken(text.trimmed()))
        return text.trimmed().toLatin1();
    const Result<VersionVector> clock = parseClock(text);
    if (!clock)
        return tl::make_unexpected(clock.error());
    if (clock->isEmpty())
        return QByteArray();
    if (std::optional<QByteArray> token = seen.find(key, *clock))
        return std::move(*token);
    return failure(ErrorCode::Absent,
                   QStringLiteral("No answer shown here had this clock. Read the key, and use the clock of a "
                                  "row, or paste the context of a read."));
}

} // namespace ringmaster
