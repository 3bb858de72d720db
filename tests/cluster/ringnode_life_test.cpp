// SPDX-License-Identifier: GPL-3.0-or-later
// The real program: how it lives in a cluster and ends.
#include "tests/cluster/ringnode_process.h"

#include <QJsonDocument>
#include <QJsonObject>
#include <QNetworkAccessManager>
#include <QNetworkReply>
#include <QTemporaryDir>

#include <memory>
#include <vector>

using namespace ringmaster;

namespace {

struct Answer {
    int status = 0;
    QByteArray body;
};

// One HTTP request; a body makes it a PUT.
Answer ask(RingnodeProcess& node, const QString& path, const std::optional<QByteArray>& body = std::nullopt)
{
    QNetworkAccessManager manager;
    const QUrl url(QStringLiteral("http://%1%2").arg(node.listening(QStringLiteral("http")), path));
    std::unique_ptr<QNetworkReply> reply;
    QNetworkRequest request(url);
    request.setHeader(QNetworkRequest::ContentTypeHeader, QStringLiteral("text/plain"));
    reply.reset(body ? manager.put(request, *body) : manager.get(request));
    if (!QTest::qWaitFor([&] { return reply->isFinished(); }, RingnodeProcess::deadlineMs))
        return {};
    return {reply->attribute(QNetworkRequest::HttpStatusCodeAttribute).toInt(), reply->readAll()};
}

} // namespace

class RingnodeLifeTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void sigtermAndSigintEndItCleanly_data()
    {
        QTest::addColumn<int>("number");
        QTest::newRow("SIGTERM") << SIGTERM;
        QTest::newRow("SIGINT") << SIGINT;
    }
    void sigtermAndSigintEndItCleanly()
    {
        QFETCH(int, number);
        QTemporaryDir folder;
        RingnodeProcess node(RingnodeProcess::alone(QStringLiteral("n1"), folder.path()));
        QVERIFY2(node.waitUntilServing(), qPrintable(node.log()));
        node.signal(number);
        QVERIFY(node.waitForEnd());
        QCOMPARE(node.exitCode(), 0);
        QVERIFY2(node.log().contains(QStringLiteral(" stopped")), qPrintable(node.log()));
    }

    void aNodeThatServesIsHealthy()
    {
        QTemporaryDir folder;
        RingnodeProcess node(RingnodeProcess::alone(QStringLiteral("n1"), folder.path()));
        QVERIFY2(node.waitUntilServing(), qPrintable(node.log()));
        QCOMPARE(node.log().count(QStringLiteral(" serving ")), 1);
        QCOMPARE(ask(node, QStringLiteral("/health")).status, 200);
    }

    void whatWasAcknowledgedOutlivesTheProcess_data()
    {
        QTest::addColumn<int>("number");
        QTest::newRow("ended") << SIGTERM;
        QTest::newRow("killed") << SIGKILL;
    }
    void whatWasAcknowledgedOutlivesTheProcess()
    {
        QFETCH(int, number);
        QTemporaryDir folder;
        const QString path = QStringLiteral("/api/v1/kv/greeting");
        const QStringList arguments = RingnodeProcess::alone(QStringLiteral("n1"), folder.path()) +
                                      QStringList{QStringLiteral("--replicas"), QStringLiteral("1")};
        {
            RingnodeProcess node(arguments);
            QVERIFY2(node.waitUntilServing(), qPrintable(node.log()));
            const Answer put = ask(node, path, QByteArray("hello"));
            QVERIFY2(put.status == 200, put.body.constData());
            node.signal(number);
            QVERIFY(node.waitForEnd());
        }
        RingnodeProcess again(arguments);
        QVERIFY2(again.waitUntilServing(), qPrintable(again.log()));
        const Answer get = ask(again, path);
        QCOMPARE(get.status, 200);
        QVERIFY2(get.body.contains("hello"), get.body.constData());
    }

    void threeNodesMakeACluster()
    {
        QTemporaryDir folder;
        std::vector<std::unique_ptr<RingnodeProcess>> nodes;
        for (const auto* name : {"n1", "n2", "n3"}) {
            QStringList arguments =
                RingnodeProcess::alone(QString::fromLatin1(name), folder.filePath(QString::fromLatin1(name)));
            if (!nodes.empty())
                arguments += {QStringLiteral("--join"), nodes.front()->listening(QStringLiteral("peer"))};
            nodes.push_back(std::make_unique<RingnodeProcess>(arguments));
            QVERIFY2(nodes.back()->waitUntilServing(), qPrintable(nodes.back()->log()));
        }
        const QString path = QStringLiteral("/api/v1/kv/greeting");
        QTRY_COMPARE(ask(*nodes[0], path, QByteArray("hello")).status, 200);
        QTRY_VERIFY(ask(*nodes[2], path).body.contains("hello"));
    }

    void aSecondNodeOfTheNameEndsWith6()
    {
        QTemporaryDir folder;
        RingnodeProcess first(
            RingnodeProcess::alone(QStringLiteral("n1"), folder.filePath(QStringLiteral("a"))));
        QVERIFY2(first.waitUntilServing(), qPrintable(first.log()));
        RingnodeProcess second(
            RingnodeProcess::alone(QStringLiteral("n1"), folder.filePath(QStringLiteral("b"))) +
            QStringList{QStringLiteral("--join"), first.listening(QStringLiteral("peer"))});
        QVERIFY(second.waitForEnd());
        QCOMPARE(second.exitCode(), 6);
        QVERIFY2(second.log().contains(QStringLiteral("name")), qPrintable(second.log()));
        QVERIFY(first.isRunning());
    }

    void aNodeOfAnotherClusterEndsWith6()
    {
        QTemporaryDir folder;
        RingnodeProcess first(
            RingnodeProcess::alone(QStringLiteral("n1"), folder.filePath(QStringLiteral("a"))));
        QVERIFY2(first.waitUntilServing(), qPrintable(first.log()));
        RingnodeProcess second(
            RingnodeProcess::alone(QStringLiteral("n2"), folder.filePath(QStringLiteral("b"))) +
            QStringList{QStringLiteral("--join"), first.listening(QStringLiteral("peer")),
                        QStringLiteral("--cluster"), QStringLiteral("other")});
        QVERIFY(second.waitForEnd());
        QCOMPARE(second.exitCode(), 6);
        QVERIFY2(second.log().contains(QStringLiteral("cluster")), qPrintable(second.log()));
    }

    void itsLogMayBeJson()
    {
        QTemporaryDir folder;
        RingnodeProcess node(RingnodeProcess::alone(QStringLiteral("n1"), folder.path()) +
                             QStringList{QStringLiteral("--log-format"), QStringLiteral("json")});
        QVERIFY2(node.waitForLog(QStringLiteral("\"serving\"")), qPrintable(node.log()));
        node.signal(SIGTERM);
        QVERIFY(node.waitForEnd());
        for (const QString& line : node.log().split(QLatin1Char('\n'), Qt::SkipEmptyParts)) {
            const QJsonObject object = QJsonDocument::fromJson(line.toUtf8()).object();
            QVERIFY2(object.contains(QStringLiteral("event")), qPrintable(line));
            QCOMPARE(object.value(QStringLiteral("node")).toString(), QStringLiteral("n1"));
        }
    }
};

QTEST_GUILESS_MAIN(RingnodeLifeTest)
#include "ringnode_life_test.moc"
