// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/sim/seed_runner.h"

#include <QElapsedTimer>

#include <atomic>
#include <csignal>
#include <mutex>
#include <thread>
#include <unistd.h>

namespace ringmaster::sim {

namespace {

thread_local char runningSeed[64] = "";

// A crash of the code under test must name its seed, too.
extern "C" void nameSeedAndDie(int signal)
{
    (void)!::write(STDERR_FILENO, runningSeed, strlen(runningSeed));
    std::signal(signal, SIG_DFL);
    std::raise(signal);
}

void rememberSeed(quint64 seed)
{
    std::snprintf(runningSeed, sizeof runningSeed, "crashed while it ran seed %llu\n",
                  static_cast<unsigned long long>(seed));
}

QString describe(const Violation& violation)
{
    const double seconds = std::chrono::duration<double>(violation.at.time.sinceStart).count();
    return QStringLiteral("rule %1 at %2 s, event #%3: %4")
        .arg(violation.rule)
        .arg(seconds, 0, 'f', 6)
        .arg(violation.at.event)
        .arg(violation.what);
}

class Runner {
public:
    Runner(const RunnerOptions& options, QTextStream& out)
        : m_options(options)
        , m_out(out)
        , m_next(options.seeds.first)
    {
        m_clock.start();
    }
    void work();
    int finish();

private:
    bool mayBegin(quint64 seed) const;
    void report(quint64 seed, const RunResult& result);

    const RunnerOptions& m_options;
    QTextStream& m_out;
    QElapsedTimer m_clock;
    std::atomic<quint64> m_next;
    std::atomic<int> m_failed{0};
    std::mutex m_mutex; // guards m_out and the sums
    quint64 m_seeds = 0;
    quint64 m_operations = 0;
    quint64 m_messages = 0;
    Duration m_virtualTime{0};
};

bool Runner::mayBegin(quint64 seed) const
{
    const bool timeLeft =
        !m_options.limit || m_clock.elapsed() < std::chrono::milliseconds(*m_options.limit).count();
    return seed <= m_options.seeds.last && timeLeft && !(m_options.stopAtFirst && m_failed > 0);
}

void Runner::work()
{
    for (quint64 seed = m_next++; mayBegin(seed); seed = m_next++) {
        rememberSeed(seed);
        Trace silent;
        report(seed, simulate(drawMixture(seed), silent));
    }
}

void Runner::report(quint64 seed, const RunResult& result)
{
    const std::lock_guard lock(m_mutex);
    ++m_seeds;
    m_operations += quint64(result.operations);
    m_messages += result.messages;
    m_virtualTime += result.virtualTime;
    if (result.violations.empty())
        return;
    ++m_failed;
    m_out << "FAILED seed " << seed << ": " << describe(result.violations.front()) << " ("
          << result.violations.size() << " in all; see ringsim --seed " << seed << " --trace)" << Qt::endl;
}

int Runner::finish()
{
    const double seconds = double(m_clock.elapsed()) / 1000;
    const double virtualHours = std::chrono::duration<double>(m_virtualTime).count() / 3600;
    m_out << m_seeds << " seeds, " << m_failed << " failed; " << m_operations << " operations, " << m_messages
          << " messages, " << virtualHours << " virtual hours in " << seconds
          << " s: " << double(m_seeds) / std::max(seconds, 0.001) << " seeds a second" << Qt::endl;
    return m_failed;
}

} // namespace

std::optional<SeedRange> seedRangeFrom(const QString& text)
{
    const QStringList ends = text.split(QStringLiteral(".."));
    bool firstSound = false;
    bool lastSound = false;
    const SeedRange range{ends.first().toULongLong(&firstSound), ends.last().toULongLong(&lastSound)};
    if (ends.size() > 2 || !firstSound || !lastSound || range.first > range.last)
        return std::nullopt;
    return range;
}

int runSeeds(const RunnerOptions& options, QTextStream& out)
{
    for (const int signal : {SIGSEGV, SIGABRT, SIGFPE, SIGBUS})
        std::signal(signal, nameSeedAndDie);
    Runner runner(options, out);
    std::vector<std::thread> others;
    for (int i = 1; i < options.jobs; ++i)
        others.emplace_back([&runner] { runner.work(); });
    runner.work();
    for (std::thread& thread : others)
        thread.join();
    return runner.finish();
}

bool traceSeed(quint64 seed, QTextStream& out)
{
    const Mixture mixture = drawMixture(seed);
    // Once in silence, to know where a judge objects: the second run is the same.
    Trace silent;
    const RunResult known = simulate(mixture, silent);
    Trace trace(&out);
    if (!known.violations.empty())
        trace.mark(known.violations.front().at.event,
                   QStringLiteral("*** a judge objects: ") + describe(known.violations.front()));
    const RunResult result = simulate(mixture, trace);
    if (result.fingerprint != known.fingerprint)
        out << "This run was not the same as the one before it: something is not a function of the seed."
            << Qt::endl;
    for (const Violation& violation : result.violations)
        out << describe(violation) << Qt::endl;
    if (result.violations.empty())
        out << "Every rule held: " << result.operations << " operations, " << result.events << " events, "
            << result.messages << " messages." << Qt::endl;
    return result.violations.empty() && result.fingerprint == known.fingerprint;
}

} // namespace ringmaster::sim
