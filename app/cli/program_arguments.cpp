// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/program_arguments.h"

#include "nodecore/base/utf8.h"

namespace ringmaster::cli {

using namespace Qt::StringLiterals;

namespace {

// Printable ASCII as it is, every other byte as \xNN.
QString visible(const QByteArray& bytes)
{
    QString text;
    for (const char c : bytes) {
        const auto byte = static_cast<uchar>(c);
        text += byte >= 0x20 && byte < 0x7f ? QString(QLatin1Char(c))
                                            : u"\\x%1"_s.arg(byte, 2, 16, QLatin1Char('0'));
    }
    return text;
}

} // namespace

Result<QStringList> programArguments(int argc, char** argv)
{
    QStringList arguments;
    for (int i = 1; i < argc; ++i) {
        const QByteArray given(argv[i]);
        if (!given.isValidUtf8())
            return failure(ErrorCode::Malformed,
                           u"Argument %1, \"%2\", is not UTF-8."_s.arg(i).arg(visible(given.left(64))));
        arguments.append(textFromUtf8(given));
    }
    return arguments;
}

} // namespace ringmaster::cli
