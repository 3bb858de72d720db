// SPDX-License-Identifier: GPL-3.0-or-later
// get, put, delete, placement: one key.
#include "app/ringctl/await.h"
#include "app/ringctl/command.h"
#include "app/ringctl/output.h"
#include "nodecore/client/client_json.h"

#include <QDateTime>
#include <QFile>

namespace ringmaster::ctl {

using namespace Qt::StringLiterals;

namespace {

constexpr qint64 maxValueBytes = 64 * 1024 * 1024; // far above what a node takes; it has the last word

QCommandLineOption keyBase64Option()
{
    return {u"key-base64"_s, u"KEY is given in base64."_s};
}

QCommandLineOption timeoutOption()
{
    return {u"timeout"_s, u"Give up after MS milliseconds (1 to 60000; default 5000)."_s, u"MS"_s};
}

QCommandLineOption contextOption()
{
    return {u"context"_s, u"The context of a read: replaces exactly what that read saw."_s, u"CONTEXT"_s};
}

QCommandLineOption quorumOption(const QString& which)
{
    return {u"quorum"_s, u"%1 for this request, instead of the cluster's."_s.arg(which), which};
}

Result<Key> keyFrom(const Invocation& in)
{
    const QByteArray given = in.arguments.at(0).toUtf8();
    if (!in.isSet(u"key-base64"_s))
        return Key::fromBytes(given);
    auto decoded = QByteArray::fromBase64Encoding(given, QByteArray::AbortOnBase64DecodingErrors);
    if (!decoded)
        return failure(ErrorCode::Malformed, u"\"%1\" is not base64."_s.arg(in.arguments.at(0)));
    return Key::fromBytes(*decoded);
}

Result<ClientOptions> optionsFrom(const Invocation& in)
{
    ClientOptions options;
    for (const auto& [name, most, target] : {std::tuple{u"quorum"_s, 1000, &options.quorum},
                                             std::tuple{u"timeout"_s, 60000, &options.timeoutMs}}) {
        if (!in.isSet(name))
            continue;
        const auto value = in.intValue(name, 1, most);
        if (!value)
            return tl::make_unexpected(value.error());
        *target = *value;
    }
    return options;
}

// What every command on a key begins with.
struct KeyCall {
    Key key;
    ClientOptions options;
};
Result<KeyCall> keyCallFrom(const Invocation& in)
{
    auto key = keyFrom(in);
    if (!key)
        return tl::make_unexpected(key.error());
    auto options = optionsFrom(in);
    if (!options)
        return tl::make_unexpected(options.error());
    return KeyCall{*key, *options};
}

ClientResult<ClientValue> read(NodeClient& client, const KeyCall& call)
{
    return await<ClientValue>(
        [&](QObject* context, auto done) { client.get(call.key, call.options, context, done); });
}

QString timeText(qint64 ms)
{
    return QDateTime::fromMSecsSinceEpoch(ms).toString(u"yyyy-MM-dd HH:mm:ss"_s);
}

QJsonObject valueJson(const Key& key, const ClientValue& value)
{
    QJsonObject object;
    setBytesField(object, u"key"_s, key.bytes());
    QJsonArray siblings;
    for (const ClientSibling& sibling : value.siblings)
        siblings.append(siblingJson(sibling));
    object.insert(u"siblings"_s, siblings);
    object.insert(u"sibling_count"_s, value.siblingCount);
    object.insert(u"context"_s, QString::fromLatin1(value.context));
    object.insert(u"quorum"_s, quorumJson(value.quorum));
    object.insert(u"took_ms"_s, value.tookMs);
    return object;
}

void printSiblings(const QList<ClientSibling>& siblings)
{
    QList<QStringList> rows;
    for (int i = 0; i < siblings.size(); ++i) {
        const ClientSibling& sibling = siblings.at(i);
        rows.append({QString::number(i + 1), sibling.dot, timeText(sibling.writtenMs),
                     sibling.deleted ? u"(deleted)"_s : shown(sibling.value)});
    }
    print(table({u""_s, u"DOT"_s, u"WRITTEN"_s, u"VALUE"_s}, rows));
}

ExitCode printValue(const Invocation& in, const ClientValue& value)
{
    if (value.siblings.size() > 1) {
        if (in.isSet(u"raw"_s))
            return fail(
                ExitCode::Conflict, u"conflict"_s,
                u"The key has %1 siblings, so there is no one value to print. Look at them without --raw, "
                "then put the merged value with --replace or --context."_s.arg(value.siblings.size()),
                in.json);
        print(u"%1 siblings: written concurrently, and not merged yet."_s.arg(value.siblings.size()));
        printSiblings(value.siblings);
        print(
            u"Merge them with: ringctl put KEY VALUE --context %1"_s.arg(QString::fromLatin1(value.context)));
        return ExitCode::Ok;
    }
    if (in.isSet(u"raw"_s))
        printRaw(value.siblings.first().value);
    else
        print(shown(value.siblings.first().value));
    return ExitCode::Ok;
}

ExitCode get(const Invocation& in)
{
    const auto call = keyCallFrom(in);
    if (!call)
        return fail(call.error(), in.json);
    NodeClient client(in.nodes);
    const auto value = read(client, *call);
    if (!value)
        return fail(value.error(), in.json);
    const bool absent = value->siblings.isEmpty();
    if (in.json) {
        printJson(valueJson(call->key, *value));
        return absent ? ExitCode::Absent : ExitCode::Ok;
    }
    if (in.isSet(u"context-only"_s)) {
        print(QString::fromLatin1(value->context));
        return absent ? ExitCode::Absent : ExitCode::Ok;
    }
    if (absent)
        return fail(ExitCode::Absent, u"absent"_s, u"There is no key %1."_s.arg(shown(call->key.bytes())),
                    in.json);
    return printValue(in, *value);
}

Result<QByteArray> valueFrom(const QString& argument)
{
    if (argument != "-"_L1)
        return argument.toUtf8();
    QFile input;
    if (!input.open(stdin, QIODevice::ReadOnly))
        return failure(ErrorCode::Unavailable,
                       u"The standard input cannot be read: %1."_s.arg(input.errorString()));
    QByteArray value = input.read(maxValueBytes + 1);
    // read() of a pipe may come back with a part.
    for (QByteArray more = input.read(maxValueBytes); !more.isEmpty() && value.size() <= maxValueBytes;
         more = input.read(maxValueBytes))
        value += more;
    if (value.size() > maxValueBytes)
        return failure(ErrorCode::TooLarge,
                       u"The value is over %1 MiB; nothing was written."_s.arg(maxValueBytes >> 20));
    return value;
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
    if (in.json) {
        printJson(valueJson(key, value));
        return ExitCode::Ok;
    }
    print(u"%1 (%2)"_s.arg(what.arg(shown(key.bytes())), quorumText(value.quorum)));
    if (value.siblingCount > 1)
        print(u"The key now has %1 siblings: this write had not seen the others. \"ringctl get\" shows them, "
              u"and "
              "\"ringctl put --replace\" leaves one."_s.arg(value.siblingCount));
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
    return written ? reportWrite(in, call->key, *written, u"wrote %1"_s) : fail(written.error(), in.json);
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
    return removed ? reportWrite(in, call->key, *removed, what) : fail(removed.error(), in.json);
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
    return {{u"get"_s,
             u"KEY"_s,
             1,
             u"Read a key."_s,
             u"Control characters are shown escaped, and what is not UTF-8 as base64; --raw prints the bytes "
             u"as they "
             "are.\nExit code 3 where the key is absent."_s,
             {quorumOption(u"R"_s),
              timeoutOption(),
              keyBase64Option(),
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
             {quorumOption(u"W"_s), contextOption(), replace, timeoutOption(), keyBase64Option()},
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
              keyBase64Option()},
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
