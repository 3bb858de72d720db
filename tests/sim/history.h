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

enum class OpKind { Read, Write, Delete };

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
    int node = 0; // asked
    QByteArray key;
    OpKind kind = OpKind::Read;
    QByteArray value;            // of a Write: nobody else writes the same
    std::optional<OpId> basedOn; // the answer whose context it carried; nothing: it was blind
    PlainContext sent;           // that context
    bool isFinal = false;        // a read after everything has come together

    Moment began;
    Moment ended;
    Outcome outcome = Outcome::Running;
    QString error;
    std::vector<Seen> answer; // of a read, or of an acknowledged write: the key after it
    PlainContext got;         // the context that came with the answer
    std::optional<Label> dot; // of an acknowledged write
    std::vector<Holder> holders;

    bool isWriting() const { return kind != OpKind::Read; }
    bool answered() const { return outcome == Outcome::Acknowledged; }
    // A write whose effect may be met with.
    bool mayBeThere() const { return isWriting() && outcome != Outcome::NotDone; }
};

QString describe(const Operation& operation);

class History {
public:
    // Fills in the id and the step.
    OpId begin(Operation operation);
    // Takes what answer says of the end: outcome, error, answer, got, dot, holders, ended.
    void end(OpId id, Operation answer);

    const Operation& at(OpId id) const { return m_operations[size_t(id)]; }
    const std::vector<Operation>& operations() const { return m_operations; }
    // Who wrote that value.
    std::optional<OpId> writerOf(const QByteArray& value) const;
    int steps() const { return m_steps; }

private:
    std::vector<Operation> m_operations;
    QHash<QByteArray, OpId> m_writers;
    int m_steps = 0;
};

} // namespace ringmaster::sim
