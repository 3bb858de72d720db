// SPDX-License-Identifier: GPL-3.0-or-later
// What a client may count on that tries a write again, with the same idempotency id and the first context.
#include "tests/support/virtual_cluster.h"

#include <QtTest>

using namespace ringmaster;
using namespace std::chrono_literals;

namespace {

struct Attempt {
    QByteArray key = "k";
    SiblingSet::Content content = QByteArray("imported");
    VersionVector context = {};
    RequestOptions options = {};
    QByteArray id = "id-of-the-write";
};

// Sends it through node i; the answer is empty until it has come.
std::shared_ptr<std::optional<RequestResult<PutResponse>>> send(VirtualCluster& cluster, int i,
                                                                const Attempt& attempt)
{
    auto answer = std::make_shared<std::optional<RequestResult<PutResponse>>>();
    PutRequest request{keyOf(attempt.key), attempt.content, attempt.context, attempt.options};
    request.idempotencyId = attempt.id;
    cluster.node(i).put(std::move(request),
                        [answer](const RequestResult<PutResponse>& result) { *answer = result; });
    cluster.touched(i);
    return answer;
}

RequestResult<PutResponse> put(VirtualCluster& cluster, int i, const Attempt& attempt)
{
    const auto answer = send(cluster, i, attempt);
    if (!cluster.runUntil([answer] { return answer->has_value(); }))
        return tl::make_unexpected(
            RequestFailure{{ErrorCode::Internal, QStringLiteral("no answer")}, {}, true});
    return **answer;
}

QByteArrayList read(VirtualCluster& cluster, int i, const QByteArray& key = "k")
{
    RequestOptions options;
    options.quorum = cluster.node(i).config().replicas;
    const auto got = cluster.get(i, key, options);
    return got ? valuesOf(got->siblings) : QByteArrayList{"failed"};
}

// The node that coordinates named writes of the key while all are up.
int coordinatorOf(VirtualCluster& cluster, const QByteArray& key = "k")
{
    const Slot slot = slotOf(Partitioner::Md5, keyOf(key));
    for (int i = 0; i < cluster.size(); ++i) {
        if (cluster.node(i).id() == cluster.node(0).ring().preferenceList(slot).front())
            return i;
    }
    return -1;
}

} // namespace

class RetriesTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aRetryThroughAnyNodeFindsItsWrite();
    void aRetryErasesNothingThatWasWrittenSince();
    void aDeleteIsFoundToo();
    void aWriteThatFoundNoQuorumIsBroughtToOneUnderItsOwnDot();
    void aRetryWhileTheFirstAttemptIsUnderWayWritesNothing();
    void oneIdForTwoWritesIsRefused();
    void afterARestartOfItsCoordinatorARetryMakesASiblingAtWorst();
};

void RetriesTest::aRetryThroughAnyNodeFindsItsWrite()
{
    VirtualCluster cluster({.nodes = 5});
    QVERIFY(cluster.startAll());
    const auto first = put(cluster, 0, {});
    QVERIFY(first);
    for (int i = 0; i < 5; ++i) {
        const auto again = put(cluster, i, {});
        QVERIFY(again);
        QCOMPARE(again->dot, first->dot);
        QCOMPARE(again->siblings, first->siblings);
        QCOMPARE(again->quorum.answered.size(), first->quorum.answered.size());
    }
    QCOMPARE(read(cluster, 1), QByteArrayList{"imported"});
}

void RetriesTest::aRetryErasesNothingThatWasWrittenSince()
{
    VirtualCluster cluster({});
    QVERIFY(cluster.startAll());
    const auto first = put(cluster, 0, {});
    QVERIFY(first);
    QVERIFY(cluster.put(1, "k", "newer", first->siblings.context()));
    const auto again = put(cluster, 2, {});
    QVERIFY(again);
    QCOMPARE(again->dot, first->dot);
    // Not the context of what another client has written: it was not read.
    QCOMPARE(again->siblings.context(), first->siblings.context());
    QCOMPARE(read(cluster, 0), QByteArrayList{"newer"});
}

