// SPDX-License-Identifier: GPL-3.0-or-later
// Whole nodes, with sockets, in one process.
#include "nodecore/net/node_host.h"
#include "nodecore/storage/memory_store.h"

#include <QTcpServer>
#include <QTest>

#include <memory>
#include <vector>

using namespace ringmaster;

namespace {

class HostedNode {
public:
    HostedNode(const QString& name, const QList<QString>& join)
    {
        NodeHostOptions options;
        options.node.name = name;
        options.node.cluster = QStringLiteral("test");
        options.node.httpAddress = QStringLiteral("127.0.0.1:0");
        options.node.peerAddress = QStringLiteral("127.0.0.1:0");
        options.node.join = join;
        auto made =
            NodeHost::create(options, store, [this](const char*, const QString& line) { log += line; });
        if (!made)
            qFatal("%s", qPrintable(made.error().message));
        host = std::move(*made);
        host->start();
    }

    MemoryStore store{MemoryStore::Commit::AtOnce};
    QStringList log;
    std::unique_ptr<NodeHost> host;
};

Key key(const char* text)
{
    return *Key::fromBytes(text);
}

} // namespace

class NodeHostTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void oneNodeServesByItself()
    {
        HostedNode n1(QStringLiteral("n1"), {});
        QTRY_VERIFY(n1.host->node().isServing());
        QVERIFY(!n1.host->httpAddress().endsWith(QStringLiteral(":0")));
        QCOMPARE(n1.host->node().config().httpAddress, n1.host->httpAddress());
        QCOMPARE(n1.host->node().config().peerAddress, n1.host->peerAddress());
    }

    void whatOneNodeTookAnotherGives()
    {
        HostedNode n1(QStringLiteral("n1"), {});
        HostedNode n2(QStringLiteral("n2"), {n1.host->peerAddress()});
        HostedNode n3(QStringLiteral("n3"), {n1.host->peerAddress()});
        for (const HostedNode* node : {&n1, &n2, &n3}) {
            QTRY_COMPARE_WITH_TIMEOUT(node->host->node().ring().nodes().size(), size_t{3}, 20'000);
            QTRY_COMPARE(node->host->linkCount(), 2);
        }

        bool isWritten = false;
        n1.host->node().put({key("greeting"), QByteArray("hello"), {}, {}},
                            [&](RequestResult<PutResponse> result) {
                                QVERIFY2(result, result ? "" : qPrintable(result.error().error.message));
                                isWritten = true;
                            });
        QTRY_VERIFY(isWritten);

        std::vector<Sibling> read;
        n3.host->node().get({key("greeting"), {}}, [&](RequestResult<GetResponse> result) {
            QVERIFY2(result, result ? "" : qPrintable(result.error().error.message));
            read = result->siblings.siblings();
        });
        QTRY_COMPARE(read.size(), size_t{1});
        QCOMPARE(read.front().value, QByteArray("hello"));
    }

    void whenANodeGoesTheOthersNotice()
    {
        HostedNode n1(QStringLiteral("n1"), {});
        auto n2 = std::make_unique<HostedNode>(QStringLiteral("n2"), QList<QString>{n1.host->peerAddress()});
        QTRY_COMPARE_WITH_TIMEOUT(n1.host->linkCount(), 1, 20'000);
        n2.reset();
        QTRY_COMPARE(n1.host->linkCount(), 0);
        QTRY_VERIFY(n1.host->node().isServing());
    }

    void anAddressInUseIsUnavailable_data()
    {
        QTest::addColumn<bool>("isHttp");
        QTest::newRow("for HTTP") << true;
        QTest::newRow("for peers") << false;
    }
    void anAddressInUseIsUnavailable()
    {
        QFETCH(bool, isHttp);
        QTcpServer other;
        QVERIFY(other.listen(QHostAddress::LocalHost));
        const QString taken = QStringLiteral("127.0.0.1:%1").arg(other.serverPort());
        NodeHostOptions options;
        options.node.name = QStringLiteral("n1");
        options.node.httpAddress = isHttp ? taken : QStringLiteral("127.0.0.1:0");
        options.node.peerAddress = isHttp ? QStringLiteral("127.0.0.1:0") : taken;
        MemoryStore store;
        const auto made = NodeHost::create(options, store, [](const char*, const QString&) {});
        QVERIFY(!made);
        QCOMPARE(made.error().code, ErrorCode::Unavailable);
        QVERIFY2(made.error().message.contains(taken), qPrintable(made.error().message));
    }

    void aFailedStoreIsAnnouncedOnce()
    {
        HostedNode n1(QStringLiteral("n1"), {});
        QTRY_VERIFY(n1.host->node().isServing());
        QStringList reasons;
        connect(n1.host.get(), &NodeHost::storeFailed, this, [&](const QString& why) { reasons += why; });
        n1.store.fail(QStringLiteral("the disk is gone"));
        QTRY_COMPARE(reasons, QStringList{QStringLiteral("the disk is gone")});
        QVERIFY(!n1.host->node().isServing());
    }
};

QTEST_GUILESS_MAIN(NodeHostTest)
#include "node_host_test.moc"
