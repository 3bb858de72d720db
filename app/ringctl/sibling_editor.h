// SPDX-License-Identifier: GPL-3.0-or-later
// Lets a person merge siblings in their editor ($VISUAL, $EDITOR, vi), as a version control system does.
#pragma once

#include "nodecore/client/node_client.h"

namespace ringmaster::ctl {

// What the editor is given: all values, one after the other, each behind a line of its own that says whose it
// is.
QByteArray textToEdit(const QList<ClientSibling>& siblings);
// The merge that came out; Conflict where marks are left or nothing is, or where it was not touched.
[[nodiscard]] Result<QByteArray> mergeFrom(const QByteArray& edited, const QList<ClientSibling>& siblings);

// Runs the editor on this terminal. Conflict too where a value is no text.
[[nodiscard]] Result<QByteArray> editSiblings(const QList<ClientSibling>& siblings);

} // namespace ringmaster::ctl
