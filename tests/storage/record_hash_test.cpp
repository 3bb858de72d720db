// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/storage/store.h"

#include <QCryptographicHash>
#include <QTest>
#include <QtEndian>

using namespace ringmaster;

class RecordHashTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void itIsTheStartOfMd5OverLengthPrefixedParts()
    {
        const QByteArray parts =
            QByteArray::fromHex("0000000000000001") + "k" + QByteArray::fromHex("0000000000000003") + "abc";
        const QByteArray md5 = QCryptographicHash::hash(parts, QCryptographicHash::Md5);
        QCOMPARE(recordHash(*Key::fromBytes("k"), "abc"), qFromBigEndian<quint64>(md5.constData()));
    }

    // Stored and compared between nodes: it must never change.
    void itIsStableForEver()
    {
        QCOMPARE(recordHash(*Key::fromBytes("k"), "abc"), quint64{0xd253f4edc1861627});
    }

    void whereTheKeyEndsMatters()
    {
        QVERIFY(recordHash(*Key::fromBytes("ab"), "c") != recordHash(*Key::fromBytes("a"), "bc"));
    }
};

QTEST_GUILESS_MAIN(RecordHashTest)
#include "record_hash_test.moc"
