// SPDX-License-Identifier: GPL-3.0-or-later
// A file of the tree, as the rules see it.
#pragma once

#include <QList>
#include <QString>
#include <QStringList>

namespace ringmaster::tidy {

struct SourceFile {
    QString path; // from the top of the tree, with '/'
    QString text;

    QString name() const { return path.section(QLatin1Char('/'), -1); }
    bool isHeader() const { return path.endsWith(QLatin1String(".h")); }
    bool isCpp() const { return isHeader() || path.endsWith(QLatin1String(".cpp")); }
    // A shell or Python or Lua program: by its ending, or by "#!" where it has none.
    bool isScript() const;

    QStringList lines() const;
    // The lines of C++ with comments blanked out; places stay what they were.
    QStringList linesWithoutComments() const;
    // Strings and characters are blanked out too.
    QStringList codeLines() const;
};

// All text files below root that belong to the project, by path; what a build leaves behind is not
// looked at, nor is anything that is not UTF-8.
QList<SourceFile> readTree(const QString& root);

} // namespace ringmaster::tidy
