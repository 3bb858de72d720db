// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/supervise/node_process.h"

#include "nodecore/client/cluster_picture.h"
#include "nodecore/supervise/folder_access.h"
#include "nodecore/supervise/health_probe.h"
#include "nodecore/supervise/lock_holder.h"
#include "nodecore/supervise/node_log.h"
#include "nodecore/supervise/ports.h"
#include "nodecore/supervise/process_watch.h"

#include <QCoreApplication>
#include <QDir>
#include <QFileInfo>
#include <QLockFile>
#include <QProcess>
#include <QTimer>

#include <csignal>

namespace ringmaster {

using namespace Qt::StringLiterals;

namespace {

constexpr std::chrono::seconds patienceWithStopping{10};
constexpr std::chrono::milliseconds logCheck{500};
constexpr std::chrono::milliseconds lockRetry{100};
constexpr int logLinesShown = 5;

// Empty where both addresses can be had.
QString portProblem(const NodeProcessSpec& spec)
{
    for (const QString& address : {spec.httpAddress, spec.peerAddress}) {
        if (!canListen(address))
            return u" Its address %1 is in use by another program, or is not this machine's: end that "
                   u"program, or "
                   "start the cluster on other ports (--base-port)."_s.arg(address);
    }
    return {};
}

QString logEnding(const QString& logFile)
{
    const QStringList lines = lastLogLines(logFile, logLinesShown);
    return lines.isEmpty() ? u" Its log is empty."_s
                           : u" Its log (%1) ends:\n%2"_s.arg(logFile, lines.join(u'\n'));
}

} // namespace

QString dataFolderIn(const QString& nodeFolder)
{
    return QDir(nodeFolder).filePath(u"data"_s);
}

bool holdsData(const QString& nodeFolder)
{
    return !QDir(dataFolderIn(nodeFolder)).isEmpty();
}

class NodeProcess::Impl {
public:
    Impl(NodeProcess* self, NodeProcessSpec nodeSpec, QString programPath);

    bool adoptRunning();
    void noteEarlierDeath();
    void start();
    void terminate();
    void kill();
    void setState(State next);

    NodeProcess* q;
    NodeProcessSpec spec;
    QString program;
    State state = State::Stopped;
    QString problem;
    std::unique_ptr<ProcessWatch> watch;
    bool restartWhenEnded = false;

    QString file(const QString& name) const { return QDir(spec.folder).filePath(name); }
    QString logFile() const { return file(u"node.log"_s); }

private:
    enum class Asked { Nothing, Stop, Kill };

    void launch();
    QStringList arguments() const;
    void follow(const ProcessIdentity& process);
    void ended();
    void fail(const QString& why);
    void checkLog();

