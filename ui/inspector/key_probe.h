// SPDX-License-Identifier: GPL-3.0-or-later
// Asks the cluster about the selected key, and keeps the last answers: who holds what, and the values.
//
// A key that is looked at anew drops the answers for the one before. Failures are kept as words; what was
// known before them stays. GUI thread.
#pragma once

#include "ui/forms/key_value_port.h"

#include <QObject>

namespace ringmaster {

class KeyProbe : public QObject {
    Q_OBJECT
public:
    // port must outlive the probe.
    explicit KeyProbe(KeyValuePort& port, QObject* parent = nullptr);

    // Looks at key. With value, what a request has just returned for it is taken instead of reading again.
    void look(const Key& key, std::optional<ClientValue> value = std::nullopt);
    // Asks again about the same key; nothing where there is none.
    void refresh();
    void clear();

    const std::optional<Key>& key() const { return m_key; }
    const std::optional<ClientValue>& value() const { return m_value; }
    const std::optional<ClientPlacement>& placement() const { return m_placement; }
    const QString& problem() const { return m_problem; }

Q_SIGNALS:
    void changed();

private:
    void askPlacement();
    void askValue();

    KeyValuePort& m_port;
    std::optional<Key> m_key;
    std::optional<ClientValue> m_value;
    std::optional<ClientPlacement> m_placement;
    QString m_problem;
    PendingCall m_reading;
    PendingCall m_placing;
};

} // namespace ringmaster
