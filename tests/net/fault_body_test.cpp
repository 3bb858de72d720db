// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/net/fault_body.h"

#include <QTest>

using namespace ringmaster;
using namespace std::chrono_literals;

class FaultBodyTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void everyFaultIsUnderstood()
    {
        const auto body = parseFaultBody(
            R"({"clear": true, "links": [{"peer": "n2", "delay_ms": 100, "loss": 0.1, "cut": "out"},
                {"peer": "n3"}], "disk": {"slow_ms": 50, "full": true}, "pause_ms": 3000,
                "clock_jump_ms": -60000})");
        QVERIFY2(body, body ? "" : qPrintable(body.error().message));
        QVERIFY(body->clear);
        QCOMPARE(body->links.size(), size_t{2});
        QCOMPARE(body->links[0].peer, QStringLiteral("n2"));
        QCOMPARE(body->links[0].changed({}), (LinkFault{100ms, 0.1, true, false}));
        QCOMPARE(body->links[1].changed({}), LinkFault{});
        QCOMPARE(body->changed(DiskFault{}), (DiskFault{50ms, true}));
        QVERIFY(body->pause == 3s);
        QVERIFY(body->clockJump == -1min);
    }

    void datagramsAreCutByThemselves()
    {
        const auto body = parseFaultBody(R"({"links": [{"peer": "n2", "udp_cut": "in"}]})");
        QVERIFY(body);
        const LinkFault fault = body->links[0].changed({});
        QVERIFY(fault.datagramsCutIn && !fault.datagramsCutOut && !fault.cutIn && !fault.cutOut);
        const auto healed = parseFaultBody(R"({"links": [{"peer": "n2", "udp_cut": "none"}]})");
        QVERIFY(healed && healed->links[0].changed(fault) == LinkFault{});
        QVERIFY(!parseFaultBody(R"({"links": [{"peer": "n2", "udp_cut": "some"}]})"));
    }

    void whatIsNotMentionedStaysAsItIs()
    {
        const auto body =
            parseFaultBody(R"({"links": [{"peer": "n2", "cut": "none"}], "disk": {"full": false}})");
        QVERIFY(body);
        QVERIFY(!body->clear && !body->pause && !body->clockJump);
        QCOMPARE(body->links[0].changed({5ms, 0.5, true, true}), (LinkFault{5ms, 0.5, false, false}));
        QCOMPARE(body->changed(DiskFault{7ms, true}), (DiskFault{7ms, false}));
    }

    void whatIsWrongIsNamed_data()
    {
        QTest::addColumn<QByteArray>("json");
        QTest::addColumn<QString>("named");
        const auto row = [](const char* json, const char* named) {
            QTest::newRow(json) << QByteArray(json) << QString::fromLatin1(named);
        };
        row("", "at byte 0");
        row("{", "at byte");
        row("[]", "a JSON object");
        row("3", "at byte");
        row("{}", "no fault");
        row(R"({"puase_ms": 1})", "\"puase_ms\" is unknown");
        row(R"({"clear": 1})", "\"clear\"");
        row(R"({"clear": null})", "\"clear\"");
        row(R"({"pause_ms": 0})", "\"pause_ms\"");
        row(R"({"pause_ms": 60001})", "from 1 to 60000");
        row(R"({"pause_ms": 1.5})", "whole number");
        row(R"({"pause_ms": "1"})", "\"pause_ms\"");
        row(R"({"clock_jump_ms": 1e300})", "\"clock_jump_ms\"");
        row(R"({"disk": true})", "\"disk\"");
        row(R"({"disk": {"slow_ms": -1}})", "\"slow_ms\" in \"disk\"");
        row(R"({"disk": {"full": "yes"}})", "\"full\" in \"disk\"");
        row(R"({"disk": {"size": 1}})", "\"size\" is unknown in \"disk\"");
        row(R"({"links": {}})", "\"links\"");
        row(R"({"links": [1]})", "an object");
        row(R"({"links": [{}]})", "\"peer\"");
        row(R"({"links": [{"peer": ""}]})", "\"peer\"");
        row(R"({"links": [{"peer": 2}]})", "\"peer\"");
        row(R"({"links": [{"peer": "n2", "loss": 1.1}]})", "\"loss\" in \"links\"");
        row(R"({"links": [{"peer": "n2", "loss": -0.1}]})", "\"loss\"");
        row(R"({"links": [{"peer": "n2", "delay_ms": 60001}]})", "\"delay_ms\"");
        row(R"({"links": [{"peer": "n2", "cut": "up"}]})", "out, in, both, none");
        row(R"({"links": [{"peer": "n2"}, {"peer": "n2"}]})", "twice");
    }
    void whatIsWrongIsNamed()
    {
        QFETCH(QByteArray, json);
        QFETCH(QString, named);
        const auto body = parseFaultBody(json);
        QVERIFY(!body);
        QCOMPARE(body.error().code, ErrorCode::Malformed);
        QVERIFY2(body.error().message.contains(named), qPrintable(body.error().message));
    }

    void whatIsTooMuchIsRefused()
    {
        const auto tooLong = parseFaultBody(QByteArray(FaultBody::maxBytes + 1, ' '));
        QCOMPARE(tooLong.error().code, ErrorCode::TooLarge);
        QByteArray many = R"({"links": [)";
        for (int i = 0; i <= FaultBody::maxLinks; ++i)
            many += (i > 0 ? ",{\"peer\":\"" : "{\"peer\":\"") + QByteArray::number(i) + "\"}";
        const auto tooMany = parseFaultBody(many + "]}");
        QVERIFY(!tooMany);
        QVERIFY2(tooMany.error().message.contains(QStringLiteral("more than")),
                 qPrintable(tooMany.error().message));
    }
};

QTEST_GUILESS_MAIN(FaultBodyTest)
#include "fault_body_test.moc"
