// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/net/peer_frame_reader.h"

#include <QRandomGenerator>
#include <QTest>
#include <QtEndian>

#include <algorithm>
#include <cstring>

using namespace ringmaster;

namespace {

QByteArray frame(const QByteArray& body)
{
    char header[4];
    qToBigEndian(static_cast<quint32>(body.size()), header);
    return QByteArray(header, 4) + body;
}

// As a socket would: at most chunk bytes at a time.
QList<QByteArray> readAll(PeerFrameReader& reader, QByteArray stream, qsizetype chunk)
{
    QList<QByteArray> frames;
    while (!stream.isEmpty() && !reader.failed()) {
        const auto space = reader.space();
        const qsizetype count = std::min({chunk, stream.size(), static_cast<qsizetype>(space.size())});
        std::memcpy(space.data(), stream.constData(), static_cast<size_t>(count));
        stream.remove(0, count);
        reader.filled(count);
        while (const auto next = reader.next())
            frames.append(next->toByteArray());
    }
    return frames;
}

} // namespace

class PeerFrameReaderTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void framesComeOutAsTheyWentIn_data()
    {
        QTest::addColumn<int>("chunk");
        for (const int chunk : {1, 2, 3, 4, 5, 7, 64, 1000, 1'000'000})
            QTest::addRow("%d bytes at a time", chunk) << chunk;
    }
    void framesComeOutAsTheyWentIn()
    {
        QFETCH(int, chunk);
        const QList<QByteArray> sent{"a", "", QByteArray(3000, 'b'), "c", QByteArray(100, 'd'), ""};
        QByteArray stream;
        for (const QByteArray& body : sent)
            stream += frame(body);
        PeerFrameReader reader(4000, 64);
        QCOMPARE(readAll(reader, stream, chunk), sent);
        QVERIFY(!reader.failed());
    }

    void aLengthOverTheBoundFailsBeforeAnythingIsAllocated()
    {
        PeerFrameReader reader(1000, 64);
        QCOMPARE(readAll(reader, frame("ok") + QByteArray("\xff\xff\xff\xff", 4), 100),
                 QList<QByteArray>{"ok"});
        QVERIFY(reader.failed());
        QVERIFY(reader.capacity() <= 64);
    }

    void theBufferGrowsOnlyWithWhatArrived()
    {
        PeerFrameReader reader(100'000'000, 64);
        const QByteArray stream = frame(QByteArray(1'000'000, 'x'));
        readAll(reader, stream.first(10'000), 500);
        QVERIFY2(reader.capacity() <= 2 * 10'000, qPrintable(QString::number(reader.capacity())));
    }

    void theBufferShrinksAfterALargeFrame()
    {
        PeerFrameReader reader(100'000'000, 64);
        readAll(reader, frame(QByteArray(1'000'000, 'x')), 5000);
        Q_UNUSED(reader.space());
        QCOMPARE(reader.capacity(), qsizetype{64});
    }

    void randomCutsOfRandomFramesLoseNothing()
    {
        const quint32 seed = QRandomGenerator::global()->generate();
        qInfo("seed %u", seed);
        QRandomGenerator random(seed);
        for (int round = 0; round < 200; ++round) {
            QList<QByteArray> sent;
            QByteArray stream;
            for (int i = 0; i < 20; ++i) {
                sent.append(QByteArray(random.bounded(300), static_cast<char>(random.bounded(256))));
                stream += frame(sent.last());
            }
            PeerFrameReader reader(300, 16);
            QCOMPARE(readAll(reader, stream, 1 + random.bounded(400)), sent);
        }
    }
};

QTEST_GUILESS_MAIN(PeerFrameReaderTest)
#include "peer_frame_reader_test.moc"
