// SPDX-License-Identifier: GPL-3.0-or-later
// Handmade histories that the judges must accept, and the same with one thing wrong.
#include "tests/sim/causality.h"
#include "tests/sim/story.h"

#include <QtTest>

using namespace ringmaster::sim;

namespace {

const Promises strict{.overlapCounts = true};
const Promises strictAndReaping{.overlapCounts = true, .reaps = true};

Promises afterLossOf(int node, int step)
{
    return {.loss = StoreLoss{node, step}};
}

} // namespace

class CheckersTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aWriteThatIsPresentOrSupersededIsNotLost();
    void aWriteThatIsNeitherIsLost();
    void aWriteIsSupersededOnlyByOneWhoseAuthorHadSeenIt();
    void whatAFailedDeleteHadSeenMayBeGone();
    void aWriteOnOneLostDiskIsExcusedAndOnTwoDisksIsNot();
    void aFallbackMayHaveGivenItsOnlyCopyToTheLostDisk();
    void aSupersededValueMustNotReturn();
    void aDeletedValueMustNotReturn();
    void aSiblingThatNobodyWroteIsRefused();
    void aWriteThatWasCertainlyNotDoneMustNotBeSeen();
    void oneValueTwiceInAnAnswerIsRefused();
    void oneDotWithTwoContentsIsRefused();
    void strictReadsSeeWhatWasAcknowledgedBefore();
    void sloppyReadsMayBeBehind();
    void anUnknownTombstoneMayBeAnyFailedDelete();
    void theContextOfAnAnswerCoversWhatWasSent();
    void aClientIsNotBehindItsOwnWrites();
    void aTrimmedContextHasSeenWhatItNamesAndWhatWasShown();
    void theFirstObjectionComesFirst();
};

void CheckersTest::aWriteThatIsPresentOrSupersededIsNotLost()
{
    Story story;
    const OpId a = story.write("a", {}, {value(1, 1, "a")});
    const OpId b = story.write("b", a, {value(1, 2, "b")});
    story.write("c", b, {value(2, 1, "c")});
    story.write("d", {}, {value(3, 1, "d"), value(2, 1, "c")});
    story.finalRead({value(2, 1, "c"), value(3, 1, "d")});
    QCOMPARE(rulesBroken(story), QList<int>());
}

void CheckersTest::aWriteThatIsNeitherIsLost()
{
    Story story;
    story.write("a", {}, {value(1, 1, "a")});
    story.write("b", {}, {value(2, 1, "b")});
    story.finalRead({value(2, 1, "b")});
    QCOMPARE(rulesBroken(story), QList<int>{1});
    Story empty;
    empty.write("a", {}, {value(1, 1, "a")});
    empty.finalRead({});
    QCOMPARE(rulesBroken(empty), QList<int>{1});
}

void CheckersTest::aWriteIsSupersededOnlyByOneWhoseAuthorHadSeenIt()
{
    Story story;
    const OpId before = story.read({});
    story.write("a", {}, {value(1, 1, "a")});
    story.write("b", before, {value(2, 1, "b")}); // knew nothing of a
    story.finalRead({value(2, 1, "b")});
    QCOMPARE(rulesBroken(story), QList<int>{1});
}

void CheckersTest::whatAFailedDeleteHadSeenMayBeGone()
{
    Story story;
    const OpId a = story.write("a", {}, {value(1, 1, "a")});
    story.fail(OpKind::Delete, {}, a, Outcome::MayExist);
    story.finalRead({});
    QCOMPARE(rulesBroken(story), QList<int>());
    Story refused;
    const OpId b = refused.write("b", {}, {value(1, 1, "b")});
    refused.fail(OpKind::Delete, {}, b, Outcome::NotDone);
    refused.finalRead({});
    QCOMPARE(rulesBroken(refused), QList<int>{1});
}