    HealthProbe probe;
    QTimer stopTimer;
    QTimer logTimer;
    qint64 logSize = 0;
    Asked asked = Asked::Nothing;
    bool hasServed = false;
};

NodeProcess::Impl::Impl(NodeProcess* self, NodeProcessSpec nodeSpec, QString programPath)
    : q(self)
    , spec(std::move(nodeSpec))
    , program(std::move(programPath))
    , probe(urlOfAddress(spec.httpAddress), spec.name)
{
    stopTimer.setSingleShot(true);
    stopTimer.setInterval(patienceWithStopping);
    logTimer.setInterval(logCheck);
    QObject::connect(&stopTimer, &QTimer::timeout, q, [this] { kill(); });
    QObject::connect(&logTimer, &QTimer::timeout, q, [this] { checkLog(); });
    QObject::connect(&probe, &HealthProbe::servingChanged, q, [this](bool serving) {
        hasServed = hasServed || serving;
        problem = serving ? QString() : u"%1 runs, but does not answer."_s.arg(spec.name);
        setState(serving ? State::Serving : State::Starting);
    });
}

void NodeProcess::Impl::setState(State next)
{
    if (state == next)
        return;
    state = next;
    Q_EMIT q->stateChanged(next);
}

void NodeProcess::Impl::fail(const QString& why)
{
    problem = why;
    state = State::Died; // said again where it was so before: it is another failure
    Q_EMIT q->stateChanged(state);
}

bool NodeProcess::Impl::adoptRunning()
{
    if (watch)
        return true;
    auto pidFile = PidFile::read(file(u"node.pid"_s));
    if (!pidFile || !isRunning(pidFile->process)) {
        // The file may be lost, or empty after a full disk. Whoever has the store locked is the node.
        const auto holder = holderOf(QDir(dataFolderIn(spec.folder)).filePath(u"ringmaster.lock"_s));
        if (!holder)
            return false;
        pidFile = PidFile{*holder};
        std::ignore = pidFile->write(file(u"node.pid"_s));
    }
    follow(pidFile->process);
    if (pidFile->stopping) {
        probe.stop();
        setState(State::Stopping);
    }
    return true;
}

// It ran in this boot, nobody told it to end, and it is gone.
void NodeProcess::Impl::noteEarlierDeath()
{
    const auto pidFile = PidFile::read(file(u"node.pid"_s));
    const auto self = identityOf(QCoreApplication::applicationPid());
    if (state == State::Stopped && pidFile && !pidFile->stopping && self &&
        pidFile->process.boot == self->boot)
        fail(u"%1 ended while no program watched it. Its data is kept; restart it."_s.arg(spec.name) +
             logEnding(logFile()));
}

void NodeProcess::Impl::follow(const ProcessIdentity& process)
{
    asked = Asked::Nothing;
    hasServed = false;
    problem.clear();
    watch = std::make_unique<ProcessWatch>(process);
    QObject::connect(watch.get(), &ProcessWatch::ended, q, [this] { ended(); });
    probe.start();
    logSize = QFileInfo(logFile()).size();
    logTimer.start();
    setState(State::Starting);
}

void NodeProcess::Impl::start()
{
    if (watch)
        return;
    if (const auto made = makeFolder(dataFolderIn(spec.folder)); !made) {
        fail(made.error().message);
        return;
    }
    // Held only while it is started, so that two supervisors do not start the same node at once.
    QLockFile lock(file(u"start.lock"_s));
    if (lock.tryLock(0)) {
        if (!adoptRunning())
            launch();
    } else if (lock.error() == QLockFile::LockFailedError) {
        QTimer::singleShot(lockRetry, q, [this] { start(); });
    } else {
        fail(unwritable(spec.folder).message);
    }
}

QStringList NodeProcess::Impl::arguments() const
{
    QStringList arguments{u"--name"_s, spec.name,        u"--data"_s, dataFolderIn(spec.folder),
                          u"--http"_s, spec.httpAddress, u"--peer"_s, spec.peerAddress};
    if (!spec.join.isEmpty())
        arguments << u"--join"_s << spec.join.join(u',');
    return arguments + spec.extraArguments;
}

void NodeProcess::Impl::launch()
{
    // Asked before, for whoever has the address may answer /health under the same name: another cluster's n1.
    if (const QString inUse = portProblem(spec); !inUse.isEmpty()) {
        fail(u"%1 was not started."_s.arg(spec.name) + inUse);
        return;
    }
    rotateLog(logFile());
    QProcess process;
    process.setProgram(program);
    process.setArguments(arguments());
    process.setWorkingDirectory(spec.folder);
    process.setStandardInputFile(QProcess::nullDevice());
    process.setStandardOutputFile(logFile(), QIODevice::Append);
    process.setStandardErrorFile(logFile(), QIODevice::Append);
    qint64 pid = 0;
    if (!process.startDetached(&pid)) {
        fail(u"%1 could not be started: the program \"%2\" is not there or cannot be run. Build or install "
             "ringnode, beside this program or in PATH."_s.arg(spec.name, program));
        return;
    }
    const auto identity = identityOf(pid);
    if (!identity) { // it has ended already
        watch.reset();
        hasServed = false;
        ended();
        return;
    }
    follow(*identity);
    if (const auto written = PidFile{*identity}.write(file(u"node.pid"_s)); !written)
        problem = written.error().message;
}

void NodeProcess::Impl::ended()
{
    const auto pidFile = PidFile::read(file(u"node.pid"_s));
    const bool stoppedByOther = watch && pidFile && pidFile->process == watch->process() && pidFile->stopping;
    probe.stop();
    stopTimer.stop();
    logTimer.stop();
    if (watch)
        watch.release()->deleteLater(); // it is telling us this moment
    checkLog();

    if (asked == Asked::Stop || stoppedByOther) {
        problem.clear();
        setState(State::Stopped);
    } else if (asked == Asked::Kill) {
        fail(u"%1 was killed. What it had acknowledged is on its disk: restart it to have it back."_s.arg(
            spec.name));
    } else if (hasServed) {
        fail(u"%1 ended unexpectedly. Its data is kept; restart it."_s.arg(spec.name) + logEnding(logFile()));
    } else {
        fail(u"%1 ended while it was starting."_s.arg(spec.name) + portProblem(spec) + logEnding(logFile()));
    }
    if (std::exchange(restartWhenEnded, false))
        start();
}

void NodeProcess::Impl::terminate()
{
    if (!watch || state == State::Stopping)
        return;
    asked = Asked::Stop;
    probe.stop();
    // Another program that watches this node learns from the file that its end is no accident. Where it
    // cannot be written, that one shows an accident; nothing else depends on it.
    std::ignore = PidFile{watch->process(), true}.write(file(u"node.pid"_s));
    setState(State::Stopping);
    stopTimer.start();
    watch->signal(SIGTERM);
    watch->signal(SIGCONT); // a frozen process does not hear SIGTERM before it goes on
}

void NodeProcess::Impl::kill()
{
    if (!watch)
        return;
    if (asked == Asked::Nothing)
        asked = Asked::Kill;
    watch->signal(SIGKILL);
}

void NodeProcess::Impl::checkLog()
{
    const qint64 size = QFileInfo(logFile()).size();
    if (size != std::exchange(logSize, size))
        Q_EMIT q->logGrew();
}

NodeProcess::NodeProcess(NodeProcessSpec spec, QString program, QObject* parent)
    : QObject(parent)
    , m_impl(std::make_unique<Impl>(this, std::move(spec), std::move(program)))
{}

NodeProcess::~NodeProcess() = default;

const NodeProcessSpec& NodeProcess::spec() const
{
    return m_impl->spec;
}

NodeProcess::State NodeProcess::state() const
{
    return m_impl->state;
}

qint64 NodeProcess::pid() const
{
    return m_impl->watch ? m_impl->watch->process().pid : 0;
}

QString NodeProcess::logFile() const
{
    return m_impl->logFile();
}

QString NodeProcess::lastProblem() const
{
    return m_impl->problem;
}

bool NodeProcess::adoptRunning()
{
    if (m_impl->adoptRunning())
        return true;
    m_impl->noteEarlierDeath();
    return false;
}

void NodeProcess::start()
{
    m_impl->start();
}

void NodeProcess::terminate()
{
    m_impl->terminate();
}

void NodeProcess::kill()
{
    m_impl->kill();
}

void NodeProcess::restart()
{
    m_impl->restartWhenEnded = m_impl->watch != nullptr;
    if (m_impl->watch)
        m_impl->terminate();
    else
        m_impl->start();
}

} // namespace ringmaster
