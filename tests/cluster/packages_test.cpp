// SPDX-License-Identifier: GPL-3.0-or-later
// Real processes, real input: the machine's own packages go in, a node is killed, and nothing is lost.
#include "nodecore/client/availability.h"
#include "nodecore/client/cluster_view.h"
#include "nodecore/client/node_client.h"
#include "nodecore/client/record_reader.h"
#include "nodecore/supervise/local_cluster.h"
#include "tests/cluster/ringctl_runner.h"

#include <QElapsedTimer>
#include <QMap>
#include <QSignalSpy>
#include <QTemporaryDir>

#include <csignal>

using namespace ringmaster;

namespace {

constexpr int startTimeoutMs = 60000;

// Three nodes on free ports, which do not outlive the test, however it ends.
class Cluster {
public:
    Cluster()
    {
        LocalClusterSpec spec;
        spec.folder = m_folder.filePath(QStringLiteral("cluster"));
        spec.basePort = 0;
        spec.peerBasePort = 0;
        spec.program = QStringLiteral(RINGMASTER_BIN_DIR "/ringnode");
        auto opened = LocalCluster::open(spec);
        if (opened)
            m_cluster = std::move(*opened);
    }
    ~Cluster()
    {
        for (NodeProcess* node : m_cluster ? m_cluster->nodes() : QList<NodeProcess*>()) {
            if (node->pid() > 0)
                ::kill(static_cast<pid_t>(node->pid()), SIGKILL);
        }
    }

    bool start()
    {
        if (!m_cluster)
            return false;
        QSignalSpy serving(m_cluster.get(), &LocalCluster::allServing);
        QSignalSpy failed(m_cluster.get(), &LocalCluster::startFailed);
        m_cluster->startAll();
        const bool decided =
            QTest::qWaitFor([&] { return !serving.isEmpty() || !failed.isEmpty(); }, startTimeoutMs);
        if (!failed.isEmpty())
            qWarning("%s", qPrintable(failed.first().first().toString()));
        return decided && !serving.isEmpty();
    }
    NodeProcess* node(int i) const { return m_cluster->nodes().at(i); }
    QString url(int i) const { return m_cluster->urls().at(i).toString(); }
    std::unique_ptr<NodeClient> client(int i) const
    {
        return std::make_unique<NodeClient>(QList<QUrl>{m_cluster->urls().at(i)});
    }

private:
    QTemporaryDir m_folder;
    std::unique_ptr<LocalCluster> m_cluster;
};

using Versions = QMap<QByteArray, QByteArray>;

// The last line of a key counts, as it does for an import: a package may be there for two architectures.
Versions versionsIn(const QByteArray& tsv)
{
    Versions versions;
    RecordReader reader(RecordFormat::Tsv);
    reader.feed(tsv);
    reader.end();
    while (auto record = reader.next()) {
        if (*record)
            versions.insert((*record)->key, (*record)->values.first());
    }
    return versions;
}

QByteArray installedPackages()
{
    QProcess dpkg;
    dpkg.start(QStringLiteral("dpkg-query"),
               {QStringLiteral("-W"), QStringLiteral("-f"), QStringLiteral("${Package}\\t${Version}\\n")});
    dpkg.waitForFinished();
    return dpkg.readAllStandardOutput();
}

Versions readBack(const QString& url)
{
    const RingctlResult exported =
        ringctl({QStringLiteral("--url"), url, QStringLiteral("export"), QStringLiteral("-"),
                 QStringLiteral("--format"), QStringLiteral("tsv")});
    if (exported.exitCode != 0)
        qWarning("%s", exported.errors.constData());
    return versionsIn(exported.output);
}

// Which keys differ, so that a failure tells more than two sizes.
void compare(const Versions& found, const Versions& expected)
{
    QByteArrayList wrong;
    for (auto it = expected.begin(); it != expected.end(); ++it) {
        if (found.value(it.key()) != it.value())
            wrong.append(it.key() + "=" + found.value(it.key()));
    }
    QVERIFY2(wrong.isEmpty(),
             (QByteArray::number(wrong.size()) + " wrong: " + wrong.mid(0, 10).join(' ')).constData());
    QCOMPARE(found.size(), expected.size());
}

ClientResult<ClientValue> waitFor(const std::function<void(QObject*, ClientCallback<ClientValue>)>& call)
{
    QObject context;
    std::optional<ClientResult<ClientValue>> result;
    call(&context, [&](ClientResult<ClientValue> answer) { result = std::move(answer); });
    if (!QTest::qWaitFor([&] { return result.has_value(); }, 10000))
        return tl::make_unexpected(ClientError{});
    return *result;
}

QByteArrayList sorted(const QList<ClientSibling>& siblings)
{
    QByteArrayList values;
    for (const ClientSibling& sibling : siblings)
        values.append(sibling.value);
    std::sort(values.begin(), values.end());
    return values;
}

} // namespace

class PackagesTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void everyPackageOutlivesANode();
    void concurrentWritesAreSiblingsOnEveryNodeUntilOneHasSeenBoth();
    void aViewLeavesAFrozenNode();
};

void PackagesTest::everyPackageOutlivesANode()
{
    const QByteArray packages = installedPackages();
    Versions expected = versionsIn(packages);
    QVERIFY2(expected.size() > 10, "dpkg-query lists no packages");
    Cluster cluster;
    QVERIFY(cluster.start());

    const RingctlResult imported =
        ringctl({QStringLiteral("import"), QStringLiteral("-")}, packages, cluster.url(0));
    QVERIFY2(imported.exitCode == 0, imported.errors.constData());
    qInfo("%s", imported.output.trimmed().constData());

    cluster.node(2)->kill();
    QTRY_COMPARE(cluster.node(2)->state(), NodeProcess::State::Died);
    compare(readBack(cluster.url(1)), expected);

    QByteArray more;
    for (int i = 0; i < 50; ++i)
        more += "while-n3-was-down-" + QByteArray::number(i) + '\t' + QByteArray::number(i) + '\n';
    const RingctlResult goesOn =
        ringctl({QStringLiteral("import"), QStringLiteral("-")}, more, cluster.url(0));
    QVERIFY2(goesOn.exitCode == 0, goesOn.errors.constData());
    expected.insert(versionsIn(more));

    cluster.node(2)->start();
    QTRY_COMPARE_WITH_TIMEOUT(cluster.node(2)->state(), NodeProcess::State::Serving, startTimeoutMs);
    compare(readBack(cluster.url(2)), expected);
}

void PackagesTest::concurrentWritesAreSiblingsOnEveryNodeUntilOneHasSeenBoth()
{
    Cluster cluster;
    QVERIFY(cluster.start());
    const Key key = *Key::fromBytes("color");
    const auto put = [&](int node, const QByteArray& value, const QByteArray& ringContext) {
        const auto client = cluster.client(node);
        return waitFor(
            [&](QObject* context, auto done) { client->put(key, value, ringContext, {}, context, done); });
    };
    const auto get = [&](int node) {
        const auto client = cluster.client(node);
        return waitFor([&](QObject* context, auto done) { client->get(key, {}, context, done); });
    };

    QVERIFY(put(0, "red", {}));
    QVERIFY(put(1, "blue", {}));
    QByteArray seen;
    for (int node = 0; node < 3; ++node) {
        const auto read = get(node);
        QVERIFY(read);
        QCOMPARE(sorted(read->siblings), (QByteArrayList{"blue", "red"}));
        seen = read->context;
    }
    QVERIFY(put(2, "purple", seen));
    for (int node = 0; node < 3; ++node) {
        const auto read = get(node);
        QVERIFY(read);
        QCOMPARE(sorted(read->siblings), QByteArrayList{"purple"});
    }
}

void PackagesTest::aViewLeavesAFrozenNode()
{
    Cluster cluster;
    QVERIFY(cluster.start());
    ClusterView view({QUrl(cluster.url(0))});
    QSignalSpy events(&view, &ClusterView::eventReceived);
    view.start();
    QTRY_COMPARE(view.snapshot().answeredBy, QStringLiteral("n1"));
    QTRY_VERIFY(events.size() > 2);
    QTRY_COMPARE(view.snapshot().members.size(), 3);
    QCOMPARE(availabilityOf(view.snapshot()).level, Availability::Level::Full);

    ::kill(static_cast<pid_t>(cluster.node(0)->pid()), SIGSTOP);
    QElapsedTimer clock;
    clock.start();
    QTRY_VERIFY(view.snapshot().answeredBy != QStringLiteral("n1"));
    qInfo("left the frozen node after %lld ms", clock.elapsed());
    QTRY_VERIFY(!view.snapshot().members.first().reachable);
    QTRY_COMPARE(availabilityOf(view.snapshot()).level, Availability::Level::Fragile);
    ::kill(static_cast<pid_t>(cluster.node(0)->pid()), SIGCONT);
    QTRY_COMPARE_WITH_TIMEOUT(availabilityOf(view.snapshot()).level, Availability::Level::Full, 20000);
}

QTEST_GUILESS_MAIN(PackagesTest)
#include "packages_test.moc"
