// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/client/record_format.h"

#include <QTest>

#include <random>

using namespace ringmaster;

namespace {

struct Outcome {
    QList<Record> records;
    QList<qint64> badLines;
};

Outcome readAll(RecordFormat format, const QByteArray& bytes, qsizetype pieces)
{
    Outcome outcome;
    RecordReader reader(format);
    const auto drain = [&] {
        while (auto record = reader.next()) {
            if (*record)
                outcome.records.append(**record);
            else
                outcome.badLines.append(reader.line());
        }
    };
    for (qsizetype at = 0; at < bytes.size(); at += pieces) {
        reader.feed(bytes.mid(at, pieces));
        drain();
    }
    reader.end();
    drain();
    return outcome;
}

} // namespace

Q_DECLARE_METATYPE(ringmaster::RecordFormat)

class RecordFormatTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void recordsAreReadInPiecesOfAnySize_data();
    void recordsAreReadInPiecesOfAnySize();
    void aBadLineIsNamedAndTheNextIsRead_data();
    void aBadLineIsNamedAndTheNextIsRead();
    void whatIsWrittenIsReadBack();
    void whatAFormatCannotHoldIsRefused();
    void aRecordThatNeverEndsIsNotKept();
    void theFormatIsGuessed();
};

void RecordFormatTest::recordsAreReadInPiecesOfAnySize_data()
{
    QTest::addColumn<RecordFormat>("format");
    QTest::addColumn<QByteArray>("bytes");
    QTest::addColumn<QList<QByteArray>>("flat"); // key, value, key, value, ...
    QTest::newRow("tsv") << RecordFormat::Tsv << QByteArray("bash\t5.2\n\nzlib1g\t1:1.2\r\nempty\t")
                         << QList<QByteArray>{"bash", "5.2", "zlib1g", "1:1.2", "empty", ""};
    QTest::newRow("csv") << RecordFormat::Csv
                         << QByteArray("a,b\n\"x,y\",\"he said \"\"no\"\"\nand left\"\r\nk,\n")
                         << QList<QByteArray>{"a", "b", "x,y", "he said \"no\"\nand left", "k", ""};
    QTest::newRow("jsonl") << RecordFormat::JsonLines
                           << QByteArray("{\"key\":\"a\",\"value\":\"b\"}\n\n"
                                         "{\"key_base64\":\"/w==\",\"value_base64\":\"AA==\"}\n"
                                         "{\"key\":\"s\",\"values\":[{\"value\":\"1\"}]}")
                           << QList<QByteArray>{"a", "b", "\xff", QByteArray("\0", 1), "s", "1"};
}

void RecordFormatTest::recordsAreReadInPiecesOfAnySize()
{
    QFETCH(RecordFormat, format);
    QFETCH(QByteArray, bytes);
    for (qsizetype pieces = 1; pieces <= bytes.size(); ++pieces) {
        const Outcome outcome = readAll(format, bytes, pieces);
        QList<QByteArray> flat;
        for (const Record& record : outcome.records)
            flat << record.key << record.values.first();
        QTEST(flat, "flat");
        QVERIFY(outcome.badLines.isEmpty());
    }
}

void RecordFormatTest::aBadLineIsNamedAndTheNextIsRead_data()
{
    QTest::addColumn<RecordFormat>("format");
    QTest::addColumn<QByteArray>("bad");
    QTest::addColumn<QByteArray>("good");
    const QByteArray tsv("k\tv\n");
    QTest::newRow("tsv, one column") << RecordFormat::Tsv << QByteArray("alone\n") << tsv;
    QTest::newRow("tsv, three columns") << RecordFormat::Tsv << QByteArray("a\tb\tc\n") << tsv;
    QTest::newRow("tsv, empty key") << RecordFormat::Tsv << QByteArray("\tb\n") << tsv;
    QTest::newRow("tsv, long key") << RecordFormat::Tsv << QByteArray(4097, 'k') + "\tb\n" << tsv;
    QTest::newRow("csv, one column") << RecordFormat::Csv << QByteArray("a\n") << QByteArray("k,v\n");
    QTest::newRow("csv, after a quote")
        << RecordFormat::Csv << QByteArray("\"a\"b,c\n") << QByteArray("k,v\n");
    const QByteArray json("{\"key\":\"k\",\"value\":\"v\"}\n");
    QTest::newRow("no json") << RecordFormat::JsonLines << QByteArray("{key}\n") << json;
    QTest::newRow("no key") << RecordFormat::JsonLines << QByteArray("{\"value\":\"v\"}\n") << json;
    QTest::newRow("no text") << RecordFormat::JsonLines << QByteArray("{\"key\":\"k\",\"value\":5}\n")
                             << json;
    QTest::newRow("no value") << RecordFormat::JsonLines << QByteArray("{\"key\":\"k\"}\n") << json;
    QTest::newRow("no values") << RecordFormat::JsonLines << QByteArray("{\"key\":\"k\",\"values\":[]}\n")
                               << json;
    QTest::newRow("bad base64") << RecordFormat::JsonLines
                                << QByteArray("{\"key\":\"k\",\"value_base64\":\"?\"}\n") << json;
}

