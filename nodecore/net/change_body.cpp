// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/net/change_body.h"

#include "nodecore/net/body_reader.h"

#include <algorithm>

namespace ringmaster {

using namespace Qt::StringLiterals;

namespace {

// Nothing where it is read.
using Problem = std::optional<QString>;

tl::unexpected<Error> notUnderstood(const QString& problem)
{
    return failure(ErrorCode::Malformed,
                   u"The change cannot be understood: %1. Nothing was changed."_s.arg(problem));
}

Result<QJsonObject> objectOf(const QByteArray& json)
{
    if (json.size() > ChangeBody::maxBytes)
        return failure(
            ErrorCode::TooLarge,
            u"A change is told in at most %1 bytes. Nothing was changed."_s.arg(ChangeBody::maxBytes));
    auto object = bodyObject(json);
    if (!object)
        return notUnderstood(object.error());
    return *object;
}

std::optional<Slot> slotAt(const QJsonValue& value, std::optional<Partitioner> byHand)
{
    const double number = value.toDouble(-1);
    if (number < 0 || number > lastSlot.value || std::trunc(number) != number)
        return std::nullopt;
    const auto whole = static_cast<quint16>(number);
    return byHand ? slotOfHandPlacedToken(*byHand, whole) : Slot{whole};
}

// byHand: the array holds positions, not slots.
std::vector<Slot> slotsOf(BodyReader& reader, const QString& name, std::optional<Partitioner> byHand)
{
    std::vector<Slot> tokens;
    const auto array = reader.array(name);
    if (!array)
        return tokens;
    if (array->isEmpty() || array->size() > static_cast<qsizetype>(Member::maxTokens)) {
        reader.fail(u"\"%1\" has to hold 1 to %2 numbers"_s.arg(name).arg(Member::maxTokens));
        return tokens;
    }
    for (const QJsonValue& value : *array) {
        const auto slot = slotAt(value, byHand);
        if (!slot) {
            const int most = byHand == Partitioner::Md5Mod10000 ? 9999 : lastSlot.value;
            reader.fail(u"\"%1\" has to hold whole numbers from 0 to %2"_s.arg(name).arg(most));
            return {};
        }
        tokens.push_back(*slot);
    }
    std::sort(tokens.begin(), tokens.end());
    if (std::adjacent_find(tokens.begin(), tokens.end()) != tokens.end())
        reader.fail(u"\"%1\" holds a number twice"_s.arg(name));
    return tokens;
}

std::vector<Slot> tokensOf(BodyReader& reader, Partitioner partitioner)
{
    std::vector<Slot> byHand = slotsOf(reader, u"positions"_s, partitioner);
    std::vector<Slot> tokens = slotsOf(reader, u"slots"_s, std::nullopt);
    if (!byHand.empty() && !tokens.empty())
        reader.fail(u"\"positions\" and \"slots\" cannot both be given"_s);
    return byHand.empty() ? tokens : byHand;
}

QString nameIn(BodyReader& reader, const QString& field, bool isNeeded)
{
    const QString name = reader.text(field).value_or(QString());
    if (isNeeded ? !isValidNodeName(name) : !name.isEmpty() && !isValidNodeName(name))
        reader.fail(u"\"%1\" has to be a name: 1 to 64 of a-z A-Z 0-9 . _ -"_s.arg(field));
    return name;
}

Force forceIn(BodyReader& reader)
{
    return reader.flag(u"force"_s).value_or(false) ? Force::Yes : Force::No;
}

ChangeWish::Kind kindNamed(const QString& word)
{
    if (word == "leave"_L1)
        return ChangeWish::Kind::Leave;
    if (word == "remove"_L1)
        return ChangeWish::Kind::Remove;
    if (word == "move"_L1)
        return ChangeWish::Kind::Move;
    if (word == "rebalance"_L1)
        return ChangeWish::Kind::Rebalance;
    return word == "replace"_L1 ? ChangeWish::Kind::Replace : ChangeWish::Kind::Join;
}

Problem readWish(const QJsonValue& value, Partitioner partitioner, ChangeWish& to)
{
    if (!value.isObject())
        return u"each of \"changes\" has to be an object with a \"kind\" and a \"node\""_s;
    BodyReader reader(value.toObject(), u" in \"changes\""_s);
    const auto kind =
        reader.text(u"kind"_s, {u"join"_s, u"leave"_s, u"remove"_s, u"move"_s, u"replace"_s, u"rebalance"_s});
    if (!kind)
        reader.fail(
            u"each of \"changes\" needs a \"kind\": join, leave, remove, move, replace or rebalance"_s);
    to.kind = kindNamed(kind.value_or(QString()));
    if (to.kind != ChangeWish::Kind::Rebalance)
        to.name = nameIn(reader, u"node"_s, true);
    if (to.kind == ChangeWish::Kind::Join || to.kind == ChangeWish::Kind::Move)
        to.tokenSlots = tokensOf(reader, partitioner);
    if (to.kind == ChangeWish::Kind::Join || to.kind == ChangeWish::Kind::Replace) {
        to.zone = nameIn(reader, u"zone"_s, false);
        to.capacity =
            reader.number(u"capacity"_s, Member::leastCapacity, Member::mostCapacity).value_or(to.capacity);
    }
    if (to.kind == ChangeWish::Kind::Join) {
        const double tokens = reader.number(u"tokens"_s, 1, ChangeBody::maxTokens).value_or(to.tokens);
        if (std::trunc(tokens) != tokens)
            reader.fail(u"\"tokens\" in \"changes\" has to be a whole number"_s);
        to.tokens = static_cast<int>(tokens);
    }
    if (to.kind == ChangeWish::Kind::Replace)
        to.replaces = nameIn(reader, u"replaces"_s, true);
    return reader.problem();
}

} // namespace

Result<std::vector<ChangeWish>> parsePlanBody(const QByteArray& json, Partitioner partitioner)
{
    const auto object = objectOf(json);
    if (!object)
        return tl::make_unexpected(object.error());
    BodyReader reader(*object, {});
    const auto changes = reader.array(u"changes"_s);
    if (!changes || changes->isEmpty() || changes->size() > ChangeBody::maxChanges)
        reader.fail(u"\"changes\" has to be an array of 1 to %1 changes"_s.arg(ChangeBody::maxChanges));
    if (const Problem problem = reader.problem())
        return notUnderstood(*problem);
    std::vector<ChangeWish> wishes;
    for (const QJsonValue& value : *changes) {
        ChangeWish wish;
        if (const Problem problem = readWish(value, partitioner, wish))
            return notUnderstood(*problem);
        wishes.push_back(std::move(wish));
    }
    return wishes;
}

Result<std::vector<Slot>> parseTokensBody(const QByteArray& json, Partitioner partitioner)
{
    if (json.isEmpty())
        return std::vector<Slot>();
    const auto object = objectOf(json);
    if (!object)
        return tl::make_unexpected(object.error());
    BodyReader reader(*object, {});
    std::vector<Slot> tokens = tokensOf(reader, partitioner);
    if (const Problem problem = reader.problem())
        return notUnderstood(*problem);
    return tokens;
}

Result<JoinBody> parseJoinBody(const QByteArray& json, Partitioner partitioner)
{
    if (json.isEmpty())
        return JoinBody();
    const auto object = objectOf(json);
    if (!object)
        return tl::make_unexpected(object.error());
    BodyReader reader(*object, {});
    JoinBody body{tokensOf(reader, partitioner), forceIn(reader)};
    if (const Problem problem = reader.problem())
        return notUnderstood(*problem);
    return body;
}

Result<RemoveBody> parseRemoveBody(const QByteArray& json)
{
    const auto object = objectOf(json);
    if (!object)
        return tl::make_unexpected(object.error());
    BodyReader reader(*object, {});
    const RemoveBody body{nameIn(reader, u"node"_s, true), forceIn(reader),
                          reader.flag(u"lost"_s).value_or(false)};
    if (body.isLost && body.force == Force::Yes)
        reader.fail(
            u"\"force\" and \"lost\" cannot both be given: first a member is removed, then given up"_s);
    if (const Problem problem = reader.problem())
        return notUnderstood(*problem);
    return body;
}

Result<QString> parseMemberBody(const QByteArray& json)
{
    const auto object = objectOf(json);
    if (!object)
        return tl::make_unexpected(object.error());
    BodyReader reader(*object, {});
    const QString name = nameIn(reader, u"node"_s, true);
    if (const Problem problem = reader.problem())
        return notUnderstood(*problem);
    return name;
}

Result<Force> parseForceBody(const QByteArray& json)
{
    if (json.isEmpty())
        return Force::No;
    const auto object = objectOf(json);
    if (!object)
        return tl::make_unexpected(object.error());
    BodyReader reader(*object, {});
    const Force force = forceIn(reader);
    if (const Problem problem = reader.problem())
        return notUnderstood(*problem);
    return force;
}

Result<std::optional<QString>> parseOptionalMemberBody(const QByteArray& json)
{
    if (parseNoBody(json))
        return std::optional<QString>();
    const auto name = parseMemberBody(json);
    if (!name)
        return tl::make_unexpected(name.error());
    return std::optional(*name);
}

Result<void> parseNoBody(const QByteArray& json)
{
    if (json.isEmpty())
        return {};
    const auto object = objectOf(json);
    if (!object)
        return tl::make_unexpected(object.error());
    if (const Problem problem = BodyReader(*object, {}).problem())
        return notUnderstood(*problem);
    return {};
}

} // namespace ringmaster
