// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/net/system_address.h"
#include "nodecore/net/system_reserved_port.h"

#include <QTcpServer>
#include <QTest>

using namespace ringmaster;

class SystemAddressTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void anAddressIsReadAndWrittenAlike_data()
    {
        QTest::addColumn<QString>("text");
        QTest::addColumn<QString>("host");
        QTest::addColumn<quint16>("port");
        QTest::newRow("numeric") << "127.0.0.1:8101"
                                 << "127.0.0.1" << quint16{8101};
        QTest::newRow("a name") << "kv-1.example.org:80"
                                << "kv-1.example.org" << quint16{80};
        QTest::newRow("any port") << "localhost:0"
                                  << "localhost" << quint16{0};
        QTest::newRow("IPv6") << "[fe80::1%eth0]:65535"
                              << "fe80::1%eth0" << quint16{65535};
    }
    void anAddressIsReadAndWrittenAlike()
    {
        QFETCH(QString, text);
        QFETCH(QString, host);
        QFETCH(quint16, port);
        const auto parsed = HostPort::parse(text);
        QVERIFY2(parsed, parsed ? "" : qPrintable(parsed.error().message));
        QCOMPARE(parsed->host, host);
        QCOMPARE(parsed->port, port);
        QCOMPARE(parsed->toString(), text);
    }

    void whatIsNoAddressIsRefused_data()
    {
        QTest::addColumn<QString>("text");
        for (const char* text :
             {"", ":", "host", "host:", ":80", "host:65536", "host:-1", "host:+1", "host: 1", "host:1x",
              "::1:80", "[::1]", "a b:1", "h\nost:1", "http://host:1", "[]:1"})
            QTest::newRow(text[0] ? text : "nothing") << QString::fromLatin1(text);
    }
    void whatIsNoAddressIsRefused()
    {
        QFETCH(QString, text);
        const auto parsed = HostPort::parse(text);
        QVERIFY(!parsed);
        QCOMPARE(parsed.error().code, ErrorCode::Malformed);
        QVERIFY(parsed.error().message.contains(QStringLiteral("HOST:PORT")));
    }

    void aReservedPortGoesOverToAServer()
    {
        const auto reserved = SystemReservedPort::on(QHostAddress(QHostAddress::LocalHost));
        QVERIFY2(reserved, reserved ? "" : qPrintable(reserved.error().message));
        QTcpServer server;
        QVERIFY2(server.listen(QHostAddress::LocalHost, reserved->port()), qPrintable(server.errorString()));
    }

    void anAddressOfAnotherMachineCannotBeReserved()
    {
        const auto reserved = SystemReservedPort::on(QHostAddress(QStringLiteral("192.0.2.1")));
        QVERIFY(!reserved);
        QCOMPARE(reserved.error().code, ErrorCode::Unavailable);
    }
};

QTEST_GUILESS_MAIN(SystemAddressTest)
#include "system_address_test.moc"
