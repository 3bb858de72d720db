// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/client/record_reader.h"

#include <QTest>

#include <random>

using namespace ringmaster;

namespace {

struct Outcome {
    QList<Record> records;
    QList<qint64> badLines;
    QStringList problems;
    QList<QByteArray> flat() const // key, value, key, value, ...
    {
        QList<QByteArray> all;
        for (const Record& record : records)
            all << record.key << record.values.first();
        return all;
    }
};

Outcome readAll(RecordFormat format, const QByteArray& bytes, qsizetype pieces,
                const RecordColumns& columns = {})
{
    Outcome outcome;
    RecordReader reader(format, columns);
    const auto drain = [&] {
        while (auto record = reader.next()) {
            if (*record)
                outcome.records.append(**record);
            else {
                outcome.badLines.append(reader.line());
                outcome.problems.append((*record).error().message);
            }
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
Q_DECLARE_METATYPE(ringmaster::RecordColumns)

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
    void aBadLineTakesNoOtherAlong();
    void aQuoteThatStaysOpenForLongTakesNoOtherLineAlong();
    void columnsAreChosen_data();
    void columnsAreChosen();
    void utf16IsRefused();
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
    QTest::newRow("csv, quotes within fields")
        << RecordFormat::Csv << QByteArray("inch,27\" monitor\nfoot,3\"\"\nb\"c,\"\"\nd,\"\"\"\"\n")
        << QList<QByteArray>{"inch", "27\" monitor", "foot", "3\"\"", "b\"c", "", "d", "\""};
    const QByteArray mark("\xef\xbb\xbf");
    QTest::newRow("csv, byte order mark") << RecordFormat::Csv << mark + "a,b\nk," + mark + "v\n"
                                          << QList<QByteArray>{"a", "b", "k", mark + "v"};
    QTest::newRow("csv, quoted behind a byte order mark") << RecordFormat::Csv << mark + "\"a\",b\n"
                                                          << QList<QByteArray>{"a", "b"};
    QTest::newRow("tsv, byte order mark") << RecordFormat::Tsv << mark + "a\tb\n" + mark + "a\tb\n"
                                          << QList<QByteArray>{"a", "b", mark + "a", "b"};
    QTest::newRow("jsonl, byte order marks")
        << RecordFormat::JsonLines
        << mark + "{\"key\":\"" + mark + "a\",\"value\":\"\\\"" + mark + "b\\u0000\"}\n"
        << QList<QByteArray>{mark + "a", QByteArray("\"\xef\xbb\xbf"
                                                    "b\0",
                                                    6)};
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
        QTEST(outcome.flat(), "flat");
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
    QTest::newRow("csv, no end of a quote")
        << RecordFormat::Csv << QByteArray("a,\"b\n") << QByteArray("k,v\n");
    QTest::newRow("csv, a quote ended by the next line's")
        << RecordFormat::Csv << QByteArray("a,\"b\n") << QByteArray("k,\"v\"\n");
    const QByteArray json("{\"key\":\"k\",\"value\":\"v\"}\n");
    QTest::newRow("no json") << RecordFormat::JsonLines << QByteArray("{key}\n") << json;
    QTest::newRow("no key") << RecordFormat::JsonLines << QByteArray("{\"value\":\"v\"}\n") << json;
    QTest::newRow("no text") << RecordFormat::JsonLines << QByteArray("{\"key\":\"k\",\"value\":5}\n")
                             << json;
    QTest::newRow("no value") << RecordFormat::JsonLines << QByteArray("{\"key\":\"k\"}\n") << json;
    QTest::newRow("no values") << RecordFormat::JsonLines << QByteArray("{\"key\":\"k\",\"values\":[]}\n")
                               << json;
    QTest::newRow("half a surrogate pair")
        << RecordFormat::JsonLines << QByteArray("{\"key\":\"k\",\"value\":\"a\\ud800b\"}\n") << json;
    QTest::newRow("half a surrogate pair as a key")
        << RecordFormat::JsonLines << QByteArray("{\"key\":\"\\udc00\",\"value\":\"v\"}\n") << json;
    QTest::newRow("no UTF-8") << RecordFormat::JsonLines << QByteArray("{\"key\":\"\xff\",\"value\":\"v\"}\n")
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
    const QList<QByteArray> alphabet{
        "a",  "b", ",",        "\"",   "\n",       "\r",           "\t",           " ",
        "\\", "{", "\xc3\xa4", "\xff", "\xff\xfe", "\xef\xbb\xbf", "\xed\xa0\x80", QByteArray("\0", 1)};
    const auto bytes = [&](int least) {
        QByteArray made;
        for (int i = least + static_cast<int>(random() % 8); i > 0; --i)
            made.append(alphabet.at(static_cast<qsizetype>(random() % alphabet.size())));
        return made;
    };
    for (int i = 0; i < 3000; ++i) {
        const RecordFormat format = static_cast<RecordFormat>(i % 3);
        Record record{bytes(1), {bytes(0)}, 1};
        if (format == RecordFormat::JsonLines && i % 2 == 0)
            record.values.append(bytes(0));
        const auto written = formatRecord(format, record);
        QVERIFY(written || format == RecordFormat::Tsv);
        if (!written)
            continue;
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
    QVERIFY(!formatRecord(RecordFormat::Tsv, {"\xef\xbb\xbfk", {"a"}, 0}));
    QVERIFY(!formatRecord(RecordFormat::Tsv, {"\xff\xfek", {"a"}, 0}));
    QCOMPARE(*formatRecord(RecordFormat::Tsv, {"k", {"a,\"b"}, 0}), QByteArray("k\ta,\"b\n"));
}

// Every line after a bad one stands alone, whatever the bad one began.
void RecordFormatTest::aBadLineTakesNoOtherAlong()
{
    const QByteArray file = "a,1\n\"open,2\nb,3\nc,\"shut\" again\nd,\"4\n5\"\ne,\"never\nf,6";
    for (qsizetype pieces = 1; pieces <= file.size(); ++pieces) {
        const Outcome outcome = readAll(RecordFormat::Csv, file, pieces);
        QCOMPARE(outcome.flat(), (QList<QByteArray>{"a", "1", "b", "3", "d", "4\n5", "f", "6"}));
        QCOMPARE(outcome.badLines, (QList<qint64>{2, 4, 7}));
    }
}

// An open quote is followed to the limit; then the lines behind it are read one by one.
void RecordFormatTest::aQuoteThatStaysOpenForLongTakesNoOtherLineAlong()
{
    const int lines = RecordReader::maxRecordBytes / 1024 + 10;
    QByteArray file = "open,\"x\n";
    for (int i = 0; i < lines; ++i)
        file += "k" + QByteArray::number(i) + ',' + QByteArray(1024, 'v') + '\n';
    const Outcome outcome = readAll(RecordFormat::Csv, file, 65536);
    QCOMPARE(outcome.badLines, QList<qint64>{1});
    QCOMPARE(outcome.records.size(), lines);
    QCOMPARE(outcome.records.last().line, lines + 1);
}

void RecordFormatTest::columnsAreChosen_data()
{
    QTest::addColumn<RecordColumns>("columns");
    QTest::addColumn<QByteArray>("csv");
    QTest::addColumn<QList<QByteArray>>("flat");
    QTest::addColumn<QString>("problem"); // the last
    const QByteArray three("id,name,price\n1,nut,5\n2,bolt\n3,cog,7\n");
    const auto row = [](const char* name, const RecordColumns& columns, const QByteArray& csv,
                        const QList<QByteArray>& flat, const char* problem = "") {
        QTest::newRow(name) << columns << csv << flat << QString::fromUtf8(problem);
    };
    row("header", {true, {}, {}}, "key,value\na,1\n", {"a", "1"});
    row("by name", {true, QStringLiteral("name"), QStringLiteral("price")}, three, {"nut", "5", "cog", "7"},
        "2 columns, not 3");
    row("by number", {true, QStringLiteral("2"), QStringLiteral("1")}, three, {"nut", "1", "cog", "3"},
        "2 columns, not 3");
    row("without a header", {false, QStringLiteral("1"), QStringLiteral("3")}, "a,b,c\nd,e,f\n",
        {"a", "c", "d", "f"});
    row("only the value", {true, {}, QStringLiteral("price")}, three, {"1", "5", "3", "7"},
        "2 columns, not 3");
    row("behind a byte order mark", {true, QStringLiteral("id"), QStringLiteral("name")},
        "\xef\xbb\xbfid,name\n1,nut\n", {"1", "nut"});
    row("three columns", {true, {}, {}}, three, {},
        "the header has 3 columns, not two: choose the key's and the value's");
    row("no such name", {true, QStringLiteral("colour"), {}}, three, {},
        "the header has no column \"colour\", but id, name, price");
    row("no such number", {true, QStringLiteral("4"), {}}, three, {}, "there is no column 4 of 3");
    row("two of one name", {true, QStringLiteral("a"), QStringLiteral("b")}, "a,a,b\n1,2,3\n", {},
        "the header has several columns \"a\"");
    row("a name without a header", {false, QStringLiteral("id"), {}}, three, {},
        "column \"id\" is a name, and there is no header");
    row("one column twice", {true, QStringLiteral("name"), {}}, three, {},
        "key and value would both be column 2: choose two");
}

void RecordFormatTest::columnsAreChosen()
{
    QFETCH(RecordColumns, columns);
    QFETCH(QByteArray, csv);
    for (const RecordFormat format : {RecordFormat::Csv, RecordFormat::Tsv}) {
        const QByteArray file = format == RecordFormat::Csv ? csv : QByteArray(csv).replace(',', '\t');
        const Outcome outcome = readAll(format, file, 5, columns);
        QTEST(outcome.flat(), "flat");
        QTEST(outcome.problems.value(outcome.problems.size() - 1), "problem");
    }
}

void RecordFormatTest::utf16IsRefused()
{
    for (const RecordFormat format : {RecordFormat::JsonLines, RecordFormat::Csv, RecordFormat::Tsv}) {
        const QByteArray file("\xff\xfe"
                              "a\0\t\0"
                              "b\0\n\0",
                              10);
        const Outcome outcome = readAll(format, file + file, 3);
        QCOMPARE(outcome.records.size(), 0);
        QCOMPARE(outcome.problems, QStringList{QStringLiteral("the file is UTF-16; save it as UTF-8")});
    }
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
    QCOMPARE(recordFormatOfLine("\xef\xbb\xbf{\"key\":\"a,b\"}"), RecordFormat::JsonLines);
    QVERIFY(!recordFormatOfLine("alone"));
}

QTEST_GUILESS_MAIN(RecordFormatTest)
#include "client_record_format_test.moc"
