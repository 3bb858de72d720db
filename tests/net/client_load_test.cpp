// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/client/load_generator.h"
#include "tests/net/client_fake_node.h"

#include <QElapsedTimer>
#include <QSet>
#include <QSignalSpy>
#include <QTest>

#include <algorithm>
#include <cmath>
#include <random>
#include <vector>

using namespace ringmaster;
using std::chrono::nanoseconds;

namespace {

FakeAnswer stored(const FakeRequest&)
{
    return FakeAnswer::json(200, fake::value("x"));
}

LoadResult run(const LoadSpec& spec)
{
    LoadGenerator generator(spec);
    QSignalSpy finished(&generator, &LoadGenerator::finished);
    generator.start();
    return finished.wait(30000) ? generator.result() : LoadResult{};
}

LoadSpec specFor(const FakeNode& node)
{
    LoadSpec spec;
    spec.nodes = {node.url()};
    spec.seconds = 0.2;
    spec.connections = 4;
    spec.keys = 5;
    spec.valueSize = 10;
    return spec;
}

} // namespace

class LoadTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void percentilesAreCloseAtEveryScale();
    void anEmptyHistogramHasZeros();
    void histogramsAddUp();
    void readsAndWritesAreCounted();
    void aWriteCarriesTheContextOfTheLastOne();
    void equalSeedsChooseAlike();
    void errorsAreCountedByTheirStatus();
    void aNodeThatIsNotThereIsAnErrorAndNoLoop();
    void noWriteIsConcurrentWithAnother();
    void aWriteThatMayExistGivesTheKeyAnotherName();
    void allThatWasWrittenIsKnown();
    void ofAWriteWithoutAnAnswerNothingIsKnown();
};

void LoadTest::percentilesAreCloseAtEveryScale()
{
    const unsigned seed = std::random_device{}();
    qInfo("seed %u", seed);
    std::mt19937_64 random(seed);
    std::vector<qint64> all;
    LoadHistogram histogram;
    for (int i = 0; i < 20000; ++i) {
        const qint64 ns = static_cast<qint64>(random() >> (20 + random() % 44)); // from nothing to hours
        all.push_back(ns);
        histogram.record(nanoseconds(ns));
    }
    std::sort(all.begin(), all.end());
    for (const double share : {0.001, 0.1, 0.5, 0.9, 0.99, 0.999, 1.0}) {
        const qint64 exact = all.at(static_cast<size_t>(std::ceil(share * 20000)) - 1);
        const qint64 found = histogram.percentile(share).count();
        QVERIFY2(found >= exact && static_cast<double>(found) <= static_cast<double>(exact) * 1.032 + 1,
                 qPrintable(QStringLiteral("%1: %2 for %3").arg(share).arg(found).arg(exact)));
    }
    QCOMPARE(histogram.max().count(), all.back());
}

void LoadTest::anEmptyHistogramHasZeros()
{
    const LoadHistogram histogram;
    QCOMPARE(histogram.percentile(0.5).count(), 0);
    QCOMPARE(histogram.mean().count(), 0);
    QCOMPARE(histogram.max().count(), 0);
}

void LoadTest::histogramsAddUp()
{
    LoadHistogram a;
    LoadHistogram b;
    a.record(nanoseconds(10));
    b.record(nanoseconds(30));
    b.record(nanoseconds(-5)); // a clock that went backwards
    a.add(b);
    QCOMPARE(a.count(), 3ULL);
    QCOMPARE(a.max().count(), 30);
    QCOMPARE(a.percentile(1.0).count(), 30);
    QCOMPARE(a.percentile(0.5).count(), 10);
}

void LoadTest::readsAndWritesAreCounted()
{
    FakeNode node(stored);
    LoadSpec spec = specFor(node);
    const LoadResult result = run(spec);
    QVERIFY(result.reads.count() > 0 && result.writes.count() > 0);
    QCOMPARE(result.errorCount(), 0ULL);
    QCOMPARE(node.connections(), spec.connections);
    QVERIFY(result.seconds >= spec.seconds);
    spec.readRatio = 1;
    QCOMPARE(run(spec).writes.count(), 0ULL);
}

void LoadTest::aWriteCarriesTheContextOfTheLastOne()
{
    FakeNode node(stored);
    LoadSpec spec = specFor(node);
    spec.connections = 1;
    spec.readRatio = 0;
    spec.keys = 1;
    run(spec);
    QVERIFY(node.requests().size() > 2);
    QVERIFY(!node.requests().at(0).headers.contains("x-ring-context"));
    QCOMPARE(node.requests().at(1).headers.value("x-ring-context"), QByteArray("ctx-1"));
}

void LoadTest::equalSeedsChooseAlike()
{
    QList<QByteArrayList> runs;
    for (const quint64 seed : {7, 7, 8}) {
        FakeNode node(stored);
        LoadSpec spec = specFor(node);
        spec.connections = 1;
        spec.keys = 1000;
        spec.seed = seed;
        run(spec);
        QByteArrayList asked;
        for (const FakeRequest& request : node.requests().mid(0, 20))
            asked.append(request.method + request.path);
        runs.append(asked);
    }
    QCOMPARE(runs.at(0).size(), 20);
    QCOMPARE(runs.at(0), runs.at(1));
    QVERIFY(runs.at(0) != runs.at(2));
}

