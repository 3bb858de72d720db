// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/tidy/house.h"

#include <QFile>
#include <QRegularExpression>

namespace ringmaster::tidy {

namespace {

struct Agreement {
    QString from;
    QString to;
    QString reason;
};

// Neighbours on one floor that may know each other, one way only.
const QList<Agreement>& agreements()
{
    static const QList<Agreement> list{
        {QStringLiteral("nodecore/ring"), QStringLiteral("nodecore/env"),
         QStringLiteral("tokens are chosen with a Random that is handed in")},
        {QStringLiteral("nodecore/wire"), QStringLiteral("nodecore/storage"),
         QStringLiteral("messages carry what a Store holds")},
    };
    return list;
}

bool agreed(const QString& from, const QString& to)
{
    for (const Agreement& each : agreements()) {
        if (each.from == from && each.to == to) {
            return true;
        }
    }
    return false;
}

const QRegularExpression& includePattern()
{
    static const QRegularExpression pattern(QStringLiteral(R"re(^\s*#\s*include\s*([<"])([^>"]+)[>"])re"));
    return pattern;
}

bool isGenerated(const QString& included)
{
    return included.endsWith(QLatin1String(".moc")) && !included.contains(QLatin1Char('/'));
}

QString problemWith(const Room& from, const QString& included)
{
    const auto to = roomOf(included);
    const bool besideATest = from.folder == QLatin1String("tests") && !included.contains(QLatin1Char('/'));
    if (besideATest) {
        return {};
    }
    if (!to) {
        return QStringLiteral("\"%1\" is not written from the top of the tree: write "
                              "\"nodecore/<room>/<file>.h\"")
            .arg(included);
    }
    if (to->folder == from.folder || to->floor < from.floor) {
        return {};
    }
    if (to->floor > from.floor) {
        return QStringLiteral("%1 (floor %2) includes %3 of floor %4: a room may include lower floors only")
            .arg(from.folder, QString::number(from.floor), included, QString::number(to->floor));
    }
    if (agreed(from.folder, to->folder)) {
        return {};
    }
    return QStringLiteral("%1 includes %2 of the same floor: put what they share on a lower floor, or agree "
                          "on it, with a reason, in tests/tidy/house.cpp")
        .arg(from.folder, included);
}

} // namespace

const QList<Room>& rooms()
{
    static const QList<Room> list{
        {QStringLiteral("nodecore/base"), 0},
        {QStringLiteral("nodecore/version"), 1},
        {QStringLiteral("nodecore/ring"), 1},
        {QStringLiteral("nodecore/env"), 1},
        {QStringLiteral("nodecore/storage"), 2},
        {QStringLiteral("nodecore/wire"), 2},
        {QStringLiteral("nodecore/request"), 3},
        {QStringLiteral("nodecore/membership"), 3},
        {QStringLiteral("nodecore/repair"), 3},
        {QStringLiteral("nodecore/node"), 4},
        {QStringLiteral("nodecore/sqlite"), 5},
        {QStringLiteral("nodecore/net"), 5},
        {QStringLiteral("nodecore/client"), 5},
        {QStringLiteral("nodecore/supervise"), 6},
        {QStringLiteral("ui"), 7},
        {QStringLiteral("app"), 8},
        {QStringLiteral("tests"), 9},
    };
    return list;
}

std::optional<Room> roomOf(const QString& path)
{
    for (const Room& room : rooms()) {
        if (path.startsWith(room.folder + QLatin1Char('/'))) {
            return room;
        }
    }
    return std::nullopt;
}

Findings checkFloors(const SourceFile& file)
{
    if (!file.isCpp()) {
        return {};
    }
    const auto from = roomOf(file.path);
    if (!from) {
        return {{file.path, 0, QStringLiteral("no such room: give it a floor in tests/tidy/house.cpp")}};
    }
    Findings findings;
    const QStringList lines = file.linesWithoutComments();
    for (int i = 0; i < lines.size(); ++i) {
        const auto match = includePattern().match(lines.at(i));
        const QString included = match.captured(2);
        if (!match.hasMatch() || match.captured(1) == QLatin1String("<") || isGenerated(included)) {
            continue;
        }
        const QString problem = problemWith(*from, included);
        if (!problem.isEmpty()) {
            findings.append({file.path, i + 1, problem});
        }
    }
    return findings;
}

Findings checkHeadless(const SourceFile& file, const QString& qtHeaders)
{
    static const QRegularExpression headless(QStringLiteral("^(nodecore|app/(ringnode|ringctl|cli))/"));
    if (!file.isCpp() || !headless.match(file.path).hasMatch()) {
        return {};
    }
    Findings findings;
    const QStringList lines = file.linesWithoutComments();
    for (int i = 0; i < lines.size(); ++i) {
        const QString included = includePattern().match(lines.at(i)).captured(2);
        for (const char* module : {"QtGui", "QtWidgets", "QtCharts"}) {
            const QString folder = QLatin1String(module);
            const bool named = included.startsWith(folder + QLatin1Char('/'));
            const bool found =
                !included.isEmpty() && !included.contains(QLatin1Char('/')) &&
                QFile::exists(qtHeaders + QLatin1Char('/') + folder + QLatin1Char('/') + included);
            if (named || found) {
                findings.append({file.path, i + 1,
                                 QStringLiteral("<%1> is of %2: this must run on a server without a display")
                                     .arg(included, folder)});
            }
        }
    }
    return findings;
}

Findings checkPicture(const SourceFile& readme)
{
    Findings findings;
    for (const Room& room : rooms()) {
        const QString folder = room.folder.section(QLatin1Char('/'), -1) + QLatin1Char('/');
        if (!readme.text.contains(folder)) {
            findings.append({readme.path, 0, QStringLiteral("does not say what %1 is").arg(room.folder)});
        }
    }
    return findings;
}

} // namespace ringmaster::tidy
