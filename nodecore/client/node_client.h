// SPDX-License-Identifier: GPL-3.0-or-later
// The native HTTP API, from outside: one object for one node or, given several, the first that answers.
//
// Asynchronous: every call returns at once and runs its callback exactly once, on the client's thread, unless
// the context object or the client dies first, in which case it never does. A callback may delete the client.
// Connections are kept alive. Nothing throws.
//
// A read that gets no answer goes on to the next node. A write does so only where the connection was never
// made; once it has left, it is never sent again, and the error says that the write may exist.
#pragma once

#include "nodecore/base/key.h"
#include "nodecore/client/cluster_snapshot.h"
#include "nodecore/client/node_inspection.h"
#include "nodecore/client/ring_change.h"

#include <QByteArray>
#include <QJsonArray>
#include <QJsonObject>
#include <QList>
#include <QObject>
#include <QPair>
#include <QUrl>

#include <functional>
#include <memory>
#include <optional>

namespace ringmaster {

struct ClientQuorum {
    struct Answer {
        QString node;
        QString role; // "primary", "fallback"
        double ms = 0;
    };
    struct Missing {
        QString node;
        QString role;
        QString reason;
    };
    int n = 0;
    int needed = 0;
    QString coordinator;
    QString trace; // its id; empty where there is none
    QList<Answer> answered;
    QList<Missing> missing;
};

struct ClientSibling {
    QByteArray value;
    bool deleted = false;
    QString dot;                          // "<actor>:counter"
    QList<QPair<QString, quint64>> clock; // actor (16 hex digits), counter; by actor
    qint64 writtenMs = 0;
    QByteArray context; // that replaces it alone; empty where it is the only one of its answer
};

struct ClientValue {
    QList<ClientSibling> siblings; // empty: absent
    QByteArray context;            // that replaces exactly these siblings
    int siblingsLeft = 0;          // of a key too large for one answer: resolve these, then read again
    ClientQuorum quorum;
    // How many siblings there are: after a write that was not asked to return them, more than siblings holds.
    int siblingCount = 0;
    double tookMs = 0;                // as this program saw it
    std::optional<ClientTrace> trace; // as it was at the answer, where ClientOptions::trace asked for it
};

struct ClientPlacement {
    struct Replica {
        QString node;
        QString role;
        bool reachable = false;
        std::optional<QList<ClientSibling>> siblings; // dots only, without values; nothing: did not answer
        QString error;
    };
    Position position;
    Slot slot;
    QList<Replica> replicas;
};

struct ClientKeysPage {
    QList<QByteArray> keys;
    QString nextCursor; // empty: the last page
};

// Why a call failed, as the API said it or as the network did.
struct ClientError {
    int status = 0;  // HTTP; 0: no answer
    QString word;    // "quorum_not_met"; "no_answer" where status is 0
    QString message; // for a person
    std::optional<ClientQuorum> quorum;
    bool mayExist = false;
    QByteArray context; // with "absent": the context to write with
    QJsonObject body;
};

template <class T>
using ClientResult = tl::expected<T, ClientError>;
template <class T>
using ClientCallback = std::function<void(ClientResult<T>)>;

struct ClientOptions {
    std::optional<int> quorum; // R or W
    std::optional<int> primaryQuorum;
    std::optional<bool> sloppy;
    std::optional<int> timeoutMs;
    bool returnSiblings = true; // of a write: with the siblings that the key has afterwards
    // Of a write: its name, 1 to 64 visible ASCII characters, drawn at random. A retry gives the same name
    // and the first attempt's context; the coordinator that remembers the name answers as it did then.
    QByteArray idempotencyId = {};
    bool trace = false;
};

class NodeClient : public QObject {
    Q_OBJECT
public:
    // Nodes are asked in the order given, starting with the one that last answered.
    explicit NodeClient(QList<QUrl> nodes, QObject* parent = nullptr);
    ~NodeClient() override;

    void setNodes(QList<QUrl> nodes);
    QList<QUrl> nodes() const;

    // A key that is absent is a value without siblings, not an error.
    void get(const Key& key, const ClientOptions& options, QObject* context,
             ClientCallback<ClientValue> done);
    void put(const Key& key, const QByteArray& value, const QByteArray& ringContext,
             const ClientOptions& options, QObject* context, ClientCallback<ClientValue> done);
    void remove(const Key& key, const QByteArray& ringContext, const ClientOptions& options, QObject* context,
                ClientCallback<ClientValue> done);
    void placement(const Key& key, QObject* context, ClientCallback<ClientPlacement> done);
    void keys(const QByteArray& prefix, const QString& cursor, int limit, QObject* context,
              ClientCallback<ClientKeysPage> done);
    // GET of any path of the API that answers JSON.
    void json(const QString& path, QObject* context, ClientCallback<QJsonObject> done);
    // POST of a JSON object, answered with one. Counts as a write.
    void post(const QString& path, const QJsonObject& body, QObject* context,
              ClientCallback<QJsonObject> done);

    // What one node knows of itself: for a client of one node.
    // The latest first, without steps.
    void traces(int limit, QObject* context, ClientCallback<QList<ClientTrace>> done);
    // "absent" where this node does not have it (any more).
    void trace(const QString& id, QObject* context, ClientCallback<ClientTrace> done);
    void stats(QObject* context, ClientCallback<ClientStats> done);
    void hints(QObject* context, ClientCallback<ClientHints> done);
    // Pages may be empty and not the last.
    void conflicts(const QString& cursor, int limit, QObject* context,
                   ClientCallback<ClientConflictsPage> done);
    // Starts a comparison with all members that the node reaches; how many that is. stats() tells its end.
    void repair(std::optional<Slot> slot, QObject* context, ClientCallback<int> done);
    // Begins to read and verify everything that the node holds; how many passes had ended before. stats()
    // tells its end.
    void scrub(QObject* context, ClientCallback<qint64> done);
    // What changes of the ring would do, as in API.md; nothing is done. The acts themselves are post()ed.
    void plan(const QJsonArray& changes, QObject* context, ClientCallback<ClientPlan> done);
    // What change is under way, and how far this node is with it.
    void progress(QObject* context, ClientCallback<ClientProgress> done);

private:
    class Impl;
    std::unique_ptr<Impl> m_impl;
};

} // namespace ringmaster
