// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/forms/form_checks.h"

#include "nodecore/version/context_token.h"
#include "ui/forms/clock_parser.h"

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

Result<QByteArray> checkClock(const QString& text, const Key& key)
{
    const Result<VersionVector> clock = parseClock(text);
    if (!clock)
        return tl::make_unexpected(clock.error());
    return clock->isEmpty() ? QByteArray() : encodeContextToken(*clock, key);
}

} // namespace ringmaster
