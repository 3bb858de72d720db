// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/supervise/cluster_file.h"
#include "nodecore/supervise/local_cluster.h"
#include "nodecore/supervise/node_log.h"
#include "tests/supervise/fake_ringnode.h"

#include <QDir>
#include <QFile>
#include <QSet>
#include <QSignalSpy>
#include <QTemporaryDir>

using namespace ringmaster;
using State = NodeProcess::State;

namespace {

LocalClusterSpec specFor(const QTemporaryDir& folder, int nodes)
{
    LocalClusterSpec spec;
    spec.folder = folder.filePath(QStringLiteral("cluster"));
    spec.nodes = nodes;
    spec.basePort = 0;
    spec.peerBasePort = 0;
    spec.program = QCoreApplication::applicationFilePath();
    return spec;
}

// Nodes outlive a LocalCluster; these do not outlive the test, however it ends.
class Opened {
public:
    explicit Opened(const LocalClusterSpec& spec)
        : cluster(LocalCluster::open(spec))
    {}
    ~Opened()
    {
        if (!cluster)
            return;
        for (const NodeProcess* node : (*cluster)->nodes()) {
            if (node->pid() > 0)
                ::kill(static_cast<pid_t>(node->pid()), SIGKILL);
        }
    }
    LocalCluster* operator->() const { return cluster->get(); }

    Result<std::unique_ptr<LocalCluster>> cluster;
};

void writeFile(const QString& folder, const QByteArray& contents)
{
    QDir().mkpath(folder);
    QFile file(ClusterFile::pathIn(folder));
    QVERIFY(file.open(QIODevice::WriteOnly));
    file.write(contents);
}

} // namespace

class LocalClusterTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void nodesStartOneAfterAnotherAndStop();
    void aFirstNodeWhoseFolderWasLostComesBackToTheOthers();
    void theNextProgramFindsTheNodesThatStayed();
    void theFileWinsOverTheSpec();
    void aNodeIsAddedAndKept();
    void aNodeThatCannotStartIsReported();
    void aMissingProgramIsReported();
    void stoppingWhatDoesNotRunSaysSoToo();
    void portsFollowTheBase();
    void aFolderThatCannotBeUsedIsLeftAsItIs_data();
    void aFolderThatCannotBeUsedIsLeftAsItIs();
    void aFolderWithOtherThingsIsRefused();
    void aFolderThatCannotBeMadeIsAnError();
};

void LocalClusterTest::nodesStartOneAfterAnotherAndStop()
{
    QTemporaryDir folder;
    Opened cluster(specFor(folder, 3));
    QVERIFY(cluster.cluster);
    QSignalSpy serving(cluster.cluster->get(), &LocalCluster::allServing);
    QStringList order;
    for (NodeProcess* node : cluster->nodes()) {
        connect(node, &NodeProcess::stateChanged, this, [&order, node](State state) {
            if (state == State::Starting || state == State::Serving)
                order.append(node->spec().name + (state == State::Serving ? QStringLiteral("+") : QString()));
        });
    }
    cluster->startAll();
    QTRY_COMPARE(serving.size(), 1);
    QCOMPARE(order.join(QLatin1Char(' ')), QStringLiteral("n1 n1+ n2 n2+ n3 n3+"));

    const NodeProcess* last = cluster->node(QStringLiteral("n3"));
    QCOMPARE(last->spec().join, (QStringList{cluster->nodes().at(0)->spec().peerAddress,
                                             cluster->nodes().at(1)->spec().peerAddress}));
    QVERIFY(lastLogLines(last->logFile(), 1).value(0).contains(QStringLiteral("--cluster local")));

    QSignalSpy stopped(cluster.cluster->get(), &LocalCluster::stopped);
    cluster->stopAll();
    QTRY_COMPARE(stopped.size(), 1);
    QVERIFY(!cluster->anyRunning());
    cluster->startAll();
    QTRY_COMPARE(serving.size(), 2);
}

