// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/tidy/layout.h"

#include "tests/tidy/house.h"

#include <QRegularExpression>

#include <algorithm>

namespace ringmaster::tidy {

Findings checkTopLevel(const QStringList& entries)
{
    static const QStringList agreed{
        QStringLiteral("CMakeLists.txt"),
        QStringLiteral("CMakePresets.json"),
        QStringLiteral("LICENSE"),
        QStringLiteral("README.md"),
        QStringLiteral("app"),
        QStringLiteral("nodecore"),
        QStringLiteral("packaging"),
        QStringLiteral("resources"),
        QStringLiteral("tests"),
        QStringLiteral("ui"),
    };
    // Not the project's: what a build or an editor leaves there (.gitignore names the same).
    static const QRegularExpression personal(
        QStringLiteral(R"(^(build|compile_commands\.json|CMakeUserPresets\.json|.*\.user)$)"));
    Findings findings;
    for (const QString& entry : entries) {
        if (entry.startsWith(QLatin1Char('.')) || agreed.contains(entry) ||
            personal.match(entry).hasMatch()) {
            continue;
        }
        findings.append(
            {entry, 0,
             QStringLiteral("is not one of the agreed names at the top: it belongs into one of %1")
                 .arg(agreed.join(QLatin1String(", ")))});
    }
    return findings;
}

Findings checkReadmes(const QStringList& paths)
{
    QStringList folders{QStringLiteral("nodecore"), QStringLiteral("packaging"),
                        QStringLiteral("tests/bench"), QStringLiteral("tests/tidy")};
    for (const Room& room : rooms()) {
        folders.append(room.folder);
    }
    Findings findings;
    for (const QString& folder : std::as_const(folders)) {
        const QString inside = folder + QLatin1Char('/');
        const bool inUse = std::any_of(paths.begin(), paths.end(),
                                       [&](const QString& path) { return path.startsWith(inside); });
        if (inUse && !paths.contains(inside + QLatin1String("README.md"))) {
            findings.append(
                {inside + QLatin1String("README.md"), 0,
                 QStringLiteral("is missing: a paragraph or two on what this folder is, and why")});
        }
    }
    return findings;
}

} // namespace ringmaster::tidy
