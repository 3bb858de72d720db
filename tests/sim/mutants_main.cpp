// SPDX-License-Identifier: GPL-3.0-or-later
// ringsim_mutants: runs seeds of an engine in which one rule is broken on purpose, each mutant in turn, until
// a judge objects. See README.md.
#include "tests/sim/mutants.h"
#include "tests/sim/seed_runner.h"

#include <QCommandLineParser>
#include <QCoreApplication>
#include <QHashSeed>
#include <QTextStream>

using namespace ringmaster::sim;

namespace {

constexpr int allCaught = 0;
constexpr int survived = 1;
constexpr int misused = 2;

std::vector<MutantCase> chosenFrom(const QString& which)
{
    std::vector<MutantCase> chosen;
    for (const MutantCase& each : mutantCases()) {
        if (which == QLatin1String("all") || which == QLatin1String(each.name) ||
            (which == QLatin1String("quick") && each.isQuick))
            chosen.push_back(each);
    }
    return chosen;
}

bool isCaught(const MutantCase& which, RunnerOptions options, QTextStream& out)
{
    become(which.mutant);
    out << which.name << " (broken: " << which.breaks << ")" << Qt::endl;
    const bool caught = runSeeds(options, out) > 0;
    if (!caught)
        out << "NOT CAUGHT: " << which.name << Qt::endl;
    return caught;
}

int list(QTextStream& out)
{
    for (const MutantCase& each : mutantCases())
        out << each.name << (each.isQuick ? " (quick): " : ": ") << each.breaks << Qt::endl;
    return allCaught;
}

} // namespace

int main(int argc, char** argv)
{
    QHashSeed::setDeterministicGlobalSeed(); // a replay is another process
    QCoreApplication application(argc, argv);
    QCommandLineParser parser;
    parser.setApplicationDescription(
        QStringLiteral("Breaks one rule of the engine at a time, and runs seeds until a judge objects."));
    parser.addHelpOption();
    parser.addOptions({
        {QStringLiteral("list"), QStringLiteral("Print the mutants, and what each breaks.")},
        {QStringLiteral("mutant"), QStringLiteral("This one, or all, or quick: those that ctest runs."),
         QStringLiteral("NAME"), QStringLiteral("quick")},
        {QStringLiteral("seeds"), QStringLiteral("Run these seeds; without it 1..5000."),
         QStringLiteral("A..B")},
        {QStringLiteral("jobs"), QStringLiteral("On so many threads."), QStringLiteral("J"),
         QStringLiteral("2")},
        {QStringLiteral("trace"), QStringLiteral("The log of this seed, as that mutant runs it."),
         QStringLiteral("SEED")},
    });
    parser.process(application);
    QTextStream out(stdout);
    if (parser.isSet(QStringLiteral("list")))
        return list(out);
    const std::vector<MutantCase> chosen = chosenFrom(parser.value(QStringLiteral("mutant")));
    const std::optional<SeedRange> seeds = seedRangeFrom(parser.value(QStringLiteral("seeds")));
    const int jobs = parser.value(QStringLiteral("jobs")).toInt();
    if (chosen.empty() || jobs < 1 || jobs > 256 || (parser.isSet(QStringLiteral("seeds")) && !seeds)) {
        QTextStream(stderr) << "Give --mutant a name of --list, quick or all; --seeds A..B; --jobs 1 to 256."
                            << Qt::endl;
        return misused;
    }
    if (parser.isSet(QStringLiteral("trace"))) {
        become(chosen.front().mutant);
        return traceSeed(parser.value(QStringLiteral("trace")).toULongLong(), out) ? survived : allCaught;
    }
    bool caught = true;
    for (const MutantCase& each : chosen) {
        RunnerOptions options;
        options.seeds = seeds.value_or(SeedRange{1, mutantSeeds});
        options.jobs = jobs;
        options.stopAtFirst = true;
        caught = isCaught(each, options, out) && caught;
    }
    return caught ? allCaught : survived;
}
