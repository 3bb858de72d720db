// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/program_arguments.h"
#include "app/cli/standard_streams.h"
#include "app/ringmaster/arguments.h"
#include "app/ringmaster/display_check.h"
#include "ui/session/local_source.h"
#include "ui/session/remote_source.h"
#include "ui/shell/main_window.h"

#include <QApplication>
#include <QStyleFactory>

#include <cstdio>
#include <optional>

namespace {

using namespace ringmaster;

std::unique_ptr<ClusterSource> makeSource(const Arguments& arguments)
{
    if (arguments.attach)
        return std::make_unique<RemoteSource>(*arguments.attach);
    LocalClusterSpec spec;
    spec.folder = arguments.folder;
    spec.nodes = arguments.nodes;
    return std::make_unique<LocalSource>(spec);
}

// Before there is a QApplication, which needs a display that --help does not.
Result<Arguments> readArguments(int argc, char* argv[])
{
    const QCoreApplication parser(argc, argv);
    return cli::programArguments(argc, argv).and_then([](const QStringList& given) {
        return parseArguments(QStringList(QCoreApplication::arguments().first()) + given);
    });
}

} // namespace

int main(int argc, char* argv[])
{
    cli::occupyStandardStreams();
    QCoreApplication::setApplicationName(QStringLiteral("ringmaster"));
    QCoreApplication::setApplicationVersion(QStringLiteral(RINGMASTER_VERSION));
    const Result<Arguments> arguments = readArguments(argc, argv);
    if (!arguments) {
        std::fprintf(stderr, "%s\n", qPrintable(arguments.error().message));
        return 2;
    }
    if (!arguments->answer.isEmpty()) {
        std::fputs(qPrintable(arguments->answer), stdout);
        return 0;
    }
    std::optional<DisplayCheck> check(std::in_place);
    const QApplication app(argc, argv);
    check.reset();
    // The same strokes and metrics everywhere; colours are the theme's.
    QApplication::setStyle(QStyleFactory::create(QStringLiteral("Fusion")));
    Theme theme(arguments->theme);
    const std::unique_ptr<ClusterSource> source = makeSource(*arguments);
    MainWindow window(*source, theme);
    window.show();
    return QApplication::exec();
}
