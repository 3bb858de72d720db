// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/supervise/node_log.h"
#include "nodecore/supervise/node_process.h"
#include "nodecore/supervise/ports.h"
#include "nodecore/supervise/process_identity.h"
#include "tests/supervise/fake_ringnode.h"

#include <QDir>
#include <QFile>
#include <QSignalSpy>
#include <QTemporaryDir>

using namespace ringmaster;
using State = NodeProcess::State;

namespace {

// A node of its own in a folder of its own, which does not outlive the test.
class Fixture {
public:
    explicit Fixture(const QStringList& extra = {})
    {
        const QList<int> ports = freePorts(2);
        spec.name = QStringLiteral("n1");
        spec.folder = folder.filePath(QStringLiteral("n1"));
        spec.httpAddress = QStringLiteral("127.0.0.1:%1").arg(ports.at(0));
        spec.peerAddress = QStringLiteral("127.0.0.1:%1").arg(ports.at(1));
        spec.extraArguments = extra;
    }
    ~Fixture()
    {
        const auto left = PidFile::read(pidFile());
        if (left && isRunning(left->process))
            ::kill(static_cast<pid_t>(left->process.pid), SIGKILL);
    }
    QString pidFile() const { return spec.folder + QStringLiteral("/node.pid"); }
    std::unique_ptr<NodeProcess>
    process(const QString& program = QCoreApplication::applicationFilePath()) const
    {
        return std::make_unique<NodeProcess>(spec, program);
    }

    QTemporaryDir folder;
    NodeProcessSpec spec;
};

} // namespace

class NodeProcessTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aNodeStartsServesAndStops();
    void aNodeThatIsKilledHasDied();
    void aNodeKilledByAnotherIsNoticed();
    void theNextProgramFindsTheNode();
    void aNodeIsFoundByItsLock_data();
    void aNodeIsFoundByItsLock();
    void aNodeThatAnotherProgramStopsWasStopped();
    void aPidThatIsUsedAgainIsNotMistaken();
    void twoProgramsDoNotStartOneNodeTwice();
    void aFrozenNodeDoesNotServeAndCanBeStopped();
    void restartingGivesANewProcess();
    void aNodeThatDiesAtItsStartSaysWhy();
    void aPortInUseIsSaid();
    void anotherNodeAtTheAddressIsNotTakenForIt_data();
    void anotherNodeAtTheAddressIsNotTakenForIt();
    void aNodeThatDiedUnwatchedHasDied();
    void aMissingProgramIsSaidEachTime();
    void theLogDoesNotGrowFromStartToStart();
    void aForeignPidFileIsIgnored();
};

void NodeProcessTest::aNodeStartsServesAndStops()
{
    Fixture fixture;
    const auto node = fixture.process();
    QSignalSpy grew(node.get(), &NodeProcess::logGrew);
    QCOMPARE(node->state(), State::Stopped);
    node->start();
    QCOMPARE(node->state(), State::Starting);
    QVERIFY(node->pid() > 0);
    QTRY_COMPARE(node->state(), State::Serving);
    QVERIFY(node->lastProblem().isEmpty());
    QTRY_VERIFY(lastLogLines(node->logFile(), 1).value(0).contains(QStringLiteral("--name n1 --data ")));
    node->terminate();
    QCOMPARE(node->state(), State::Stopping);
    QTRY_COMPARE(node->state(), State::Stopped);
    QCOMPARE(node->pid(), 0);
    QVERIFY(!grew.isEmpty());
}

void NodeProcessTest::aNodeThatIsKilledHasDied()
{
    Fixture fixture;
    const auto node = fixture.process();
    node->start();
    QTRY_COMPARE(node->state(), State::Serving);
    node->kill();
    QTRY_COMPARE(node->state(), State::Died);
    QVERIFY(node->lastProblem().contains(QStringLiteral("was killed")));
    node->start();
    QTRY_COMPARE(node->state(), State::Serving);
}

void NodeProcessTest::aNodeKilledByAnotherIsNoticed()
{
    Fixture fixture;
    const auto node = fixture.process();
    node->start();
    QTRY_COMPARE(node->state(), State::Serving);
    ::kill(static_cast<pid_t>(node->pid()), SIGKILL);
    QTRY_COMPARE(node->state(), State::Died);
    QVERIFY(node->lastProblem().contains(QStringLiteral("ended unexpectedly")));
}

