// SPDX-License-Identifier: GPL-3.0-or-later
// What the window asks of a cluster's data: the port that the forms and the inspector speak to, so that a
// test can stand in for a cluster.
#pragma once

#include "nodecore/client/node_client.h"

#include <memory>
#include <optional>

namespace ringmaster {

// A request under way. Letting go of it cancels the wait: its callback is then never run. What was sent may
// still have its effect.
using PendingCall = std::unique_ptr<QObject>;

struct WriteOrder {
    Key key;
    QByteArray value;
    QByteArray context; // empty: a concurrent write
    std::optional<int> quorum;
    QByteArray idempotencyId = {}; // of this write: a retry has the same
    friend bool operator==(const WriteOrder&, const WriteOrder&) = default;
};

// Each call answers once, on the caller's thread, and never before the call has returned.
class KeyValuePort {
public:
    virtual ~KeyValuePort() = default;
    [[nodiscard]] virtual PendingCall write(const WriteOrder& order, ClientCallback<ClientValue> done) = 0;
    [[nodiscard]] virtual PendingCall read(const Key& key, std::optional<int> quorum,
                                           ClientCallback<ClientValue> done) = 0;
    [[nodiscard]] virtual PendingCall placement(const Key& key, ClientCallback<ClientPlacement> done) = 0;
};

// The real one.
class NodeClientPort : public KeyValuePort {
public:
    // client must outlive the port.
    explicit NodeClientPort(NodeClient& client)
        : m_client(client)
    {}
    PendingCall write(const WriteOrder& order, ClientCallback<ClientValue> done) override;
    PendingCall read(const Key& key, std::optional<int> quorum, ClientCallback<ClientValue> done) override;
    PendingCall placement(const Key& key, ClientCallback<ClientPlacement> done) override;

private:
    NodeClient& m_client;
};

// For use inside a call's own callback, where deleting the call at once would pull it from under its caller.
inline void finish(PendingCall& call)
{
    if (call)
        call.release()->deleteLater();
}

} // namespace ringmaster
