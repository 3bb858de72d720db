// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/base/bytes.h"

#include <QTest>

using namespace ringmaster;

namespace {

QByteArray hex(const char* digits)
{
    return QByteArray::fromHex(digits);
}

} // namespace

class BytesTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void integersAreBigEndian()
    {
        ByteWriter to;
        to.u8(0x01);
        to.u16(0x0203);
        to.u32(0x04050607);
        to.u64(0x08090a0b0c0d0e0f);
        QCOMPARE(to.result(), hex("0102030405060708090a0b0c0d0e0f"));
        ByteReader from(to.result());
        QCOMPARE(from.u8(), quint8{0x01});
        QCOMPARE(from.u16(), quint16{0x0203});
        QCOMPARE(from.u32(), quint32{0x04050607});
        QCOMPARE(from.u64(), quint64{0x08090a0b0c0d0e0f});
        QVERIFY(from.finished());
    }

    void varintsAreLeb128_data()
    {
        QTest::addColumn<quint64>("value");
        QTest::addColumn<QByteArray>("bytes");
        QTest::newRow("0") << quint64{0} << hex("00");
        QTest::newRow("127") << quint64{127} << hex("7f");
        QTest::newRow("128") << quint64{128} << hex("8001");
        QTest::newRow("300") << quint64{300} << hex("ac02");
        QTest::newRow("2^63") << (quint64{1} << 63) << hex("80808080808080808001");
        QTest::newRow("largest") << ~quint64{0} << hex("ffffffffffffffffff01");
    }

    void varintsAreLeb128()
    {
        QFETCH(quint64, value);
        QFETCH(QByteArray, bytes);
        ByteWriter to;
        to.varint(value);
        QCOMPARE(to.result(), bytes);
        ByteReader from(bytes);
        QCOMPARE(from.varint(), value);
        QVERIFY(from.finished());
    }

    void refusesVarintsThatAreCutShortTooLongOrOver64Bits_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::newRow("nothing") << QByteArray();
        QTest::newRow("cut short") << hex("80");
        QTest::newRow("padded zero") << hex("8000");
        QTest::newRow("padded") << hex("ff00");
        QTest::newRow("65 bits") << hex("ffffffffffffffffff02");
        QTest::newRow("eleven bytes") << hex("8080808080808080808001");
    }

    void refusesVarintsThatAreCutShortTooLongOrOver64Bits()
    {
        QFETCH(QByteArray, bytes);
        ByteReader from(bytes);
        QCOMPARE(from.varint(), quint64{0});
        QVERIFY(from.failed());
    }

    void bytesAndTextCarryTheirLength()
    {
        ByteWriter to;
        to.bytes(QByteArray("a\0b", 3));
        to.text(QStringLiteral("Grüße"));
        to.bytes({});
        ByteReader from(to.result());
        QCOMPARE(from.bytes(3), QByteArray("a\0b", 3));
        QCOMPARE(from.text(7), QStringLiteral("Grüße"));
        QCOMPARE(from.view(0).size(), 0);
        QVERIFY(from.finished());
    }

    void aByteOrderMarkIsPartOfATextLikeEverythingElse()
    {
        const QByteArray bytes = hex("04efbbbf61");
        ByteReader from(bytes);
        ByteWriter to;
        to.text(from.text(4));
        QCOMPARE(to.result(), bytes);
    }

    void refusesBytesOverTheirBound()
    {
        ByteWriter to;
        to.bytes("four");
        QCOMPARE(ByteReader(to.result()).bytes(4), QByteArray("four"));
        ByteReader from(to.result());
        QVERIFY(from.bytes(3).isEmpty());
        QVERIFY(from.failed());
    }

    void refusesALengthBeyondTheEnd()
    {
        for (const char* digits : {"05ffff", "ffffffffffffffffff01ff"}) {
            const QByteArray bytes = hex(digits);
            ByteReader from(bytes);
            QVERIFY(from.bytes(std::numeric_limits<qsizetype>::max()).isEmpty());
            QVERIFY(from.failed());
        }
    }

    void refusesTextThatIsNotUtf8()
    {
        for (const char* digits : {"01ff", "02c328", "01c3"}) {
            const QByteArray bytes = hex(digits);
            ByteReader from(bytes);
            QCOMPARE(from.text(10), QString());
            QVERIFY(from.failed());
        }
    }

    void aCountMustFitWhatIsLeft()
    {
        const QByteArray bytes = hex("03aabbccddeeff");
        QCOMPARE(ByteReader(bytes).count(2, 10), quint64{3});
        ByteReader tooLong(bytes);
        QCOMPARE(tooLong.count(3, 10), quint64{0});
        QVERIFY(tooLong.failed());
        ByteReader tooMany(bytes);
        QCOMPARE(tooMany.count(2, 2), quint64{0});
        QVERIFY(tooMany.failed());
    }

    void aFailureLasts()
    {
        const QByteArray bytes = hex("0102");
        ByteReader from(bytes);
        QCOMPARE(from.u32(), quint32{0});
        QVERIFY(from.failed());
        QCOMPARE(from.u8(), quint8{0});
        QVERIFY(from.bytes(10).isEmpty());
        QVERIFY(!from.finished());
    }

    void isFinishedOnlyAtTheEnd()
    {
        const QByteArray bytes = hex("0102");
        ByteReader from(bytes);
        from.u8();
        QVERIFY(!from.finished());
        QCOMPARE(from.remaining(), qsizetype{1});
        from.u8();
        QVERIFY(from.finished());
        from.fail();
        QVERIFY(!from.finished());
    }

    void patchesWhatWasWrittenBefore()
    {
        ByteWriter to;
        to.u8(1);
        to.u32(0);
        to.u8(2);
        to.patchU32(1, 0xaabbccdd);
        QCOMPARE(to.take(), hex("01aabbccdd02"));
    }
};

QTEST_GUILESS_MAIN(BytesTest)
#include "bytes_test.moc"
