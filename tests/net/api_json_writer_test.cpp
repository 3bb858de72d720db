// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/net/api_cursor.h"
#include "nodecore/net/json_writer.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QRandomGenerator>
#include <QTest>

#include <limits>

using namespace ringmaster;

namespace {

QJsonObject parsed(const QByteArray& json)
{
    QJsonParseError error;
    const QJsonDocument document = QJsonDocument::fromJson(json, &error);
    if (error.error != QJsonParseError::NoError)
        qWarning() << error.errorString() << json;
    return document.object();
}

QByteArray randomBytes(QRandomGenerator& random)
{
    QByteArray bytes;
    for (int i = random.bounded(20); i > 0; --i) {
        switch (random.bounded(4)) {
        case 0:
            bytes += static_cast<char>(random.bounded(256));
            break;
        case 1:
            bytes += static_cast<char>(random.bounded(0x20));
            break;
        case 2:
            bytes += "\"\\/\x7f"[random.bounded(4)];
            break;
        default:
            bytes += QString::fromUcs4(U"\u00fc\u20ac\U0001f600\u2028" + random.bounded(4), 1).toUtf8();
        }
    }
    return bytes;
}

QString key(const char* name)
{
    return QString::fromLatin1(name);
}

} // namespace

class ApiJsonWriterTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void nestsAndSeparates();
    void saysAnyBytesLosslessly();
    void writesNumbersExactly();
    void roundsToThousandths();
    void cursorsComeBack();
    void refusesForeignCursors_data();
    void refusesForeignCursors();
};

void ApiJsonWriterTest::nestsAndSeparates()
{
    JsonWriter json;
    json.beginObject();
    json.name("empty");
    json.beginObject();
    json.endObject();
    json.name("list");
    json.beginArray();
    json.beginArray();
    json.endArray();
    json.text(QByteArrayView("[{:,"));
    json.integer(-1);
    json.null();
    json.boolean(true);
    json.beginObject();
    json.hexName(0xabc);
    json.hexAndCount(1, 2);
    json.booleanField("b", false);
    json.endObject();
    json.endArray();
    json.name("h");
    json.hex(255);
    json.textField("q", QStringLiteral("ü"));
    json.endObject();
    QCOMPARE(
        json.take(),
        QByteArray("{\"empty\":{},\"list\":[[],\"[{:,\",-1,null,true,{\"0000000000000abc\":"
                   "\"0000000000000001:2\",\"b\":false}],\"h\":\"00000000000000ff\",\"q\":\"\xc3\xbc\"}"));
}

void ApiJsonWriterTest::saysAnyBytesLosslessly()
{
    const quint32 seed = QRandomGenerator::system()->generate();
    qInfo() << "seed" << seed;
    QRandomGenerator random(seed);
    for (int round = 0; round < 20'000; ++round) {
        const QByteArray bytes = randomBytes(random);
        JsonWriter json;
        json.beginObject();
        json.bytesField("v", bytes);
        json.textField("t", bytes);
        json.endObject();
        const QJsonObject object = parsed(json.take());
        QCOMPARE(object.size(), 2);
        QCOMPARE(object.value(key("t")).toString(), QString::fromUtf8(bytes));
        if (bytes.isValidUtf8())
            QCOMPARE(object.value(key("v")).toString().toUtf8(), bytes);
        else
            QCOMPARE(QByteArray::fromBase64(object.value(key("v_base64")).toString().toLatin1()), bytes);
    }
}

void ApiJsonWriterTest::writesNumbersExactly()
{
    JsonWriter json;
    json.beginArray();
    json.integer(std::numeric_limits<qint64>::min());
    json.count(std::numeric_limits<quint64>::max());
    json.integer(0);
    json.endArray();
    QCOMPARE(json.take(), "[-9223372036854775808,18446744073709551615,0]");
}

void ApiJsonWriterTest::roundsToThousandths()
{
    JsonWriter json;
    json.beginArray();
    for (const double value :
         {0.0, 1.0, 0.21, 0.0004, 0.0006, -1.5, -0.25, 12.05, 1e300, double(NAN), double(INFINITY)})
        json.real(value);
    json.milliseconds(std::chrono::nanoseconds(1'234'567));
    json.milliseconds(std::chrono::microseconds(210));
    json.endArray();
    QCOMPARE(json.take(), "[0,1,0.21,0,0.001,-1.5,-0.25,12.05,0,0,0,1.235,0.21]");
}

void ApiJsonWriterTest::cursorsComeBack()
{
    for (const QByteArray& after :
         {QByteArray(), QByteArray("k"), QByteArray("\0\xff", 2), QByteArray(4096, 'x')}) {
        ObjectCursor cursor{Slot{0xbeef}, std::nullopt};
        if (!after.isEmpty())
            cursor.after = Key::fromBytes(after).value();
        const QByteArray word = encodeCursor(cursor);
        QVERIFY(!word.contains('+') && !word.contains('/') && !word.contains('='));
        const Result<ObjectCursor> back = decodeCursor(word);
        QVERIFY(back.has_value());
        QCOMPARE(back->slot.value, cursor.slot.value);
        QVERIFY(back->after == cursor.after);
    }
    QVERIFY(decodeCursor({}).has_value());
}

void ApiJsonWriterTest::refusesForeignCursors_data()
{
    QTest::addColumn<QByteArray>("word");
    QTest::addColumn<ErrorCode>("code");
    const auto word = [](const QByteArray& bytes) { return bytes.toBase64(QByteArray::Base64UrlEncoding); };
    QTest::newRow("no base64") << QByteArray("!!") << ErrorCode::Malformed;
    QTest::newRow("too short") << word(QByteArray("\1\2", 2)) << ErrorCode::Malformed;
    QTest::newRow("format 0") << word(QByteArray("\0\2\3", 3)) << ErrorCode::Malformed;
    QTest::newRow("format 2") << word(QByteArray("\2\2\3", 3)) << ErrorCode::Newer;
    QTest::newRow("a key too long") << word("\1\2\3" + QByteArray(4097, 'x')) << ErrorCode::Malformed;
}

void ApiJsonWriterTest::refusesForeignCursors()
{
    QFETCH(QByteArray, word);
    QFETCH(ErrorCode, code);
    const Result<ObjectCursor> cursor = decodeCursor(word);
    QVERIFY(!cursor);
    QCOMPARE(cursor.error().code, code);
}

QTEST_GUILESS_MAIN(ApiJsonWriterTest)
#include "api_json_writer_test.moc"
