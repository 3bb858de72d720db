// SPDX-License-Identifier: GPL-3.0-or-later
// What every command prints with: text for people, JSON for programs, bytes for pipes.
#pragma once

#include "app/ringctl/exit_code.h"

#include <QJsonObject>
#include <QStringList>

namespace ringmaster::ctl {

void print(const QString& line);        // to stdout, with a line end
void printRaw(const QByteArray& bytes); // to stdout, as they are
void note(const QString& line);         // to stderr, with a line end
void printJson(const QJsonObject& object);

// A key or a value in one line that is safe on a terminal: control characters as \n, \t, \x1b; what is not
// UTF-8 as base64, with a note.
QString shown(const QByteArray& bytes);

// As shown(), where there are at most so many bytes; else how they begin, on one short line that ends with
// "…".
QString glimpse(const QByteArray& bytes, qsizetype most);

// Columns two blanks apart. Those in rightAligned end at the same place; the last has no blanks after it.
QString table(const QStringList& head, const QList<QStringList>& rows, const QList<int>& rightAligned = {});

// "1 key", "2 keys".
QString counted(qint64 count, const QString& noun);

// Says what went wrong, on stderr for people and on stdout as JSON for programs.
ExitCode fail(const ClientError& error, bool json);
ExitCode fail(const Error& error, bool json);
ExitCode fail(ExitCode code, const QString& word, const QString& message, bool json);

// "n1 0.2 ms, n2 0.4 ms of 3, 2 needed".
QString quorumText(const ClientQuorum& quorum);
QJsonObject quorumJson(const ClientQuorum& quorum);
QJsonObject siblingJson(const ClientSibling& sibling);

} // namespace ringmaster::ctl
