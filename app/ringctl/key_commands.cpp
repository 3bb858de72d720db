// SPDX-License-Identifier: GPL-3.0-or-later
// get, put, delete, placement: one key.
#include "app/ringctl/await.h"
#include "app/ringctl/command.h"
#include "app/ringctl/key_call.h"
#include "app/ringctl/output.h"
#include "app/ringctl/trace_lookup.h"
#include "nodecore/client/client_json.h"

#include <unistd.h>

namespace ringmaster::ctl {

using namespace Qt::StringLiterals;

namespace {

QCommandLineOption contextOption()
{
    return {u"context"_s, u"The context of a read: replaces exactly what that read saw."_s, u"CONTEXT"_s};
}

QJsonObject valueJson(const Key& key, const ClientValue& value, const std::optional<Timeline>& timeline)
{
    QJsonObject object;
    setBytesField(object, u"key"_s, key.bytes());
    QJsonArray siblings;
    for (const ClientSibling& sibling : value.siblings)
        siblings.append(siblingJson(sibling));
    object.insert(u"siblings"_s, siblings);
    object.insert(u"sibling_count"_s, value.siblingCount);
    if (value.siblingsLeft > 0)
        object.insert(u"siblings_left"_s, value.siblingsLeft);
    object.insert(u"context"_s, QString::fromLatin1(value.context));
    object.insert(u"quorum"_s, quorumJson(value.quorum));
    object.insert(u"took_ms"_s, value.tookMs);
    if (timeline)
        object.insert(u"trace"_s, timelineJson(*timeline));
    return object;
}

constexpr qsizetype mostOnATerminal = 4096;

// What is printed as base64 with a note is for people, wherever it goes.
bool isForATerminal(const QByteArray& value)
{
    return !value.isValidUtf8() || ::isatty(STDOUT_FILENO) == 1;
}

ExitCode printValue(const Invocation& in, const ClientValue& value)
{
    const qsizetype all = value.siblings.size() + value.siblingsLeft;
    if (all > 1) {
        if (in.isSet(u"raw"_s))
            return fail(
                ExitCode::Conflict, u"conflict"_s,
                u"The key has %1 siblings, so there is no one value to print. Look at them without --raw, "
                "or decide with \"ringctl resolve\"."_s.arg(all),
                in.json);
        print(u"%1 siblings: written concurrently, and not merged yet."_s.arg(all));
        print(siblingsText(value.siblings));
        if (value.siblingsLeft > 0)
            print(siblingsLeftText(value.siblingsLeft));
        print(u"Decide with \"ringctl resolve KEY\", or merge them with: ringctl put KEY VALUE --context %1"_s
                  .arg(QString::fromLatin1(value.context)));
        return ExitCode::Ok;
    }
    const QByteArray& bytes = value.siblings.first().value;
    if (in.isSet(u"raw"_s))
        printRaw(bytes);
    else if (isForATerminal(bytes) && bytes.size() > mostOnATerminal)
        print(u"%1\n(%2 bytes; --raw prints all of them)"_s.arg(glimpse(bytes, mostOnATerminal))
                  .arg(bytes.size()));
    else
        print(shown(bytes));
    return ExitCode::Ok;
}

ExitCode printRead(const Invocation& in, const Key& key, const ClientValue& value)
{
    const bool absent = value.siblings.isEmpty();
    if (in.isSet(u"context-only"_s)) {
        print(QString::fromLatin1(value.context));
        return absent ? ExitCode::Absent : ExitCode::Ok;
    }
    if (absent)
        return fail(ExitCode::Absent, u"absent"_s, u"There is no key %1."_s.arg(shown(key.bytes())), in.json);
    return printValue(in, value);
}

// With --trace: what happened, as far as it can be known a moment later.
std::optional<Timeline> timelineFor(const Invocation& in, const ClientQuorum& quorum,
                                    const std::optional<ClientTrace>& fromAnswer)
{
    return in.isSet(u"trace"_s) ? traceOfRequestNow(in, quorum.trace, fromAnswer) : std::nullopt;
}

// After the answer; apart from it where the answer is bytes for a pipe.
void printTimeline(const Invocation& in, const std::optional<Timeline>& timeline)
{
    if (!timeline)
        return;
    const QString text = u'\n' + timelineText(*timeline);
    if (in.options->optionNames().contains(u"raw"_s) || in.options->optionNames().contains(u"context-only"_s))
        note(text);
    else
        print(text);
}

// A request that failed shows how.
ExitCode failWithTrace(const Invocation& in, const ClientError& error)
{
    ClientError shown = error;
    const auto timeline = error.quorum ? timelineFor(in, *error.quorum, std::nullopt) : std::nullopt;
    if (timeline && in.json)
        shown.body.insert(u"trace"_s, timelineJson(*timeline));
    const ExitCode code = fail(shown, in.json);
    if (timeline && !in.json)
        note(u'\n' + timelineText(*timeline));
    return code;
}

ExitCode get(const Invocation& in)
{
    const auto call = keyCallFrom(in);
    if (!call)
        return fail(call.error(), in.json);
    NodeClient client(in.nodes);
    const auto value = read(client, *call);
    if (!value)
        return failWithTrace(in, value.error());
    const auto timeline = timelineFor(in, value->quorum, value->trace);
    if (in.json) {
        printJson(valueJson(call->key, *value, timeline));
        return value->siblings.isEmpty() ? ExitCode::Absent : ExitCode::Ok;
    }
    const ExitCode code = printRead(in, call->key, *value);
    printTimeline(in, timeline);
    return code;
}

// The context to write with: the one given, that of a read made now, or none.
ClientResult<QByteArray> contextFor(const Invocation& in, NodeClient& client, const KeyCall& call,
                                    bool readFirst)
{
    if (in.isSet(u"context"_s))
        return in.value(u"context"_s).toLatin1();
    if (!readFirst)
        return QByteArray();
    return read(client, KeyCall{call.key, {}}).map([](const ClientValue& value) { return value.context; });
}

// what: with %1 for the key.
ExitCode reportWrite(const Invocation& in, const Key& key, const ClientValue& value, const QString& what)
{
    const auto timeline = timelineFor(in, value.quorum, value.trace);
    if (in.json) {
        printJson(valueJson(key, value, timeline));
        return ExitCode::Ok;
    }
    print(u"%1 (%2)"_s.arg(what.arg(shown(key.bytes())), quorumText(value.quorum)));
    if (value.siblingCount > 1)
        print(u"The key now has %1 siblings: this write had not seen the others. \"ringctl resolve\" shows "
              "them and decides."_s.arg(value.siblingCount));
    printTimeline(in, timeline);
    return ExitCode::Ok;
}

ExitCode put(const Invocation& in)
{
    const auto call = keyCallFrom(in);
    if (!call)
        return fail(call.error(), in.json);
    const auto value = valueFrom(in.arguments.at(1));
    if (!value)
        return fail(value.error(), in.json);
    NodeClient client(in.nodes);
    const auto ringContext = contextFor(in, client, *call, in.isSet(u"replace"_s));
    if (!ringContext)
        return fail(ringContext.error(), in.json);
    const auto written = await<ClientValue>([&](QObject* context, auto done) {
        client.put(call->key, *value, *ringContext, call->options, context, done);
    });
    return written ? reportWrite(in, call->key, *written, u"wrote %1"_s) : failWithTrace(in, written.error());
}

ExitCode remove(const Invocation& in)
{
    const auto call = keyCallFrom(in);
    if (!call)
        return fail(call.error(), in.json);
    NodeClient client(in.nodes);
    const auto ringContext = contextFor(in, client, *call, true);
    if (!ringContext)
        return fail(ringContext.error(), in.json);
    const auto removed = await<ClientValue>([&](QObject* context, auto done) {
        client.remove(call->key, *ringContext, call->options, context, done);
    });
    const QString what = in.isSet(u"context"_s) ? u"deleted %1, as of the context given"_s
                                                : u"deleted %1, as it was read just now"_s;
    return removed ? reportWrite(in, call->key, *removed, what) : failWithTrace(in, removed.error());
}

QString heldText(const ClientPlacement::Replica& replica)
{
    if (!replica.siblings)
        return replica.error.isEmpty() ? u"not known"_s : u"not known: "_s + replica.error;
    if (replica.siblings->isEmpty())
        return u"nothing"_s;
    QStringList dots;
    for (const ClientSibling& sibling : *replica.siblings)
        dots.append(sibling.deleted ? sibling.dot + u" (deleted)"_s : sibling.dot);
    return dots.join(u", "_s);
}

ExitCode placement(const Invocation& in)
{
    const auto key = keyFrom(in);
    if (!key)
        return fail(key.error(), in.json);
    NodeClient client(in.nodes);
    if (in.json) {
        const QString path = u"/api/v1/placement/"_s + QString::fromLatin1(pathSegment(key->bytes()));
        const auto answer =
            await<QJsonObject>([&](QObject* context, auto done) { client.json(path, context, done); });
        if (!answer)
            return fail(answer.error(), true);
        printJson(*answer);
        return ExitCode::Ok;
    }
    const auto placed =
        await<ClientPlacement>([&](QObject* context, auto done) { client.placement(*key, context, done); });
    if (!placed)
        return fail(placed.error(), false);
    print(u"%1 lies at 0x%2, slot %3 of %4"_s.arg(shown(key->bytes()), placed->position.toString())
              .arg(placed->slot.value)
              .arg(slotCount));
    QList<QStringList> rows;
    for (const ClientPlacement::Replica& replica : placed->replicas)
        rows.append(
            {replica.node, replica.role, replica.reachable ? u"up"_s : u"unreachable"_s, heldText(replica)});
    print(table({u"NODE"_s, u"ROLE"_s, u"STATE"_s, u"HOLDS"_s}, rows));
    return ExitCode::Ok;
}

} // namespace

QList<Command> keyCommands()
{
    const QCommandLineOption replace(u"replace"_s, u"Read first, and replace what is there."_s);
    return {
        {u"get"_s,
         u"KEY"_s,
         1,
         u"Read a key."_s,
         u"Control characters are shown escaped, and what is not UTF-8 as base64; --raw prints the bytes "
         u"as they "
         "are.\nOf a value over 4 KiB a terminal gets the first line. Exit code 3 where the key is absent."_s,
         {quorumOption(u"R"_s),
          timeoutOption(),
          keyBase64Option(),
          traceOption(),
          {u"raw"_s, u"Print the value's bytes and nothing else."_s},
          {u"context-only"_s, u"Print the context of the read and nothing else."_s}},
         get},
        {u"put"_s,
         u"KEY VALUE"_s,
         2,
         u"Write a key; VALUE - reads the standard input."_s,
         u"A write without --context or --replace is concurrent with all others: it replaces nothing, "
         u"and becomes "
         "a sibling\nof what is there. \"--\" before KEY allows a VALUE that begins with a dash."_s,
         {quorumOption(u"W"_s), contextOption(), replace, timeoutOption(), keyBase64Option(), traceOption()},
         put},
        {u"delete"_s,
         u"KEY"_s,
         1,
         u"Delete a key, as far as it is seen now."_s,
         u"The key is read first, and exactly what was read is deleted; a write that happens meanwhile "
         u"survives.\n"
         "--context '' deletes blindly: the tombstone becomes a sibling and removes nothing."_s,
         {quorumOption(u"W"_s),
          contextOption(),
          {u"read-context"_s, u"Read the context first: the default."_s},
          timeoutOption(),
          keyBase64Option(),
          traceOption()},
         remove},
        {u"placement"_s,
         u"KEY"_s,
         1,
         u"Show where a key lies and what each replica holds."_s,
         {},
         {keyBase64Option()},
         placement}};
}

} // namespace ringmaster::ctl