void CheckersTest::aWriteOnOneLostDiskIsExcusedAndOnTwoDisksIsNot()
{
    Story story;
    story.write("a", {}, {value(1, 1, "a")}, {{0, false}});
    const int then = story.steps();
    story.finalRead({});
    QCOMPARE(rulesBroken(story, afterLossOf(0, then)), QList<int>());
    QCOMPARE(rulesBroken(story, afterLossOf(1, then)), QList<int>{1});
    QCOMPARE(rulesBroken(story, afterLossOf(0, 0)), QList<int>{1}); // written after the loss
    Story two;
    two.write("a", {}, {value(1, 1, "a")}, {{0, false}, {1, false}});
    const int after = two.steps();
    two.finalRead({});
    QCOMPARE(rulesBroken(two, afterLossOf(0, after)), QList<int>{1});
}

void CheckersTest::aFallbackMayHaveGivenItsOnlyCopyToTheLostDisk()
{
    Story story;
    story.write("a", {}, {value(1, 1, "a")}, {{2, true}});
    const int then = story.steps();
    story.finalRead({});
    QCOMPARE(rulesBroken(story, afterLossOf(0, then)), QList<int>());
    QCOMPARE(rulesBroken(story), QList<int>{1});
}

void CheckersTest::aSupersededValueMustNotReturn()
{
    Story story;
    const OpId a = story.write("a", {}, {value(1, 1, "a")});
    story.write("b", a, {value(1, 2, "b")});
    story.finalRead({value(1, 2, "b"), value(1, 1, "a")});
    QCOMPARE(rulesBroken(story), QList<int>{2});
}

void CheckersTest::aDeletedValueMustNotReturn()
{
    Story story;
    const OpId a = story.write("a", {}, {value(1, 1, "a")});
    story.remove(a, {tombstone(1, 2)});
    story.read({value(1, 1, "a")}); // a stale replica, which a sloppy read may meet
    story.finalRead({});
    QCOMPARE(rulesBroken(story), QList<int>());
    QCOMPARE(rulesBroken(story, strict), (QList<int>{5, 2}));
    story.finalRead({value(1, 1, "a")});
    QCOMPARE(rulesBroken(story), QList<int>{2});
}

void CheckersTest::aSiblingThatNobodyWroteIsRefused()
{
    Story story;
    story.read({value(1, 1, "x")});
    QCOMPARE(rulesBroken(story), QList<int>{2});
}

void CheckersTest::aWriteThatWasCertainlyNotDoneMustNotBeSeen()
{
    Story story;
    story.fail(OpKind::Write, "a", {}, Outcome::NotDone);
    story.read({value(1, 1, "a")});
    QCOMPARE(rulesBroken(story), QList<int>{2});
    Story unknown;
    unknown.fail(OpKind::Write, "a", {}, Outcome::MayExist);
    unknown.read({value(1, 1, "a")});
    unknown.finalRead({});
    QCOMPARE(rulesBroken(unknown), QList<int>());
}

void CheckersTest::oneValueTwiceInAnAnswerIsRefused()
{
    Story story;
    story.write("a", {}, {value(1, 1, "a")});
    story.read({value(1, 1, "a"), value(2, 1, "a")});
    QCOMPARE(rulesBroken(story), QList<int>{2});
}

void CheckersTest::oneDotWithTwoContentsIsRefused()
{
    Story story;
    story.write("a", {}, {value(1, 1, "a")});
    story.write("b", {}, {value(1, 1, "b")});
    QCOMPARE(rulesBroken(story), QList<int>{2});
}

void CheckersTest::strictReadsSeeWhatWasAcknowledgedBefore()
{
    Story story;
    const OpId a = story.write("a", {}, {value(1, 1, "a")});
    story.read({value(1, 1, "a")}, false, 1);
    story.write("b", a, {value(1, 2, "b")});
    story.read({value(1, 2, "b")}, false, 1);
    QCOMPARE(rulesBroken(story, strict), QList<int>());
    story.write("c", {}, {value(2, 1, "c"), value(1, 2, "b")});
    story.read({value(1, 2, "b")}, false, 1);
    QCOMPARE(rulesBroken(story, strict), QList<int>{4});
}

