// SPDX-License-Identifier: GPL-3.0-or-later
// Numbers and bytes as the window says them.
#pragma once

#include <QByteArray>
#include <QString>

namespace ringmaster {

// 12 408, with narrow no-break spaces.
QString grouped(qint64 number);
// "12 s", "3 min", "2 h"; below a second "now".
QString durationWords(qint64 ms);
// "2.8 ms", "140 ms", "1.2 s".
QString latencyWords(double ms);
// "0.4", "12", "1 204": requests a second.
QString rateWords(double perSecond);
// "1 key", "2 keys".
QString counted(qint64 number, const QString& one, const QString& many);

// Text that cannot rearrange the line it stands in: control and bidirectional formatting characters become
// \uXXXX. Bytes that are not UTF-8 are shown as \xNN.
QString visibleText(const QString& text);
// The same, but lines and tabs stay: for text that is shown in a block of its own.
QString visibleLines(const QString& text);
QString visibleBytes(const QByteArray& bytes);
bool isUtf8(const QByteArray& bytes);

} // namespace ringmaster
