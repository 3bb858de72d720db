// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/client/client_json.h"

#include "nodecore/base/utf8.h"
#include "nodecore/client/answer_reader.h"

#include <QJsonDocument>

namespace ringmaster {

using namespace Qt::StringLiterals;

namespace {

constexpr qsizetype maxSiblings = 100000;
constexpr qsizetype maxActors = 100000;
constexpr qsizetype maxReplicas = 1024;
constexpr qsizetype maxKeysInPage = 10000;

// placed: of a placement, which tells no values.
ClientSibling siblingFrom(AnswerReader& from, bool placed)
{
    ClientSibling sibling;
    sibling.deleted = from.boolean("deleted"_L1, false);
    sibling.dot = from.requiredText("dot"_L1, 64);
    sibling.writtenMs = from.integer("written_ms"_L1, 0);
    sibling.context = from.text("context"_L1, 64 * 1024, {}).toLatin1();
    if (auto value = bytesField(from.object(), u"value"_s))
        sibling.value = std::move(*value);
    else if (from.has("value"_L1) || from.has("value_base64"_L1))
        from.fail(u"value"_s);
    else if (!sibling.deleted && !placed)
        from.fail(u"value"_s);

    const QJsonObject clock = from.child("clock"_L1);
    if (clock.size() > maxActors)
        from.fail(u"clock"_s);
    for (auto it = clock.begin(); it != clock.end() && !from.failed(); ++it)
        sibling.clock.append({it.key(), static_cast<quint64>(qMax<qint64>(0, it.value().toInteger()))});
    return sibling;
}

QList<ClientSibling> siblingsFrom(AnswerReader& from, bool placed = false)
{
    QList<ClientSibling> siblings;
    from.each("siblings"_L1, maxSiblings,
              [&](AnswerReader& one) { siblings.append(siblingFrom(one, placed)); });
    return siblings;
}

ClientQuorum readQuorum(AnswerReader& from)
{
    ClientQuorum quorum;
    from.require("n"_L1);
    from.require("needed"_L1);
    quorum.n = from.smallInteger("n"_L1, 0);
    quorum.needed = from.smallInteger("needed"_L1, 0);
    quorum.coordinator = from.requiredText("coordinator"_L1, 256);
    quorum.trace = from.text("trace"_L1, 16, {});
    from.each("answered"_L1, maxReplicas, [&](AnswerReader& one) {
        quorum.answered.append({one.requiredText("node"_L1, 256), one.text("role"_L1, 32, u"primary"_s),
                                one.number("ms"_L1, 0)});
    });
    from.each("missing"_L1, maxReplicas, [&](AnswerReader& one) {
        quorum.missing.append({one.requiredText("node"_L1, 256), one.text("role"_L1, 32, u"primary"_s),
                               one.text("reason"_L1, 1024, {})});
    });
    return quorum;
}

template <class T>
Parsed<T> finished(const AnswerReader& reader, T value)
{
    if (reader.failed())
        return tl::make_unexpected(reader.problem());
    return value;
}

std::optional<Position> positionFrom(const QString& text)
{
    bool valid = false;
    const quint64 value = text.startsWith(u"0x"_s) ? text.mid(2).toULongLong(&valid, 16) : 0;
    return valid ? std::optional(Position{value}) : std::nullopt;
}

} // namespace

std::optional<QByteArray> bytesField(const QJsonObject& object, const QString& name)
{
    const QJsonValue text = object.value(name);
    if (text.isString()) {
        // A surrogate that stands alone ("\ud800") is no character: it has no bytes, and toUtf8() would write
        // "?".
        const QString characters = text.toString();
        return characters.isValidUtf16() ? std::optional(characters.toUtf8()) : std::nullopt;
    }
    const QJsonValue encoded = object.value(name + "_base64"_L1);
    if (!text.isUndefined() || !encoded.isString())
        return std::nullopt;
    auto decoded = QByteArray::fromBase64Encoding(encoded.toString().toLatin1(),
                                                  QByteArray::AbortOnBase64DecodingErrors);
    return decoded ? std::optional(std::move(*decoded)) : std::nullopt;
}

void setBytesField(QJsonObject& object, const QString& name, const QByteArray& bytes)
{
    if (bytes.isValidUtf8())
        object.insert(name, textFromUtf8(bytes));
    else
        object.insert(name + "_base64"_L1, QString::fromLatin1(bytes.toBase64()));
}

QJsonDocument documentFrom(QByteArray json, QJsonParseError* error)
{
    // An escaped one is kept. A quote before a mark begins a text or, escaped itself, stands inside one.
    json.replace("\"\xef\xbb\xbf", "\"\\ufeff");
    return QJsonDocument::fromJson(json, error);
}

Parsed<QJsonObject> objectFrom(const QByteArray& body)
{
    QJsonParseError error;
    const QJsonDocument document = documentFrom(body, &error);
    if (error.error != QJsonParseError::NoError)
        return tl::make_unexpected(u"the answer is no JSON: %1"_s.arg(error.errorString()));
    if (!document.isObject())
        return tl::make_unexpected(u"the answer is no JSON object"_s);
    return document.object();
}

Parsed<ClientQuorum> quorumFrom(const QJsonObject& object)
{
    AnswerReader reader(object, u"quorum"_s);
    return finished(reader, readQuorum(reader));
}

namespace {

// What reads and writes are answered with alike.
Parsed<ClientValue> valueFrom(const QJsonObject& object)
{
    AnswerReader reader(object, {});
    ClientValue value;
    reader.require("context"_L1);
    reader.require("quorum"_L1);
    value.siblings = siblingsFrom(reader);
    value.siblingCount = reader.smallInteger("sibling_count"_L1, static_cast<int>(value.siblings.size()));
    value.context = reader.text("context"_L1, 64 * 1024, {}).toLatin1();
    value.siblingsLeft = reader.smallInteger("siblings_left"_L1, 0);
    if (auto quorum = quorumFrom(reader.child("quorum"_L1)))
        value.quorum = std::move(*quorum);
    else
        return tl::make_unexpected(quorum.error());
    if (reader.has("trace"_L1)) {
        auto trace = traceFrom(reader.child("trace"_L1));
        if (!trace)
            return tl::make_unexpected(trace.error());
        value.trace = std::move(*trace);
    }
    return finished(reader, std::move(value));
}

} // namespace

bool isAbout(const QJsonObject& object, const QByteArray& key)
{
    return bytesField(object, u"key"_s) == key;
}

Parsed<ClientValue> readFrom(const QJsonObject& object)
{
    AnswerReader reader(object, {});
    reader.require("siblings"_L1);
    if (reader.failed())
        return tl::make_unexpected(reader.problem());
    return valueFrom(object);
}

Parsed<ClientValue> writtenFrom(const QJsonObject& object)
{
    AnswerReader reader(object, {});
    reader.require("sibling_count"_L1);
    if (reader.failed())
        return tl::make_unexpected(reader.problem());
    return valueFrom(object);
}

Parsed<ClientPlacement> placementFrom(const QJsonObject& object)
{
    AnswerReader reader(object, {});
    ClientPlacement placement;
    if (const auto position = positionFrom(reader.requiredText("position"_L1, 32)))
        placement.position = *position;
    else
        reader.fail(u"position"_s);
    placement.slot = slotOf(placement.position);
    reader.require("preference_list"_L1);
    reader.each("preference_list"_L1, maxReplicas, [&](AnswerReader& one) {
        ClientPlacement::Replica replica;
        replica.node = one.requiredText("node"_L1, 256);
        replica.role = one.text("role"_L1, 32, u"primary"_s);
        replica.reachable = one.boolean("reachable"_L1, false);
        replica.error = one.text("error"_L1, 4096, {});
        if (one.has("siblings"_L1))
            replica.siblings = siblingsFrom(one, true);
        placement.replicas.append(std::move(replica));
    });
    return finished(reader, std::move(placement));
}

Parsed<ClientKeysPage> keysPageFrom(const QJsonObject& object)
{
    AnswerReader reader(object, {});
    ClientKeysPage page;
    reader.require("keys"_L1);
    reader.require("next_cursor"_L1);
    reader.each("keys"_L1, maxKeysInPage, [&](AnswerReader& one) {
        if (auto key = bytesField(one.object(), u"key"_s))
            page.keys.append(std::move(*key));
        else
            one.fail(u"key"_s);
    });
    page.nextCursor = reader.text("next_cursor"_L1, 64 * 1024, {});
    return finished(reader, std::move(page));
}

ClientError errorFrom(int status, const QByteArray& body)
{
    ClientError error;
    error.status = status;
    error.word = u"http_%1"_s.arg(status);
    error.message = u"The node answered with HTTP status %1 and no explanation."_s.arg(status);
    const auto object = objectFrom(body);
    if (!object)
        return error;
    AnswerReader reader(*object, {});
    error.body = *object;
    error.word = reader.text("error"_L1, 64, error.word);
    error.message = reader.text("message"_L1, 8192, error.message);
    error.mayExist = reader.boolean("may_exist"_L1, false);
    error.context = reader.text("context"_L1, 64 * 1024, {}).toLatin1();
    if (reader.has("quorum"_L1)) {
        if (auto quorum = quorumFrom(reader.child("quorum"_L1)))
            error.quorum = std::move(*quorum);
    }
    return error;
}

QByteArray pathSegment(const QByteArray& bytes)
{
    if (bytes == "." || bytes == "..")
        return bytes.size() == 1 ? "%2E" : "%2E%2E";
    return bytes.toPercentEncoding();
}

} // namespace ringmaster
