// SPDX-License-Identifier: GPL-3.0-or-later
// What the clients of one run asked, and what they were told: all that the checkers know.
//
// The history speaks in plain values. A dot is a label here and a context a table of numbers; what they mean
// is the business of the code under test.
#pragma once

#include "nodecore/base/types.h"
#include "tests/sim/op_set.h"

#include <QByteArray>
#include <QHash>
#include <QString>

#include <map>
#include <optional>
#include <utility>
#include <vector>

namespace ringmaster::sim {

using Label = std::pair<quint64, quint64>;       // actor, counter
using PlainContext = std::map<quint64, quint64>; // by actor, its counter

enum class OpKind {
    Read,
    Write,
    Delete,
    List, // all keys, page after page
};

enum class Outcome {
    Running,
    Acknowledged, // a write; for a read: answered
    NotDone,      // certainly without effect
    MayExist,     // a write that failed and may have, or yet take, effect
};

// A moment of a run: when, after how many events, and its place among all beginnings and ends.
struct Moment {
    MonoTime time;
    quint64 event = 0;
    int step = 0;
};

// One sibling as a client saw it.
struct Seen {
    Label dot;
    bool tombstone = false;
    QByteArray value; // empty in a tombstone
};

// A node that had answered for a write when it was acknowledged.
struct Holder {
    int node = 0;
    bool isFallback = false; // it kept the write for a primary
};

struct Operation {
    OpId id = 0;
    int client = 0;
    int node = 0;   // asked
    QByteArray key; // empty of a List
    OpKind kind = OpKind::Read;
    QByteArray value;            // of a Write: nobody else writes the same to this key
    std::optional<OpId> basedOn; // the answer whose context it carried; nothing: it was blind
    PlainContext sent;           // that context, which may have been trimmed
    bool isFinal = false;        // a read or a listing after everything has come together
    bool isProbe = false;        // of a cluster that lacks no more than its quorums can spare
    int quorum = 0;              // answers that were asked for
    int primaries = 0;           // answers of primaries, in each ring, without which it may not succeed

    Moment began;
    Moment ended;
    Outcome outcome = Outcome::Running;
    QString error;
    std::vector<Seen> answer; // of a read, or of an acknowledged write: the key after it
    PlainContext got;         // the context that came with the answer
    std::optional<Label> dot; // of an acknowledged write
    std::vector<Holder> holders;
    std::optional<int> copies;      // of an acknowledged write: how many were durable at that moment
    std::vector<QByteArray> listed; // of a List, in its order

    bool isWriting() const { return kind == OpKind::Write || kind == OpKind::Delete; }
    bool answered() const { return outcome == Outcome::Acknowledged; }
    // A read that found no value.
    bool isAbsent() const;
    // A write whose effect may be met with.
    bool mayBeThere() const { return isWriting() && outcome != Outcome::NotDone; }
};

QString describe(const Operation& operation);

class History {
public:
    // Fills in the id and the step.
    OpId begin(Operation operation);
    // Takes what answer says of the end: outcome, error, answer, got, dot, holders, copies, listed, ended.
    void end(OpId id, Operation answer);

    const Operation& at(OpId id) const { return m_operations[size_t(id)]; }
    const std::vector<Operation>& operations() const { return m_operations; }
    // Who wrote that value to that key.
    std::optional<OpId> writerOf(const QByteArray& key, const QByteArray& value) const;
    // Whether a client has seen that dot of the key in an answer.
    bool wasTold(const QByteArray& key, Label dot) const;
    int steps() const { return m_steps; }

private:
    std::vector<Operation> m_operations;
    QHash<std::pair<QByteArray, QByteArray>, OpId> m_writers; // by key and value
    int m_steps = 0;
};

} // namespace ringmaster::sim
