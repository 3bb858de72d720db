// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/option_values.h"

#include "app/cli/nearest_word.h"

#include <QRegularExpression>

#include <algorithm>

namespace ringmaster::cli {

namespace {

constexpr qsizetype longestShown = 200;

tl::unexpected<Error> malformed(const QString& message)
{
    return failure(ErrorCode::Malformed, message);
}

QStringList namesOf(const QList<OptionSpec>& known)
{
    QStringList names;
    for (const OptionSpec& spec : known)
        names.append(spec.name);
    return names;
}

bool isSwitch(const QString& name, const QList<OptionSpec>& known)
{
    return std::any_of(known.begin(), known.end(),
                       [&](const OptionSpec& spec) { return spec.name == name && spec.argument.isEmpty(); });
}

QString withoutComment(const QString& line)
{
    static const QRegularExpression comment(QStringLiteral("(^|\\s)#.*$"));
    return QString(line).remove(comment).trimmed();
}

QString variableName(const QString& prefix, const QString& option)
{
    return prefix + QLatin1Char('_') + option.toUpper().replace(QLatin1Char('-'), QLatin1Char('_'));
}

} // namespace

Result<OptionValues> optionsFromArguments(const QStringList& arguments, const QList<OptionSpec>& known)
{
    OptionValues values;
    const QStringList names = namesOf(known);
    for (qsizetype i = 0; i < arguments.size(); ++i) {
        const QString& argument = arguments[i];
        if (!argument.startsWith(QStringLiteral("--")))
            return malformed(QStringLiteral("Unexpected argument \"%1\". Options begin with --.")
                                 .arg(argument.left(longestShown)));
        const qsizetype equals = argument.indexOf(QLatin1Char('='));
        const QString name = argument.mid(2, equals < 0 ? -1 : equals - 2);
        const QString where = QStringLiteral("--") + name.left(longestShown);
        if (!names.contains(name))
            return malformed(QStringLiteral("Unknown option %1%2")
                                 .arg(where, suggestion(name, names, QStringLiteral("--"))));
        if (values.contains(name))
            return malformed(QStringLiteral("%1 is given twice.").arg(where));
        const bool isAlone = equals < 0 && isSwitch(name, known);
        const bool isNext = equals < 0 && !isAlone;
        if (isNext && (i + 1 == arguments.size() || arguments[i + 1].startsWith(QStringLiteral("--"))))
            return malformed(QStringLiteral("%1 needs a value.").arg(where));
        const QString text = isAlone  ? QStringLiteral("true")
                             : isNext ? arguments[++i]
                                      : argument.mid(equals + 1);
        values.insert(name, {text, where});
    }
    return values;
}

Result<OptionValues> optionsFromFile(const QString& content, const QString& fileName,
                                     const QList<OptionSpec>& known)
{
    OptionValues values;
    const QStringList names = namesOf(known);
    const QStringList lines = content.split(QLatin1Char('\n'));
    for (qsizetype i = 0; i < lines.size(); ++i) {
        const QString line = withoutComment(lines[i]);
        if (line.isEmpty())
            continue;
        const QString place = QStringLiteral("%1:%2: ").arg(fileName).arg(i + 1);
        const qsizetype equals = line.indexOf(QLatin1Char('='));
        if (equals < 0)
            return malformed(
                place +
                QStringLiteral("\"%1\" is no line of the form key = value.").arg(line.left(longestShown)));
        const QString name = line.left(equals).trimmed();
        if (!names.contains(name))
            return malformed(
                place +
                QStringLiteral("unknown key \"%1\"%2").arg(name.left(longestShown), suggestion(name, names)));
        if (values.contains(name))
            return malformed(place + QStringLiteral("%1 is given twice.").arg(name));
        values.insert(name, {line.mid(equals + 1).trimmed(), place + name});
    }
    return values;
}

OptionValues optionsFromEnvironment(const QMap<QString, QString>& environment, const QString& prefix,
                                    const QList<OptionSpec>& known, QStringList* unknown)
{
    OptionValues values;
    QStringList variables;
    for (const OptionSpec& spec : known) {
        variables.append(variableName(prefix, spec.name));
        const auto found = environment.constFind(variables.last());
        if (found != environment.constEnd())
            values.insert(spec.name, {found.value(), variables.last()});
    }
    for (auto it = environment.begin(); it != environment.end(); ++it) {
        if (it.key().startsWith(prefix + QLatin1Char('_')) && !variables.contains(it.key()))
            unknown->append(it.key());
    }
    return values;
}

OptionValues mergedOptions(const QList<OptionValues>& byPrecedence)
{
    OptionValues merged;
    for (const OptionValues& values : byPrecedence) {
        for (auto it = values.begin(); it != values.end(); ++it) {
            if (!merged.contains(it.key()))
                merged.insert(it.key(), it.value());
        }
    }
    return merged;
}

QString helpFor(const QList<OptionSpec>& known)
{
    QStringList heads;
    for (const OptionSpec& spec : known)
        heads.append(QStringLiteral("  --%1 %2")
                         .arg(spec.name, spec.argument)
                         .trimmed()
                         .prepend(QStringLiteral("  ")));
    qsizetype width = 0;
    for (const QString& head : heads)
        width = std::max(width, head.size());
    QString help;
    for (qsizetype i = 0; i < known.size(); ++i) {
        const QString indent = QLatin1Char('\n') + QString(width + 2, QLatin1Char(' '));
        help += heads[i].leftJustified(width + 2) +
                QString(known[i].help).replace(QLatin1Char('\n'), indent) + QLatin1Char('\n');
    }
    return help;
}

} // namespace ringmaster::cli