void CheckersTest::sloppyReadsMayBeBehind()
{
    Story story;
    story.write("a", {}, {value(1, 1, "a")});
    story.read({});
    story.finalRead({value(1, 1, "a")});
    QCOMPARE(rulesBroken(story), QList<int>());
}

void CheckersTest::anUnknownTombstoneMayBeAnyFailedDelete()
{
    Story story;
    const OpId a = story.write("a", {}, {value(1, 1, "a")});
    story.fail(OpKind::Delete, {}, a, Outcome::MayExist);
    const OpId deleted = story.read({tombstone(2, 1)});
    story.write("b", deleted, {value(2, 2, "b")});
    story.finalRead({value(2, 2, "b")}); // a is superseded, if that was its delete
    QCOMPARE(rulesBroken(story), QList<int>());
    story.finalRead({value(2, 2, "b"), value(1, 1, "a")}); // and if it was not, it is there
    QCOMPARE(rulesBroken(story), QList<int>());
}

void CheckersTest::theContextOfAnAnswerCoversWhatWasSent()
{
    Story story;
    const OpId a = story.write("a", {}, {value(1, 7, "a")});
    Operation write;
    write.key = "k";
    write.kind = OpKind::Write;
    write.value = "b";
    write.basedOn = a;
    write.sent = {{1, 7}};
    const OpId b = story.history().begin(write);
    Operation answer;
    answer.outcome = Outcome::Acknowledged;
    answer.dot = Label{2, 1};
    answer.answer = {value(2, 1, "b")};
    answer.got = {{1, 6}, {2, 1}};
    story.history().end(b, answer);
    QCOMPARE(rulesBroken(story), QList<int>{5});
}

void CheckersTest::aClientIsNotBehindItsOwnWrites()
{
    Story story;
    story.write("a", {}, {value(1, 1, "a")});
    const OpId c = story.write("c", {}, {value(2, 1, "c"), value(1, 1, "a")});
    story.remove(c, {tombstone(2, 2)});
    story.read({}); // reaped
    QCOMPARE(rulesBroken(story, strictAndReaping), QList<int>());
    QCOMPARE(rulesBroken(story, strict), QList<int>{5});
    QCOMPARE(rulesBroken(story), QList<int>());
    Story behind;
    behind.write("a", {}, {value(1, 1, "a")});
    behind.read({value(1, 1, "a")});
    QCOMPARE(rulesBroken(behind, strictAndReaping), QList<int>());
    behind.write("b", {}, {value(2, 1, "b"), value(1, 1, "a")});
    behind.read({value(1, 1, "a")});
    QVERIFY(rulesBroken(behind, strictAndReaping).contains(5));
}

void CheckersTest::aTrimmedContextHasSeenWhatItNamesAndWhatWasShown()
{
    for (const bool isTrimmed : {false, true}) {
        Story story;
        const OpId a = story.write("a", {}, {value(1, 1, "a")});
        const OpId b = story.write("b", a, {value(2, 1, "b")}); // its answer's context: 1 and 2
        Operation write;
        write.key = "k";
        write.kind = OpKind::Write;
        write.value = "c";
        write.basedOn = b;
        write.sent = isTrimmed ? PlainContext{{2, 1}} : PlainContext{{1, 1}, {2, 1}};
        const OpId c = story.history().begin(write);
        const Causality causality(story.history());
        QCOMPARE(causality.behind(c).surely.contains(a), !isTrimmed);
        QVERIFY(causality.behind(c).surely.contains(b));
        QVERIFY(causality.behind(c).maybe.contains(a));
    }
}

void CheckersTest::theFirstObjectionComesFirst()
{
    Story story;
    story.read({value(1, 1, "x")});
    story.read({value(1, 2, "y")});
    const std::vector<Violation> found = judge(story.history(), {});
    QCOMPARE(found.size(), size_t(2));
    QVERIFY(found[0].at.step < found[1].at.step);
}

QTEST_GUILESS_MAIN(CheckersTest)
#include "checkers_test.moc"
