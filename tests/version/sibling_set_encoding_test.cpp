// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/version/checksum.h"
#include "nodecore/version/sibling_set.h"
#include "tests/version/notation.h"

#include <QTest>

using namespace ringmaster;
using notation::actor;
using notation::anyKey;

namespace {

// actor 1, counter 3, minted 1 ms, with what follows.
void entryHead(ByteWriter& to, quint64 actorValue, quint64 counter, quint64 values)
{
    to.u64(actorValue);
    to.varint(counter);
    to.varint(2); // zigzag of 1 ms
    to.varint(values);
}

void value(ByteWriter& to, const char* text)
{
    to.varint(0);
    to.u8(0);
    to.bytes(text);
}

SiblingSet example()
{
    SiblingSet set;
    set.write(anyKey(), {}, QByteArray("first"), actor('a'), WallTime{1'700'000'000'000});
    set.write(anyKey(), {}, QByteArray(), actor('a'), WallTime{-5});
    set.write(anyKey(), {}, std::nullopt, actor('b'), WallTime{1'700'000'000'001});
    VersionVector seen;
    seen.raise(actor('c'), 300, WallTime{7});
    set.write(anyKey(), seen, QByteArray(200, '\0'), actor('d'),
              WallTime{std::numeric_limits<qint64>::max()});
    set.write(anyKey(), {}, QByteArray("\xff"), actor('d'), WallTime{std::numeric_limits<qint64>::min()});
    return set;
}

// A set of one value "v", dot (1, 1), whose metadata is block.
QByteArray withMetadata(const QByteArray& block)
{
    const Sibling sibling{Dot{ActorId{1}, 1}, WallTime{1}, false, "v", block, 0};
    ByteWriter to;
    to.raw(QByteArray::fromHex("ffff4200"));
    to.varint(1);
    entryHead(to, 1, 1, 1);
    to.varint(0);
    to.u8(0);
    to.varint(static_cast<quint64>(block.size()));
    to.varint(1);
    to.u64(checksumOf(anyKey(), sibling));
    to.u64(checksumOf(QByteArrayView(to.result())));
    to.raw(block);
    to.raw("v");
    return to.take();
}

bool isDamaged(const QByteArray& bytes)
{
    const Result<SiblingSet> set = SiblingSet::decode(anyKey(), bytes);
    return !set && set.error().code == ErrorCode::Damaged;
}

} // namespace

class SiblingSetEncodingTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void decodesToTheSetThatWasEncoded()
    {
        const SiblingSet set = example();
        const Result<SiblingSet> decoded = SiblingSet::decode(anyKey(), set.encoded());
        QVERIFY(decoded.has_value());
        QVERIFY(*decoded == set);
        QVERIFY(decoded->siblings() == set.siblings());
        QCOMPARE(decoded->encoded(), set.encoded());
    }

    void theEmptySetIsASet()
    {
        const Result<SiblingSet> decoded = SiblingSet::decode(anyKey(), SiblingSet().encoded());
        QVERIFY(decoded && decoded->isEmpty());
    }

    // A change of these bytes is a change of the format on every disk.
    void theFormatIsFixed()
    {
        SiblingSet set;
        set.write(anyKey(), {}, QByteArray("hi"), ActorId{0x0102030405060708}, WallTime{1});
        set.write(anyKey(), {}, std::nullopt, ActorId{0x0102030405060708}, WallTime{3});
        QCOMPARE(set.encoded().toHex(), QByteArray("ffff42"
                                                   "00"
                                                   "01"
                                                   "0102030405060708"
                                                   "02"
                                                   "06"
                                                   "02"
                                                   "000100"
                                                   "65c5cf334fb8196d"
                                                   "04000002"
                                                   "986a64d794de4ac3"
                                                   "46d746a0e1686980"
                                                   "6869"));
    }

    void anOrdinaryValueCostsLittleMoreThanItsBytes()
    {
        SiblingSet set;
        set.write(anyKey(), {}, QByteArray(100, 'x'), ActorId{~quint64{0}}, WallTime{1'700'000'000'000});
        QVERIFY2(set.encoded().size() <= 144, qPrintable(QString::number(set.encoded().size())));
    }

    void aSetOfTheFormatBeforeIsReadAndGetsItsChecksums()
    {
        const QByteArray before = QByteArray::fromHex("01"
                                                      "0102030405060708"
                                                      "02"
                                                      "06"
                                                      "02"
                                                      "0001"
                                                      "0400026869");
        SiblingSet set;
        set.write(anyKey(), {}, QByteArray("hi"), ActorId{0x0102030405060708}, WallTime{1});
        set.write(anyKey(), {}, std::nullopt, ActorId{0x0102030405060708}, WallTime{3});
        QVERIFY(!SiblingSet::hasChecksums(before));
        QCOMPARE(SiblingSet::verify(anyKey(), before), Soundness::Unchecked);
        const Result<SiblingSet> read = SiblingSet::decode(anyKey(), before);
        QVERIFY(read.has_value());
        QCOMPARE(read->encoded(), set.encoded());
        QCOMPARE(SiblingSet::dotsIn(before, 9), SiblingSet::dotsIn(set.encoded(), 9));
    }

    void everyTruncationIsDamaged()
    {
        const QByteArray whole = example().encoded();
        for (qsizetype size = 0; size < whole.size(); ++size)
            QVERIFY2(isDamaged(whole.first(size)), qPrintable(QString::number(size)));
    }

    void trailingBytesAreDamaged() { QVERIFY(isDamaged(example().encoded() + '\0')); }

    void whatNoNodeWritesIsDamaged_data()
    {
        QTest::addColumn<QByteArray>("bytes");
        const auto row = [](const char* name, auto write) {
            ByteWriter to;
            write(to);
            QTest::newRow(name) << to.result();
        };
        row("unsorted actors", [](ByteWriter& to) {
            to.varint(2);
            entryHead(to, 2, 1, 0);
            entryHead(to, 1, 1, 0);
        });
        row("an actor twice", [](ByteWriter& to) {
            to.varint(2);
            entryHead(to, 1, 1, 0);
            entryHead(to, 1, 2, 0);
        });
        row("counter 0", [](ByteWriter& to) {
            to.varint(1);
            entryHead(to, 1, 0, 0);
        });
        row("a counter beyond the bound", [](ByteWriter& to) {
            to.varint(1);
            entryHead(to, 1, SiblingSet::maxCounter + 1, 0);
        });
        row("more values than the counter", [](ByteWriter& to) {
            to.varint(1);
            entryHead(to, 1, 1, 2);
            value(to, "v2");
            value(to, "v1");
        });
        row("a tombstone with a value", [](ByteWriter& to) {
            to.varint(1);
            entryHead(to, 1, 1, 1);
            to.varint(0);
            to.u8(1);
            to.bytes("v");
        });
        row("an unknown kind of value", [](ByteWriter& to) {
            to.varint(1);
            entryHead(to, 1, 1, 1);
            to.varint(0);
            to.u8(2);
        });
        row("a varint longer than need be", [](ByteWriter& to) { to.raw(QByteArray::fromHex("8000")); });
        row("an absurd number of actors", [](ByteWriter& to) { to.varint(~quint64{0}); });
        row("an absurd number of values", [](ByteWriter& to) {
            to.varint(1);
            entryHead(to, 1, ~quint64{0} >> 1, ~quint64{0} >> 2);
        });
        row("an absurd length", [](ByteWriter& to) {
            to.varint(1);
            entryHead(to, 1, 1, 1);
            to.varint(0);
            to.u8(0);
            to.varint(~quint64{0});
        });
        row("more actors than a set may have", [](ByteWriter& to) {
            to.varint(SiblingSet::maxActors + 1);
            for (quint64 i = 0; i <= SiblingSet::maxActors; ++i)
                entryHead(to, i + 1, 1, 0);
        });
        row("more siblings in all than a set may have", [](ByteWriter& to) {
            to.varint(2);
            for (const quint64 values : {SiblingSet::maxSiblings, quint64{1}}) {
                entryHead(to, values == 1 ? 2 : 1, values, values);
                for (quint64 i = 0; i < values; ++i)
                    value(to, "");
            }
        });
    }

    void whatNoNodeWritesIsDamaged()
    {
        QFETCH(QByteArray, bytes);
        QVERIFY(isDamaged(bytes));
    }

    void theLargestNumbersAllowedAreRead()
    {
        ByteWriter to;
        to.varint(1);
        entryHead(to, 1, SiblingSet::maxCounter, SiblingSet::maxSiblings);
        for (quint64 i = 0; i < SiblingSet::maxSiblings; ++i)
            value(to, "");
        const Result<SiblingSet> set = SiblingSet::decode(anyKey(), to.result());
        QVERIFY(set.has_value());
        QCOMPARE(set->siblingCount(), size_t{SiblingSet::maxSiblings});
    }

    void everyChangedByteIsNoticed()
    {
        const QByteArray whole = example().encoded();
        for (qsizetype at = 0; at < whole.size(); ++at) {
            for (int byte = 0; byte < 256; ++byte) {
                QByteArray changed = whole;
                changed[at] = static_cast<char>(byte);
                if (changed == whole)
                    continue;
                QVERIFY2(isDamaged(changed), qPrintable(QStringLiteral("%1: %2").arg(at).arg(byte)));
                QVERIFY(SiblingSet::verify(anyKey(), changed) > Soundness::Incomplete);
            }
        }
    }

    void aSetOfAnotherKeyIsDamaged()
    {
        QVERIFY(!SiblingSet::decode(*Key::fromBytes("j"), example().encoded()));
    }

    void valuesInEachOthersPlaceAreDamaged()
    {
        SiblingSet set;
        set.write(anyKey(), {}, QByteArray("one"), actor('a'), WallTime{1});
        set.write(anyKey(), {}, QByteArray("two"), actor('a'), WallTime{1});
        QByteArray swapped = set.encoded();
        QVERIFY(swapped.endsWith("twoone"));
        swapped.replace("twoone", "onetwo");
        QCOMPARE(SiblingSet::verify(anyKey(), swapped), Soundness::DamagedVersion);
    }

    void metadataIsKeptAndChecked()
    {
        // Fields 1 and 7, and what is none.
        const QByteArray sound = withMetadata(QByteArray::fromHex("010161"
                                                                  "0700"));
        const Result<SiblingSet> set = SiblingSet::decode(anyKey(), sound);
        QVERIFY(set.has_value());
        QCOMPARE(set->siblings().front().metadata.toHex(), QByteArray("010161"
                                                                      "0700"));
        QCOMPARE(set->encoded(), sound);
        for (const char* bad : {"0701610100", "010161010162", "0105", "80"})
            QVERIFY2(isDamaged(withMetadata(QByteArray::fromHex(bad))), bad);
    }

    void anIncompleteSetIsGivenToNobody()
    {
        SiblingSet set = example();
        set.markIncomplete();
        const QByteArray bytes = set.encoded();
        QVERIFY(isDamaged(bytes));
        QCOMPARE(SiblingSet::verify(anyKey(), bytes), Soundness::Incomplete);
        Result<SiblingSet> read = SiblingSet::decodeForRepair(anyKey(), bytes);
        QVERIFY(read && read->isIncomplete() && *read == set);
        read->markComplete();
        QVERIFY(*read == example());
    }
};

QTEST_GUILESS_MAIN(SiblingSetEncodingTest)
#include "sibling_set_encoding_test.moc"
