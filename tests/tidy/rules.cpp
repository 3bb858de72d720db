// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/tidy/rules.h"

#include "tests/tidy/house.h"

#include <QRegularExpression>

namespace ringmaster::tidy {

namespace {

struct Forbidden {
    QRegularExpression pattern;
    QString instead;
};

Forbidden forbid(const char* pattern, const char* instead)
{
    return {QRegularExpression(QLatin1String(pattern)), QLatin1String(instead)};
}

Findings matches(const SourceFile& file, const QStringList& lines, const QList<Forbidden>& all)
{
    Findings findings;
    for (int i = 0; i < lines.size(); ++i) {
        for (const Forbidden& forbidden : all) {
            const auto match = forbidden.pattern.match(lines.at(i));
            if (match.hasMatch()) {
                findings.append(
                    {file.path, i + 1,
                     QStringLiteral("%1: %2").arg(match.captured().trimmed(), forbidden.instead)});
            }
        }
    }
    return findings;
}

int indentOf(const QString& line)
{
    int indent = 0;
    while (indent < line.size() && line.at(indent) == QLatin1Char(' ')) {
        ++indent;
    }
    return indent;
}

// The line that closes the brace which stands alone at lines[open]; the last one where nothing does.
int closingLine(const QStringList& lines, int open)
{
    const QString close = QString(indentOf(lines.at(open)), QLatin1Char(' ')) + QLatin1Char('}');
    for (int i = open + 1; i < lines.size(); ++i) {
        if (lines.at(i).startsWith(close)) {
            return i;
        }
    }
    return static_cast<int>(lines.size()) - 1;
}

} // namespace

Findings checkPurity(const SourceFile& file)
{
    const auto room = roomOf(file.path);
    if (!file.isCpp() || !room || room->floor > lastPureFloor) {
        return {};
    }
    static const QList<Forbidden> outside{
        forbid(R"(\b(system|steady|high_resolution|utc|tai|file)_clock\b|\bQ(Date)?Time::current\w*)"
               R"(|\bQDate::currentDate|\bQElapsedTimer\b|\bQDeadlineTimer\b)",
               "time comes in by env/clock.h"),
        forbid(
            R"(\bstd::time\s*\(|(?<![\w.>:])time\s*\(\s*(nullptr|NULL|0|&)|\bclock_gettime\b|\bgettimeofday\b)",
            "time comes in by env/clock.h"),
        forbid(R"(\bQRandomGenerator(64)?::(global|system|securelySeeded)\b|\brandom_device\b)"
               R"(|(?<![\w.>:])s?rand\s*\(|\bQUuid::createUuid\w*)",
               "chance comes in by env/random.h"),
        forbid(
            R"(\bQThread(Pool)?\b|\bstd::j?thread\b|\bstd::async\b|\bQtConcurrent\b|\bQ(Recursive)?Mutex\b)"
            R"(|\bstd::(recursive_|shared_|timed_)*mutex\b|\bQReadWriteLock\b|\bQSemaphore\b|\bQWaitCondition\b)"
            R"(|\bstd::condition_variable\b|\bQ(Future|Promise)\b)",
            "one thread owns everything on floors 0 to 4"),
        forbid(R"(\bQ(Tcp|Udp|Local|Ssl|Web|Abstract)Socket\b|\bQ(Tcp|Local|Http|WebSocket)Server\b)"
               R"(|\bQNetwork\w+|\bQHostAddress\b|<sys/socket\.h>)",
               "messages go out by env/transport.h"),
        forbid(R"(\bQ(Save|Temporary)?File\b|\bstd::[io]?fstream\b|\bfopen\s*\(|\bQSql\w+|\bQProcess\b)",
               "bytes are kept by storage/store.h"),
        forbid(R"(\bQObject\b|\bQ_OBJECT\b|\bQTimer\b|\bQ(Core)?Application\b|\bQEventLoop\b)",
               "floors 0 to 4 are plain values and classes; env/timers.h has timers"),
    };
    return matches(file, file.codeLines(), outside);
}

Findings checkWaits(const SourceFile& file)
{
    if (!file.isCpp()) {
        return {};
    }
    static const QList<Forbidden> waits{
        forbid(R"(\bQTest::qWait\s*\(|\bqSleep\b|\bsleep_(for|until)\b|\bQThread::[mu]?sleep\b)"
               R"(|(?<![\w.>:])(u|nano)?sleep\s*\()",
               "wait for a condition with a deadline (QTRY_VERIFY, QSignalSpy, QTest::qWaitFor)"),
    };
    return matches(file, file.codeLines(), waits);
}

Findings checkHeading(const SourceFile& file)
{
    static const QString licence = QStringLiteral("SPDX-License-Identifier: GPL-3.0-or-later");
    const QStringList lines = file.lines();
    Findings findings;
    if (file.isCpp() && lines.first() != QStringLiteral("// ") + licence) {
        findings.append({file.path, 1, QStringLiteral("the first line must be: // %1").arg(licence)});
    }
    if (file.isScript() && !lines.mid(0, 2).join(QLatin1Char('\n')).contains(licence)) {
        findings.append({file.path, 1, QStringLiteral("the first or second line must say: %1").arg(licence)});
    }
    if (file.isHeader() && !lines.contains(QStringLiteral("#pragma once"))) {
        findings.append({file.path, 0, QStringLiteral("a header needs: #pragma once")});
    }
    return findings;
}

Findings checkWords(const SourceFile& file)
{
    // The rules and their tests spell out what they forbid.
    if (file.path.startsWith(QLatin1String("tests/tidy/"))) {
        return {};
    }
    static const QList<Forbidden> words{
        forbid(R"(\b(TODO|FIXME|XXX)\b)", "do it now, or say in the folder's README.md what is missing"),
        forbid(R"((?<![\w.}~])/(work|home|root)/)", "a path of one machine"),
    };
    return matches(file, file.lines(), words);
}

Findings checkLength(const SourceFile& file)
{
    if (!file.isCpp()) {
        return {};
    }
    Findings findings;
    const QStringList lines = file.codeLines();
    if (lines.size() > mostLinesInAFile + 1) {
        findings.append({file.path, 0,
                         QStringLiteral("%1 lines, more than %2: it wants to be two files")
                             .arg(lines.size() - 1)
                             .arg(mostLinesInAFile)});
    }
    for (int i = 0; i < lines.size(); ++i) {
        if (lines.at(i).trimmed() != QLatin1String("{")) {
            continue;
        }
        const int body = closingLine(lines, i) - i - 1;
        if (body > mostLinesInAFunction) {
            findings.append({file.path, i + 1,
                             QStringLiteral("a function of %1 lines, more than %2: it wants to be two")
                                 .arg(body)
                                 .arg(mostLinesInAFunction)});
        }
    }
    return findings;
}

Findings checkName(const SourceFile& file)
{
    static const QRegularExpression snakeCase(QStringLiteral(R"(^([a-z0-9_]+/)*[a-z0-9_]+\.(h|cpp)$)"));
    if (!file.isCpp() || snakeCase.match(file.path).hasMatch()) {
        return {};
    }
    return {{file.path, 0, QStringLiteral("names of files and folders are snake_case")}};
}

} // namespace ringmaster::tidy