void RetriesTest::aDeleteIsFoundToo()
{
    VirtualCluster cluster({});
    QVERIFY(cluster.startAll());
    const auto written = cluster.put(0, "k", "v");
    const Attempt attempt{.content = std::nullopt, .context = written->siblings.context()};
    const auto first = put(cluster, 0, attempt);
    QVERIFY(first);
    QVERIFY(cluster.put(1, "k", "newer", first->siblings.context()));
    QCOMPARE(put(cluster, 2, attempt)->dot, first->dot);
    QCOMPARE(read(cluster, 0), QByteArrayList{"newer"});
}

void RetriesTest::aWriteThatFoundNoQuorumIsBroughtToOneUnderItsOwnDot()
{
    VirtualCluster cluster({});
    QVERIFY(cluster.startAll());
    const int coordinator = coordinatorOf(cluster);
    const int other = (coordinator + 1) % 3;
    const int third = (coordinator + 2) % 3;
    Attempt attempt;
    attempt.options.timeout = 1s;
    attempt.options.quorum = 3;
    cluster.pause(third);
    const auto first = put(cluster, coordinator, attempt);
    QVERIFY(!first);
    QVERIFY(first.error().mayExist);
    cluster.resume(third);
    const auto newer = cluster.put(other, "k", "newer", cluster.get(other, "k")->siblings.context());
    QVERIFY(newer);
    QVERIFY(cluster.runUntil([&] { return cluster.node(coordinator).isServing(); }));
    attempt.options.timeout = 5s;
    const auto again = put(cluster, other, attempt);
    QVERIFY2(again, again ? "" : qPrintable(again.error().error.message));
    QVERIFY(again->siblings.context().covers(again->dot));
    QVERIFY(newer->siblings.context().covers(again->dot));
    QVERIFY(!again->siblings.context().covers(newer->dot));
    QCOMPARE(read(cluster, other), QByteArrayList{"newer"});
}

void RetriesTest::aRetryWhileTheFirstAttemptIsUnderWayWritesNothing()
{
    VirtualCluster cluster({});
    QVERIFY(cluster.startAll());
    // A commit that is coming already would take the write along.
    const int coordinator = coordinatorOf(cluster);
    QVERIFY(cluster.runUntil([&] { return cluster.disk(coordinator).pending() == 0; }));
    cluster.setCommitDelay(coordinator, 500ms);
    const auto first = send(cluster, 0, {});
    cluster.runFor(50ms);
    QVERIFY(!first->has_value());
    const auto again = put(cluster, 1, {});
    QVERIFY(!again);
    QCOMPARE(again.error().error.code, ErrorCode::Unavailable);
    QVERIFY(again.error().mayExist);
    QVERIFY(cluster.runUntil([&] { return first->has_value(); }));
    QVERIFY(**first);
    QCOMPARE(put(cluster, 1, {})->dot, (**first)->dot);
    QCOMPARE(read(cluster, 0), QByteArrayList{"imported"});
}

void RetriesTest::oneIdForTwoWritesIsRefused()
{
    VirtualCluster cluster({});
    QVERIFY(cluster.startAll());
    QVERIFY(put(cluster, 0, {}));
    const auto other = put(cluster, 0, {.content = QByteArray("something else")});
    QVERIFY(!other);
    QCOMPARE(other.error().error.code, ErrorCode::Conflict);
    QCOMPARE(read(cluster, 0), QByteArrayList{"imported"});
}

void RetriesTest::afterARestartOfItsCoordinatorARetryMakesASiblingAtWorst()
{
    VirtualCluster cluster({});
    QVERIFY(cluster.startAll());
    const auto first = put(cluster, 0, {});
    QVERIFY(first);
    QVERIFY(cluster.put(1, "k", "newer", first->siblings.context()));
    const int coordinator = coordinatorOf(cluster);
    cluster.crash(coordinator);
    cluster.start(coordinator);
    QVERIFY(cluster.runUntil([&] { return cluster.node(coordinator).isServing(); }));
    QVERIFY(put(cluster, coordinator, {}));
    QCOMPARE(read(cluster, 0), (QByteArrayList{"imported", "newer"}));
}

QTEST_GUILESS_MAIN(RetriesTest)
#include "retries_test.moc"
