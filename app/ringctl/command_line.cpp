// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ringctl/command_line.h"

#include "app/cli/nearest_word.h"
#include "app/ringctl/one_cluster.h"
#include "app/ringctl/output.h"

namespace ringmaster::ctl {

using namespace Qt::StringLiterals;

namespace {

QList<Command> allCommands()
{
    return clusterCommands() + changeCommands() + statusCommands() + keyCommands() + listCommands() +
           traceCommands() + hintCommands() + repairCommands() + scrubCommands() + conflictCommands() +
           resolveCommands() + benchCommands() + faultCommands();
}

QList<QCommandLineOption> commonOptions()
{
    return {{u"url"_s,
             u"The nodes to ask, comma-separated: the first that answers is used. Default: $RINGCTL_URL, "
             "else http://127.0.0.1:8101."_s,
             u"URL"_s},
            {u"json"_s, u"Print JSON, for programs; errors too."_s},
            {{u"h"_s, u"help"_s}, u"Show this help."_s}};
}

QString optionsText(const QList<QCommandLineOption>& options)
{
    QStringList lines;
    for (const QCommandLineOption& option : options) {
        QStringList names;
        for (const QString& name : option.names())
            names.append((name.size() == 1 ? u"-"_s : u"--"_s) + name);
        QString left = u"  "_s + names.join(u", "_s);
        if (!option.valueName().isEmpty())
            left += u' ' + option.valueName();
        lines.append(left.leftJustified(24) + u"  "_s + option.description());
    }
    return lines.join(u'\n');
}

QString commandLine(const Command& command)
{
    return u"  %1  %2\n"_s.arg((command.name + u' ' + command.arguments).leftJustified(24), command.summary);
}

QString generalHelp()
{
    QString text = u"ringctl: start, read, write, inspect and load-test a Ringmaster cluster.\n\n"
                   "Usage: ringctl COMMAND [options]\n\nCommands:\n"_s;
    for (const Command& command : allCommands())
        text += commandLine(command);
    text += u"\nOptions of every command:\n"_s + optionsText(commonOptions());
    text +=
        u"\n      --version           Show the version.\n\n"
        "Exit codes: 0 done; 1 failed; 2 wrong usage; 3 the key is absent; 4 quorum not met or too late;\n"
        "5 no node answers; 6 conflict.\n\n\"ringctl COMMAND --help\" tells more of a command."_s;
    return text;
}

QString helpOf(const Command& command)
{
    QString text = u"%1\n\nUsage: ringctl %2 [options]%3\n"_s.arg(
        command.summary, command.name, command.arguments.isEmpty() ? QString() : u' ' + command.arguments);
    if (!command.help.isEmpty())
        text += u'\n' + command.help + u'\n';
    return text + u"\nOptions:\n"_s + optionsText(command.options + commonOptions());
}

// "cluster", where there are commands "cluster start" and others.
QList<Command> groupOf(const QList<Command>& commands, const QString& word)
{
    QList<Command> group;
    for (const Command& command : commands) {
        if (command.name.startsWith(word + u' '))
            group.append(command);
    }
    return group;
}

QString helpOf(const QString& word, const QList<Command>& group)
{
    QString text = u"Usage: ringctl %1 COMMAND [options]\n\nCommands:\n"_s.arg(word);
    for (const Command& command : group)
        text += commandLine(command);
    return text + u"\n\"ringctl %1 COMMAND --help\" tells more of a command."_s.arg(word);
}

// What was typed instead of a command, and what it may have been.
QString noSuchCommand(const QList<Command>& commands, const QStringList& words)
{
    if (words.isEmpty())
        return u"No command was given."_s;
    const QList<Command> group = groupOf(commands, words.first());
    QStringList names;
    for (const Command& command : group.isEmpty() ? commands : group)
        names.append(command.name);
    if (words.size() == 1 && !group.isEmpty())
        return u"\"ringctl %1\" needs one more word: %2."_s.arg(
            words.first(), names.join(u", "_s).remove(words.first() + u' '));
    const QString typed = words.mid(0, group.isEmpty() ? 1 : 2).join(u' ');
    const QString guess = cli::suggestion(typed, names);
    return u"There is no command \"%1\"%2"_s.arg(typed, guess.isEmpty() ? u"."_s : guess);
}

// The command whose words the arguments begin with; null where there is none.
const Command* find(const QList<Command>& commands, const QStringList& arguments)
{
    const Command* found = nullptr;
    for (const Command& command : commands) {
        const QStringList words = command.name.split(u' ');
        if (arguments.mid(0, words.size()) == words)
            found = &command;
    }
    return found;
}

ExitCode usage(const QString& message, bool json)
{
    return fail(ExitCode::Usage, u"usage"_s, message, json);
}

Result<QList<QUrl>> nodesFrom(const QString& text)
{
    QList<QUrl> nodes;
    for (const QString& part : text.split(u',', Qt::SkipEmptyParts)) {
        QString address = part.trimmed();
        if (!address.contains(u"://"_s))
            address.prepend(u"http://"_s);
        const QUrl url(address, QUrl::StrictMode);
        if (!url.isValid() || url.scheme() != "http"_L1 || url.host().isEmpty() || url.path().size() > 1)
            return failure(ErrorCode::Malformed,
                           u"\"%1\" is no address of a node, such as http://127.0.0.1:8101."_s.arg(part));
        nodes.append(url);
    }
    if (nodes.isEmpty())
        return failure(ErrorCode::Malformed, u"--url names no node."_s);
    return nodes;
}

QString urlText(const QCommandLineParser& parser)
{
    if (parser.isSet(u"url"_s))
        return parser.value(u"url"_s);
    const QString environment = qEnvironmentVariable("RINGCTL_URL");
    return environment.isEmpty() ? u"http://127.0.0.1:8101"_s : environment;
}

ExitCode run(const Command& command, const QStringList& arguments)
{
    QCommandLineParser parser;
    parser.setSingleDashWordOptionMode(QCommandLineParser::ParseAsLongOptions);
    parser.addOptions(command.options);
    parser.addOptions(commonOptions());
    const bool parsed = parser.parse(QStringList{u"ringctl"_s} + arguments);
    const bool json = arguments.contains(u"--json"_s);
    const QString seeHelp = u" See \"ringctl %1 --help\"."_s.arg(command.name);
    if (!parsed)
        return usage(parser.errorText() + seeHelp, json);
    if (parser.isSet(u"help"_s)) {
        print(helpOf(command));
        return ExitCode::Ok;
    }
    Invocation invocation;
    invocation.arguments = parser.positionalArguments();
    invocation.json = parser.isSet(u"json"_s);
    invocation.options = &parser;
    const qsizetype given = invocation.arguments.size();
    if (given < command.argumentCount || given > command.argumentCount + command.optionalCount)
        return usage(
            u"\"ringctl %1\" takes %2, not %3.%4"_s
                .arg(command.name, command.arguments.isEmpty() ? u"no arguments"_s : command.arguments)
                .arg(given)
                .arg(seeHelp),
            json);
    const auto nodes = nodesFrom(urlText(parser));
    if (!nodes)
        return fail(nodes.error(), json);
    if (command.asksNodes) {
        if (const auto one = checkThatOneCluster(*nodes); !one)
            return fail(one.error(), json);
    }
    invocation.nodes = *nodes;
    invocation.nodesGiven = parser.isSet(u"url"_s) || qEnvironmentVariableIsSet("RINGCTL_URL");
    return command.run(invocation);
}

} // namespace

ExitCode runCommandLine(const QStringList& arguments)
{
    const QString first = arguments.value(0);
    if (first == "--version"_L1) {
        print(u"ringctl %1"_s.arg(QStringLiteral(RINGMASTER_VERSION)));
        return ExitCode::Ok;
    }
    const bool isHelp = first == "--help"_L1 || first == "-h"_L1 || first == "help"_L1;
    if (isHelp && arguments.size() == 1) {
        print(generalHelp());
        return ExitCode::Ok;
    }
    if (isHelp) // of a command: "ringctl help get" is "ringctl get --help"
        return runCommandLine(arguments.mid(1) + QStringList{u"--help"_s});
    const QList<Command> commands = allCommands();
    // Options may stand before the command, as in "ringctl --url http://h:1 get k".
    QStringList rest = arguments;
    QStringList before;
    while (rest.value(0).startsWith(u"--"_s)) {
        const bool takesValue = rest.first() == "--url"_L1;
        before += rest.mid(0, takesValue ? 2 : 1);
        rest = rest.mid(takesValue ? 2 : 1);
    }
    const Command* command = find(commands, rest);
    if (command == nullptr) {
        QStringList words = rest;
        words.removeIf([](const QString& word) { return word.startsWith(u'-'); });
        const QList<Command> group = groupOf(commands, words.value(0));
        if (!group.isEmpty() && (rest.contains(u"--help"_s) || rest.contains(u"-h"_s))) {
            print(helpOf(words.first(), group));
            return ExitCode::Ok;
        }
        return usage(noSuchCommand(commands, words) + u" See \"ringctl --help\"."_s,
                     arguments.contains(u"--json"_s));
    }
    return run(*command, before + rest.mid(command->name.split(u' ').size()));
}

} // namespace ringmaster::ctl
