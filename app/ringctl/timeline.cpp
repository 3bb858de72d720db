// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ringctl/timeline.h"

#include "app/ringctl/key_call.h"
#include "app/ringctl/output.h"
#include "nodecore/client/client_json.h"

#include <QJsonArray>

#include <algorithm>
#include <cmath>

namespace ringmaster::ctl {

using namespace Qt::StringLiterals;

namespace {

const ClientTraceStep* find(const QList<ClientTraceStep>& steps, const QString& event)
{
    const auto found = std::find_if(steps.begin(), steps.end(),
                                    [&](const ClientTraceStep& step) { return step.event == event; });
    return found == steps.end() ? nullptr : &*found;
}

bool isAny(const QList<ClientTraceStep>& steps, const std::function<bool(const ClientTraceStep&)>& is)
{
    return std::any_of(steps.begin(), steps.end(), is);
}

// Asked, and neither answered nor given up.
QStringList silentOnes(const QList<ClientTraceStep>& steps)
{
    QStringList silent;
    for (const ClientTraceStep& step : steps) {
        if (step.event == "asked"_L1)
            silent.append(step.node);
        else if (step.event == "answered"_L1 || step.event == "missing"_L1)
            silent.removeOne(step.node);
    }
    return silent;
}

bool isHint(const ClientTraceStep& step, const QString& event, const QString& owner)
{
    return step.event == event && step.owner == owner;
}

// Somebody stands in for it, and has said that the hint is kept.
bool hasHintKept(const QList<ClientTraceStep>& steps, const QString& owner)
{
    return isAny(steps, [&](const auto& step) { return isHint(step, u"hint_kept"_s, owner); });
}

// "n4 → n3", and what it is about.
struct Line {
    QString from;
    QString arrow;
    QString to;
    QString what;
};

QString asWhat(const ClientTraceStep& step)
{
    if (step.role != "fallback"_L1)
        return step.role;
    return step.owner.isEmpty() ? u"fallback"_s : u"fallback for %1"_s.arg(step.owner);
}

QString holdsText(const ClientTraceStep& step)
{
    return step.dots.isEmpty() ? u"holds nothing"_s : u"holds %1"_s.arg(step.dots.join(u", "_s));
}

Line answeredLine(const ClientTraceStep& step, const QString& coordinator, bool isRead)
{
    const QString what = isRead ? holdsText(step) : u"stored"_s;
    if (step.node == coordinator)
        return {coordinator, {}, {}, u"%1 (%2)"_s.arg(what, asWhat(step))};
    return {coordinator, u"←"_s, step.node, u"%1 (%2)"_s.arg(what, asWhat(step))};
}

QString outcomeText(const ClientTraceStep& step, const ClientTrace& request)
{
    if (step.event != "quorum_met"_L1)
        return u"failed: the client is told so"_s;
    // Who forwarded a request does not know it.
    const QString quorum = request.needed == 0
                               ? u"quorum"_s
                               : u"%1=%2"_s.arg(request.op == "get"_L1 ? u"R"_s : u"W"_s).arg(request.needed);
    return quorum + u" reached: the client is answered"_s;
}

Line lineOf(const ClientTraceStep& step, const ClientTrace& request, const QString& coordinator)
{
    const bool isRead = request.op == "get"_L1;
    if (step.event == "forwarded"_L1)
        return {request.node, u"→"_s, step.node, u"forwarded: it coordinates"_s};
    if (step.event == "minted"_L1)
        return {coordinator, {}, {}, u"stored %1 (%2)"_s.arg(step.dots.join(u", "_s), asWhat(step))};
    if (step.event == "asked"_L1)
        return {coordinator, u"→"_s, step.node,
                u"asked to %1 (%2)"_s.arg(isRead ? u"read"_s : u"store"_s, asWhat(step))};
    if (step.event == "answered"_L1)
        return answeredLine(step, coordinator, isRead);
    if (step.event == "missing"_L1)
        return {coordinator, u"✗"_s, step.node, u"%1 (%2)"_s.arg(step.detail, asWhat(step))};
    if (step.event == "hint_kept"_L1)
        return {step.node, {}, {}, u"keeps a hint for %1"_s.arg(step.owner)};
    if (step.event == "hint_returned"_L1)
        return {step.node, u"→"_s, step.owner, u"hint brought home"_s};
    if (step.event == "repaired"_L1)
        return {coordinator, u"→"_s, step.node, u"read repair: sent what it lacked"_s};
    if (step.event == "quorum_met"_L1 || step.event == "failed"_L1)
        return {step.node, {}, {}, outcomeText(step, request)};
    return {step.node, {}, {}, step.event};
}

QString durationText(double ms)
{
    return ms < 1000 ? QString::number(ms, 'f', 3) + u" ms"_s : QString::number(ms / 1000, 'f', 3) + u" s "_s;
}

double toMicroseconds(double ms)
{
    return std::round(ms * 1000) / 1000;
}

QString headText(const Timeline& timeline)
{
    const ClientTrace& request = timeline.request;
    const QString took = request.outcome == "under_way"_L1
                             ? u"still under way"_s
                             : u"%1 after %2"_s.arg(request.outcome, durationText(request.ms));
    return u"trace %1: %2 %3, taken by %4 at %5, %6"_s.arg(request.id, request.op, shown(request.key),
                                                           request.node, timeText(request.beganMs), took);
}

// What is still open, as sentences.
QStringList openEnds(const Timeline& timeline)
{
    const QList<ClientTraceStep>& steps = timeline.request.steps;
    QStringList lines;
    for (const QString& silent : silentOnes(steps))
        lines.append(u"%1 has not answered yet."_s.arg(silent));
    for (const ClientTraceStep& step : steps) {
        const bool isOpen =
            step.event == "hint_kept"_L1 && !isAny(steps, [&](const ClientTraceStep& other) {
                return isHint(other, u"hint_returned"_s, step.owner) && other.node == step.node;
            });
        if (isOpen)
            lines.append(
                u"%1 keeps the hint until %2 is back; \"ringctl trace %3\" then shows its return."_s.arg(
                    step.node, step.owner, timeline.request.id));
    }
    if (!timeline.request.error.isEmpty())
        lines.append(u"The client was told: %1"_s.arg(timeline.request.error));
    return lines;
}

} // namespace

Timeline timelineOf(const QList<ClientTrace>& copies)
{
    // Who took it forwarded it, if there is more than one.
    const auto taker = std::find_if(copies.begin(), copies.end(), [](const ClientTrace& copy) {
        return find(copy.steps, u"forwarded"_s) != nullptr;
    });
    if (taker == copies.end())
        return {copies.first(), copies.first().node};
    const ClientTraceStep forwarded = *find(taker->steps, u"forwarded"_s);
    Timeline timeline{*taker, forwarded.node};
    const auto coordinated = std::find_if(
        copies.begin(), copies.end(), [&](const ClientTrace& copy) { return copy.node == forwarded.node; });
    if (coordinated == copies.end())
        return timeline; // what came with its answer is in the taker's
    // Its own steps are the whole of it: those that came with the answer are among them.
    QList<ClientTraceStep>& steps = timeline.request.steps;
    steps.erase(std::remove_if(steps.begin(), steps.end(),
                               [&](const ClientTraceStep& step) { return !(step == forwarded); }),
                steps.end());
    for (ClientTraceStep step : coordinated->steps) {
        step.ms = toMicroseconds(step.ms + forwarded.ms);
        steps.append(step);
    }
    std::stable_sort(steps.begin(), steps.end(),
                     [](const ClientTraceStep& a, const ClientTraceStep& b) { return a.ms < b.ms; });
    timeline.request.needed = coordinated->needed;
    return timeline;
}

bool isSettled(const Timeline& timeline)
{
    const ClientTrace& request = timeline.request;
    if (request.outcome == "under_way"_L1 || !silentOnes(request.steps).isEmpty())
        return false;
    if (find(request.steps, u"minted"_s) == nullptr)
        return true; // a read, or nothing was written
    // Whom nobody stands in for, the coordinator keeps a hint for, as soon as it is durable.
    return !isAny(request.steps, [&](const ClientTraceStep& step) {
        const bool isAway = step.event == "missing"_L1 && step.role == "primary"_L1;
        return isAway && !hasHintKept(request.steps, step.node);
    });
}

QString timelineText(const Timeline& timeline)
{
    const ClientTrace& request = timeline.request;
    QList<QStringList> rows;
    for (ClientTraceStep step : request.steps) {
        if (step.node.isEmpty())
            step.node = timeline.coordinator;
        const Line line = lineOf(step, request, timeline.coordinator);
        rows.append({durationText(step.ms), line.from, line.arrow, line.to, line.what});
    }
    QStringList lines{headText(timeline)};
    lines.append(table({u"TIME"_s, u"NODE"_s, {}, {}, u"WHAT"_s}, rows, {0}));
    return (lines + openEnds(timeline)).join(u'\n');
}

QJsonObject timelineJson(const Timeline& timeline)
{
    const ClientTrace& request = timeline.request;
    QJsonArray steps;
    for (const ClientTraceStep& step : request.steps) {
        QJsonObject object{{u"ms"_s, step.ms}, {u"event"_s, step.event}};
        for (const auto& [name, value] :
             {std::pair{u"node"_s, step.node}, std::pair{u"role"_s, step.role},
              std::pair{u"owner"_s, step.owner}, std::pair{u"detail"_s, step.detail}}) {
            if (!value.isEmpty())
                object.insert(name, value);
        }
        if (!step.dots.isEmpty())
            object.insert(u"dots"_s, QJsonArray::fromStringList(step.dots));
        steps.append(object);
    }
    QJsonObject object{
        {u"id"_s, request.id}, {u"node"_s, request.node},        {u"coordinator"_s, timeline.coordinator},
        {u"op"_s, request.op}, {u"began_ms"_s, request.beganMs}, {u"outcome"_s, request.outcome},
        {u"ms"_s, request.ms}, {u"needed"_s, request.needed},    {u"steps"_s, steps}};
    setBytesField(object, u"key"_s, request.key);
    if (!request.error.isEmpty())
        object.insert(u"error"_s, request.error);
    return object;
}

} // namespace ringmaster::ctl
