// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/forms/clock_parser.h"
#include "ui/forms/form_checks.h"
#include "ui/forms/quorum_text.h"
#include "ui/forms/rails_text.h"

#include <QTest>

using namespace ringmaster;

class RailsTextTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aSiblingIsNamedByItsClock();
    void aKeyNeverWrittenIsOneRowOfZeros();
    void valuesAreShownWithoutHarm_data();
    void valuesAreShownWithoutHarm();
    void aClockIsTakenInEveryFormThatARowShows_data();
    void aClockIsTakenInEveryFormThatARowShows();
    void whatIsNoClockIsRefusedInWords_data();
    void whatIsNoClockIsRefusedInWords();
    void everyRowCanBePastedBack();
    void allClocksTogetherCoverEach();
    void aClockOfAnAnswerBecomesTheContextThatCameWithIt();
    void aClockOfNoAnswerIsRefusedAndATokenIsTakenAsItIs();
    void quorumsAreCheckedAgainstN_data();
    void quorumsAreCheckedAgainstN();
    void keysAreChecked();
    void aQuorumIsSaidInThreeLines();
};

namespace {

const QString a = QStringLiteral("a36909a4384f0001");
const QString f = QStringLiteral("f1f28dd2e53a0002");

ClientSibling sibling(const QByteArray& value, const Clock& clock)
{
    ClientSibling s;
    s.value = value;
    s.clock = clock;
    return s;
}

QString printed(const VersionVector& vector)
{
    QStringList entries;
    for (const VersionVector::Entry& entry : vector.entries())
        entries.append(entry.actor.toString() + QLatin1Char('=') + QString::number(entry.counter));
    return entries.join(QLatin1Char(' '));
}

} // namespace

void RailsTextTest::aSiblingIsNamedByItsClock()
{
    const QList<RailsRow> rows = railsRows({sibling("milk", {{a, 1}})}, {f, a});
    QCOMPARE(rows.size(), 1);
    QCOMPARE(rows.first().name, QStringLiteral("a36909a4384f0001=1;f1f28dd2e53a0002=0;"));
    QCOMPARE(rows.first().json,
             QStringLiteral(R"({"a36909a4384f0001":"1","f1f28dd2e53a0002":"0","value":"milk"})"));
}

void RailsTextTest::aKeyNeverWrittenIsOneRowOfZeros()
{
    const QList<RailsRow> rows = railsRows({}, {f, a});
    QCOMPARE(rows.size(), 1);
    QCOMPARE(rows.first().name, QStringLiteral("a36909a4384f0001=0;f1f28dd2e53a0002=0;"));
    QCOMPARE(rows.first().json,
             QStringLiteral(R"({"a36909a4384f0001":"0","f1f28dd2e53a0002":"0","value":""})"));
}

void RailsTextTest::valuesAreShownWithoutHarm_data()
{
    QTest::addColumn<QByteArray>("value");
    QTest::addColumn<QString>("shown");
    QTest::newRow("markup") << QByteArray("<b>x</b>") << QStringLiteral(R"("value":"<b>x</b>")");
    QTest::newRow("quotes") << QByteArray("say \"hi\"") << QStringLiteral(R"("value":"say \"hi\"")");
    QTest::newRow("lines") << QByteArray("a\nb") << QStringLiteral(R"("value":"a\nb")");
    QTest::newRow("utf-8") << QByteArray("Žluťoučký") << QStringLiteral("\"value\":\"Žluťoučký\"");
    QTest::newRow("right to left override") << QByteArray("a\xe2\x80\xae"
                                                          "b")
                                            << QStringLiteral(R"("value":"a\u202eb")");
    QTest::newRow("bytes") << QByteArray("\xff\x00", 2) << QStringLiteral(R"("value_base64":"/wA=")");
}

void RailsTextTest::valuesAreShownWithoutHarm()
{
    QFETCH(QByteArray, value);
    QFETCH(QString, shown);
    const QString json = railsRows({sibling(value, {{a, 1}})}, {}).first().json;
    QVERIFY2(json.contains(shown), qPrintable(json));
}

void RailsTextTest::aClockIsTakenInEveryFormThatARowShows_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<QString>("expected");
    const QString both = a + QStringLiteral("=1 ") + f + QStringLiteral("=2");
    const QString object = QStringLiteral(R"({"%1":"1","%2":"2","value":"x"})").arg(a, f);
    const QString name = QStringLiteral(R"("%1=1;%2=2;")").arg(a, f);
    QTest::newRow("nothing") << QString() << QString();
    QTest::newRow("blank") << QStringLiteral("  \n") << QString();
    QTest::newRow("object") << object << both;
    QTest::newRow("empty object") << QStringLiteral("{}") << QString();
    QTest::newRow("row of a write") << name + QLatin1Char(':') + object << both;
    QTest::newRow("row of the web page") << name + QStringLiteral(": ") + object << both;
    QTest::newRow("row of a read") << name + QStringLiteral("  ===>  ") + object << both;
    QTest::newRow("web API") << QLatin1Char('{') + name + QLatin1Char(':') + object + QLatin1Char('}')
                             << both;
    QTest::newRow("zero is not seen")
        << QStringLiteral(R"({"%1":"1","%2":"0"})").arg(a, f) << a + QStringLiteral("=1");
    QTest::newRow("largest count") << QStringLiteral(R"({"%1":"18446744073709551615"})").arg(a)
                                   << a + QStringLiteral("=18446744073709551615");
    QTest::newRow("value with braces and quotes")
        << QStringLiteral(R"({"%1":"1","value":"{\"x\": [\"}\"]}"})").arg(a) << a + QStringLiteral("=1");
}

