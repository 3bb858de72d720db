// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/net/peer_datagrams.h"

#include <QTest>

using namespace ringmaster;

namespace {

struct Heard {
    QStringList from;
    QByteArrayList datagrams;

    void listenTo(PeerDatagrams& socket)
    {
        socket.setReceiver([this](const QString& address, QByteArrayView datagram) {
            from.append(address);
            datagrams.append(datagram.toByteArray());
        });
    }
};

QString addressOf(const QString& host, const PeerDatagrams& socket)
{
    return host + QLatin1Char(':') + QString::number(socket.port());
}

} // namespace

class PeerDatagramsTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void aDatagramArrivesWithTheAddressToAnswerTo()
    {
        PeerDatagrams one;
        PeerDatagrams other;
        QVERIFY(one.listen(QHostAddress::LocalHost, 0));
        QVERIFY(other.listen(QHostAddress(QStringLiteral("127.0.0.2")), 0));
        Heard heard;
        heard.listenTo(other);
        one.send({}, addressOf(QStringLiteral("127.0.0.2"), other), "hello");
        QTRY_COMPARE(heard.datagrams, QByteArrayList{"hello"});
        QCOMPARE(heard.from, QStringList{addressOf(QStringLiteral("127.0.0.1"), one)});
    }

    void aNameIsLookedUp()
    {
        PeerDatagrams one;
        PeerDatagrams other;
        QVERIFY(one.listen(QHostAddress::LocalHost, 0));
        QVERIFY(other.listen(QHostAddress::LocalHost, 0));
        Heard heard;
        heard.listenTo(other);
        const auto arrives = [&] {
            one.send({}, addressOf(QStringLiteral("localhost"), other), "hello"); // lost until it is found
            return !heard.datagrams.isEmpty();
        };
        QVERIFY(QTest::qWaitFor(arrives, 10'000));
    }

    void whatIsTooLargeOrHasNoAddressIsLost()
    {
        PeerDatagrams one;
        PeerDatagrams other;
        QVERIFY(one.listen(QHostAddress::LocalHost, 0));
        QVERIFY(other.listen(QHostAddress::LocalHost, 0));
        Heard heard;
        heard.listenTo(other);
        const QString address = addressOf(QStringLiteral("127.0.0.1"), other);
        one.send({}, address, QByteArray(Datagrams::maxBytes + 1, 'x'));
        one.send({}, QStringLiteral("nowhere"), "hello");
        one.send({}, QString(), "hello");
        one.send({}, address, QByteArray(Datagrams::maxBytes, 'y'));
        QTRY_COMPARE(heard.datagrams, QByteArrayList{QByteArray(Datagrams::maxBytes, 'y')});
    }

    void aTakenPortIsAnErrorThatNamesIt()
    {
        PeerDatagrams one;
        PeerDatagrams other;
        QVERIFY(one.listen(QHostAddress::LocalHost, 0));
        const Result<void> refused = other.listen(QHostAddress::LocalHost, one.port());
        QVERIFY(!refused);
        QCOMPARE(refused.error().code, ErrorCode::Unavailable);
        QVERIFY(refused.error().message.contains(QString::number(one.port())));
        QVERIFY(other.listen(QHostAddress::LocalHost, 0)); // and another will do
    }
};

QTEST_GUILESS_MAIN(PeerDatagramsTest)
#include "peer_datagrams_test.moc"
