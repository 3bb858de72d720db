// SPDX-License-Identifier: GPL-3.0-or-later
// The small grammar of HTTP/1.1 (RFC 9110, RFC 9112): which bytes may stand where.
#pragma once

#include <QByteArrayView>

#include <optional>

namespace ringmaster {

// One byte of a token: a method or a field's name.
bool isTokenByte(char byte);
bool isToken(QByteArrayView bytes);
// One byte of a field's value: no control byte but the tab.
bool isFieldValueByte(char byte);
// One byte of a request target. Bytes of 0x80 and above are let through: curl sends a path as it was typed.
bool isTargetByte(char byte);

// Without the spaces and tabs around it.
QByteArrayView trimmedField(QByteArrayView value);
bool equalsIgnoringCase(QByteArrayView a, QByteArrayView b);
// Whether word is an item of a comma-separated list, whatever its case.
bool listContains(QByteArrayView list, QByteArrayView word);

// Digits only; larger numbers than fit become the largest. Nothing where it is no such number.
std::optional<qint64> saturatedNumber(QByteArrayView digits);

} // namespace ringmaster
