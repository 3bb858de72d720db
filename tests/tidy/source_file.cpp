// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/tidy/source_file.h"

#include <QDir>
#include <QDirIterator>
#include <QFile>
#include <QRegularExpression>
#include <QStringDecoder>

#include <algorithm>

namespace ringmaster::tidy {

namespace {

enum class Strings { Keep, Blank };

// Newlines stay, so that line numbers do.
void appendBlank(QString& out, QStringView piece)
{
    for (const QChar c : piece) {
        out.append(c == QLatin1Char('\n') ? c : QLatin1Char(' '));
    }
}

QString blanked(const QString& text, Strings strings)
{
    // In the order in which they must be tried: a quote in a comment opens nothing, and the reverse. A
    // digit separator (1'000) is no quote.
    static const QRegularExpression token(
        QStringLiteral(R"re((?<line>//[^\n]*)|(?<block>/\*.*?\*/)|(?<raw>R"([^(\s]*)\(.*?\)\g{-1}"))re"
                       R"re(|(?<string>"(?:[^"\\\n]|\\.)*")|(?<char>(?<![0-9A-Fa-f])'(?:[^'\\\n]|\\.)+'))re"),
        QRegularExpression::DotMatchesEverythingOption);
    QString out;
    out.reserve(text.size());
    qsizetype at = 0;
    auto matches = token.globalMatch(text);
    while (matches.hasNext()) {
        const auto match = matches.next();
        out.append(QStringView(text).mid(at, match.capturedStart() - at));
        const bool comment = match.hasCaptured(u"line") || match.hasCaptured(u"block");
        if (comment || strings == Strings::Blank) {
            appendBlank(out, match.capturedView());
        } else {
            out.append(match.capturedView());
        }
        at = match.capturedEnd();
    }
    out.append(QStringView(text).mid(at));
    return out;
}

bool belongsToTheProject(const QString& path)
{
    static const QRegularExpression left(
        QStringLiteral(R"((^|/)(build|\.git|\.cache|__pycache__)(/|$)|\.user$)"));
    return !left.match(path).hasMatch();
}

} // namespace

bool SourceFile::isScript() const
{
    return path.endsWith(QLatin1String(".sh")) || path.endsWith(QLatin1String(".py")) ||
           path.endsWith(QLatin1String(".lua")) || text.startsWith(QLatin1String("#!"));
}

QStringList SourceFile::lines() const
{
    return text.split(QLatin1Char('\n'));
}

QStringList SourceFile::linesWithoutComments() const
{
    return blanked(text, Strings::Keep).split(QLatin1Char('\n'));
}

QStringList SourceFile::codeLines() const
{
    return blanked(text, Strings::Blank).split(QLatin1Char('\n'));
}

QList<SourceFile> readTree(const QString& root)
{
    QList<SourceFile> files;
    const QDir top(root);
    QDirIterator walk(root, QDir::Files | QDir::Hidden, QDirIterator::Subdirectories);
    while (walk.hasNext()) {
        const QString path = top.relativeFilePath(walk.next());
        if (!belongsToTheProject(path)) {
            continue;
        }
        QFile file(walk.filePath());
        if (!file.open(QIODevice::ReadOnly)) {
            continue;
        }
        QStringDecoder decoder(QStringDecoder::Utf8);
        const QString text = decoder(file.readAll());
        if (!decoder.hasError()) {
            files.append({path, text});
        }
    }
    std::sort(files.begin(), files.end(), [](const auto& a, const auto& b) { return a.path < b.path; });
    return files;
}

} // namespace ringmaster::tidy
