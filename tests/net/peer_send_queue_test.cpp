// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/net/peer_send_queue.h"

#include <QRandomGenerator>
#include <QTest>
#include <QtEndian>

#include <algorithm>
#include <array>

using namespace ringmaster;

namespace {

QByteArray frame(const QByteArray& body)
{
    char header[4];
    qToBigEndian(static_cast<quint32>(body.size()), header);
    return QByteArray(header, 4) + body;
}

// As a socket would: at most `most` bytes of the parts.
QByteArray writeSome(PeerSendQueue& queue, qsizetype most)
{
    std::array<QByteArrayView, 3> parts;
    const size_t count = queue.parts(parts);
    QByteArray out;
    for (size_t i = 0; i < count; ++i)
        out += parts[i];
    out.truncate(most);
    queue.written(out.size());
    return out;
}

} // namespace

class PeerSendQueueTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void anEmptyQueueHasNothingToWrite()
    {
        PeerSendQueue queue;
        QVERIFY(queue.isEmpty());
        QCOMPARE(writeSome(queue, 100), QByteArray());
    }

    void smallMessagesAreWrittenTogether()
    {
        PeerSendQueue queue;
        queue.push("one");
        queue.push("");
        queue.push("three");
        std::array<QByteArrayView, 3> parts;
        QCOMPARE(queue.parts(parts), size_t{1});
        QCOMPARE(parts[0].toByteArray(), frame("one") + frame("") + frame("three"));
    }

    void aLargeMessageIsNotCopied()
    {
        PeerSendQueue queue;
        const QByteArray large(100'000, 'x');
        queue.push(large);
        std::array<QByteArrayView, 3> parts;
        QCOMPARE(queue.parts(parts), size_t{2});
        QCOMPARE(static_cast<const void*>(parts[1].data()), static_cast<const void*>(large.constData()));
    }

    void randomMessagesAndWritesKeepTheStream()
    {
        const quint32 seed = QRandomGenerator::global()->generate();
        qInfo("seed %u", seed);
        QRandomGenerator random(seed);
        PeerSendQueue queue;
        QByteArray expected;
        QByteArray written;
        for (int step = 0; step < 20'000; ++step) {
            if (random.bounded(3) == 0) {
                const int size = random.bounded(20) == 0 ? random.bounded(200'000) : random.bounded(200);
                const QByteArray body(size, static_cast<char>(random.bounded(256)));
                queue.push(body);
                expected += frame(body);
            } else {
                written += writeSome(queue, random.bounded(10'000));
            }
            QCOMPARE(queue.bytes(), expected.size() - written.size());
        }
        while (!queue.isEmpty())
            written += writeSome(queue, 1'000'000);
        QVERIFY(written == expected);
    }
};

QTEST_GUILESS_MAIN(PeerSendQueueTest)
#include "peer_send_queue_test.moc"
