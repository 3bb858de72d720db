// SPDX-License-Identifier: GPL-3.0-or-later
// What a request is answered with, and how its head is spelt.
#pragma once

#include "nodecore/net/http_request.h"

#include <QVarLengthArray>

namespace ringmaster {

class JsonWriter;

struct HttpAnswer {
    int status = 200;
    QByteArrayView contentType = "application/json"; // a literal
    QByteArray body = {};
    QByteArray allow = {}; // for a 405: the methods that would do
};

using HttpHeadBuffer = QVarLengthArray<char, 256>;

// The head of an answer, from the status line to the empty line.
void writeHead(HttpHeadBuffer& to, const HttpAnswer& answer, bool keepAlive);

// {"error": word, "message": message}
HttpAnswer errorAnswer(int status, QByteArrayView word, const QString& message);
HttpAnswer errorAnswer(const HttpRefusal& refusal);
HttpAnswer errorAnswer(const Error& error);

// The status and the word of an error of ours.
struct HttpErrorKind {
    int status;
    QByteArrayView word;
};
HttpErrorKind httpKindOf(ErrorCode code);

// Opens an object and writes the two members of every error; the caller may add more, and ends it.
void beginError(JsonWriter& json, QByteArrayView word, const QString& message);

} // namespace ringmaster
