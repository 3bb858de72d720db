// SPDX-License-Identifier: GPL-3.0-or-later
// resolve: look at the siblings of a key and decide.
#include "app/ringctl/await.h"
#include "app/ringctl/command.h"
#include "app/ringctl/key_call.h"
#include "app/ringctl/output.h"
#include "app/ringctl/sibling_editor.h"
#include "nodecore/client/client_json.h"

#include <QJsonArray>

#include <cstdio>
#include <iostream>
#include <string>
#include <unistd.h>

namespace ringmaster::ctl {

using namespace Qt::StringLiterals;

namespace {

// What is to stand under the key: bytes, or nothing for a delete; and what that was, as a report says it.
struct Decision {
    std::optional<QByteArray> value;
    QString what;
};

tl::unexpected<Error> noSuchSibling(const QString& given, qsizetype count)
{
    return failure(ErrorCode::Malformed,
                   u"There is no sibling \"%1\": name one by its number, 1 to %2, or by its dot. "
                   "Nothing was written."_s.arg(given)
                       .arg(count));
}

Result<Decision> take(const QString& which, const QList<ClientSibling>& siblings)
{
    for (qsizetype i = 0; i < siblings.size(); ++i) {
        const ClientSibling& sibling = siblings.at(i);
        if (which != QString::number(i + 1) && which != sibling.dot)
            continue;
        const QString what = u"took sibling %1 (%2)"_s.arg(i + 1).arg(sibling.dot);
        return sibling.deleted ? Decision{std::nullopt, what} : Decision{sibling.value, what};
    }
    return noSuchSibling(which, siblings.size());
}

Result<Decision> merged(const Result<QByteArray>& value)
{
    if (!value)
        return tl::make_unexpected(value.error());
    return Decision{*value, u"wrote the merge, %1"_s.arg(counted(value->size(), u"byte"_s))};
}

Decision deletion()
{
    return {std::nullopt, u"deleted"_s};
}

QStringList deciding(const Invocation& in)
{
    QStringList set;
    for (const QString& name : {u"take"_s, u"value"_s, u"file"_s, u"edit"_s, u"delete"_s}) {
        if (in.isSet(name))
            set.append(name);
    }
    return set;
}

Result<Decision> decisionFrom(const Invocation& in, const QString& option,
                              const QList<ClientSibling>& siblings)
{
    if (option == "take"_L1)
        return take(in.value(option), siblings);
    if (option == "value"_L1)
        return merged(valueFrom(in.value(option)));
    if (option == "file"_L1)
        return merged(valueOfFile(in.value(option)));
    if (option == "edit"_L1)
        return merged(editSiblings(siblings));
    return deletion();
}

// Nothing: the person left it as it is.
std::optional<Result<Decision>> ask(const QList<ClientSibling>& siblings)
{
    printRaw(u"Take which? 1 to %1, (e)dit a merge, (d)elete the key, or leave it with Enter: "_s
                 .arg(siblings.size())
                 .toUtf8());
    std::fflush(stdout);
    std::string line;
    std::getline(std::cin, line);
    const QString answer = QString::fromStdString(line).trimmed();
    if (answer.isEmpty() || answer == "q"_L1)
        return std::nullopt;
    if (answer == "e"_L1)
        return merged(editSiblings(siblings));
    if (answer == "d"_L1)
        return Result<Decision>(deletion());
    return take(answer, siblings);
}

QJsonObject resolvedJson(const Key& key, const QList<ClientSibling>& replaced, const ClientValue* written)
{
    QJsonObject object;
    setBytesField(object, u"key"_s, key.bytes());
    QJsonArray siblings;
    for (const ClientSibling& sibling : replaced)
        siblings.append(siblingJson(sibling));
    object.insert(written != nullptr ? u"replaced"_s : u"siblings"_s, siblings);
    if (written != nullptr) {
        object.insert(u"sibling_count"_s, written->siblingCount);
        object.insert(u"context"_s, QString::fromLatin1(written->context));
        object.insert(u"quorum"_s, quorumJson(written->quorum));
    }
    return object;
}

ExitCode carryOut(const Invocation& in, NodeClient& client, const KeyCall& call, const ClientValue& seen,
                  const Decision& decision)
{
    const auto written = await<ClientValue>([&](QObject* context, auto done) {
        if (decision.value)
            client.put(call.key, *decision.value, seen.context, call.options, context, done);
        else
            client.remove(call.key, seen.context, call.options, context, done);
    });
    if (!written)
        return fail(written.error(), in.json);
    if (in.json) {
        printJson(resolvedJson(call.key, seen.siblings, &*written));
        return ExitCode::Ok;
    }
    QStringList dots;
    for (const ClientSibling& sibling : seen.siblings)
        dots.append(sibling.dot);
    print(u"%1: %2 (%3)"_s.arg(shown(call.key.bytes()), decision.what, quorumText(written->quorum)));
    print(u"replaced: %1"_s.arg(dots.join(u", "_s)));
    if (seen.siblingsLeft > 0)
        print(siblingsLeftText(seen.siblingsLeft));
    else if (written->siblingCount > 1)
        print(u"Somebody wrote it meanwhile: it has %1 siblings again. Resolve it once more."_s.arg(
            written->siblingCount));
    return ExitCode::Ok;
}

// No way to decide was given.
ExitCode decideByAsking(const Invocation& in, NodeClient& client, const KeyCall& call,
                        const ClientValue& seen)
{
    const bool isAskable = ::isatty(STDIN_FILENO) == 1 && ::isatty(STDOUT_FILENO) == 1;
    if (!isAskable) {
        note(u"Nothing was written. Decide with --take N, --value TEXT, --file F, --edit or --delete."_s);
        return ExitCode::Conflict;
    }
    const auto decision = ask(seen.siblings);
    if (!decision) {
        print(u"Left as it is."_s);
        return ExitCode::Conflict;
    }
    return *decision ? carryOut(in, client, call, seen, **decision) : fail(decision->error(), in.json);
}

ExitCode resolve(const Invocation& in)
{
    const auto call = keyCallFrom(in);
    if (!call)
        return fail(call.error(), in.json);
    const QStringList options = deciding(in);
    if (options.size() > 1)
        return fail(ExitCode::Usage, u"usage"_s,
                    u"--%1 and --%2 contradict each other: give one."_s.arg(options.at(0), options.at(1)),
                    in.json);
    NodeClient client(in.nodes);
    const auto seen = read(client, {call->key, {}});
    if (!seen)
        return fail(seen.error(), in.json);
    const QString name = shown(call->key.bytes());
    if (seen->siblings.isEmpty())
        return fail(ExitCode::Absent, u"absent"_s, u"There is no key %1."_s.arg(name), in.json);
    const bool isConflict = seen->siblings.size() + seen->siblingsLeft > 1;
    if (!in.json)
        print(isConflict
                  ? u"%1 has %2 siblings, written concurrently:"_s.arg(name).arg(seen->siblings.size() +
                                                                                 seen->siblingsLeft)
                  : u"%1 has one value; there is nothing to decide, and nothing was written."_s.arg(name));
    if (!in.json && isConflict)
        print(siblingsText(seen->siblings));
    if (!in.json && seen->siblingsLeft > 0)
        print(siblingsLeftText(seen->siblingsLeft));
    if (in.json && (!isConflict || options.isEmpty()))
        printJson(resolvedJson(call->key, seen->siblings, nullptr));
    if (!isConflict)
        return ExitCode::Ok;
    if (options.isEmpty())
        return in.json ? ExitCode::Conflict : decideByAsking(in, client, *call, *seen);
    const auto decision = decisionFrom(in, options.first(), seen->siblings);
    return decision ? carryOut(in, client, *call, *seen, *decision) : fail(decision.error(), in.json);
}

} // namespace

QList<Command> resolveCommands()
{
    return {
        {u"resolve"_s,
         u"KEY"_s,
         1,
         u"Show the siblings of a key, and decide between them."_s,
         u"The key is read, and exactly what was read is replaced; a write that comes meanwhile becomes a "
         "sibling again. Without\nan option it asks, where it runs on a terminal. SEEN is the clock of a "
         "sibling: what its writer had seen, itself\nincluded. Exit code 6 where the key stays in conflict."_s,
         {{u"take"_s, u"Take the sibling with this number or, safer in scripts, this dot."_s, u"N|DOT"_s},
          {u"value"_s, u"Write this merge; - reads the standard input."_s, u"TEXT"_s},
          {u"file"_s, u"Write the bytes of a file; - reads the standard input."_s, u"F"_s},
          {u"edit"_s, u"Merge them in $VISUAL or $EDITOR."_s},
          {u"delete"_s, u"Delete the key."_s},
          quorumOption(u"W"_s),
          timeoutOption(),
          keyBase64Option()},
         resolve}};
}

} // namespace ringmaster::ctl
