// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/forms/key_value_port.h"

namespace ringmaster {

PendingCall NodeClientPort::write(const WriteOrder& order, ClientCallback<ClientValue> done)
{
    auto call = std::make_unique<QObject>();
    ClientOptions options;
    options.quorum = order.quorum;
    options.idempotencyId = order.idempotencyId;
    m_client.put(order.key, order.value, order.context, options, call.get(), std::move(done));
    return call;
}

PendingCall NodeClientPort::read(const Key& key, std::optional<int> quorum, ClientCallback<ClientValue> done)
{
    auto call = std::make_unique<QObject>();
    ClientOptions options;
    options.quorum = quorum;
    m_client.get(key, options, call.get(), std::move(done));
    return call;
}

PendingCall NodeClientPort::placement(const Key& key, ClientCallback<ClientPlacement> done)
{
    auto call = std::make_unique<QObject>();
    m_client.placement(key, call.get(), std::move(done));
    return call;
}

} // namespace ringmaster