void NodeProcessTest::theNextProgramFindsTheNode()
{
    Fixture fixture;
    qint64 pid = 0;
    {
        const auto first = fixture.process();
        first->start();
        QTRY_COMPARE(first->state(), State::Serving);
        pid = first->pid();
    }
    const auto second = fixture.process();
    QVERIFY(second->adoptRunning());
    QCOMPARE(second->pid(), pid);
    QTRY_COMPARE(second->state(), State::Serving);
    second->terminate();
    QTRY_COMPARE(second->state(), State::Stopped);
    QVERIFY(!fixture.process()->adoptRunning());
}

void NodeProcessTest::aNodeIsFoundByItsLock_data()
{
    QTest::addColumn<QByteArray>("pidFile"); // null: none
    QTest::newRow("missing") << QByteArray();
    QTest::newRow("empty") << QByteArray("");
    QTest::newRow("cut off") << QByteArray("ringnode 12");
    QTest::newRow("of a process that is gone") << QByteArray("ringnode 999999999 1 no-boot\n");
}

void NodeProcessTest::aNodeIsFoundByItsLock()
{
    QFETCH(QByteArray, pidFile);
    Fixture fixture;
    const auto first = fixture.process();
    first->start();
    QTRY_COMPARE(first->state(), State::Serving);
    QVERIFY(QFile::remove(fixture.pidFile()));
    if (!pidFile.isNull()) {
        QFile file(fixture.pidFile());
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(pidFile);
    }
    const auto next = fixture.process();
    QVERIFY(next->adoptRunning());
    QCOMPARE(next->pid(), first->pid());
    QTRY_COMPARE(next->state(), State::Serving);
    QCOMPARE(PidFile::read(fixture.pidFile())->process.pid, first->pid()); // written again
    next->terminate();
    QTRY_COMPARE(next->state(), State::Stopped);
    QVERIFY(!fixture.process()->adoptRunning());
}

void NodeProcessTest::aNodeThatAnotherProgramStopsWasStopped()
{
    Fixture fixture;
    const auto watching = fixture.process();
    watching->start();
    const auto stopping = fixture.process();
    QVERIFY(stopping->adoptRunning());
    stopping->terminate();
    QTRY_COMPARE(watching->state(), State::Stopped);
    QVERIFY(watching->lastProblem().isEmpty());
}

void NodeProcessTest::aPidThatIsUsedAgainIsNotMistaken()
{
    Fixture fixture;
    QDir().mkpath(fixture.spec.folder);
    PidFile stale{*identityOf(QCoreApplication::applicationPid())};
    QVERIFY(isRunning(stale.process));
    stale.process.startTicks += 1;
    QVERIFY(stale.write(fixture.pidFile()));
    const auto node = fixture.process();
    QVERIFY(!node->adoptRunning());
    QCOMPARE(node->pid(), 0);
}

void NodeProcessTest::twoProgramsDoNotStartOneNodeTwice()
{
    Fixture fixture;
    const auto first = fixture.process();
    const auto second = fixture.process();
    first->start();
    second->start();
    QVERIFY(first->pid() > 0);
    QCOMPARE(second->pid(), first->pid());
}

void NodeProcessTest::aFrozenNodeDoesNotServeAndCanBeStopped()
{
    Fixture fixture;
    const auto node = fixture.process();
    node->start();
    QTRY_COMPARE(node->state(), State::Serving);
    ::kill(static_cast<pid_t>(node->pid()), SIGSTOP);
    QTRY_COMPARE_WITH_TIMEOUT(node->state(), State::Starting, 10000);
    QVERIFY(node->lastProblem().contains(QStringLiteral("does not answer")));
    node->terminate();
    QTRY_COMPARE(node->state(), State::Stopped);
}

void NodeProcessTest::restartingGivesANewProcess()
{
    Fixture fixture;
    const auto node = fixture.process();
    node->start();
    QTRY_COMPARE(node->state(), State::Serving);
    const qint64 pid = node->pid();
    node->restart();
    QTRY_VERIFY(node->state() == State::Serving && node->pid() != pid);
}

void NodeProcessTest::aNodeThatDiesAtItsStartSaysWhy()
{
    Fixture fixture({QStringLiteral("--fake"), QStringLiteral("die")});
    const auto node = fixture.process();
    node->start();
    QTRY_COMPARE(node->state(), State::Died);
    QVERIFY2(node->lastProblem().contains(QStringLiteral("the fake node was told to die")),
             qPrintable(node->lastProblem()));
    QVERIFY(!node->lastProblem().contains(QStringLiteral("--base-port")));
}

