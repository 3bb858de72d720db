// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/sim/checkers.h"

#include "tests/sim/causality.h"

#include <algorithm>
#include <set>

namespace ringmaster::sim {

namespace {

class Judge {
public:
    Judge(const History& history, const Promises& promises)
        : m_history(history)
        , m_promises(promises)
        , m_causality(history)
    {
        for (const Operation& operation : history.operations())
            m_byKey[operation.key].push_back(&operation);
    }

    std::vector<Violation> verdict();

private:
    using Operations = std::vector<const Operation*>; // of one key

    void object(int rule, const Operation& at, const QString& what);
    bool isKept(const Operation& write) const;
    bool isOwed(const Operation& write, const Operation& read) const;
    OpSet behindDeletes(const Operation& answer, const Operations& ofKey) const;

    void checkWritten(const Operation& answer);
    void checkDots(const Operation& answer);
    void checkNotSuperseded(const Operation& read, const Operations& ofKey);
    void checkSeesWrites(int rule, const Operation& read, const Operations& ofKey);
    void checkContext(const Operation& write);
    void checkOwnWrites(const Operation& read, const Operations& ofKey);
    void checkIsItsOwn(const Operation& write);
    void checkCopies(const Operation& write);
    void checkListing(const Operation& listing);

    const History& m_history;
    const Promises& m_promises;
    Causality m_causality;
    std::map<QByteArray, Operations> m_byKey;
    std::map<std::pair<QByteArray, Label>, Seen> m_dots;
    std::vector<Violation> m_violations;
};

void Judge::object(int rule, const Operation& at, const QString& what)
{
    m_violations.push_back({rule, what, at.ended});
}

// Acknowledged, and not by a single node whose disk was lost later. With W=1 the promise is one disk's: the
// lost one may have been it, or have got the write from a fallback that forgot it then. From W=2 on, one lost
// disk excuses nothing.
bool Judge::isKept(const Operation& write) const
{
    if (!write.isWriting() || !write.answered())
        return false;
    const std::optional<StoreLoss>& loss = m_promises.loss;
    if (!loss || write.ended.step > loss->step || write.holders.size() != 1)
        return true;
    const Holder& only = write.holders.front();
    return only.node != loss->node && !only.isFallback;
}

// The read, or listing, has to know of the write: after healing of every one, else where a primary has
// answered both.
bool Judge::isOwed(const Operation& write, const Operation& read) const
{
    if (!isKept(write) || write.ended.step > read.began.step)
        return false;
    if (read.isFinal)
        return true;
    const bool saysAbsent = m_promises.absentNeedsPrimaries && (read.isAbsent() || read.kind == OpKind::List);
    const int asked = saysAbsent ? std::max(read.primaries, read.quorum) : read.primaries;
    return m_promises.overlapCounts && asked >= m_promises.leastPrimaries &&
           asked + write.primaries > m_promises.replicas;
}

// What a delete had seen that may have taken effect before the answer; it may have left nothing that could be
// shown.
OpSet Judge::behindDeletes(const Operation& answer, const Operations& ofKey) const
{
    OpSet seen;
    for (const Operation* other : ofKey) {
        if (other->kind == OpKind::Delete && other->mayBeThere() && other->began.step < answer.ended.step)
            seen.insertAll(m_causality.behind(other->id).maybe);
    }
    return seen;
}

// Rule 2: each value was written to this key, before it was seen, once.
void Judge::checkWritten(const Operation& answer)
{
    std::set<QByteArray> values;
    for (const Seen& seen : answer.answer) {
        if (seen.tombstone)
            continue;
        const QString value = QString::fromUtf8(seen.value.left(24));
        if (!values.insert(seen.value).second)
            object(2, answer, QStringLiteral("%1 stands twice in one answer").arg(value));
        const std::optional<OpId> id = m_history.writerOf(answer.key, seen.value);
        if (!id || m_history.at(*id).began.step > answer.ended.step) {
            object(2, answer, QStringLiteral("nobody had written %1 here").arg(value));
            continue;
        }
        if (m_history.at(*id).outcome == Outcome::NotDone)
            object(2, answer,
                   QStringLiteral("its writer was told that nothing was written: ") +
                       describe(m_history.at(*id)));
    }
}

// Rule 2: a dot names one write.
void Judge::checkDots(const Operation& answer)
{
    for (const Seen& seen : answer.answer) {
        const auto [known, isNew] = m_dots.try_emplace({answer.key, seen.dot}, seen);
        const Seen& first = known->second;
        if (isNew || (first.tombstone == seen.tombstone && first.value == seen.value))
            continue;
        object(2, answer,
               QStringLiteral("one dot with two contents: \"%1\" and \"%2\"")
                   .arg(QString::fromUtf8(first.value), QString::fromUtf8(seen.value)));
    }
}

// Rule 2: nothing is shown that an acknowledged write or delete had seen.
void Judge::checkNotSuperseded(const Operation& read, const Operations& ofKey)
{
    for (const Seen& seen : read.answer) {
        const std::optional<OpId> writer =
            seen.tombstone ? std::nullopt : m_history.writerOf(read.key, seen.value);
        if (!writer)
            continue;
        for (const Operation* later : ofKey) {
            if (!isOwed(*later, read) || !m_causality.behind(later->id).surely.contains(*writer))
                continue;
            object(2, read,
                   QStringLiteral("%1 is back; it was superseded by %2")
                       .arg(QString::fromUtf8(seen.value), describe(*later)));
            break;
        }
    }
}

// Rules 1 and 4: every write that was acknowledged before the read began is accounted for.
void Judge::checkSeesWrites(int rule, const Operation& read, const Operations& ofKey)
{
    OpSet accounted = m_causality.shownBy(read.id).maybe;
    accounted.insertAll(behindDeletes(read, ofKey));
    for (const Operation* write : ofKey) {
        if (write->kind == OpKind::Write && isOwed(*write, read) && !accounted.contains(write->id))
            object(rule, read, QStringLiteral("acknowledged, and not seen: ") + describe(*write));
    }
}

bool covers(const PlainContext& context, Label dot)
{
    const auto found = context.find(dot.first);
    return found != context.end() && found->second >= dot.second;
}

// Rule 5: a write's answer has seen what the write had seen, and the write.
void Judge::checkContext(const Operation& write)
{
    PlainContext needed = write.sent;
    if (write.dot)
        needed[write.dot->first] = std::max(needed[write.dot->first], write.dot->second);
    for (const auto& [actor, counter] : needed) {
        if (!covers(write.got, {actor, counter}))
            object(5, write, QStringLiteral("the context that came back has not seen what was sent"));
    }
}

// Rule 5: a client's read is not behind its own writes, but for those that a reaped key has forgotten.
void Judge::checkOwnWrites(const Operation& read, const Operations& ofKey)
{
    const OpSet deleted = behindDeletes(read, ofKey);
    for (const Operation* own : ofKey) {
        if (m_promises.reaps && (own->kind == OpKind::Delete || deleted.contains(own->id)))
            continue;
        if (own->client == read.client && own->dot && isOwed(*own, read) && !covers(read.got, *own->dot))
            object(5, read, QStringLiteral("this read is behind the client's own ") + describe(*own));
    }
}

// Rule 6: nobody has superseded it when its answer is made.
void Judge::checkIsItsOwn(const Operation& write)
{
    const bool isShown = std::any_of(write.answer.begin(), write.answer.end(), [&write](const Seen& seen) {
        return seen.dot == write.dot && seen.tombstone == (write.kind == OpKind::Delete) &&
               seen.value == write.value;
    });
    if (!isShown)
        object(6, write, QStringLiteral("this answer does not show the write: ") + describe(write));
}

// Rule 7. One copy may have gone with the disk that was lost since it was counted.
void Judge::checkCopies(const Operation& write)
{
    const bool lostMeanwhile = m_promises.loss && m_promises.loss->step >= write.began.step &&
                               m_promises.loss->step <= write.ended.step;
    const int needed = write.quorum - (lostMeanwhile ? 1 : 0);
    if (m_promises.copiesCount && write.copies && *write.copies < needed)
        object(7, write,
               QStringLiteral("%1 durable copies when it was acknowledged: ").arg(*write.copies) +
                   describe(write));
}

// Rule 8. A key is there all the time where a write of it is owed and no delete may have begun.
void Judge::checkListing(const Operation& listing)
{
    std::set<QByteArray> listed;
    for (const QByteArray& key : listing.listed) {
        const QString name = QString::fromUtf8(key);
        if (!listed.insert(key).second)
            object(8, listing, QStringLiteral("%1 is listed twice").arg(name));
        const auto ofKey = m_byKey.find(key);
        const bool wasWritten =
            ofKey != m_byKey.end() &&
            std::any_of(ofKey->second.begin(), ofKey->second.end(), [&listing](const Operation* write) {
                return write->kind == OpKind::Write && write->mayBeThere() &&
                       write->began.step < listing.ended.step;
            });
        if (!wasWritten)
            object(8, listing, QStringLiteral("%1 is listed, and nobody had written it").arg(name));
    }
    for (const auto& [key, ofKey] : m_byKey) {
        if (key.isEmpty() || listed.count(key) > 0)
            continue;
        const OpSet deleted = behindDeletes(listing, ofKey);
        const auto missing = std::find_if(ofKey.begin(), ofKey.end(), [&](const Operation* write) {
            return write->kind == OpKind::Write && isOwed(*write, listing) && !deleted.contains(write->id);
        });
        if (missing != ofKey.end())
            object(8, listing, QStringLiteral("a key is not listed: ") + describe(**missing));
    }
}

std::vector<Violation> Judge::verdict()
{
    for (const Operation& answer : m_history.operations()) {
        if (!answer.answered())
            continue;
        if (answer.kind == OpKind::List) {
            checkListing(answer);
            continue;
        }
        const Operations& ofKey = m_byKey.at(answer.key);
        checkWritten(answer);
        checkDots(answer);
        if (answer.isWriting()) {
            checkContext(answer);
            checkIsItsOwn(answer);
            checkCopies(answer);
            continue;
        }
        if (!answer.isFinal && !m_promises.overlapCounts)
            continue;
        checkSeesWrites(answer.isFinal ? 1 : 4, answer, ofKey);
        if (!answer.isFinal)
            checkOwnWrites(answer, ofKey);
        checkNotSuperseded(answer, ofKey);
    }
    std::stable_sort(m_violations.begin(), m_violations.end(),
                     [](const Violation& a, const Violation& b) { return a.at.step < b.at.step; });
    return std::move(m_violations);
}

} // namespace

std::optional<QString> beyondBound(qsizetype largestMessage, qsizetype largestObject)
{
    if (largestMessage <= mostInOneMessage + largestObject)
        return std::nullopt;
    return QStringLiteral("a message of %1 bytes").arg(largestMessage);
}

std::vector<Violation> judgeProbes(const History& history)
{
    std::vector<Violation> violations;
    for (const Operation& operation : history.operations()) {
        if (operation.isProbe && !operation.answered())
            violations.push_back({11,
                                  QStringLiteral("the quorums have whom they need: ") + describe(operation),
                                  operation.ended});
    }
    return violations;
}

std::vector<Violation> judge(const History& history, const Promises& promises)
{
    return Judge(history, promises).verdict();
}

} // namespace ringmaster::sim
