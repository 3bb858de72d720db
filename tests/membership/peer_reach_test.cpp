// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/membership/peer_reach.h"

#include <QTest>

using namespace ringmaster;
using namespace std::chrono_literals;

namespace {

constexpr NodeId peer{1};

PeerReach linkedReach()
{
    PeerReach reach(MonoTime{0s});
    reach.linkUp(peer, MonoTime{0s});
    return reach;
}

} // namespace

class PeerReachTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void aPeerIsReachableWhileItIsLinked()
    {
        PeerReach reach(MonoTime{0s});
        QVERIFY(!reach.isReachable(peer));
        QCOMPARE(reach.unreachableFor(peer, MonoTime{4s}), Duration(4s));
        QVERIFY(!reach.heard(peer, MonoTime{1s})); // without a link
        QVERIFY(reach.linkUp(peer, MonoTime{1s}));
        QVERIFY(reach.isReachable(peer));
        QVERIFY(!reach.heard(peer, MonoTime{2s}));
        QVERIFY(reach.linkDown(peer, MonoTime{3s}));
        QVERIFY(!reach.linkDown(peer, MonoTime{3s}));
        QVERIFY(!reach.isReachable(peer));
        QCOMPARE(reach.unreachableFor(peer, MonoTime{5s}), Duration(2s));
    }

    void aPeerThatIsAskedNothingMayBeSilent()
    {
        PeerReach reach = linkedReach();
        QVERIFY(reach.findSilent(MonoTime{1h}).empty());
    }

    void aPeerThatAnswersNothingIsFoundOnce()
    {
        PeerReach reach = linkedReach();
        reach.sent(peer, MonoTime{1s});
        reach.sent(peer, MonoTime{2s}); // the first one counts
        QVERIFY(reach.findSilent(MonoTime{1s + PeerReach::silenceLimit - 1ns}).empty());
        QCOMPARE(reach.findSilent(MonoTime{1s + PeerReach::silenceLimit}), std::vector<NodeId>{peer});
        QVERIFY(reach.findSilent(MonoTime{10s}).empty());
        QVERIFY(reach.isLinked(peer));
        QCOMPARE(reach.unreachableFor(peer, MonoTime{11s}), Duration(10s));
        QVERIFY(reach.heard(peer, MonoTime{12s}));
        QVERIFY(reach.isReachable(peer));
    }

    void aSuspectHasLessTime()
    {
        PeerReach reach = linkedReach();
        reach.setSuspect(peer, true);
        reach.sent(peer, MonoTime{1s});
        QCOMPARE(reach.findSilent(MonoTime{1s + PeerReach::suspectLimit}), std::vector<NodeId>{peer});
    }

    void aSuspectThatAnswersStaysReachable()
    {
        PeerReach reach = linkedReach();
        reach.setSuspect(peer, true);
        for (int second = 1; second < 60; ++second) {
            reach.sent(peer, MonoTime{second * 1s});
            QVERIFY(!reach.heard(peer, MonoTime{second * 1s + 1ms}));
            QVERIFY(reach.findSilent(MonoTime{second * 1s + 900ms}).empty());
        }
    }

    void whoStoodStillBlamesNobody()
    {
        PeerReach reach = linkedReach();
        reach.sent(peer, MonoTime{1s});
        reach.stoodStill(20s);
        QVERIFY(reach.findSilent(MonoTime{21s}).empty());
    }

    void whoOwesAnAnswerIsAsked()
    {
        PeerReach reach = linkedReach();
        reach.linkUp(NodeId{2}, MonoTime{0s});
        reach.heard(NodeId{2}, MonoTime{10s});
        reach.heard(peer, MonoTime{10s});
        reach.sent(peer, MonoTime{10s});
        const MonoTime soon{10s + PeerReach::askAfter - 1ms};
        QVERIFY(reach.toAsk(soon, 10).empty());
        QVERIFY(reach.toAsk(soon, 10).empty());
        const MonoTime later{10s + PeerReach::askAfter};
        QCOMPARE(reach.toAsk(later, 1), std::vector<NodeId>{peer});
    }

    void restingLinksAreAskedOneAfterAnother()
    {
        PeerReach reach(MonoTime{0s});
        for (quint64 i = 1; i <= 5; ++i)
            reach.linkUp(NodeId{i}, MonoTime{0s});
        std::map<NodeId, int> asked;
        for (int beat = 0; beat < 20; ++beat) {
            const std::vector<NodeId> now = reach.toAsk(MonoTime{10s}, 16);
            QVERIFY(now.size() <= 1);
            for (const NodeId one : now)
                ++asked[one];
        }
        QCOMPARE(asked.size(), size_t{5});
        for (const auto& [one, times] : asked)
            QCOMPARE(times, 2);
    }
};

QTEST_GUILESS_MAIN(PeerReachTest)
#include "peer_reach_test.moc"
