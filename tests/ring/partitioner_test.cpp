// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/ring/partitioner.h"

#include <QTest>

using namespace ringmaster;

namespace {

Key key(const QByteArray& bytes)
{
    return *Key::fromBytes(bytes);
}

} // namespace

class PartitionerTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void md5IsTheFirstEightBytesOfTheDigest_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        QTest::addColumn<quint64>("position");
        // From the test suite of RFC 1321.
        QTest::newRow("a") << QByteArray("a") << quint64{0x0cc175b9c0f1b6a8};
        QTest::newRow("abc") << QByteArray("abc") << quint64{0x900150983cd24fb0};
        QTest::newRow("message digest") << QByteArray("message digest") << quint64{0xf96b697d7cb7938d};
    }

    void md5IsTheFirstEightBytesOfTheDigest()
    {
        QFETCH(QByteArray, bytes);
        QFETCH(quint64, position);
        QCOMPARE(positionOf(Partitioner::Md5, key(bytes)), Position{position});
        QCOMPARE(slotOf(Partitioner::Md5, key(bytes)), Slot{static_cast<quint16>(position >> 48)});
    }

    // The hashes that a predecessor's tests state for these keys.
    void md5Mod10000IsExact_data()
    {
        QTest::addColumn<quint64>("hash");
        QTest::newRow("roof") << quint64{2184};
        QTest::newRow("bed") << quint64{4019};
        QTest::newRow("bathtub") << quint64{4324};
        QTest::newRow("bee") << quint64{4603};
        QTest::newRow("gate") << quint64{6051};
        QTest::newRow("finger") << quint64{6823};
        QTest::newRow("gas") << quint64{6952};
        QTest::newRow("saddle") << quint64{8016};
        QTest::newRow("mist") << quint64{8155};
        QTest::newRow("flower") << quint64{8700};
        QTest::newRow("shoes") << quint64{9235};
        QTest::newRow("ship") << quint64{9381};
    }

    void md5Mod10000IsExact()
    {
        QFETCH(quint64, hash);
        const Key named = key(QTest::currentDataTag());
        const Position position = positionOf(Partitioner::Md5Mod10000, named);
        // 2^64 / 10 000 is not whole: the hash is found again as the last one at or below the position.
        const long double unit = 18446744073709551616.0L / 10000.0L;
        QCOMPARE(static_cast<quint64>((static_cast<long double>(position.value) + 1) / unit), hash);
        QCOMPARE(slotOfHandPlacedToken(Partitioner::Md5Mod10000, hash),
                 slotOf(Partitioner::Md5Mod10000, named));
    }

    void positionsPlacedByHandAreScaledOntoTheRing_data()
    {
        QTest::addColumn<quint64>("position");
        QTest::addColumn<int>("slot");
        // floor(position * 65536 / 10000)
        QTest::newRow("first") << quint64{0} << 0;
        QTest::newRow("second") << quint64{1} << 6;
        QTest::newRow("a third or so") << quint64{3000} << 19660;
        QTest::newRow("middle") << quint64{5000} << 32768;
        QTest::newRow("last") << quint64{9999} << 65529;
    }

    void positionsPlacedByHandAreScaledOntoTheRing()
    {
        QFETCH(quint64, position);
        QFETCH(int, slot);
        QCOMPARE(slotOfHandPlacedToken(Partitioner::Md5Mod10000, position),
                 std::optional(Slot{static_cast<quint16>(slot)}));
    }

    void noTwoPositionsPlacedByHandShareASlot()
    {
        for (quint64 position = 1; position < 10'000; ++position)
            QVERIFY(*slotOfHandPlacedToken(Partitioner::Md5Mod10000, position - 1) <
                    *slotOfHandPlacedToken(Partitioner::Md5Mod10000, position));
    }

    void refusesPositionsOutOfRange()
    {
        QCOMPARE(slotOfHandPlacedToken(Partitioner::Md5Mod10000, 10'000), std::nullopt);
        QCOMPARE(slotOfHandPlacedToken(Partitioner::Md5, 65'535), std::optional(lastSlot));
        QCOMPARE(slotOfHandPlacedToken(Partitioner::Md5, 65'536), std::nullopt);
        QCOMPARE(slotOfHandPlacedToken(Partitioner::Md5, ~quint64{0}), std::nullopt);
    }

    void everyPartitionerIsFoundByItsName()
    {
        for (const Partitioner partitioner : {Partitioner::Md5, Partitioner::Md5Mod10000})
            QCOMPARE(partitionerNamed(nameOf(partitioner)), std::optional(partitioner));
        QCOMPARE(nameOf(Partitioner::Md5), QStringLiteral("md5"));
        QCOMPARE(nameOf(Partitioner::Md5Mod10000), QStringLiteral("md5-mod-10000"));
        QCOMPARE(partitionerNamed(QStringLiteral("MD5")), std::nullopt);
        QCOMPARE(partitionerNamed(QString()), std::nullopt);
    }
};

QTEST_GUILESS_MAIN(PartitionerTest)
#include "partitioner_test.moc"
