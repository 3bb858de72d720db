// SPDX-License-Identifier: GPL-3.0-or-later
// ringsim: runs seeds of the simulator, or one seed with its log. See README.md.
#include "tests/sim/seed_runner.h"

#include <QCommandLineParser>
#include <QCoreApplication>
#include <QHashSeed>
#include <QTextStream>

using namespace ringmaster::sim;

namespace {

constexpr int held = 0;
constexpr int violated = 1;
constexpr int misused = 2;

int misuse(QTextStream& err, const QString& what)
{
    err << what << Qt::endl;
    return misused;
}

int runRange(const QCommandLineParser& parser, QTextStream& out, QTextStream& err)
{
    const std::optional<SeedRange> seeds = seedRangeFrom(parser.value(QStringLiteral("seeds")));
    if (!seeds)
        return misuse(err, QStringLiteral("--seeds takes A..B, two numbers with A <= B."));
    RunnerOptions options;
    options.seeds = *seeds;
    options.stopAtFirst = parser.isSet(QStringLiteral("stop"));
    bool sound = true;
    options.jobs = parser.value(QStringLiteral("jobs")).toInt(&sound);
    if (!sound || options.jobs < 1 || options.jobs > 256)
        return misuse(err, QStringLiteral("--jobs takes 1 to 256."));
    if (parser.isSet(QStringLiteral("minutes"))) {
        options.limit = std::chrono::minutes(parser.value(QStringLiteral("minutes")).toInt(&sound));
        if (!sound || options.limit->count() < 1)
            return misuse(err, QStringLiteral("--minutes takes a whole number above 0."));
    }
    return runSeeds(options, out) == 0 ? held : violated;
}

} // namespace

int main(int argc, char** argv)
{
    QHashSeed::setDeterministicGlobalSeed(); // a replay is another process
    QCoreApplication application(argc, argv);
    QCommandLineParser parser;
    parser.setApplicationDescription(QStringLiteral(
        "Runs whole clusters in virtual time, with faults, and judges what their clients saw."));
    parser.addHelpOption();
    parser.addOptions({
        {QStringLiteral("seeds"), QStringLiteral("Run these seeds."), QStringLiteral("A..B")},
        {QStringLiteral("minutes"), QStringLiteral("Begin no seed after so long."), QStringLiteral("M")},
        {QStringLiteral("jobs"), QStringLiteral("On so many threads."), QStringLiteral("J"),
         QStringLiteral("1")},
        {QStringLiteral("stop"), QStringLiteral("Stop at the first violation.")},
        {QStringLiteral("seed"), QStringLiteral("Run this seed."), QStringLiteral("S")},
        {QStringLiteral("trace"), QStringLiteral("With a log of all that happens in it.")},
    });
    parser.process(application);
    QTextStream out(stdout);
    QTextStream err(stderr);
    if (parser.isSet(QStringLiteral("seeds")))
        return runRange(parser, out, err);
    bool sound = false;
    const quint64 seed = parser.value(QStringLiteral("seed")).toULongLong(&sound);
    if (!sound)
        return misuse(err, QStringLiteral("Give --seeds A..B or --seed S."));
    if (parser.isSet(QStringLiteral("trace")))
        return traceSeed(seed, out) ? held : violated;
    out << describe(drawMixture(seed)) << Qt::endl;
    RunnerOptions options;
    options.seeds = {seed, seed};
    return runSeeds(options, out) == 0 ? held : violated;
}