void NodeProcessTest::aPortInUseIsSaid()
{
    Fixture fixture;
    QTcpServer other;
    QVERIFY(other.listen(QHostAddress::LocalHost,
                         fixture.spec.httpAddress.section(QLatin1Char(':'), -1).toUShort()));
    const auto node = fixture.process();
    node->start();
    QTRY_COMPARE(node->state(), State::Died);
    QVERIFY2(node->lastProblem().contains(fixture.spec.httpAddress), qPrintable(node->lastProblem()));
    QVERIFY(node->lastProblem().contains(QStringLiteral("--base-port")));
}

void NodeProcessTest::anotherNodeAtTheAddressIsNotTakenForIt_data()
{
    QTest::addColumn<QString>("name");
    QTest::newRow("of another name") << QStringLiteral("n2");
    QTest::newRow("of the same name") << QStringLiteral("n1");
}

void NodeProcessTest::anotherNodeAtTheAddressIsNotTakenForIt()
{
    QFETCH(QString, name);
    Fixture fixture;
    FakeNode other([&](const FakeRequest&) {
        return FakeAnswer::json(
            200, {{QStringLiteral("status"), QStringLiteral("ok")}, {QStringLiteral("node"), name}});
    });
    fixture.spec.httpAddress = other.address();
    const auto node = fixture.process();
    QSignalSpy states(node.get(), &NodeProcess::stateChanged);
    node->start();
    QTRY_COMPARE(node->state(), State::Died);
    for (const auto& change : states)
        QVERIFY(change.first().value<State>() != State::Serving);
}

void NodeProcessTest::aNodeThatDiedUnwatchedHasDied()
{
    Fixture fixture;
    auto first = fixture.process();
    first->start();
    QTRY_COMPARE(first->state(), State::Serving);
    const ProcessIdentity process = *identityOf(first->pid());
    first.reset();
    ::kill(static_cast<pid_t>(process.pid), SIGKILL);
    QTRY_VERIFY(!isRunning(process));
    const auto second = fixture.process();
    QVERIFY(!second->adoptRunning());
    QCOMPARE(second->state(), State::Died);
    QVERIFY(second->lastProblem().contains(QStringLiteral("no program watched")));
    second->start();
    QTRY_COMPARE(second->state(), State::Serving);
}

void NodeProcessTest::aMissingProgramIsSaidEachTime()
{
    Fixture fixture;
    const auto node = fixture.process(QStringLiteral("/no/such/ringnode"));
    QSignalSpy states(node.get(), &NodeProcess::stateChanged);
    node->start();
    QCOMPARE(node->state(), State::Died);
    QVERIFY(node->lastProblem().contains(QStringLiteral("/no/such/ringnode")));
    node->start();
    QCOMPARE(states.size(), 2);
}

void NodeProcessTest::theLogDoesNotGrowFromStartToStart()
{
    QTemporaryDir folder;
    const QString log = folder.filePath(QStringLiteral("node.log"));
    const auto fill = [&](qint64 bytes) {
        QFile file(log);
        QVERIFY(file.open(QIODevice::WriteOnly));
        QVERIFY(file.resize(bytes));
    };
    fill(maxLogBytes);
    rotateLog(log);
    QVERIFY(QFile::exists(log));
    for (int i = 0; i < 2; ++i) { // the second time in place of the first
        fill(maxLogBytes + 1);
        rotateLog(log);
        QVERIFY(!QFile::exists(log));
        QVERIFY(QFile::exists(log + QStringLiteral(".old")));
    }
}

void NodeProcessTest::aForeignPidFileIsIgnored()
{
    Fixture fixture;
    QDir().mkpath(fixture.spec.folder);
    for (const QByteArray& contents : {QByteArray(), QByteArray("1234\n"), QByteArray("ringnode -1 2 x\n"),
                                       QByteArray("ringnode x y z\n"), QByteArray(100000, 'x')}) {
        QFile file(fixture.pidFile());
        QVERIFY(file.open(QIODevice::WriteOnly));
        file.write(contents);
        file.close();
        QVERIFY(!PidFile::read(fixture.pidFile()));
        QVERIFY(!fixture.process()->adoptRunning());
    }
}

int main(int argc, char** argv)
{
    return mainOfTestOrNode<NodeProcessTest>(argc, argv);
}
#include "node_process_test.moc"
