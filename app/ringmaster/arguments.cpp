// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ringmaster/arguments.h"

#include "nodecore/supervise/cluster_folder.h"

#include <QCommandLineParser>
#include <QDir>
#include <QFileInfo>
#include <QStandardPaths>

namespace ringmaster {
namespace {

constexpr int mostNodes = 32;

tl::unexpected<Error> wrong(const QString& message)
{
    return failure(ErrorCode::Malformed, message + QStringLiteral("\nTry: ringmaster --help"));
}

// That of ringctl. Windows before this one had another: a cluster that is there, and only there, is kept.
QString defaultFolder()
{
    const QString folder = defaultClusterFolder();
    const QString data = QStandardPaths::writableLocation(QStandardPaths::AppDataLocation);
    const QString former = QDir(data).filePath(QStringLiteral("clusters/default"));
    const bool keepsFormer = !folder.isEmpty() && !QFileInfo::exists(folder) && QFileInfo::exists(former);
    return keepsFormer ? former : folder;
}

Result<std::optional<QUrl>> attachUrl(const QCommandLineParser& parser)
{
    if (!parser.isSet(QStringLiteral("attach")))
        return std::nullopt;
    const QString text = parser.value(QStringLiteral("attach"));
    const QUrl url(text.contains(QStringLiteral("://")) ? text : QStringLiteral("http://") + text,
                   QUrl::StrictMode);
    if (!url.isValid() || url.host().isEmpty() || url.scheme() != QStringLiteral("http"))
        return wrong(QStringLiteral("--attach takes the HTTP address of a node, such as "
                                    "http://127.0.0.1:8101; \"%1\" is none.")
                         .arg(text));
    return url;
}

void addOptions(QCommandLineParser& parser)
{
    parser.setApplicationDescription(QStringLiteral(
        "A window on a Dynamo-style cluster: starts one on this machine, or follows one elsewhere."));
    parser.addOptions({
        {QStringLiteral("nodes"), QStringLiteral("How many nodes a new local cluster has (default 3)."),
         QStringLiteral("count"), QStringLiteral("3")},
        {QStringLiteral("dir"), QStringLiteral("The folder of the local cluster."), QStringLiteral("folder"),
         defaultFolder()},
        {QStringLiteral("attach"),
         QStringLiteral("Follows the cluster of the node at url; starts and stops nothing."),
         QStringLiteral("url")},
        {QStringLiteral("theme"), QStringLiteral("light, dark or system (default)."), QStringLiteral("name"),
         QStringLiteral("system")},
    });
    parser.addHelpOption();
    parser.addVersionOption();
}

} // namespace

Result<Arguments> parseArguments(const QStringList& arguments)
{
    QCommandLineParser parser;
    addOptions(parser);
    if (!parser.parse(arguments))
        return wrong(parser.errorText());
    Arguments parsed;
    if (parser.isSet(QStringLiteral("help"))) {
        parsed.answer = parser.helpText();
        return parsed;
    }
    if (parser.isSet(QStringLiteral("version"))) {
        parsed.answer = QStringLiteral("ringmaster " RINGMASTER_VERSION "\n");
        return parsed;
    }
    if (!parser.positionalArguments().isEmpty())
        return wrong(QStringLiteral("\"%1\" is not understood.").arg(parser.positionalArguments().first()));
    bool ok = false;
    parsed.nodes = parser.value(QStringLiteral("nodes")).toInt(&ok);
    if (!ok || parsed.nodes < 1 || parsed.nodes > mostNodes)
        return wrong(QStringLiteral("--nodes takes a number from 1 to %1.").arg(mostNodes));
    const std::optional<ThemeMode> theme = themeModeNamed(parser.value(QStringLiteral("theme")));
    if (!theme)
        return wrong(QStringLiteral("--theme takes light, dark or system."));
    parsed.theme = *theme;
    const QString folder = parser.value(QStringLiteral("dir"));
    if (folder.isEmpty() && !parser.isSet(QStringLiteral("attach")))
        return wrong(
            parser.isSet(QStringLiteral("dir"))
                ? QStringLiteral("--dir names no folder.")
                : QStringLiteral("There is no home folder to put a cluster into: $HOME is not set. Say "
                                 "where with --dir."));
    parsed.folder = QDir(folder).absolutePath();
    Result<std::optional<QUrl>> attach = attachUrl(parser);
    if (!attach)
        return tl::make_unexpected(attach.error());
    parsed.attach = *attach;
    if (parsed.attach && (parser.isSet(QStringLiteral("dir")) || parser.isSet(QStringLiteral("nodes"))))
        return wrong(QStringLiteral(
            "--attach follows a cluster elsewhere; --dir and --nodes are for one on this machine."));
    return parsed;
}

} // namespace ringmaster
