// SPDX-License-Identifier: GPL-3.0-or-later
// The part of client_json.h that is about a node's work: figures, traces, hints, conflicts.
#include "nodecore/client/answer_reader.h"
#include "nodecore/client/client_json.h"

namespace ringmaster {

using namespace Qt::StringLiterals;

namespace {

constexpr qsizetype maxNameLength = 256;
constexpr qsizetype maxOwners = 4096;
constexpr qsizetype maxTraces = 10000;
constexpr qsizetype maxSteps = 10000;
constexpr qsizetype maxDots = 1000;
constexpr qsizetype maxConflictsInPage = 10000;

template <class T>
Parsed<T> finished(const AnswerReader& reader, T value)
{
    if (reader.failed())
        return tl::make_unexpected(reader.problem());
    return value;
}

LatencySnapshot latencyFrom(const QJsonObject& object)
{
    AnswerReader reader(object, {});
    return {reader.number("p50"_L1, 0), reader.number("p99"_L1, 0)};
}

ClientTraceStep stepFrom(AnswerReader& from)
{
    ClientTraceStep step;
    step.ms = from.number("ms"_L1, 0);
    step.event = from.requiredText("event"_L1, 64);
    step.node = from.text("node"_L1, maxNameLength, {});
    step.role = from.text("role"_L1, 32, {});
    step.owner = from.text("owner"_L1, maxNameLength, {});
    step.detail = from.text("detail"_L1, 4096, {});
    const QJsonArray dots = from.object().value("dots"_L1).toArray();
    if (dots.size() > maxDots)
        from.fail(u"dots"_s);
    for (qsizetype i = 0; i < dots.size() && !from.failed(); ++i)
        step.dots.append(dots.at(i).toString().left(64));
    return step;
}

ClientTrace readTrace(AnswerReader& from)
{
    ClientTrace trace;
    trace.id = from.requiredText("id"_L1, 16);
    trace.node = from.text("node"_L1, maxNameLength, {});
    trace.op = from.text("op"_L1, 16, {});
    if (auto key = bytesField(from.object(), u"key"_s))
        trace.key = std::move(*key);
    else
        from.fail(u"key"_s);
    trace.beganMs = from.integer("began_ms"_L1, 0);
    trace.outcome = from.text("outcome"_L1, 32, {});
    trace.ms = from.number("ms"_L1, 0);
    trace.needed = from.smallInteger("needed"_L1, 0);
    trace.error = from.text("error"_L1, 8192, {});
    trace.stepCount = from.smallInteger("step_count"_L1, 0);
    from.each("steps"_L1, maxSteps, [&](AnswerReader& one) { trace.steps.append(stepFrom(one)); });
    return trace;
}

ClientHints readHints(AnswerReader& from)
{
    ClientHints hints;
    hints.node = from.text("node"_L1, maxNameLength, {});
    hints.count = from.integer("count"_L1, 0);
    from.each("owed"_L1, maxOwners, [&](AnswerReader& one) {
        hints.owed.append({one.requiredText("to"_L1, maxNameLength), one.integer("hints"_L1, 0),
                           one.integer("bytes"_L1, 0), one.boolean("reachable"_L1, false)});
    });
    return hints;
}

// Each has a reader of its own, for the problem's place.
struct StatsReader {
    ClientStats stats;
    QString problem;

