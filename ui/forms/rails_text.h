// SPDX-License-Identifier: GPL-3.0-or-later
// Siblings as the original web GUI showed them.
//
// A clock's NAME is each "ACTOR=COUNT;" in order of actor, run together. The object beside it has the same
// counts as strings, and the value. The key's replicas are always named, with "0" where they have written
// nothing; a key never written is one row of zeros with the value "".
#pragma once

#include "nodecore/client/node_client.h"

#include <QList>
#include <QString>
#include <QStringList>

namespace ringmaster {

using Clock = QList<QPair<QString, quint64>>;

struct RailsRow {
    QString name; // a36909a4384f=1;f1f28dd2e53a=0;
    QString json; // {"a36909a4384f":"1","f1f28dd2e53a":"0","value":"milk"}
    Clock clock;  // as the sibling has it
    friend bool operator==(const RailsRow&, const RailsRow&) = default;
};

// replicas: the actors of the key's replicas.
QList<RailsRow> railsRows(const QList<ClientSibling>& siblings, const QStringList& replicas);

QString railsName(const Clock& clock);

// The object for the vector-clock field: {"a36909a4384f":"1"}.
QString clockText(const Clock& clock);

// The smallest clock that covers all.
Clock mergedClock(const QList<RailsRow>& rows);

} // namespace ringmaster
