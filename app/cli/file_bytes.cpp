// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/file_bytes.h"

#include <QFile>

#include <unistd.h>

namespace ringmaster::cli {

using namespace Qt::StringLiterals;

namespace {

constexpr qint64 pieceBytes = 64 * 1024;

} // namespace

Result<QByteArray> bytesOfFile(const QString& path, qint64 most)
{
    const bool isStandardInput = path == "-"_L1;
    const QString name = isStandardInput ? u"The standard input"_s : path;
    QFile file(path);
    const bool opened = isStandardInput ? file.open(STDIN_FILENO, QIODevice::ReadOnly | QIODevice::Unbuffered)
                                        : file.open(QIODevice::ReadOnly | QIODevice::Unbuffered);
    QByteArray bytes;
    qint64 taken = opened ? 1 : -1;
    while (taken > 0 && bytes.size() <= most) {
        QByteArray piece(pieceBytes, Qt::Uninitialized);
        taken = file.read(piece.data(), pieceBytes);
        bytes.append(piece.constData(), qMax<qint64>(taken, 0));
    }
    if (taken < 0)
        return failure(ErrorCode::Unavailable, u"%1 cannot be read: %2."_s.arg(name, file.errorString()));
    if (bytes.size() > most)
        return failure(ErrorCode::TooLarge, u"%1 holds more than %2 MiB."_s.arg(name).arg(most >> 20));
    return bytes;
}

} // namespace ringmaster::cli
