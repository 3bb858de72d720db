// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/net/change_body.h"

#include <QTest>

using namespace ringmaster;

class ChangeBodyTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void everyKindOfChangeIsUnderstood()
    {
        const auto wishes = parsePlanBody(
            R"({"changes": [{"kind": "join", "node": "n4", "tokens": 16, "zone": "a", "capacity": 2},
                {"kind": "join", "node": "n5", "slots": [9, 4]}, {"kind": "leave", "node": "n1"},
                {"kind": "remove", "node": "n2"}, {"kind": "move", "node": "n3", "positions": [65535]},
                {"kind": "replace", "node": "n6", "replaces": "n7"}, {"kind": "rebalance"}]})",
            Partitioner::Md5);
        QVERIFY2(wishes, wishes ? "" : qPrintable(wishes.error().message));
        QCOMPARE(wishes->size(), size_t{7});
        const ChangeWish& first = wishes->front();
        QCOMPARE(first.kind, ChangeWish::Kind::Join);
        QCOMPARE(first.name, QStringLiteral("n4"));
        QCOMPARE(first.tokens, 16);
        QCOMPARE(first.zone, QStringLiteral("a"));
        QCOMPARE(first.capacity, 2.0);
        QCOMPARE(wishes->at(1).tokenSlots, (std::vector<Slot>{Slot{4}, Slot{9}}));
        QCOMPARE(wishes->at(2).kind, ChangeWish::Kind::Leave);
        QCOMPARE(wishes->at(3).kind, ChangeWish::Kind::Remove);
        QCOMPARE(wishes->at(4).kind, ChangeWish::Kind::Move);
        QCOMPARE(wishes->at(4).tokenSlots, std::vector<Slot>{lastSlot});
        QCOMPARE(wishes->at(5).kind, ChangeWish::Kind::Replace);
        QCOMPARE(wishes->at(5).replaces, QStringLiteral("n7"));
        QCOMPARE(wishes->at(6).kind, ChangeWish::Kind::Rebalance);
    }

    void positionsAreThoseThatAPersonPlacesTokensAt()
    {
        const Partitioner partitioner = Partitioner::Md5Mod10000;
        const auto tokens = parseTokensBody(R"({"positions": [9999]})", partitioner);
        QVERIFY(tokens);
        QCOMPARE(*tokens, std::vector<Slot>{*slotOfHandPlacedToken(partitioner, 9999)});
        QCOMPARE(*parseTokensBody(R"({"slots": [9999]})", partitioner), std::vector<Slot>{Slot{9999}});
        QVERIFY(!parseTokensBody(R"({"positions": [10000]})", partitioner));
    }

    void anActNeedsNoBody()
    {
        QVERIFY(parseTokensBody({}, Partitioner::Md5)->empty());
        QVERIFY(parseTokensBody("{}", Partitioner::Md5)->empty());
        QVERIFY(parseNoBody({}));
        QVERIFY(parseNoBody("{}"));
        QVERIFY(!parseNoBody(R"({"node": "n1"})"));
        QVERIFY(!parseNoBody("[]"));
    }

    void whoIsToBeRemovedIsNamed()
    {
        QCOMPARE(*parseMemberBody(R"({"node": "n3"})"), QStringLiteral("n3"));
        for (const char* json : {"", "{}", R"({"node": 3})", R"({"node": ""})", R"({"node": "n 3"})",
                                 R"({"node": "n3", "force": true})"})
            QVERIFY2(!parseMemberBody(json), json);
    }

    void whatALeaveCostsIsAcceptedByForceAlone()
    {
        QVERIFY(*parseForceBody({}) == Force::No);
        QVERIFY(*parseForceBody("{}") == Force::No);
        QVERIFY(*parseForceBody(R"({"force": false})") == Force::No);
        QVERIFY(*parseForceBody(R"({"force": true})") == Force::Yes);
        for (const char* json : {R"({"force": "yes"})", R"({"force": 1})", R"({"node": "n3"})", "[]"})
            QVERIFY2(!parseForceBody(json), json);
    }

    void whoseRemovalIsTakenBackMayBeNamed()
    {
        QVERIFY(!*parseOptionalMemberBody({}));
        QVERIFY(!*parseOptionalMemberBody("{}"));
        QCOMPARE(**parseOptionalMemberBody(R"({"node": "n3"})"), QStringLiteral("n3"));
        QVERIFY(!parseOptionalMemberBody(R"({"node": 3})"));
        QVERIFY(!parseOptionalMemberBody(R"({"name": "n3"})"));
    }

    void whatIsWrongIsNamed_data()
    {
        QTest::addColumn<QByteArray>("json");
        QTest::addColumn<QString>("named");
        const auto row = [](const char* json, const char* named) {
            QTest::newRow(json) << QByteArray(json) << QString::fromLatin1(named);
        };
        const auto change = [&row](const QByteArray& members, const char* named) {
            row(R"({"changes": [{"node": "n4")" + members + "}]}", named);
        };
        row("", "at byte 0");
        row("[]", "a JSON object");
        row("{}", "\"changes\"");
        row(R"({"changes": []})", "1 to 32");
        row(R"({"changes": {}})", "an array");
        row(R"({"changes": [3]})", "an object");
        row(R"({"changes": [{}], "now": true})", "\"now\" is unknown");
        row(R"({"changes": [{"kind": "leave"}]})", "\"node\"");
        row(R"({"changes": [{"kind": "leave", "node": "a/b"}]})", "\"node\"");
        change("", "\"kind\"");
        change(R"(, "kind": "grow")", "join, leave, remove, move, replace");
        change(R"(, "kind": "leave", "slots": [1])", "\"slots\" is unknown");
        change(R"(, "kind": "replace")", "\"replaces\"");
        change(R"(, "kind": "join", "replaces": "n1")", "\"replaces\" is unknown");
        change(R"(, "kind": "join", "tokens": 0)", "\"tokens\"");
        change(R"(, "kind": "join", "tokens": 1.5)", "whole number");
        change(R"(, "kind": "join", "tokens": 1025)", "\"tokens\"");
        change(R"(, "kind": "join", "capacity": 0)", "\"capacity\"");
        change(R"(, "kind": "join", "capacity": "2")", "\"capacity\"");
        change(R"(, "kind": "join", "zone": "a b")", "\"zone\"");
        change(R"(, "kind": "join", "slots": [])", "1 to 4096");
        change(R"(, "kind": "join", "slots": [65536])", "0 to 65535");
        change(R"(, "kind": "join", "slots": [-1])", "0 to 65535");
        change(R"(, "kind": "join", "slots": [1.5])", "whole numbers");
        change(R"(, "kind": "join", "slots": ["1"])", "whole numbers");
        change(R"(, "kind": "join", "slots": [7, 7])", "twice");
        change(R"(, "kind": "join", "slots": [7], "positions": [8])", "both");
    }
    void whatIsWrongIsNamed()
    {
        QFETCH(QByteArray, json);
        QFETCH(QString, named);
        const auto wishes = parsePlanBody(json, Partitioner::Md5);
        QVERIFY(!wishes);
        QCOMPARE(wishes.error().code, ErrorCode::Malformed);
        QVERIFY2(wishes.error().message.contains(named), qPrintable(wishes.error().message));
    }

    void whatIsTooMuchIsRefused()
    {
        const auto tooLong = parsePlanBody(QByteArray(ChangeBody::maxBytes + 1, ' '), Partitioner::Md5);
        QCOMPARE(tooLong.error().code, ErrorCode::TooLarge);
        QByteArray json = R"({"slots": [0)";
        for (quint64 i = 1; i <= Member::maxTokens; ++i)
            json += ',' + QByteArray::number(i);
        QVERIFY(!parseTokensBody(json + "]}", Partitioner::Md5));
    }
};

QTEST_GUILESS_MAIN(ChangeBodyTest)
#include "change_body_test.moc"
