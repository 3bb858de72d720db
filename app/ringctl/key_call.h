// SPDX-License-Identifier: GPL-3.0-or-later
// What the commands on one key begin with: the key, the options of the request, the value to write.
#pragma once

#include "app/ringctl/command.h"
#include "nodecore/client/node_client.h"

namespace ringmaster::ctl {

QCommandLineOption keyBase64Option();
QCommandLineOption timeoutOption();
QCommandLineOption quorumOption(const QString& which); // "R" or "W"
QCommandLineOption traceOption();

struct KeyCall {
    Key key;
    ClientOptions options;
};
// The first argument, in base64 where that option is set.
[[nodiscard]] Result<Key> keyFrom(const Invocation& in);
[[nodiscard]] Result<KeyCall> keyCallFrom(const Invocation& in);

ClientResult<ClientValue> read(NodeClient& client, const KeyCall& call);

// All of a file; "-" is the standard input. An error says that nothing was written.
[[nodiscard]] Result<QByteArray> valueOfFile(const QString& path);
// The argument itself, or all of the standard input where it is "-".
[[nodiscard]] Result<QByteArray> valueFrom(const QString& argument);

QString timeText(qint64 msSinceEpoch);
// A table of them, numbered from 1.
QString siblingsText(const QList<ClientSibling>& siblings);
// Of a key whose siblings are too many bytes for one answer.
QString siblingsLeftText(int left);

} // namespace ringmaster::ctl
