// SPDX-License-Identifier: GPL-3.0-or-later
// From the API's JSON (nodecore/net/API.md) to the values of this room. Pure functions.
//
// The input is hostile: what has the wrong type, a wrong length or too many parts is refused with a sentence
// that says which part, and nothing is taken half. Unknown fields are passed over, so a newer node is
// understood.
#pragma once

#include "nodecore/client/node_client.h"

#include <QJsonArray>
#include <QJsonDocument>

namespace ringmaster {

// What was wrong with an answer, for a person.
template <class T>
using Parsed = tl::expected<T, QString>;

struct ClientRing {
    QString digest;
    QList<QPair<Slot, QString>> tokens; // by slot; the name of the node
};

struct ClientHealth {
    bool serving = false;
    QString node;
    QString state;
};

// {"name": "text"} or {"name_base64": "..."}; nothing where neither is there or it is not valid.
std::optional<QByteArray> bytesField(const QJsonObject& object, const QString& name);
// The inverse: sets one of the two, whichever the bytes allow.
void setBytesField(QJsonObject& object, const QString& name, const QByteArray& bytes);

// As QJsonDocument::fromJson(), which drops a byte order mark at the beginning of a text; this keeps it.
QJsonDocument documentFrom(QByteArray json, QJsonParseError* error);
Parsed<QJsonObject> objectFrom(const QByteArray& body);
Parsed<ClientQuorum> quorumFrom(const QJsonObject& object);
// Whether the answer is about this key, as all answers about a key say.
bool isAbout(const QJsonObject& object, const QByteArray& key);
Parsed<ClientValue> readFrom(const QJsonObject& object); // of a GET
Parsed<ClientValue>
writtenFrom(const QJsonObject& object); // of a PUT or DELETE; with siblings, where it has them
Parsed<ClientPlacement> placementFrom(const QJsonObject& object);
Parsed<ClientKeysPage> keysPageFrom(const QJsonObject& object);
// Everything but tokens and statistics.
Parsed<ClusterSnapshot> membersFrom(const QJsonObject& object);
Parsed<ClientRing> ringFrom(const QJsonObject& object);
Parsed<ClientStats> statsFrom(const QJsonObject& object);
Parsed<ClientTrace> traceFrom(const QJsonObject& object);
Parsed<QList<ClientTrace>> tracesFrom(const QJsonObject& object);
Parsed<ClientHints> hintsFrom(const QJsonObject& object);
Parsed<ClientConflictsPage> conflictsPageFrom(const QJsonObject& object);
// How many passes had ended when a scrub was begun.
Parsed<qint64> scrubBegunFrom(const QJsonObject& object);
// How many peers a repair was begun with.
Parsed<int> repairBegunFrom(const QJsonObject& object);
Parsed<ClientPlan> planFrom(const QJsonObject& object);
Parsed<ClientProgress> progressFrom(const QJsonObject& object);
ClientHealth healthFrom(int status, const QByteArray& body);

// An answer with an error status, whatever its body is.
ClientError errorFrom(int status, const QByteArray& body);

// A key as a path's last part: every byte but A-Z a-z 0-9 - . _ ~ as %XX. "." and ".." too, which
// a proxy would otherwise take for folders.
QByteArray pathSegment(const QByteArray& bytes);

} // namespace ringmaster
