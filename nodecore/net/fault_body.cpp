// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/net/fault_body.h"

#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QSet>

#include <cmath>

namespace ringmaster {

using namespace Qt::StringLiterals;
using std::chrono::milliseconds;

namespace {

// The members of one object, taken by name; remembers the first mistake.
class ObjectReader {
public:
    ObjectReader(QJsonObject object, QString where)
        : m_object(std::move(object))
        , m_where(std::move(where))
    {}

    std::optional<double> number(const QString& name, double least, double most)
    {
        const auto value = take(name);
        if (!value)
            return std::nullopt;
        const double given = value->toDouble(NAN);
        if (given >= least && given <= most)
            return given;
        return wrong<double>(name, u"a number from %1 to %2"_s.arg(least, 0, 'f', 0).arg(most, 0, 'f', 0));
    }

    std::optional<milliseconds> time(const QString& name, milliseconds least, milliseconds most)
    {
        const auto value =
            number(name, static_cast<double>(least.count()), static_cast<double>(most.count()));
        if (!value)
            return std::nullopt;
        if (std::trunc(*value) != *value)
            return wrong<milliseconds>(name, u"a whole number of milliseconds"_s);
        return milliseconds(static_cast<qint64>(*value));
    }

    std::optional<bool> flag(const QString& name)
    {
        const auto value = take(name);
        if (!value)
            return std::nullopt;
        return value->isBool() ? value->toBool() : wrong<bool>(name, u"true or false"_s);
    }

    std::optional<QString> text(const QString& name, const QStringList& words = {})
    {
        const auto value = take(name);
        if (!value)
            return std::nullopt;
        if (value->isString() && (words.isEmpty() || words.contains(value->toString())))
            return value->toString();
        return wrong<QString>(name, words.isEmpty() ? u"a text"_s : u"one of "_s + words.join(u", "_s));
    }

    std::optional<QJsonObject> object(const QString& name)
    {
        const auto value = take(name);
        if (!value)
            return std::nullopt;
        return value->isObject() ? value->toObject() : wrong<QJsonObject>(name, u"an object"_s);
    }

    std::optional<QJsonArray> array(const QString& name)
    {
        const auto value = take(name);
        if (!value)
            return std::nullopt;
        return value->isArray() ? value->toArray() : wrong<QJsonArray>(name, u"an array"_s);
    }

    void fail(const QString& message)
    {
        if (!m_problem)
            m_problem = message;
    }

    // What was wrong, or what nobody asked for.
    std::optional<QString> problem()
    {
        if (!m_problem && !m_object.isEmpty())
            fail(u"\"%1\" is unknown%2"_s.arg(m_object.begin().key().left(shownChars), m_where));
        return m_problem;
    }

private:
    static constexpr qsizetype shownChars = 64;

    std::optional<QJsonValue> take(const QString& name)
    {
        const QJsonValue value = m_object.take(name);
        return value.isUndefined() ? std::nullopt : std::optional(value);
    }

    template <class T>
    std::optional<T> wrong(const QString& name, const QString& wanted)
    {
        fail(u"\"%1\"%2 has to be %3"_s.arg(name, m_where, wanted));
        return std::nullopt;
    }

