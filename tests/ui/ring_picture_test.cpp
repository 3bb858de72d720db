// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/ring/hash_ring.h"
#include "nodecore/ring/partitioner.h"
#include "tests/ui/sample_cluster.h"
#include "ui/ring/ring_words.h"

#include <QTest>

using namespace ringmaster;

class RingPictureTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void spansLieBetweenTokensAndGoAroundTheTop();
    void oneTokenOwnsTheWholeRing();
    void tokensOfUnknownMembersAreLeftOut();
    void theWalkAgreesWithTheRing();
    void aRangeIsSaidInWords();
    void theMiddleSaysWhoIsDown_data();
    void theMiddleSaysWhoIsDown();
};

namespace {

ClusterSnapshot threeTokens()
{
    ClusterSnapshot s = sample::snapshot(3, 0);
    s.tokens = {{Slot{1000}, 0}, {Slot{30000}, 1}, {Slot{50000}, 2}};
    return s;
}

} // namespace

void RingPictureTest::spansLieBetweenTokensAndGoAroundTheTop()
{
    const RingPicture picture = sample::facts(threeTokens()).picture;
    QStringList printed;
    for (const RingSpan& span : picture.spans)
        printed.append(QStringLiteral("%1-%2 %3")
                           .arg(span.range.first.value)
                           .arg(span.range.last.value)
                           .arg(picture.members.at(span.member).name));
    QCOMPARE(printed, QStringList({QStringLiteral("50001-1000 n1"), QStringLiteral("1001-30000 n2"),
                                   QStringLiteral("30001-50000 n3")}));
    QCOMPARE(picture.spanAt(Slot{0}), 0);
    QCOMPARE(picture.spanAt(Slot{1000}), 0);
    QCOMPARE(picture.spanAt(Slot{1001}), 1);
    QCOMPARE(picture.spanAt(Slot{50000}), 2);
    QCOMPARE(picture.spanAt(Slot{65535}), 0);
}

void RingPictureTest::oneTokenOwnsTheWholeRing()
{
    ClusterSnapshot s = sample::snapshot(1, 0);
    s.tokens = {{Slot{7}, 0}};
    const RingPicture picture = sample::facts(s).picture;
    QCOMPARE(picture.spans.size(), 1);
    QCOMPARE(picture.spans.first().range.slots(), slotCount);
    QCOMPARE(picture.walk(Slot{8}), QList<int>{0});
}

void RingPictureTest::tokensOfUnknownMembersAreLeftOut()
{
    ClusterSnapshot s = threeTokens();
    s.tokens.append({Slot{60000}, 9});
    s.tokens.append({Slot{61000}, -1});
    QCOMPARE(sample::facts(s).picture.spans.size(), 3);
    QVERIFY(sample::facts(ClusterSnapshot()).picture.isEmpty());
    QCOMPARE(sample::facts(ClusterSnapshot()).picture.walk(Slot{1}), QList<int>());
}

// Against the engine's own ring, which is written quite differently.
void RingPictureTest::theWalkAgreesWithTheRing()
{
    const ClusterSnapshot s = sample::snapshot(5, 32);
    std::vector<RingMember> members(5);
    for (size_t i = 0; i < members.size(); ++i)
        members[i].node = NodeId{i};
    for (const TokenSnapshot& token : s.tokens)
        members[static_cast<size_t>(token.member)].tokens.push_back(token.slot);
    const HashRing ring(members, 3);
    const RingPicture picture = sample::facts(s).picture;
    for (int slot = 0; slot < slotCount; slot += 97) {
        QList<int> expected;
        for (const NodeId node : ring.preferenceList(Slot{static_cast<quint16>(slot)}))
            expected.append(static_cast<int>(node.value));
        QCOMPARE(picture.walk(Slot{static_cast<quint16>(slot)}).mid(0, 3), expected);
    }
}

void RingPictureTest::aRangeIsSaidInWords()
{
    ClusterSnapshot s = threeTokens();
    s.members[2].reachable = false;
    QString words = spanWords(sample::facts(s).picture, 1);
    words.replace(QChar(0x202f), QLatin1Char(' '));
    QCOMPARE(words, QStringLiteral("Slots 1 001 to 30 000 (29 000 slots)\nOwner: n2\n"
                                   "Keys here live on n2, n3 (down), n1"));
}

void RingPictureTest::theMiddleSaysWhoIsDown_data()
{
    QTest::addColumn<QList<int>>("down");
    QTest::addColumn<QString>("headline");
    QTest::addColumn<QStringList>("lines");
    QTest::newRow("none") << QList<int>{} << QStringLiteral("Every key can be read and written")
                          << QStringList{QStringLiteral("All 3 nodes are up")};
    QTest::newRow("one") << QList<int>{2} << QStringLiteral("Every key can be read and written")
                         << QStringList{QStringLiteral("n3 is down; n1 and n2 answer for it"),
                                        QStringLiteral("Losing n1 or n2 as well would end that")};
    QTest::newRow("two") << QList<int>{1, 2} << QStringLiteral("No key can be read or written")
                         << QStringList{QStringLiteral("n2 and n3 are down")};
}

void RingPictureTest::theMiddleSaysWhoIsDown()
{
    QFETCH(QList<int>, down);
    QFETCH(QString, headline);
    QFETCH(QStringList, lines);
    ClusterSnapshot s = sample::snapshot();
    for (const int member : down)
        s.members[member].reachable = false;
    const RingPicture picture = sample::facts(s).picture;
    QCOMPARE(picture.headline, headline);
    QStringList said;
    for (const RingLine& line : picture.lines)
        said.append(line.text);
    QCOMPARE(said, lines);
}

QTEST_GUILESS_MAIN(RingPictureTest)
#include "ring_picture_test.moc"
