// SPDX-License-Identifier: GPL-3.0-or-later
// A program's options by name, from the command line, the environment and a file; who wins is decided here,
// what the values mean is not.
#pragma once

#include "nodecore/base/result.h"

#include <QMap>
#include <QString>
#include <QStringList>

#include <optional>

namespace ringmaster::cli {

struct OptionSpec {
    QString name;     // "read-quorum"
    QString argument; // "R"; empty: a switch, "true" where it stands alone
    QString help;     // a line or more
};

struct OptionValue {
    QString text;
    // How a person finds it: "--http", "RINGNODE_HTTP", "node.conf:3: http".
    QString where;
};

// By name. Only known names get in.
using OptionValues = QMap<QString, OptionValue>;

// Each fails (Malformed) at the first thing it does not understand: an option that is unknown, that has no
// value or comes twice, an argument that is no option, a line that is no "key = value".
//
// "--name value" and "--name=value".
[[nodiscard]] Result<OptionValues> optionsFromArguments(const QStringList& arguments,
                                                        const QList<OptionSpec>& known);
// "key = value" lines; # begins a comment at the start of a line or after a space. fileName is for messages.
[[nodiscard]] Result<OptionValues> optionsFromFile(const QString& content, const QString& fileName,
                                                   const QList<OptionSpec>& known);
// PREFIX_READ_QUORUM and the like. Variables that begin with the prefix but name no option are put into
// unknown: a stranger's variable must not keep a program from running.
OptionValues optionsFromEnvironment(const QMap<QString, QString>& environment, const QString& prefix,
                                    const QList<OptionSpec>& known, QStringList* unknown);

// The earlier one wins.
OptionValues mergedOptions(const QList<OptionValues>& byPrecedence);

// One paragraph an option, the help aligned.
QString helpFor(const QList<OptionSpec>& known);

} // namespace ringmaster::cli
