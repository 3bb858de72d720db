// SPDX-License-Identifier: GPL-3.0-or-later
// Handmade histories for the tests of the judges, with three replicas.
#pragma once

#include "tests/sim/checkers.h"

#include <QList>

namespace ringmaster::sim {

// Writes a history down as a run would: each operation begins and ends before the next.
class Story {
public:
    OpId write(const QByteArray& value, std::optional<OpId> basedOn, std::vector<Seen> after,
               std::vector<Holder> holders = {{0, false}, {1, false}})
    {
        const OpId id = m_history.begin(writing(OpKind::Write, value, basedOn));
        end(id, std::move(after), std::move(holders));
        return id;
    }
    OpId remove(std::optional<OpId> basedOn, std::vector<Seen> after)
    {
        const OpId id = m_history.begin(writing(OpKind::Delete, {}, basedOn));
        end(id, std::move(after), {{0, false}, {1, false}});
        return id;
    }
    OpId fail(OpKind kind, const QByteArray& value, std::optional<OpId> basedOn, Outcome outcome)
    {
        const OpId id = m_history.begin(writing(kind, value, basedOn));
        Operation answer;
        answer.outcome = outcome;
        m_history.end(id, std::move(answer));
        return id;
    }
    OpId read(std::vector<Seen> seen, bool isFinal = false, int client = 0)
    {
        Operation operation;
        operation.key = "k";
        operation.isFinal = isFinal;
        operation.client = client;
        operation.quorum = operation.primaries = quorum;
        const OpId id = m_history.begin(operation);
        end(id, std::move(seen), {});
        return id;
    }
    OpId list(const std::vector<QByteArray>& keys, bool isFinal = false)
    {
        Operation operation;
        operation.kind = OpKind::List;
        operation.isFinal = isFinal;
        operation.quorum = operation.primaries = quorum;
        const OpId id = m_history.begin(operation);
        Operation answer;
        answer.outcome = Outcome::Acknowledged;
        answer.listed = keys;
        m_history.end(id, std::move(answer));
        return id;
    }
    OpId finalRead(std::vector<Seen> seen) { return read(std::move(seen), true, -1); }

    // Of the requests that come now; all of them of primaries.
    int quorum = 2;

    History& history() { return m_history; }
    int steps() const { return m_history.steps(); }

private:
    Operation writing(OpKind kind, const QByteArray& value, std::optional<OpId> basedOn)
    {
        Operation operation;
        operation.key = "k";
        operation.kind = kind;
        operation.value = value;
        operation.basedOn = basedOn;
        operation.quorum = operation.primaries = quorum;
        if (basedOn)
            operation.sent = m_history.at(*basedOn).got;
        return operation;
    }
    // An acknowledged write's own dot is the first of what the key holds after it.
    void end(OpId id, std::vector<Seen> after, std::vector<Holder> holders)
    {
        Operation answer;
        answer.outcome = Outcome::Acknowledged;
        answer.holders = std::move(holders);
        answer.got = m_history.at(id).sent;
        for (const Seen& seen : after)
            answer.got[seen.dot.first] = std::max(answer.got[seen.dot.first], seen.dot.second);
        if (m_history.at(id).isWriting())
            answer.dot = after.front().dot;
        answer.answer = std::move(after);
        m_history.end(id, std::move(answer));
    }

    History m_history;
};

inline Seen value(quint64 actor, quint64 counter, const QByteArray& value)
{
    return {{actor, counter}, false, value};
}
inline Seen tombstone(quint64 actor, quint64 counter)
{
    return {{actor, counter}, true, {}};
}

inline QList<int> rulesBroken(Story& story, const Promises& promises = {})
{
    QList<int> rules;
    for (const Violation& violation : judge(story.history(), promises)) {
        if (!rules.contains(violation.rule))
            rules << violation.rule;
    }
    return rules;
}

} // namespace ringmaster::sim
