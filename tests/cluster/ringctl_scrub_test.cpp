// SPDX-License-Identifier: GPL-3.0-or-later
// Bytes that change in a node's database file while it is stopped; ringctl scrub against real nodes.
#include "tests/cluster/chaos_cluster.h"

#include <QFile>

using namespace ringmaster;
using namespace Qt::StringLiterals;

namespace {

QString keyNumber(int i)
{
    return u"key%1"_s.arg(i);
}

QString valueNumber(int i)
{
    return u"the value of key number %1, which is aaaa"_s.arg(i);
}

// In every place where the file has it, the last letter becomes a larger one.
int damageValue(const QString& path, int i)
{
    QFile file(path);
    if (!file.open(QIODevice::ReadWrite))
        return 0;
    QByteArray whole = file.readAll();
    const QByteArray value = valueNumber(i).toUtf8();
    int places = 0;
    for (qsizetype at = whole.indexOf(value); at >= 0; at = whole.indexOf(value, at + 1)) {
        whole[at + value.size() - 1] = 'z';
        ++places;
    }
    file.seek(0);
    return file.write(whole) == whole.size() ? places : 0;
}

} // namespace

class RingctlScrubTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void damageOnADiskIsFoundRepairedAndNeverRead();
};

void RingctlScrubTest::damageOnADiskIsFoundRepairedAndNeverRead()
{
    constexpr int keys = 20;
    ChaosCluster cluster(3);
    QVERIFY(cluster.start());
    for (int i = 0; i < keys; ++i)
        QCOMPARE(cluster.ctl({u"put"_s, keyNumber(i), valueNumber(i), u"--quorum"_s, u"3"_s}).exitCode, 0);
    QVERIFY(cluster.stop());
    const QString database = cluster.dataOf(1) + u"/ringmaster.db"_s;
    for (int i = 0; i < keys; i += 4)
        QVERIFY(damageValue(database, i) > 0);
    QVERIFY(cluster.start());
    // One of them by a read of all replicas, which once wrote the damage over the good copies.
    const RingctlResult first = cluster.ctl({u"get"_s, keyNumber(0), u"--quorum"_s, u"3"_s}, 1);
    QVERIFY(!first.output.contains("aaaz"));

    const RingctlResult scrubbed = cluster.ctl({u"scrub"_s, u"--json"_s});
    QVERIFY2(scrubbed.exitCode == 0, (scrubbed.output + scrubbed.errors).constData());
    const QJsonObject json = QJsonDocument::fromJson(scrubbed.output).object();
    QVERIFY(json.value("over"_L1).toBool());
    QCOMPARE(json.value("damaged_now"_L1).toInt(), 0);
    const QJsonObject integrity = cluster.json(1, u"/api/v1/stats"_s).value("integrity"_L1).toObject();
    QCOMPARE(integrity.value("damaged_records"_L1).toInt(), keys / 4);
    QCOMPARE(integrity.value("repaired_records"_L1).toInt(), keys / 4);
    for (int i = 0; i < keys; ++i) {
        for (int node = 0; node < 3; ++node) {
            const RingctlResult got = cluster.ctl({u"get"_s, keyNumber(i), u"--quorum"_s, u"3"_s}, node);
            QCOMPARE(got.exitCode, 0);
            QVERIFY2(got.output.contains(valueNumber(i).toUtf8()), got.output.constData());
        }
    }
    const RingctlResult again = cluster.ctl({u"scrub"_s});
    QCOMPARE(again.exitCode, 0);
    QVERIFY2(again.output.contains("Every checksum fits."), again.output.constData());
}

QTEST_GUILESS_MAIN(RingctlScrubTest)
#include "ringctl_scrub_test.moc"
