// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/nearest_word.h"

#include <algorithm>
#include <numeric>
#include <vector>

namespace ringmaster::cli {

namespace {

constexpr qsizetype longestCompared = 64;

// Levenshtein's, in one row.
int distance(const QString& a, const QString& b)
{
    std::vector<int> row(static_cast<size_t>(b.size()) + 1);
    std::iota(row.begin(), row.end(), 0);
    for (qsizetype i = 0; i < a.size(); ++i) {
        int diagonal = std::exchange(row[0], static_cast<int>(i) + 1);
        for (qsizetype j = 0; j < b.size(); ++j) {
            const auto column = static_cast<size_t>(j);
            const int replaced = diagonal + (a[i] == b[j] ? 0 : 1);
            diagonal = row[column + 1];
            row[column + 1] = std::min({replaced, row[column] + 1, diagonal + 1});
        }
    }
    return row.back();
}

} // namespace

std::optional<QString> nearestWord(const QString& word, const QStringList& known)
{
    std::optional<QString> nearest;
    int best = 1 + static_cast<int>(std::min<qsizetype>(word.size() / 3, 3));
    for (const QString& candidate : known) {
        const int changes = distance(word.left(longestCompared), candidate);
        if (changes < best || (changes == best && !nearest)) {
            best = changes;
            nearest = candidate;
        }
    }
    return nearest;
}

QString suggestion(const QString& word, const QStringList& known, const QString& prefix)
{
    const auto nearest = nearestWord(word, known);
    return nearest ? QStringLiteral("; did you mean %1%2?").arg(prefix, *nearest) : QString();
}

} // namespace ringmaster::cli
