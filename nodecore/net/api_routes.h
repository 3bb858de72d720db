// SPDX-License-Identifier: GPL-3.0-or-later
// The native API (API.md): which path means what, and what it is answered with.
//
// Each request is answered exactly once, at once or when the node calls back. What a request is needed for
// is copied before the node is asked: its views are gone by the time of a callback.
#pragma once

#include "nodecore/net/http_reply.h"
#include "nodecore/node/node.h"

#include <functional>

namespace ringmaster {

class NodeFaults;

class ApiRoutes {
public:
    // node must outlive this, and every reply. queuedPeerBytes: for the statistics; may be empty. faults:
    // null where none are injected.
    ApiRoutes(Node& node, std::function<qint64()> queuedPeerBytes, NodeFaults* faults = nullptr);

    void handle(HttpRequest& request, const HttpReply& reply);

    // What a request for the event stream must look like; nothing: it does.
    static std::optional<HttpRefusal> judgeWebSocket(const HttpRequest& request);

private:
    // The methods of one path, and what each does; an empty one is not allowed.
    using Handler = void (ApiRoutes::*)(const HttpRequest&, QByteArrayView rest, const HttpReply&);
    struct Route {
        QByteArrayView path; // ends with '/' where a key or an id follows
        Handler get = nullptr;
        Handler put = nullptr;
        Handler remove = nullptr;
        Handler post = nullptr;
    };
    static const Route routes[];

    static const Route* find(QByteArrayView path);
    // For the paths that take no parameters: answers, where there are any.
    static bool refusedParameters(const HttpRequest& request, const HttpReply& reply);
    static Handler handlerFor(const Route& route, QByteArrayView method);

    void getValue(const HttpRequest& request, QByteArrayView encodedKey, const HttpReply& reply);
    void putValue(const HttpRequest& request, QByteArrayView encodedKey, const HttpReply& reply);
    void deleteValue(const HttpRequest& request, QByteArrayView encodedKey, const HttpReply& reply);
    void write(const HttpRequest& request, QByteArrayView encodedKey, SiblingSet::Content content,
               const HttpReply& reply);
    void placement(const HttpRequest& request, QByteArrayView encodedKey, const HttpReply& reply);
    void keys(const HttpRequest& request, QByteArrayView rest, const HttpReply& reply);
    void ring(const HttpRequest& request, QByteArrayView rest, const HttpReply& reply);
    void members(const HttpRequest& request, QByteArrayView rest, const HttpReply& reply);
    void stats(const HttpRequest& request, QByteArrayView rest, const HttpReply& reply);
    void health(const HttpRequest& request, QByteArrayView rest, const HttpReply& reply);
    void traces(const HttpRequest& request, QByteArrayView rest, const HttpReply& reply);
    void trace(const HttpRequest& request, QByteArrayView id, const HttpReply& reply);
    void hints(const HttpRequest& request, QByteArrayView rest, const HttpReply& reply);
    void repair(const HttpRequest& request, QByteArrayView rest, const HttpReply& reply);
    void scrub(const HttpRequest& request, QByteArrayView rest, const HttpReply& reply);
    void conflicts(const HttpRequest& request, QByteArrayView rest, const HttpReply& reply);
    void planChange(const HttpRequest& request, QByteArrayView rest, const HttpReply& reply);
    void changeProgress(const HttpRequest& request, QByteArrayView rest, const HttpReply& reply);
    void joinRing(const HttpRequest& request, QByteArrayView rest, const HttpReply& reply);
    void leaveRing(const HttpRequest& request, QByteArrayView rest, const HttpReply& reply);
    void moveOnRing(const HttpRequest& request, QByteArrayView rest, const HttpReply& reply);
    void cancelChange(const HttpRequest& request, QByteArrayView rest, const HttpReply& reply);
    void removeMember(const HttpRequest& request, QByteArrayView rest, const HttpReply& reply);
    void faults(const HttpRequest& request, QByteArrayView rest, const HttpReply& reply);
    void setFaults(const HttpRequest& request, QByteArrayView rest, const HttpReply& reply);
    void events(const HttpRequest& request, QByteArrayView rest, const HttpReply& reply);
    void front(const HttpRequest& request, QByteArrayView rest, const HttpReply& reply);

    Node& m_node;
    std::function<qint64()> m_queuedPeerBytes;
    NodeFaults* m_faults;
};

} // namespace ringmaster