void RailsTextTest::aClockIsTakenInEveryFormThatARowShows()
{
    QFETCH(QString, text);
    QFETCH(QString, expected);
    const Result<VersionVector> clock = parseClock(text);
    QVERIFY2(clock, clock ? "" : qPrintable(clock.error().message));
    QCOMPARE(printed(*clock), expected);
}

void RailsTextTest::whatIsNoClockIsRefusedInWords_data()
{
    QTest::addColumn<QString>("text");
    const QString object = QStringLiteral(R"({"%1":"1"})").arg(a);
    QTest::newRow("words") << QStringLiteral("latest");
    QTest::newRow("name alone") << QStringLiteral("\"%1=1;\"").arg(a);
    QTest::newRow("open brace") << QStringLiteral(R"({"%1":"1")").arg(a);
    QTest::newRow("more behind") << object + QStringLiteral(" x");
    QTest::newRow("two rows") << object + object;
    QTest::newRow("number instead of string") << QStringLiteral(R"({"%1":1})").arg(a);
    QTest::newRow("negative") << QStringLiteral(R"({"%1":"-1"})").arg(a);
    QTest::newRow("fraction") << QStringLiteral(R"({"%1":"1.5"})").arg(a);
    QTest::newRow("too large") << QStringLiteral(R"({"%1":"18446744073709551616"})").arg(a);
    QTest::newRow("leading zero") << QStringLiteral(R"({"%1":"01"})").arg(a);
    QTest::newRow("twice") << QStringLiteral(R"({"%1":"1","%1":"2"})").arg(a);
    QTest::newRow("short actor") << QStringLiteral(R"({"a36909a4384f":"1"})");
    QTest::newRow("upper-case actor") << QStringLiteral(R"({"A36909A4384F0001":"1"})");
    QTest::newRow("name says otherwise") << QStringLiteral("\"%1=2;\":").arg(a) + object;
    QTest::newRow("trailing comma") << QStringLiteral(R"({"%1":"1",})").arg(a);
    QTest::newRow("nested") << QStringLiteral(R"({"%1":{"x":"1"}})").arg(a);
    QTest::newRow("array") << QStringLiteral("[]");
    QTest::newRow("two wrapped") << QStringLiteral(R"({"%1=1;":{"%1":"1"},"%1=2;":{"%1":"2"}})").arg(a);
    QTest::newRow("lone quote") << QStringLiteral("\"");
    QTest::newRow("backslash at the end") << QStringLiteral("{\"\\");
    QString many = QStringLiteral("{");
    for (int i = 0; i < 300; ++i)
        many += QStringLiteral(R"(%1"%2":"1")")
                    .arg(i ? QStringLiteral(",") : QString())
                    .arg(i, 16, 16, QLatin1Char('0'));
    QTest::newRow("three hundred actors") << many + QLatin1Char('}');
    QTest::newRow("too long") << QString(maxClockText + 1, QLatin1Char(' '));
}

void RailsTextTest::whatIsNoClockIsRefusedInWords()
{
    QFETCH(QString, text);
    const Result<VersionVector> clock = parseClock(text);
    QVERIFY(!clock);
    QVERIFY(clock.error().message.endsWith(QLatin1Char('.')));
}

void RailsTextTest::everyRowCanBePastedBack()
{
    const QList<ClientSibling> siblings{sibling("a\"b\\c{}", {{a, 3}, {f, 1}}), sibling("\xff", {{f, 2}}),
                                        sibling("x\xe2\x80\xaey", {{a, 1}})};
    for (const RailsRow& row : railsRows(siblings, {a, f})) {
        for (const QString& separator : {QStringLiteral(":"), QStringLiteral("  ===>  ")}) {
            const Result<VersionVector> clock =
                parseClock(QLatin1Char('"') + row.name + QLatin1Char('"') + separator + row.json);
            QVERIFY2(clock, clock ? "" : qPrintable(clock.error().message + row.json));
            QCOMPARE(clock->entries().size(), size_t(row.clock.size()));
        }
        QVERIFY(parseClock(clockText(row.clock)));
    }
}

void RailsTextTest::allClocksTogetherCoverEach()
{
    const QList<RailsRow> rows =
        railsRows({sibling("x", {{a, 3}, {f, 1}}), sibling("y", {{a, 2}, {f, 2}})}, {});
    QCOMPARE(clockText(mergedClock(rows)), QStringLiteral(R"({"%1":"3","%2":"2"})").arg(a, f));
}