void LocalClusterTest::aFirstNodeWhoseFolderWasLostComesBackToTheOthers()
{
    QTemporaryDir folder;
    const LocalClusterSpec spec = specFor(folder, 3);
    {
        Opened before(spec);
        QVERIFY(before->nodes().at(0)->spec().join.isEmpty());
    }
    for (const QString& name : {QStringLiteral("n2"), QStringLiteral("n3")}) {
        const QDir data(dataFolderIn(QDir(spec.folder).filePath(name)));
        QVERIFY(data.mkpath(QStringLiteral(".")));
        QFile file(data.filePath(QStringLiteral("anything")));
        QVERIFY(file.open(QIODevice::WriteOnly));
    }
    Opened cluster(spec);
    const QList<NodeProcess*>& nodes = cluster->nodes();
    QCOMPARE(nodes.at(0)->spec().join,
             (QStringList{nodes.at(1)->spec().peerAddress, nodes.at(2)->spec().peerAddress}));
    QStringList order;
    for (NodeProcess* node : nodes) {
        connect(node, &NodeProcess::stateChanged, this, [&order, node](State state) {
            if (state == State::Serving)
                order.append(node->spec().name);
        });
    }
    QSignalSpy serving(cluster.cluster->get(), &LocalCluster::allServing);
    cluster->startAll();
    QTRY_COMPARE(serving.size(), 1);
    QCOMPARE(order, (QStringList{QStringLiteral("n2"), QStringLiteral("n3"), QStringLiteral("n1")}));
}

void LocalClusterTest::theNextProgramFindsTheNodesThatStayed()
{
    QTemporaryDir folder;
    Opened first(specFor(folder, 2));
    QSignalSpy serving(first.cluster->get(), &LocalCluster::allServing);
    first->startAll();
    QTRY_COMPARE(serving.size(), 1);
    Opened second(specFor(folder, 2));
    QCOMPARE(second->urls(), first->urls());
    QSignalSpy servingToo(second.cluster->get(), &LocalCluster::allServing);
    second->startAll();
    QTRY_COMPARE(servingToo.size(), 1);
    for (int i = 0; i < 2; ++i)
        QCOMPARE(second->nodes().at(i)->pid(), first->nodes().at(i)->pid());
}

void LocalClusterTest::theFileWinsOverTheSpec()
{
    QTemporaryDir folder;
    LocalClusterSpec spec = specFor(folder, 2);
    spec.extraArguments = {QStringLiteral("--replicas"), QStringLiteral("2")};
    Opened first(spec);
    spec.nodes = 5;
    spec.cluster = QStringLiteral("other");
    spec.extraArguments.clear();
    Opened second(spec);
    QCOMPARE(second->nodes().size(), 2);
    QCOMPARE(second->spec().cluster, QStringLiteral("local"));
    QCOMPARE(second->spec().extraArguments, (QStringList{QStringLiteral("--replicas"), QStringLiteral("2")}));
}

void LocalClusterTest::aNodeIsAddedAndKept()
{
    QTemporaryDir folder;
    Opened cluster(specFor(folder, 1));
    QSignalSpy added(cluster.cluster->get(), &LocalCluster::nodeAdded);
    const auto node = cluster->addNode();
    QVERIFY(node);
    QCOMPARE((*node)->spec().name, QStringLiteral("n2"));
    QCOMPARE((*node)->spec().join, QStringList{cluster->nodes().first()->spec().peerAddress});
    QCOMPARE(added.size(), 1);
    QTRY_COMPARE((*node)->state(), State::Serving);
    QCOMPARE((*ClusterFile::read(cluster->spec().folder))->nodes.size(), 2);
}

void LocalClusterTest::aNodeThatCannotStartIsReported()
{
    QTemporaryDir folder;
    LocalClusterSpec spec = specFor(folder, 3);
    spec.extraArguments = {QStringLiteral("--fake"), QStringLiteral("die")};
    Opened cluster(spec);
    QSignalSpy failed(cluster.cluster->get(), &LocalCluster::startFailed);
    cluster->startAll();
    QTRY_COMPARE(failed.size(), 1);
    QVERIFY(failed.first().first().toString().contains(QStringLiteral("told to die")));
    QCOMPARE(cluster->node(QStringLiteral("n2"))->state(), State::Stopped); // never begun
}

void LocalClusterTest::aMissingProgramIsReported()
{
    QTemporaryDir folder;
    LocalClusterSpec spec = specFor(folder, 1);
    spec.program = QStringLiteral("/no/such/ringnode");
    Opened cluster(spec);
    QSignalSpy failed(cluster.cluster->get(), &LocalCluster::startFailed);
    cluster->startAll();
    QTRY_COMPARE(failed.size(), 1);
    cluster->startAll();
    QTRY_COMPARE(failed.size(), 2);
}

