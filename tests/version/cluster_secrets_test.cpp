// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/version/cluster_secrets.h"

#include <QTest>

#include <algorithm>

using namespace ringmaster;

namespace {

QByteArray secret(char byte)
{
    return QByteArray(ClusterSecrets::secretBytes, byte);
}

ClusterSecrets of(const QByteArray& bytes)
{
    ClusterSecrets secrets;
    for (const char byte : bytes)
        secrets.add(secret(byte));
    return secrets;
}

} // namespace

class ClusterSecretsTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void aSealHoldsForItsBytesAlone()
    {
        const ClusterSecrets secrets = of("a");
        const QByteArray mac = secrets.seal("bytes");
        QCOMPARE(mac.size(), ClusterSecrets::sealBytes);
        QCOMPARE(secrets.verify({secrets.sealingName(), mac}, "bytes"), ClusterSecrets::Verdict::Sealed);
        QCOMPARE(secrets.verify({secrets.sealingName(), mac}, "byteS"), ClusterSecrets::Verdict::Broken);
        QCOMPARE(secrets.verify({secrets.sealingName(), mac.first(8)}, "bytes"),
                 ClusterSecrets::Verdict::Broken);
    }

    void aSealOfAnotherClusterIsByAnUnknownSecret()
    {
        const ClusterSecrets ours = of("a");
        const ClusterSecrets theirs = of("b");
        QCOMPARE(ours.verify({theirs.sealingName(), theirs.seal("bytes")}, "bytes"),
                 ClusterSecrets::Verdict::UnknownSecret);
        QCOMPARE(ours.verify({ours.sealingName(), theirs.seal("bytes")}, "bytes"),
                 ClusterSecrets::Verdict::Broken);
    }

    void theSmallestSealsAndAnyKnownOneIsAccepted()
    {
        const ClusterSecrets before = of("b");
        const QByteArray old = before.seal("bytes");
        ClusterSecrets secrets = before;
        QVERIFY(secrets.add(secret('a')));
        QCOMPARE(secrets.seal("bytes"), of("a").seal("bytes"));
        QCOMPARE(secrets.verify({before.sealingName(), old}, "bytes"), ClusterSecrets::Verdict::Sealed);
    }

    void unionsAreTheSameInAnyOrderAndBounded()
    {
        const QByteArray names = "abcdefghijkl";
        ClusterSecrets forwards = of(names);
        QByteArray reversed = names;
        std::reverse(reversed.begin(), reversed.end());
        ClusterSecrets backwards = of(reversed);
        QVERIFY(forwards == backwards);
        QCOMPARE(forwards.digest(), backwards.digest());
        QCOMPARE(forwards.all().size(), ClusterSecrets::maxSecrets);
        QCOMPARE(forwards.all().back(), secret('h'));
        QVERIFY(!forwards.merge(backwards));
        QVERIFY(!forwards.add(secret('z')));
    }

    void whatIsNoSecretIsNotTaken()
    {
        ClusterSecrets secrets;
        QVERIFY(!secrets.add("short"));
        QVERIFY(!secrets.add(QByteArray(ClusterSecrets::secretBytes + 1, 'a')));
        QVERIFY(secrets.isEmpty());
        QCOMPARE(secrets.digest(), quint64{0});
    }

    void comesBackFromItsBytes()
    {
        for (const QByteArray& names : {QByteArray(), QByteArray("a"), QByteArray("dcb")}) {
            const Result<ClusterSecrets> back = ClusterSecrets::decode(of(names).encoded());
            QVERIFY(back.has_value());
            QVERIFY(*back == of(names));
        }
        const QByteArray whole = of("ab").encoded();
        for (qsizetype size = 0; size < whole.size(); ++size)
            QVERIFY(!ClusterSecrets::decode(whole.first(size)));
        QVERIFY(!ClusterSecrets::decode(whole + 'x'));
    }
};

QTEST_GUILESS_MAIN(ClusterSecretsTest)
#include "cluster_secrets_test.moc"
