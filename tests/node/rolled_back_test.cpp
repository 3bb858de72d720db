// SPDX-License-Identifier: GPL-3.0-or-later
// A node whose whole machine was put back to an earlier moment, so that nothing on its disk shows it: what
// the others know of its writes tells it, and no acknowledged write is lost by it.
#include "tests/support/virtual_cluster.h"

#include <QtTest>

using namespace ringmaster;
using namespace std::chrono_literals;

namespace {

constexpr int keys = 20;

QByteArray keyNumber(int k)
{
    return "k" + QByteArray::number(k);
}

RequestOptions quorum(int nodes)
{
    RequestOptions options;
    options.quorum = nodes;
    return options;
}

bool hasLog(const VirtualCluster& cluster, const QString& words)
{
    return std::any_of(cluster.log().begin(), cluster.log().end(),
                       [&](const QString& line) { return line.contains(words); });
}

} // namespace

class RolledBackTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void init()
    {
        m_cluster.emplace(VirtualClusterConfig{});
        QVERIFY(m_cluster->startAll());
        m_dots.clear();
        std::vector<VersionVector> contexts;
        for (int k = 0; k < keys; ++k) {
            const auto put = m_cluster->put(0, keyNumber(k), "first", {}, quorum(3));
            QVERIFY(put);
            contexts.push_back(put->siblings.context());
        }
        const auto earlier = m_cluster->disk(0).backup();
        for (int k = 0; k < keys; ++k) {
            const auto put = m_cluster->put(0, keyNumber(k), "acknowledged", contexts[size_t(k)], quorum(3));
            QVERIFY(put);
            m_dots.push_back(put->dot);
        }
        m_cluster->restoreStore(0, *earlier, VirtualDisk::Restored::RolledBack);
        m_cluster->start(0);
        QVERIFY(m_cluster->runUntil([this] { return m_cluster->node(0).isServing(); }));
    }
    void cleanup() { m_cluster.reset(); }

    void whatAntiEntropyBringsTellsIt()
    {
        QVERIFY(m_cluster->runUntil([this] { return hasLog(*m_cluster, QStringLiteral("was put back")); }));
        m_cluster->runFor(1s);
        for (int k = 0; k < keys; ++k) {
            const auto put = m_cluster->put(0, keyNumber(k), "blind");
            QVERIFY(put && put->dot.actor != m_dots[size_t(k)].actor);
        }
        nothingAcknowledgedIsLost({"acknowledged", "blind"});
    }

    void aReadTellsIt()
    {
        QVERIFY(m_cluster->get(0, keyNumber(0), quorum(3)));
        QVERIFY(hasLog(*m_cluster, QStringLiteral("was put back")));
    }

    // Before anybody has told it anything: what it mints first was minted before.
    void aWriteTellsItAndIsNotLost()
    {
        QByteArrayList acknowledged;
        for (int k = 0; k < keys; ++k) {
            const auto put = m_cluster->put(0, keyNumber(k), "blind");
            acknowledged << (put ? "blind" : "");
            if (put)
                QVERIFY(put->dot != m_dots[size_t(k)]);
        }
        QVERIFY(hasLog(*m_cluster, QStringLiteral("was put back")));
        m_cluster->runFor(30s);
        for (int k = 0; k < keys; ++k) {
            const auto read = m_cluster->get(1, keyNumber(k), quorum(3));
            QVERIFY(read && valuesOf(read->siblings).contains("acknowledged"));
            QVERIFY(acknowledged.at(k).isEmpty() || valuesOf(read->siblings).contains("blind"));
        }
    }

private:
    void nothingAcknowledgedIsLost(const QByteArrayList& expected)
    {
        m_cluster->runFor(30s);
        for (int k = 0; k < keys; ++k) {
            for (int i = 0; i < 3; ++i) {
                const auto read = m_cluster->get(i, keyNumber(k), quorum(3));
                QVERIFY(read);
                QCOMPARE(valuesOf(read->siblings), expected);
            }
        }
    }

    std::optional<VirtualCluster> m_cluster;
    std::vector<Dot> m_dots;
};

QTEST_GUILESS_MAIN(RolledBackTest)
#include "rolled_back_test.moc"
