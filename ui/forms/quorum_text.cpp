// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/forms/quorum_text.h"

#include "ui/session/words.h"

namespace ringmaster {

QuorumText quorumText(QChar letter, const ClientQuorum& quorum, double tookMs)
{
    return {QStringLiteral("%1 %2 of %3 in %4")
                .arg(letter)
                .arg(quorum.answered.size())
                .arg(quorum.needed)
                .arg(latencyWords(tookMs)),
            quorumDetails(quorum)};
}

QStringList quorumDetails(const ClientQuorum& quorum)
{
    QStringList answered;
    for (const ClientQuorum::Answer& answer : quorum.answered) {
        const bool fallback = answer.role == QLatin1String("fallback");
        answered.append(answer.node + QLatin1Char(' ') + latencyWords(answer.ms) +
                        (fallback ? QStringLiteral(" (stands in)") : QString()));
    }
    QStringList lines;
    if (!answered.isEmpty())
        lines.append(answered.join(QStringLiteral(" · ")));
    for (const ClientQuorum::Missing& missing : quorum.missing)
        lines.append(missing.node + QLatin1Char(' ') + missing.reason);
    return lines;
}

} // namespace ringmaster