void LocalClusterTest::stoppingWhatDoesNotRunSaysSoToo()
{
    QTemporaryDir folder;
    Opened cluster(specFor(folder, 2));
    QSignalSpy stopped(cluster.cluster->get(), &LocalCluster::stopped);
    cluster->stopAll();
    QTRY_COMPARE(stopped.size(), 1);
}

void LocalClusterTest::portsFollowTheBase()
{
    QTemporaryDir folder;
    LocalClusterSpec spec = specFor(folder, 2);
    spec.basePort = 8100;
    spec.peerBasePort = 7100;
    Opened cluster(spec);
    QCOMPARE(cluster->nodes().at(1)->spec().httpAddress, QStringLiteral("127.0.0.1:8102"));
    QCOMPARE(cluster->nodes().at(1)->spec().peerAddress, QStringLiteral("127.0.0.1:7102"));

    QTemporaryDir other;
    spec = specFor(other, 2);
    spec.basePort = 65534;
    spec.peerBasePort = 7100;
    QVERIFY(!LocalCluster::open(spec));
    QVERIFY(!QFile::exists(ClusterFile::pathIn(spec.folder)));
}

void LocalClusterTest::aFolderThatCannotBeUsedIsLeftAsItIs_data()
{
    QTest::addColumn<QByteArray>("contents");
    QTest::addColumn<int>("code");
    const auto row = [](const char* name, const QByteArray& contents, ErrorCode code) {
        QTest::newRow(name) << contents << static_cast<int>(code);
    };
    row("empty", "", ErrorCode::Foreign);
    row("no json", "hello", ErrorCode::Foreign);
    row("foreign", "{\"nodes\": []}", ErrorCode::Foreign);
    row("newer", "{\"program\": \"ringmaster\", \"format\": 2}", ErrorCode::Newer);
    row("no nodes",
        "{\"program\": \"ringmaster\", \"format\": 1, \"cluster\": \"c\", \"base_port\": 1, "
        "\"peer_base_port\": 1, \"nodes\": []}",
        ErrorCode::Damaged);
    row("a name that leads out",
        "{\"program\": \"ringmaster\", \"format\": 1, \"cluster\": \"c\", \"base_port\": 1, "
        "\"peer_base_port\": 1, \"nodes\": [{\"name\": \"../n1\", \"http\": \"127.0.0.1:1\", "
        "\"peer\": \"127.0.0.1:2\"}]}",
        ErrorCode::Damaged);
    row("no address",
        "{\"program\": \"ringmaster\", \"format\": 1, \"cluster\": \"c\", \"base_port\": 1, "
        "\"peer_base_port\": 1, \"nodes\": [{\"name\": \"n1\", \"http\": \"127.0.0.1\", "
        "\"peer\": \"127.0.0.1:2\"}]}",
        ErrorCode::Damaged);
}

void LocalClusterTest::aFolderThatCannotBeUsedIsLeftAsItIs()
{
    QFETCH(QByteArray, contents);
    QTemporaryDir folder;
    const LocalClusterSpec spec = specFor(folder, 1);
    writeFile(spec.folder, contents);
    const auto cluster = LocalCluster::open(spec);
    QVERIFY(!cluster);
    QTEST(static_cast<int>(cluster.error().code), "code");
    QFile file(ClusterFile::pathIn(spec.folder));
    QVERIFY(file.open(QIODevice::ReadOnly));
    QCOMPARE(file.readAll(), contents);
}

void LocalClusterTest::aFolderWithOtherThingsIsRefused()
{
    QTemporaryDir folder;
    LocalClusterSpec spec = specFor(folder, 1);
    QDir().mkpath(spec.folder + QStringLiteral("/photos"));
    const auto cluster = LocalCluster::open(spec);
    QVERIFY(!cluster);
    QCOMPARE(cluster.error().code, ErrorCode::Foreign);
    QCOMPARE(QDir(spec.folder).entryList(QDir::AllEntries | QDir::NoDotAndDotDot),
             QStringList{QStringLiteral("photos")});
}

void LocalClusterTest::aFolderThatCannotBeMadeIsAnError()
{
    QTemporaryDir folder;
    LocalClusterSpec spec = specFor(folder, 1);
    spec.folder = QStringLiteral("/dev/null/cluster");
    const auto cluster = LocalCluster::open(spec);
    QVERIFY(!cluster);
    QVERIFY(cluster.error().message.contains(spec.folder));
}

int main(int argc, char** argv)
{
    return mainOfTestOrNode<LocalClusterTest>(argc, argv);
}
#include "local_cluster_test.moc"
