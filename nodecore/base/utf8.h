// SPDX-License-Identifier: GPL-3.0-or-later
// From UTF-8 to text without losing anything, and byte order marks. QString::fromUtf8() drops a mark at the
// beginning, which for a key or a value is three of its bytes.
#pragma once

#include <QByteArrayView>
#include <QString>
#include <QStringDecoder>

namespace ringmaster {

// Of valid UTF-8: textFromUtf8(bytes).toUtf8() == bytes. What is not valid becomes U+FFFD.
inline QString textFromUtf8(QByteArrayView bytes)
{
    QStringDecoder decoder(QStringDecoder::Utf8,
                           QStringDecoder::Flag::Stateless | QStringDecoder::Flag::ConvertInitialBom);
    return decoder(bytes);
}

inline constexpr QByteArrayView utf8ByteOrderMark("\xef\xbb\xbf");

// Of UTF-8 or UTF-16: what a reader of text files may take for no part of the text.
inline bool beginsWithByteOrderMark(QByteArrayView bytes)
{
    return bytes.startsWith(utf8ByteOrderMark) || bytes.startsWith("\xff\xfe") ||
           bytes.startsWith("\xfe\xff");
}

} // namespace ringmaster