void RailsTextTest::aClockOfAnAnswerBecomesTheContextThatCameWithIt()
{
    const Key key = *Key::fromBytes("cart:4711");
    ClientValue answer;
    answer.siblings = {sibling("x", {{a, 4}}), sibling("y", {{f, 2}})};
    answer.siblings[0].context = "context-of-x";
    answer.siblings[1].context = "context-of-y";
    answer.context = "context-of-both";
    SeenContexts seen;
    seen.remember(key, answer);
    const QList<RailsRow> rows = railsRows(answer.siblings, {a, f});
    QCOMPARE(checkClock(clockText(rows[0].clock), key, seen).value(), QByteArray("context-of-x"));
    QCOMPARE(checkClock(rows[1].json, key, seen).value(), QByteArray("context-of-y"));
    QCOMPARE(checkClock(clockText(mergedClock(rows)), key, seen).value(), QByteArray("context-of-both"));

    ClientValue resolved;
    resolved.siblings = {sibling("z", {{a, 5}, {f, 2}})};
    resolved.context = "context-of-z";
    seen.remember(key, resolved);
    const RailsRow row = railsRows(resolved.siblings, {}).first();
    QCOMPARE(checkClock(row.json, key, seen).value(), QByteArray("context-of-z"));
}

void RailsTextTest::aClockOfNoAnswerIsRefusedAndATokenIsTakenAsItIs()
{
    const Key key = *Key::fromBytes("cart:4711");
    ClientValue answer;
    answer.siblings = {sibling("x", {{a, 4}})};
    answer.context = "context-of-x";
    SeenContexts seen;
    seen.remember(*Key::fromBytes("another"), answer);
    const QString clock = QStringLiteral(R"({"%1":"4"})").arg(a);
    QCOMPARE(checkClock(clock, key, seen).error().code, ErrorCode::Absent);
    QCOMPARE(checkClock(QString(), key, seen).value(), QByteArray());
    QCOMPARE(checkClock(QStringLiteral(R"({"%1":"0"})").arg(a), key, seen).value(), QByteArray());
    const QByteArray token = "AkB3dEFg_9-AAAAAAEBAQEBAQEBAQEBAQEBAQEBAQ";
    QCOMPARE(checkClock(QString::fromLatin1(token), key, seen).value(), token);

    for (size_t i = 0; i <= SeenContexts::maxAnswers; ++i)
        seen.remember(key, answer);
    QCOMPARE(checkClock(clock, *Key::fromBytes("another"), seen).error().code, ErrorCode::Absent);
}

void RailsTextTest::quorumsAreCheckedAgainstN_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<bool>("valid");
    QTest::addColumn<int>("quorum"); // 0: the cluster's own
    QTest::newRow("empty") << QString() << true << 0;
    QTest::newRow("one") << QStringLiteral("1") << true << 1;
    QTest::newRow("all, with blanks") << QStringLiteral(" 3 ") << true << 3;
    QTest::newRow("zero") << QStringLiteral("0") << false << 0;
    QTest::newRow("above N") << QStringLiteral("4") << false << 0;
    QTest::newRow("words") << QStringLiteral("2 of 3") << false << 0;
    QTest::newRow("negative") << QStringLiteral("-1") << false << 0;
}

void RailsTextTest::quorumsAreCheckedAgainstN()
{
    QFETCH(QString, text);
    QFETCH(bool, valid);
    QFETCH(int, quorum);
    const Result<std::optional<int>> checked = checkQuorum(text, 3);
    QCOMPARE(checked.has_value(), valid);
    if (valid)
        QCOMPARE(checked->value_or(0), quorum);
}

void RailsTextTest::keysAreChecked()
{
    QVERIFY(!checkKey(QString()));
    QVERIFY(!checkKey(QString(4097, QLatin1Char('k'))));
    QVERIFY(!checkKey(QString(2049, QChar(0x017d)))); // two bytes each
    QCOMPARE(checkKey(QStringLiteral("klíč"))->bytes(), QByteArray("klíč"));
}

void RailsTextTest::aQuorumIsSaidInThreeLines()
{
    ClientQuorum quorum;
    quorum.n = 3;
    quorum.needed = 2;
    quorum.answered = {{QStringLiteral("n1"), QStringLiteral("primary"), 1.1},
                       {QStringLiteral("n4"), QStringLiteral("fallback"), 2.8}};
    quorum.missing = {{QStringLiteral("n3"), QStringLiteral("primary"), QStringLiteral("unreachable")}};
    const QuorumText text = quorumText(QLatin1Char('W'), quorum, 2.84);
    QCOMPARE(text.headline, QStringLiteral("W 2 of 2 in 2.8 ms"));
    QCOMPARE(text.details, QStringList({QStringLiteral("n1 1.1 ms · n4 2.8 ms (stands in)"),
                                        QStringLiteral("n3 unreachable")}));
}

QTEST_GUILESS_MAIN(RailsTextTest)
#include "rails_text_test.moc"