    template <class Read>
    void part(AnswerReader& from, QLatin1StringView name, Read read)
    {
        AnswerReader one(from.child(name), name);
        read(one);
        if (problem.isEmpty())
            problem = one.problem();
    }
};

} // namespace

Parsed<ClientStats> statsFrom(const QJsonObject& object)
{
    AnswerReader from(object, {});
    StatsReader to;
    ClientStats& stats = to.stats;
    to.part(from, "requests"_L1,
            [&](AnswerReader& one) { stats.requestsPerSecond = one.number("per_second"_L1, 0); });
    to.part(from, "latency_ms"_L1, [&](AnswerReader& one) {
        stats.getLatency = latencyFrom(one.child("get"_L1));
        stats.putLatency = latencyFrom(one.child("put"_L1));
    });
    to.part(from, "repair"_L1, [&](AnswerReader& one) {
        stats.repair = {one.integer("rounds"_L1, 0),        one.integer("objects_given"_L1, 0),
                        one.integer("objects_taken"_L1, 0), one.integer("divergent_slots"_L1, 0),
                        one.integer("read_repairs"_L1, 0),  one.integer("hints_delivered"_L1, 0),
                        one.boolean("busy"_L1, false)};
    });
    to.part(from, "hints"_L1, [&](AnswerReader& one) { stats.hints = readHints(one); });
    stats.hints.node = from.requiredText("node"_L1, maxNameLength);
    to.part(from, "reaper"_L1, [&](AnswerReader& one) {
        stats.reaper = {one.boolean("enabled"_L1, false), one.integer("held"_L1, 0),
                        one.integer("waiting"_L1, 0), one.integer("reaped"_L1, 0),
                        one.text("waits_for"_L1, 4096, {})};
    });
    to.part(from, "integrity"_L1, [&](AnswerReader& one) {
        ClientIntegrity& found = stats.integrity;
        found = {one.integer("damaged_records"_L1, 0), one.integer("repaired_records"_L1, 0),
                 one.integer("damaged_now"_L1, 0), one.integer("damaged_hints"_L1, 0),
                 one.integer("contradictions"_L1, 0)};
        to.part(one, "scrub"_L1, [&](AnswerReader& scrub) {
            found.scrubbedObjects = scrub.integer("objects"_L1, 0);
            found.scrubPasses = scrub.integer("passes"_L1, 0);
            found.scrubSlot = scrub.smallInteger("slot"_L1, 0);
            found.isScrubbing = scrub.boolean("running"_L1, false);
        });
    });
    to.part(from, "siblings"_L1, [&](AnswerReader& one) {
        stats.mostSiblings = one.integer("most"_L1, 0);
        stats.keysWithManySiblings = one.integer("keys_above"_L1, 0);
    });
    if (!to.problem.isEmpty())
        return tl::make_unexpected(to.problem);
    return finished(from, std::move(stats));
}

Parsed<ClientTrace> traceFrom(const QJsonObject& object)
{
    AnswerReader reader(object, u"trace"_s);
    return finished(reader, readTrace(reader));
}

Parsed<QList<ClientTrace>> tracesFrom(const QJsonObject& object)
{
    AnswerReader reader(object, {});
    QList<ClientTrace> traces;
    reader.require("traces"_L1);
    reader.each("traces"_L1, maxTraces, [&](AnswerReader& one) { traces.append(readTrace(one)); });
    return finished(reader, std::move(traces));
}

Parsed<ClientHints> hintsFrom(const QJsonObject& object)
{
    AnswerReader reader(object, {});
    reader.require("count"_L1);
    reader.require("owed"_L1);
    return finished(reader, readHints(reader));
}

Parsed<ClientConflictsPage> conflictsPageFrom(const QJsonObject& object)
{
    AnswerReader reader(object, {});
    ClientConflictsPage page;
    reader.require("conflicts"_L1);
    reader.require("next_cursor"_L1);
    reader.each("conflicts"_L1, maxConflictsInPage, [&](AnswerReader& one) {
        if (auto key = bytesField(one.object(), u"key"_s))
            page.conflicts.append({std::move(*key), one.smallInteger("siblings"_L1, 0)});
        else
            one.fail(u"key"_s);
    });
    page.nextCursor = reader.text("next_cursor"_L1, 64 * 1024, {});
    return finished(reader, std::move(page));
}

Parsed<qint64> scrubBegunFrom(const QJsonObject& object)
{
    AnswerReader reader(object, {});
    reader.require("passes"_L1);
    return finished(reader, reader.integer("passes"_L1, 0));
}

Parsed<int> repairBegunFrom(const QJsonObject& object)
{
    AnswerReader reader(object, {});
    reader.require("peers"_L1);
    return finished(reader, reader.smallInteger("peers"_L1, 0));
}

} // namespace ringmaster