void LoadTest::errorsAreCountedByTheirStatus()
{
    FakeNode node(
        [](const FakeRequest& request) { return FakeAnswer::json(request.method == "GET" ? 404 : 503, {}); });
    const LoadResult result = run(specFor(node));
    QCOMPARE(result.errors.keys(), QStringList{QStringLiteral("503")});
    QVERIFY(result.absent > 0);
    QCOMPARE(result.absent, result.reads.count());
}

void LoadTest::aNodeThatIsNotThereIsAnErrorAndNoLoop()
{
    FakeNode node(stored);
    node.die();
    const LoadResult result = run(specFor(node));
    QVERIFY(result.errorCount() > 0);
    QVERIFY(result.errorCount() < 100);
    QCOMPARE(result.reads.count(), 0ULL);
}

// Whatever the number of connections, each write has seen the one before it.
void LoadTest::noWriteIsConcurrentWithAnother()
{
    QHash<QByteArray, QByteArray> newest; // by path
    int concurrent = 0;
    int written = 0;
    FakeNode node([&](const FakeRequest& request) {
        QJsonObject answer = fake::value("x");
        if (request.method == "PUT") {
            concurrent += request.headers.value("x-ring-context") == newest.value(request.path) ? 0 : 1;
            newest[request.path] = "ctx-" + QByteArray::number(++written);
            answer.insert(QStringLiteral("context"), QString::fromLatin1(newest.value(request.path)));
        }
        return FakeAnswer::json(200, answer);
    });
    for (const int keys : {1, 5, 9}) {
        LoadSpec spec = specFor(node);
        spec.keyPrefix = "of-" + QByteArray::number(keys) + '-';
        spec.keys = keys;
        spec.readRatio = 0.1;
        QVERIFY(run(spec).writes.count() > 0);
    }
    QCOMPARE(concurrent, 0);
}

void LoadTest::aWriteThatMayExistGivesTheKeyAnotherName()
{
    QSet<QByteArray> failed;
    int again = 0;
    int writes = 0;
    FakeNode node([&](const FakeRequest& request) {
        again += failed.contains(request.path) && request.method == "PUT" ? 1 : 0;
        if (request.method != "PUT" || ++writes % 3 != 0)
            return FakeAnswer::json(200, fake::value("x"));
        failed.insert(request.path);
        return writes % 2 == 0
                   ? FakeAnswer::hangUp()
                   : FakeAnswer::json(503, {{QStringLiteral("error"), QStringLiteral("quorum_not_met")},
                                            {QStringLiteral("may_exist"), true}});
    });
    QVERIFY(run(specFor(node)).errorCount() > 1);
    QVERIFY(failed.size() > 1);
    QCOMPARE(again, 0);
}

void LoadTest::allThatWasWrittenIsKnown()
{
    int writes = 0;
    FakeNode node([&](const FakeRequest& request) {
        const bool lost = request.method == "PUT" && ++writes % 4 == 0;
        return lost ? FakeAnswer::hangUp() : FakeAnswer::json(200, fake::value("x"));
    });
    LoadGenerator generator(specFor(node));
    QSignalSpy finished(&generator, &LoadGenerator::finished);
    generator.start();
    QVERIFY(finished.wait(30000));
    QSet<QByteArray> known;
    for (const LoadGenerator::WrittenKey& key : generator.writtenKeys())
        known.insert("/api/v1/kv/" + key.name);
    for (const FakeRequest& request : node.requests())
        QVERIFY2(request.method == "GET" || known.contains(request.path), request.path.constData());
}

void LoadTest::ofAWriteWithoutAnAnswerNothingIsKnown()
{
    bool over = false;
    FakeNode node([&](const FakeRequest&) {
        return over ? FakeAnswer::never() : FakeAnswer::json(200, fake::value("x"));
    });
    LoadSpec spec = specFor(node);
    spec.seconds = 60;
    spec.readRatio = 0;
    LoadGenerator generator(spec);
    QSignalSpy finished(&generator, &LoadGenerator::finished);
    generator.start();
    QTRY_VERIFY(generator.result().writes.count() > 10);
    over = true;
    const qsizetype asked = node.requests().size();
    QTRY_COMPARE(node.requests().size(), asked + spec.connections); // each has one more under way
    generator.stop();
    node.die();
    QTRY_COMPARE(finished.size(), 1);
    const auto keys = generator.writtenKeys();
    const auto unknown =
        std::count_if(keys.begin(), keys.end(), [](const auto& key) { return key.context.isEmpty(); });
    QCOMPARE(static_cast<int>(unknown), spec.connections);
}

QTEST_GUILESS_MAIN(LoadTest)
#include "client_load_test.moc"
