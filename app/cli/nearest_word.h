// SPDX-License-Identifier: GPL-3.0-or-later
// "Did you mean …?"
#pragma once

#include <QString>
#include <QStringList>

#include <optional>

namespace ringmaster::cli {

// The word that is the fewest single-letter changes away, where these are few enough to be a slip.
std::optional<QString> nearestWord(const QString& word, const QStringList& known);

// "; did you mean --http?", or nothing. prefix stands before the word: "--".
QString suggestion(const QString& word, const QStringList& known, const QString& prefix = {});

} // namespace ringmaster::cli
