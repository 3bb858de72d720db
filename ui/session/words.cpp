// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/session/words.h"

#include "nodecore/base/utf8.h"

#include <QStringDecoder>

#include <cmath>

namespace ringmaster {
namespace {

bool needsEscape(QChar c)
{
    const ushort u = c.unicode();
    const bool bidi = (u >= 0x200e && u <= 0x200f) || (u >= 0x202a && u <= 0x202e) ||
                      (u >= 0x2066 && u <= 0x2069) || u == 0x061c || u == 0xfeff;
    return u < 0x20 || (u >= 0x7f && u < 0xa0) || bidi || u == 0x2028 || u == 0x2029;
}

} // namespace

QString grouped(qint64 number)
{
    QString digits = QString::number(number);
    for (qsizetype at = digits.size() - 3; at > (number < 0 ? 1 : 0); at -= 3)
        digits.insert(at, QChar(0x202f));
    return digits;
}

QString durationWords(qint64 ms)
{
    const qint64 seconds = ms / 1000;
    if (seconds < 1)
        return QStringLiteral("now");
    if (seconds < 60)
        return QStringLiteral("%1 s").arg(seconds);
    if (seconds < 3600)
        return QStringLiteral("%1 min").arg(seconds / 60);
    if (seconds < 86400)
        return QStringLiteral("%1 h").arg(seconds / 3600);
    return QStringLiteral("%1 d").arg(seconds / 86400);
}

QString latencyWords(double ms)
{
    if (ms >= 1000)
        return QStringLiteral("%1 s").arg(ms / 1000, 0, 'f', 1);
    return QStringLiteral("%1 ms").arg(ms, 0, 'f', ms < 100 ? 1 : 0);
}

QString rateWords(double perSecond)
{
    if (perSecond > 0 && perSecond < 9.95)
        return QString::number(perSecond, 'f', 1);
    return grouped(std::llround(perSecond));
}

QString counted(qint64 number, const QString& one, const QString& many)
{
    return grouped(number) + QLatin1Char(' ') + (number == 1 ? one : many);
}

QString visibleText(const QString& text)
{
    QString visible;
    visible.reserve(text.size());
    for (const QChar c : text) {
        if (c == QLatin1Char('\n'))
            visible += QStringLiteral("\\n");
        else if (c == QLatin1Char('\t'))
            visible += QStringLiteral("\\t");
        else if (needsEscape(c))
            visible += QStringLiteral("\\u%1").arg(c.unicode(), 4, 16, QLatin1Char('0'));
        else
            visible += c;
    }
    return visible;
}

QString visibleLines(const QString& text)
{
    QString visible;
    visible.reserve(text.size());
    for (const QChar c : text) {
        const bool isLayout = c == QLatin1Char('\n') || c == QLatin1Char('\t');
        visible += isLayout ? QString(c) : visibleText(c);
    }
    return visible;
}

bool isUtf8(const QByteArray& bytes)
{
    QStringDecoder decoder(QStringDecoder::Utf8, QStringDecoder::Flag::Stateless);
    const QString text = decoder(bytes);
    return !decoder.hasError() || text.isNull();
}

QString visibleBytes(const QByteArray& bytes)
{
    if (isUtf8(bytes))
        return visibleText(textFromUtf8(bytes));
    QString visible;
    for (const char c : bytes) {
        const auto byte = static_cast<uchar>(c);
        if (byte >= 0x20 && byte < 0x7f)
            visible += QLatin1Char(c);
        else
            visible += QStringLiteral("\\x%1").arg(byte, 2, 16, QLatin1Char('0'));
    }
    return visible;
}

} // namespace ringmaster