void RecordFormatTest::aBadLineIsNamedAndTheNextIsRead()
{
    QFETCH(RecordFormat, format);
    QFETCH(QByteArray, bad);
    QFETCH(QByteArray, good);
    const Outcome outcome = readAll(format, good + bad + good, 7);
    QCOMPARE(outcome.records.size(), 2);
    QCOMPARE(outcome.records.last().line, 3);
    QCOMPARE(outcome.badLines, QList<qint64>{2});
}

void RecordFormatTest::whatIsWrittenIsReadBack()
{
    const unsigned seed = std::random_device{}();
    qInfo("seed %u", seed);
    std::mt19937 random(seed);
    const QByteArray alphabet("ab,\"\n\r\t \\{\xc3\xa4\xff\0", 14);
    const auto bytes = [&](int least) {
        QByteArray made;
        for (int i = least + static_cast<int>(random() % 8); i > 0; --i)
            made.append(alphabet.at(static_cast<int>(random() % 14)));
        return made;
    };
    for (int i = 0; i < 3000; ++i) {
        const RecordFormat format = i % 2 == 0 ? RecordFormat::Csv : RecordFormat::JsonLines;
        Record record{bytes(1), {bytes(0)}, 1};
        if (format == RecordFormat::JsonLines && i % 3 == 0)
            record.values.append(bytes(0));
        const auto written = formatRecord(format, record);
        QVERIFY(written);
        const Outcome outcome = readAll(format, *written, 3);
        const bool isBlankCsv =
            format == RecordFormat::Csv && outcome.records.isEmpty() && outcome.badLines.isEmpty();
        QVERIFY2(!isBlankCsv && outcome.records == QList<Record>{record}, written->toHex().constData());
    }
}

void RecordFormatTest::whatAFormatCannotHoldIsRefused()
{
    QVERIFY(!formatRecord(RecordFormat::Csv, {"k", {"a", "b"}, 0}));
    QVERIFY(!formatRecord(RecordFormat::Tsv, {"k", {"a\tb"}, 0}));
    QVERIFY(!formatRecord(RecordFormat::Tsv, {"k\n", {"a"}, 0}));
    QCOMPARE(*formatRecord(RecordFormat::Tsv, {"k", {"a,\"b"}, 0}), QByteArray("k\ta,\"b\n"));
}

void RecordFormatTest::aRecordThatNeverEndsIsNotKept()
{
    RecordReader reader(RecordFormat::Tsv);
    const QByteArray mebibyte(1024 * 1024, 'x');
    for (int i = 0; i < 40; ++i) {
        reader.feed(mebibyte);
        QVERIFY(!reader.next());
    }
    reader.feed("\nk\tv\n");
    const auto bad = reader.next();
    QVERIFY(bad && !*bad);
    QCOMPARE(reader.line(), 1);
    const auto good = reader.next();
    QVERIFY(good && *good);
    QCOMPARE((*good)->line, 2);
}

void RecordFormatTest::theFormatIsGuessed()
{
    QCOMPARE(recordFormatOfFile(QStringLiteral("a/b.CSV")), RecordFormat::Csv);
    QCOMPARE(recordFormatOfFile(QStringLiteral("x.ndjson")), RecordFormat::JsonLines);
    QVERIFY(!recordFormatOfFile(QStringLiteral("tsv")));
    QCOMPARE(recordFormatOfLine("bash\t5.2"), RecordFormat::Tsv);
    QCOMPARE(recordFormatOfLine(" {\"key\":\t1}"), RecordFormat::JsonLines);
    QCOMPARE(recordFormatOfLine("a,b"), RecordFormat::Csv);
    QVERIFY(!recordFormatOfLine("alone"));
}

QTEST_GUILESS_MAIN(RecordFormatTest)
#include "client_record_format_test.moc"