    QJsonObject m_object;
    QString m_where; // " in \"disk\"", or nothing
    std::optional<QString> m_problem;
};

// Nothing where it is read.
using Problem = std::optional<QString>;

void readCut(ObjectReader& reader, const QString& name, std::optional<bool>& out, std::optional<bool>& in)
{
    const auto cut = reader.text(name, {u"out"_s, u"in"_s, u"both"_s, u"none"_s});
    if (!cut)
        return;
    out = *cut == "out"_L1 || *cut == "both"_L1;
    in = *cut == "in"_L1 || *cut == "both"_L1;
}

Problem readLink(const QJsonValue& value, FaultBody::Link& to)
{
    if (!value.isObject())
        return u"each of \"links\" has to be an object with a \"peer\""_s;
    ObjectReader reader(value.toObject(), u" in \"links\""_s);
    const auto peer = reader.text(u"peer"_s);
    if (!peer || peer->isEmpty())
        reader.fail(u"each of \"links\" needs a \"peer\": a member's name or id"_s);
    to.peer = peer.value_or(QString());
    to.delay = reader.time(u"delay_ms"_s, milliseconds(0), FaultBody::maxDelay);
    to.loss = reader.number(u"loss"_s, 0, 1);
    readCut(reader, u"cut"_s, to.cutOut, to.cutIn);
    readCut(reader, u"udp_cut"_s, to.datagramsCutOut, to.datagramsCutIn);
    return reader.problem();
}

Problem readLinks(const QJsonArray& array, FaultBody& to)
{
    if (array.size() > FaultBody::maxLinks)
        return u"\"links\" has more than %1 entries"_s.arg(FaultBody::maxLinks);
    QSet<QString> seen;
    for (const QJsonValue& value : array) {
        FaultBody::Link link;
        if (auto problem = readLink(value, link))
            return problem;
        if (seen.contains(link.peer))
            return u"a \"peer\" is in \"links\" twice"_s;
        seen.insert(link.peer);
        to.links.push_back(std::move(link));
    }
    return std::nullopt;
}

Problem readDisk(const QJsonObject& object, FaultBody& to)
{
    ObjectReader reader(object, u" in \"disk\""_s);
    to.diskSlow = reader.time(u"slow_ms"_s, milliseconds(0), FaultBody::maxDelay);
    to.diskFull = reader.flag(u"full"_s);
    return reader.problem();
}

Problem readBody(const QJsonObject& object, FaultBody& to)
{
    if (object.isEmpty())
        return u"it names no fault"_s;
    ObjectReader reader(object, {});
    to.clear = reader.flag(u"clear"_s).value_or(false);
    to.pause = reader.time(u"pause_ms"_s, milliseconds(1), FaultBody::maxPause);
    to.clockJump = reader.time(u"clock_jump_ms"_s, -FaultBody::maxClockJump, FaultBody::maxClockJump);
    const auto links = reader.array(u"links"_s);
    const auto disk = reader.object(u"disk"_s);
    if (auto problem = reader.problem())
        return problem;
    if (links) {
        if (auto problem = readLinks(*links, to))
            return problem;
    }
    return disk ? readDisk(*disk, to) : std::nullopt;
}

} // namespace

LinkFault FaultBody::Link::changed(LinkFault from) const
{
    from.delay = delay.value_or(from.delay);
    from.loss = loss.value_or(from.loss);
    from.cutOut = cutOut.value_or(from.cutOut);
    from.cutIn = cutIn.value_or(from.cutIn);
    from.datagramsCutOut = datagramsCutOut.value_or(from.datagramsCutOut);
    from.datagramsCutIn = datagramsCutIn.value_or(from.datagramsCutIn);
    return from;
}

DiskFault FaultBody::changed(DiskFault from) const
{
    from.slow = diskSlow.value_or(from.slow);
    from.full = diskFull.value_or(from.full);
    return from;
}

Result<FaultBody> parseFaultBody(const QByteArray& json)
{
    if (json.size() > FaultBody::maxBytes)
        return failure(
            ErrorCode::TooLarge,
            u"Faults are told in at most %1 bytes. Nothing was changed."_s.arg(FaultBody::maxBytes));
    QJsonParseError wrong;
    const QJsonDocument document = QJsonDocument::fromJson(json, &wrong);
    FaultBody body;
    Problem problem;
    if (wrong.error != QJsonParseError::NoError)
        problem = u"%1 at byte %2"_s.arg(wrong.errorString()).arg(wrong.offset);
    else if (!document.isObject())
        problem = u"it has to be a JSON object"_s;
    else
        problem = readBody(document.object(), body);
    if (problem)
        return failure(ErrorCode::Malformed,
                       u"The faults cannot be understood: %1. Nothing was changed."_s.arg(*problem));
    return body;
}

} // namespace ringmaster
