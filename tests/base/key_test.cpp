// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/base/key.h"

#include <QTest>

using namespace ringmaster;

namespace {

Key key(const QByteArray& bytes)
{
    return *Key::fromBytes(bytes);
}

} // namespace

class KeyTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void takesOneTo4096BytesOfAnyKind()
    {
        for (const QByteArray& bytes : {QByteArray("k"), QByteArray(1, '\0'), QByteArray("\xff\xfe/ %"),
                                        QByteArray(Key::maxBytes, 'k')}) {
            const Result<Key> made = Key::fromBytes(bytes);
            QVERIFY(made.has_value());
            QCOMPARE(made->bytes(), bytes);
        }
    }

    void refusesAnEmptyKey()
    {
        const Result<Key> made = Key::fromBytes({});
        QVERIFY(!made);
        QCOMPARE(made.error().code, ErrorCode::Malformed);
        QVERIFY(made.error().message.contains(QStringLiteral("empty")));
    }

    void refusesAnOversizedKeyAndSaysItsSize()
    {
        const Result<Key> made = Key::fromBytes(QByteArray(Key::maxBytes + 1, 'k'));
        QVERIFY(!made);
        QCOMPARE(made.error().code, ErrorCode::TooLarge);
        QVERIFY(made.error().message.contains(QStringLiteral("4097")));
    }

    void sortsByUnsignedBytesAndThenByLength()
    {
        const std::vector<Key> ascending{key(QByteArray(1, '\0')),
                                         key(QByteArray(2, '\0')),
                                         key("a"),
                                         key(QByteArray("a\0", 2)),
                                         key("ab"),
                                         key("b"),
                                         key("\x7f"),
                                         key("\x80"),
                                         key("\xff")};
        for (size_t i = 0; i < ascending.size(); ++i) {
            for (size_t j = 0; j < ascending.size(); ++j) {
                QCOMPARE(ascending[i] < ascending[j], i < j);
                QCOMPARE(ascending[i] == ascending[j], i == j);
            }
        }
    }

    void equalKeysHashAlike() { QCOMPARE(qHash(key("a"), 7), qHash(key("a"), 7)); }
};

QTEST_GUILESS_MAIN(KeyTest)
#include "key_test.moc"
