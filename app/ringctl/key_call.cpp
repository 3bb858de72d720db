// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ringctl/key_call.h"

#include "app/cli/file_bytes.h"
#include "app/ringctl/await.h"
#include "app/ringctl/output.h"

#include <QDateTime>
#include <QFile>

namespace ringmaster::ctl {

using namespace Qt::StringLiterals;

namespace {

constexpr qsizetype mostInTable = 1024;
constexpr qint64 maxValueBytes = 64 * 1024 * 1024; // far above what a node takes; it has the last word

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
    // Only some commands have it.
    options.trace = in.options->optionNames().contains(u"trace"_s);
    return options;
}

} // namespace

QCommandLineOption keyBase64Option()
{
    return {u"key-base64"_s, u"KEY is given in base64."_s};
}

QCommandLineOption timeoutOption()
{
    return {u"timeout"_s, u"Give up after MS milliseconds (1 to 60000; default 5000)."_s, u"MS"_s};
}

QCommandLineOption quorumOption(const QString& which)
{
    return {u"quorum"_s, u"%1 for this request, instead of the cluster's."_s.arg(which), which};
}

QCommandLineOption traceOption()
{
    return {u"trace"_s, u"Then show what happened, step by step."_s};
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

Result<QByteArray> valueOfFile(const QString& path)
{
    return cli::bytesOfFile(path, maxValueBytes).map_error([](const Error& error) {
        return Error{error.code, error.message + u" Nothing was written."_s};
    });
}

Result<QByteArray> valueFrom(const QString& argument)
{
    return argument == "-"_L1 ? valueOfFile(argument) : argument.toUtf8();
}

QString timeText(qint64 ms)
{
    return QDateTime::fromMSecsSinceEpoch(ms).toString(u"yyyy-MM-dd HH:mm:ss"_s);
}

QString siblingsText(const QList<ClientSibling>& siblings)
{
    QList<QStringList> rows;
    for (const ClientSibling& sibling : siblings) {
        QStringList clock;
        for (const auto& [actor, counter] : sibling.clock)
            clock.append(u"%1:%2"_s.arg(actor.left(4)).arg(counter));
        rows.append({QString::number(rows.size() + 1), sibling.dot, timeText(sibling.writtenMs),
                     clock.join(u' '), sibling.deleted ? u"-"_s : QString::number(sibling.value.size()),
                     sibling.deleted ? u"(deleted)"_s : glimpse(sibling.value, mostInTable)});
    }
    return table({{}, u"DOT"_s, u"WRITTEN"_s, u"SEEN"_s, u"BYTES"_s, u"VALUE"_s}, rows, {0, 4});
}

QString siblingsLeftText(int left)
{
    return u"%1 more did not fit into the answer, and the context has not seen them. Decide between these, "
           u"then "
           "read again."_s.arg(counted(left, u"sibling"_s));
}

} // namespace ringmaster::ctl
