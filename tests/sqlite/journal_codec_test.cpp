// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/sqlite/journal_codec.h"

#include <QRandomGenerator>
#include <QTest>

#include <random>

using namespace ringmaster;

namespace {

std::vector<Change> sampleChanges()
{
    return {
        {0, "k", {true, true, "value"}, {1, 1, 42}},
        {65535, QByteArray(Key::maxBytes, 'k'), {true, false, QByteArray()}, {0, -1, ~quint64{0}}},
        {700, QByteArray("\0\xff", 2), {false, false, QByteArray()}, {-1, 0, 7}},
        {areaOf(SideTable::Hints), QByteArray(10000, 'n'), {true, false, QByteArray(100000, 'b')}, {}},
        {ownArea, QByteArray(), {false, false, QByteArray()}, {}},
    };
}

QByteArray encoded(const std::vector<Change>& changes)
{
    JournalEncoder row;
    for (const Change& change : changes)
        row.add(change);
    return row.take();
}

} // namespace

class JournalCodecTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void aRowIsReadAsItWasWritten()
    {
        const Result<std::vector<Change>> read = decodeJournalRow(encoded(sampleChanges()));
        QVERIFY(read.has_value());
        QVERIFY(*read == sampleChanges());
    }

    void aRowCutAnywhereInsideAChangeIsDamaged()
    {
        const QByteArray whole = encoded({sampleChanges()[0]});
        for (qsizetype size = 2; size < whole.size(); ++size)
            QCOMPARE(decodeJournalRow(whole.first(size)).error().code, ErrorCode::Damaged);
        QCOMPARE(decodeJournalRow({}).error().code, ErrorCode::Damaged);
    }

    void anImpossibleAreaFormatKeyOrCountIsDamaged()
    {
        QByteArray otherFormat = encoded(sampleChanges());
        otherFormat[0] = 9;
        QVERIFY(!decodeJournalRow(otherFormat));
        QVERIFY(!decodeJournalRow(encoded({{areaCount, "k", {}, {}}})));
        QVERIFY(!decodeJournalRow(encoded({{0, "", {}, {}}})));
        QVERIFY(!decodeJournalRow(encoded({{0, QByteArray(Key::maxBytes + 1, 'k'), {}, {}}})));
        QByteArray counts = encoded({{0, "k", {}, {}}});
        counts[counts.size() - 9] = 9;
        QVERIFY(!decodeJournalRow(counts));
    }

    void randomBytesNeitherCrashNorTakeMemory()
    {
        const quint32 seed = QRandomGenerator::global()->generate();
        qInfo("seed %u", seed);
        std::mt19937 random(seed);
        const QByteArray valid = encoded(sampleChanges()).first(5000);
        for (int i = 0; i < 10000; ++i) {
            QByteArray bytes = i % 2 == 0 ? valid : QByteArray(static_cast<int>(random() % 200), '\1');
            for (int flips = 0; flips < 5 && !bytes.isEmpty(); ++flips)
                bytes[static_cast<qsizetype>(random() % static_cast<size_t>(bytes.size()))] =
                    static_cast<char>(random());
            const Result<std::vector<Change>> read = decodeJournalRow(bytes);
            QVERIFY(!read || read->size() <= static_cast<size_t>(bytes.size()));
        }
    }
};

QTEST_GUILESS_MAIN(JournalCodecTest)
#include "journal_codec_test.moc"
