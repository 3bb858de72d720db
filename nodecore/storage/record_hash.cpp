// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/storage/store.h"

#include <QCryptographicHash>
#include <QtEndian>

namespace ringmaster {

namespace {

void addLength(QCryptographicHash& hash, qsizetype length)
{
    char raw[8];
    qToBigEndian(static_cast<quint64>(length), raw);
    hash.addData(QByteArrayView(raw, sizeof raw));
}

} // namespace

// The lengths keep (key "ab", bytes "c") and (key "a", bytes "bc") apart.
quint64 recordHash(const Key& key, QByteArrayView bytes)
{
    QCryptographicHash hash(QCryptographicHash::Md5);
    addLength(hash, key.bytes().size());
    hash.addData(key.bytes());
    addLength(hash, bytes.size());
    hash.addData(bytes);
    return qFromBigEndian<quint64>(hash.resultView().data());
}

} // namespace ringmaster
