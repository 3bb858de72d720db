// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/version/notation.h"

#include <QTest>

using namespace ringmaster;
using notation::actor;
using notation::anyKey;

namespace {

SiblingSet setOf(const QByteArrayList& values, char at = 'a')
{
    SiblingSet set;
    for (const QByteArray& value : values)
        set.write(anyKey(), {}, value, actor(at), WallTime{1});
    return set;
}

// The same with a byte of this value raised by one.
SiblingSet damaged(const SiblingSet& set, const QByteArray& value)
{
    QByteArray bytes = set.encoded();
    const qsizetype at = bytes.lastIndexOf(value);
    bytes[at] = static_cast<char>(bytes[at] + 1);
    return *SiblingSet::decodeForRepair(anyKey(), bytes);
}

} // namespace

class SiblingSetDamageTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void damageStaysWhatItIsThroughTheEncoding()
    {
        const SiblingSet set = damaged(setOf({"v1", "v2"}), "v1");
        QVERIFY(set.hasDamagedVersion() && !set.isSound());
        QCOMPARE(SiblingSet::verify(anyKey(), set.encoded()), Soundness::DamagedVersion);
        QVERIFY(!SiblingSet::decode(anyKey(), set.encoded()));
        QVERIFY(*SiblingSet::decodeForRepair(anyKey(), set.encoded()) == set);
    }

    // Its bytes are larger than the undamaged ones: they must not win for that.
    void anUndamagedCopyReplacesADamagedOne()
    {
        const SiblingSet sound = setOf({"v1", "v2"});
        SiblingSet set = damaged(sound, "v1");
        std::vector<Dot> contradictions;
        QVERIFY(set.merge(sound, &contradictions));
        QVERIFY(set == sound);
        QVERIFY(contradictions.empty());
        // The other way round nothing happens.
        SiblingSet good = sound;
        QVERIFY(!good.merge(damaged(sound, "v1"), &contradictions));
        QVERIFY(good == sound);
        QVERIFY(contradictions.empty());
    }

    void whatIsMergedIntoADamagedSetIsKeptAndTheDamageToo()
    {
        SiblingSet set = damaged(setOf({"v1"}), "v1");
        QVERIFY(set.merge(setOf({"w"}, 'b')));
        QVERIFY(set.hasDamagedVersion());
        QCOMPARE(set.siblingCount(), size_t{2});
    }

    void aDamagedVersionIsSuperseded()
    {
        SiblingSet set = damaged(setOf({"v1"}), "v1");
        set.write(anyKey(), setOf({"v1"}).context(), QByteArray("v2"), actor('b'), WallTime{2});
        QVERIFY(set.isSound());
        QCOMPARE(set.siblingCount(), size_t{1});
    }

    void theContextOfDamageCoversNothingSound()
    {
        QCOMPARE(damaged(setOf({"v1", "v2"}), "v1").contextOfDamaged()->counterOf(actor('a')), quint64{1});
        QVERIFY(!damaged(setOf({"v1", "v2"}), "v2").contextOfDamaged());
    }

    void twoContentsUnderOneDotAreReportedAndBecomeTheSame()
    {
        SiblingSet a = setOf({"v1"});
        SiblingSet b = setOf({"v2"});
        SiblingSet ab = a;
        SiblingSet ba = b;
        std::vector<Dot> fromA;
        std::vector<Dot> fromB;
        QVERIFY(ab.merge(b, &fromA));
        QVERIFY(!ba.merge(a, &fromB));
        QVERIFY(ab == ba);
        QVERIFY((fromA == std::vector<Dot>{Dot{actor('a'), 1}}));
        QVERIFY(fromA == fromB);
    }

    void copiesOfOneVersionDoNotContradictEachOther()
    {
        SiblingSet set = setOf({"v1", "v2"});
        std::vector<Dot> contradictions;
        QVERIFY(!set.merge(*SiblingSet::decode(anyKey(), set.encoded()), &contradictions));
        QVERIFY(contradictions.empty());
    }
};

QTEST_GUILESS_MAIN(SiblingSetDamageTest)
#include "sibling_set_damage_test.moc"
