// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/net/http_answer.h"

#include "nodecore/net/json_writer.h"

#include <charconv>

namespace ringmaster {

namespace {

QByteArrayView reasonOf(int status)
{
    switch (status) {
    case 200:
        return "200 OK";
    case 400:
        return "400 Bad Request";
    case 403:
        return "403 Forbidden";
    case 404:
        return "404 Not Found";
    case 405:
        return "405 Method Not Allowed";
    case 408:
        return "408 Request Timeout";
    case 409:
        return "409 Conflict";
    case 413:
        return "413 Content Too Large";
    case 431:
        return "431 Request Header Fields Too Large";
    case 503:
        return "503 Service Unavailable";
    case 504:
        return "504 Gateway Timeout";
    default:
        return "500 Internal Server Error";
    }
}

void add(HttpHeadBuffer& to, QByteArrayView text)
{
    to.append(text.data(), text.size());
}

} // namespace

void writeHead(HttpHeadBuffer& to, const HttpAnswer& answer, bool keepAlive)
{
    add(to, "HTTP/1.1 ");
    add(to, reasonOf(answer.status));
    add(to, "\r\nContent-Type: ");
    add(to, answer.contentType);
    add(to, "\r\nContent-Length: ");
    char digits[20];
    const auto written = std::to_chars(digits, digits + sizeof(digits), answer.body.size());
    to.append(digits, written.ptr - digits);
    if (!answer.allow.isEmpty()) {
        add(to, "\r\nAllow: ");
        add(to, answer.allow);
    }
    if (!keepAlive)
        add(to, "\r\nConnection: close");
    add(to, "\r\n\r\n");
}

HttpErrorKind httpKindOf(ErrorCode code)
{
    switch (code) {
    case ErrorCode::Malformed:
    case ErrorCode::Foreign:
    case ErrorCode::Newer:
        return {400, "malformed"};
    case ErrorCode::Absent:
        return {404, "absent"};
    case ErrorCode::Conflict:
        return {409, "conflict"};
    case ErrorCode::TooLarge:
        return {413, "too_large"};
    case ErrorCode::QuorumNotMet:
        return {503, "quorum_not_met"};
    case ErrorCode::DeadlinePassed:
        return {504, "deadline_passed"};
    case ErrorCode::Unavailable:
        return {503, "unavailable"};
    case ErrorCode::ReadOnly:
        return {503, "read_only"};
    case ErrorCode::Damaged:
        return {500, "damaged"};
    case ErrorCode::Internal:
        break;
    }
    return {500, "internal"};
}

void beginError(JsonWriter& json, QByteArrayView word, const QString& message)
{
    json.beginObject();
    json.textField("error", word);
    json.textField("message", message);
}

HttpAnswer errorAnswer(int status, QByteArrayView word, const QString& message)
{
    JsonWriter json;
    beginError(json, word, message);
    json.endObject();
    return {.status = status, .body = json.take()};
}

HttpAnswer errorAnswer(const HttpRefusal& refusal)
{
    return errorAnswer(refusal.status, refusal.word, refusal.message);
}

HttpAnswer errorAnswer(const Error& error)
{
    const HttpErrorKind kind = httpKindOf(error.code);
    return errorAnswer(kind.status, kind.word, error.message);
}

} // namespace ringmaster
