// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ringctl/change_request.h"

#include "nodecore/membership/member.h"

namespace ringmaster::ctl {

using namespace Qt::StringLiterals;

namespace {

constexpr int lastPosition = 65535;
constexpr int maxTokens = 1024;

Result<QJsonArray> positionsFrom(const QString& text)
{
    QJsonArray positions;
    for (const QString& part : text.split(u',', Qt::SkipEmptyParts)) {
        bool isNumber = false;
        const int position = part.trimmed().toInt(&isNumber);
        if (!isNumber || position < 0 || position > lastPosition)
            return failure(
                ErrorCode::Malformed,
                u"--at takes positions from 0 to %1, such as 100,40000; not \"%2\"."_s.arg(lastPosition)
                    .arg(part));
        positions.append(position);
    }
    if (positions.isEmpty())
        return failure(ErrorCode::Malformed, u"--at names no position."_s);
    return positions;
}

Result<QJsonObject> replaceWish(const QString& text)
{
    const qsizetype at = text.indexOf(u'=');
    if (at <= 0 || at == text.size() - 1)
        return failure(ErrorCode::Malformed,
                       u"--replace takes OLD=NEW, such as n2=n5; not \"%1\"."_s.arg(text));
    QJsonObject object = wish(u"replace"_s, text.mid(at + 1));
    object.insert(u"replaces"_s, text.left(at));
    return object;
}

} // namespace

QJsonObject wish(const QString& kind, const QString& node)
{
    return {{u"kind"_s, kind}, {u"node"_s, node}};
}

Result<QJsonObject> wishWithPlace(const Invocation& in, const QString& kind, const QString& node)
{
    QJsonObject object = wish(kind, node);
    if (in.isSet(u"at"_s)) {
        const auto positions = positionsFrom(in.value(u"at"_s));
        if (!positions)
            return tl::make_unexpected(positions.error());
        object.insert(u"positions"_s, *positions);
    }
    if (kind == "move"_L1)
        return object;
    if (in.isSet(u"tokens"_s)) {
        const auto tokens = in.intValue(u"tokens"_s, 1, maxTokens);
        if (!tokens)
            return tl::make_unexpected(tokens.error());
        object.insert(u"tokens"_s, *tokens);
    }
    if (in.isSet(u"zone"_s))
        object.insert(u"zone"_s, in.value(u"zone"_s));
    if (in.isSet(u"capacity"_s)) {
        const auto capacity = in.realValue(u"capacity"_s, Member::leastCapacity, Member::mostCapacity);
        if (!capacity)
            return tl::make_unexpected(capacity.error());
        object.insert(u"capacity"_s, *capacity);
    }
    return object;
}

Result<QJsonArray> wishesFrom(const Invocation& in)
{
    const QStringList joins = in.options->values(u"join"_s);
    const QStringList moves = in.options->values(u"move"_s);
    if (in.isSet(u"at"_s) && joins.size() + moves.size() != 1)
        return failure(ErrorCode::Malformed,
                       u"--at goes with one --join or --move: plan others by themselves."_s);
    QJsonArray wishes;
    for (const auto& [kind, names] : {std::pair{u"join"_s, joins}, std::pair{u"move"_s, moves}}) {
        for (const QString& name : names) {
            const auto one = wishWithPlace(in, kind, name);
            if (!one)
                return tl::make_unexpected(one.error());
            wishes.append(*one);
        }
    }
    for (const QString& kind : {u"leave"_s, u"remove"_s}) {
        for (const QString& name : in.options->values(kind))
            wishes.append(wish(kind, name));
    }
    for (const QString& text : in.options->values(u"replace"_s)) {
        const auto one = replaceWish(text);
        if (!one)
            return tl::make_unexpected(one.error());
        wishes.append(*one);
    }
    if (wishes.isEmpty())
        return failure(ErrorCode::Malformed, u"There is nothing to plan: name a --join, --leave, --remove, "
                                             "--move or --replace."_s);
    return wishes;
}

QCommandLineOption atOption()
{
    return {u"at"_s, u"Its tokens, as positions (see ringnode --token-positions)."_s, u"POS,..."_s};
}

QList<QCommandLineOption> placeOptions()
{
    return {atOption(),
            {u"tokens"_s, u"How many tokens to choose for it (default 64)."_s, u"T"_s},
            {u"zone"_s, u"Of a node that is not there yet: where it will stand."_s, u"ZONE"_s},
            {u"capacity"_s, u"Of such a node: 2 is twice the load of 1."_s, u"C"_s}};
}

} // namespace ringmaster::ctl
