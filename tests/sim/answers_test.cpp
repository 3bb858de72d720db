// SPDX-License-Identifier: GPL-3.0-or-later
// The judges of single answers: absent, listings, copies, and whether an answer is of its request.
#include "tests/sim/story.h"

#include <QtTest>

using namespace ringmaster::sim;

namespace {

const Promises overlapping{.overlapCounts = true};

Promises afterLossAt(int step)
{
    return {.loss = StoreLoss{0, step}};
}

// An acknowledged write of k=a at W=2 with that answer and so many copies.
Story acknowledged(Label dot, const std::vector<Seen>& answered, std::optional<int> copies)
{
    Story story;
    Operation write;
    write.key = "k";
    write.kind = OpKind::Write;
    write.value = "a";
    write.quorum = 2;
    const OpId id = story.history().begin(write);
    Operation answer;
    answer.outcome = Outcome::Acknowledged;
    answer.dot = dot;
    answer.answer = answered;
    answer.copies = copies;
    answer.got = {{dot.first, dot.second}};
    story.history().end(id, answer);
    return story;
}

} // namespace

class AnswersTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void absentNeedsPrimariesThatCannotAllHaveMissedTheWrite();
    void anAnswerShowsTheWriteThatItAnswers();
    void anAcknowledgementHasItsDurableCopies();
    void aLostDiskMayHaveTakenOneCopyOfAWriteUnderWay();
    void aListingHasEveryKeyThatWasThereAllTheTime();
    void aListingHasNoKeyTwiceAndNoneThatNobodyWrote();
    void aKeyThatIsDeletedMayBeListedOrNot();
    void aProbeIsAnswered();
    void aMessageHasWhatOneAnswerMayHaveAndOneObjectMore();
};

void AnswersTest::absentNeedsPrimariesThatCannotAllHaveMissedTheWrite()
{
    for (const auto& [w, r, isOwed] : {std::tuple(2, 2, true), {1, 2, false}, {1, 3, true}, {3, 1, true}}) {
        Story story;
        story.quorum = w;
        story.write("a", {}, {value(1, 1, "a")});
        story.quorum = r;
        story.read({}, false, 1);
        QCOMPARE(rulesBroken(story, overlapping), isOwed ? QList<int>{4} : QList<int>());
        QCOMPARE(rulesBroken(story), QList<int>());
    }
    Story sloppy; // in which fallbacks may answer with a value, never with its absence
    sloppy.write("a", {}, {value(1, 1, "a")});
    Operation read;
    read.key = "k";
    read.client = 1;
    read.quorum = 2;
    const OpId id = sloppy.history().begin(read);
    Operation absent;
    absent.outcome = Outcome::Acknowledged;
    sloppy.history().end(id, absent);
    QCOMPARE(rulesBroken(sloppy, overlapping), QList<int>{4});
}

void AnswersTest::anAnswerShowsTheWriteThatItAnswers()
{
    Story right = acknowledged({1, 1}, {value(1, 1, "a")}, 2);
    QCOMPARE(rulesBroken(right), QList<int>());
    Story otherDot = acknowledged({1, 2}, {value(1, 1, "a")}, 2);
    QCOMPARE(rulesBroken(otherDot), QList<int>{6});
    Story nothing = acknowledged({1, 1}, {}, 2);
    QCOMPARE(rulesBroken(nothing), QList<int>{6});
    Story deleted = acknowledged({1, 1}, {tombstone(1, 1)}, 2);
    QCOMPARE(rulesBroken(deleted), QList<int>{6});
    Story otherValue = acknowledged({1, 1}, {value(1, 1, "b")}, 2);
    QCOMPARE(rulesBroken(otherValue), (QList<int>{2, 6}));
}

void AnswersTest::anAcknowledgementHasItsDurableCopies()
{
    for (const int copies : {0, 1, 2, 3}) {
        Story story = acknowledged({1, 1}, {value(1, 1, "a")}, copies);
        QCOMPARE(rulesBroken(story), copies < 2 ? QList<int>{7} : QList<int>());
    }
}

void AnswersTest::aLostDiskMayHaveTakenOneCopyOfAWriteUnderWay()
{
    for (const int copies : {0, 1}) {
        Story story = acknowledged({1, 1}, {value(1, 1, "a")}, copies);
        QCOMPARE(rulesBroken(story, afterLossAt(1)), copies < 1 ? QList<int>{7} : QList<int>());
        QCOMPARE(rulesBroken(story, afterLossAt(story.steps() + 1)), QList<int>{7});
    }
}

void AnswersTest::aListingHasEveryKeyThatWasThereAllTheTime()
{
    Story story;
    story.write("a", {}, {value(1, 1, "a")});
    story.list({"k"});
    QCOMPARE(rulesBroken(story, overlapping), QList<int>());
    story.list({});
    QCOMPARE(rulesBroken(story, overlapping), QList<int>{8});
    QCOMPARE(rulesBroken(story), QList<int>());
    story.list({}, true);
    QCOMPARE(rulesBroken(story), QList<int>{8});
}

void AnswersTest::aListingHasNoKeyTwiceAndNoneThatNobodyWrote()
{
    Story story;
    story.write("a", {}, {value(1, 1, "a")});
    story.list({"k", "k"});
    QCOMPARE(rulesBroken(story), QList<int>{8});
    Story foreign;
    foreign.list({"other"});
    QCOMPARE(rulesBroken(foreign), QList<int>{8});
    Story refused;
    refused.fail(OpKind::Write, "a", {}, Outcome::NotDone);
    refused.list({"k"});
    QCOMPARE(rulesBroken(refused), QList<int>{8});
}

void AnswersTest::aKeyThatIsDeletedMayBeListedOrNot()
{
    Story story;
    const OpId a = story.write("a", {}, {value(1, 1, "a")});
    story.remove(a, {tombstone(1, 2)});
    story.list({"k"});
    story.list({});
    QCOMPARE(rulesBroken(story, overlapping), QList<int>());
    story.write("b", {}, {value(1, 3, "b")});
    story.list({});
    QCOMPARE(rulesBroken(story, overlapping), QList<int>{8});
}

void AnswersTest::aProbeIsAnswered()
{
    for (const Outcome outcome :
         {Outcome::Acknowledged, Outcome::NotDone, Outcome::MayExist, Outcome::Running}) {
        for (const bool isProbe : {true, false}) {
            Story story;
            Operation probe;
            probe.key = "k";
            probe.isProbe = isProbe;
            const OpId id = story.history().begin(probe);
            if (outcome != Outcome::Running) {
                Operation answer;
                answer.outcome = outcome;
                story.history().end(id, answer);
            }
            const std::vector<Violation> found = judgeProbes(story.history());
            QCOMPARE(!found.empty(), isProbe && outcome != Outcome::Acknowledged);
            QVERIFY(found.empty() || found.front().rule == 11);
        }
    }
}

void AnswersTest::aMessageHasWhatOneAnswerMayHaveAndOneObjectMore()
{
    QVERIFY(!beyondBound(mostInOneMessage, 0));
    QVERIFY(beyondBound(mostInOneMessage + 1, 0));
    QVERIFY(!beyondBound(mostInOneMessage + 5000, 5000));
    QVERIFY(beyondBound(mostInOneMessage + 5001, 5000));
}

QTEST_GUILESS_MAIN(AnswersTest)
#include "answers_test.moc"
