// SPDX-License-Identifier: GPL-3.0-or-later
// A KeyValuePort that keeps what it was asked and answers when the test says so.
#pragma once

#include "ui/forms/key_value_port.h"

#include <QList>
#include <QPointer>

namespace ringmaster {

class FakePort : public KeyValuePort {
public:
    template <class T>
    struct Asked {
        ClientCallback<T> done;
        QPointer<QObject> call; // gone: cancelled, or answered
        void answer(const ClientResult<T>& result) const
        {
            if (call)
                done(result);
        }
    };

    PendingCall write(const WriteOrder& order, ClientCallback<ClientValue> done) override
    {
        orders.append(order);
        return keep(writes, std::move(done));
    }
    PendingCall read(const Key& key, std::optional<int> quorum, ClientCallback<ClientValue> done) override
    {
        readKeys.append(key.bytes());
        readQuorums.append(quorum);
        return keep(reads, std::move(done));
    }
    PendingCall placement(const Key& key, ClientCallback<ClientPlacement> done) override
    {
        placementKeys.append(key.bytes());
        return keep(placements, std::move(done));
    }

    QList<WriteOrder> orders;
    QList<QByteArray> readKeys;
    QList<std::optional<int>> readQuorums;
    QList<QByteArray> placementKeys;
    QList<Asked<ClientValue>> writes;
    QList<Asked<ClientValue>> reads;
    QList<Asked<ClientPlacement>> placements;

private:
    template <class T>
    PendingCall keep(QList<Asked<T>>& list, ClientCallback<T> done)
    {
        auto call = std::make_unique<QObject>();
        list.append({std::move(done), call.get()});
        return call;
    }
};

} // namespace ringmaster
