// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/membership/swim_message.h"
#include "tests/support/virtual_time.h"

#include <QTest>

using namespace ringmaster;

namespace {

constexpr quint64 tag = 42;

SwimMessage sample()
{
    SwimMessage message;
    message.kind = SwimMessage::Kind::Ack;
    message.from = NodeId{0x1122334455667788};
    message.incarnation = 300;
    message.sequence = 0xfffffffe;
    message.about = NodeId{7};
    message.aboutIncarnation = SwimUpdate::maxIncarnation;
    message.card = QByteArrayLiteral("how I fare");
    message.updates = {{SwimUpdate::Kind::Alive, NodeId{1}, 2, {}, 0},
                       {SwimUpdate::Kind::Suspect, NodeId{2}, 3, NodeId{9}, 0},
                       {SwimUpdate::Kind::Down, NodeId{3}, 4, NodeId{8}, 0},
                       {SwimUpdate::Kind::News, NodeId{4}, ~quint64{0}, {}, ~quint64{0}}};
    return message;
}

} // namespace

class SwimMessageTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void whatIsEncodedIsDecoded() { QVERIFY(SwimMessage::decode(sample().encoded(tag), tag) == sample()); }

    void everyPartOfADatagramIsNothing()
    {
        const QByteArray whole = sample().encoded(tag);
        for (qsizetype i = 0; i < whole.size(); ++i)
            QVERIFY(!SwimMessage::decode(whole.first(i), tag));
        QVERIFY(!SwimMessage::decode(whole + '\0', tag));
    }

    void whatIsNoDatagramOfOursIsNothing_data()
    {
        QTest::addColumn<int>("at");
        QTest::addColumn<int>("value");
        QTest::newRow("another magic") << 0 << 0;
        QTest::newRow("another version") << 2 << 2;
        QTest::newRow("another cluster") << 10 << 43;
        QTest::newRow("no kind") << 11 << 4;
    }

    void whatIsNoDatagramOfOursIsNothing()
    {
        QFETCH(int, at);
        QFETCH(int, value);
        QByteArray bytes = sample().encoded(tag);
        bytes[at] = static_cast<char>(value);
        QVERIFY(!SwimMessage::decode(bytes, tag));
    }

    void anIncarnationBeyondTheLastIsRefused()
    {
        SwimMessage message = sample();
        message.updates = {{SwimUpdate::Kind::Suspect, NodeId{1}, SwimUpdate::maxIncarnation + 1, {}, 0}};
        QVERIFY(!SwimMessage::decode(message.encoded(tag), tag));
    }

    void tooLongACardIsRefused()
    {
        SwimMessage message = sample();
        message.card = QByteArray(SwimMessage::maxCardBytes + 1, 'x');
        QVERIFY(!SwimMessage::decode(message.encoded(tag), tag));
    }

    void theRoomForUpdatesIsTrue()
    {
        SwimMessage message = sample();
        message.incarnation = message.aboutIncarnation = SwimUpdate::maxIncarnation;
        message.card = QByteArray(SwimMessage::maxCardBytes, 'x');
        message.updates.clear();
        const SwimUpdate update{SwimUpdate::Kind::Suspect, NodeId{1}, SwimUpdate::maxIncarnation, {}, 0};
        for (qsizetype room = message.roomForUpdates(); room >= update.encodedSize();) {
            message.updates.push_back(update);
            room -= update.encodedSize();
        }
        QVERIFY(message.encoded(tag).size() <= Datagrams::maxBytes);
        QVERIFY(SwimMessage::decode(message.encoded(tag), tag) == message);
    }

    void noiseIsSurvived()
    {
        const quint64 seed = 17;
        qInfo("seed %llu", seed);
        SeededRandom random(seed);
        for (int i = 0; i < 20'000; ++i) {
            QByteArray bytes = sample().encoded(tag);
            for (quint64 flips = random.below(6) + 1; flips > 0; --flips)
                bytes[static_cast<qsizetype>(random.below(quint64(bytes.size())))] = char(random.next());
            bytes.truncate(bytes.size() - static_cast<qsizetype>(random.below(3)));
            const auto message = SwimMessage::decode(bytes, tag);
            if (message)
                QCOMPARE(message->encoded(tag), bytes); // one message, one encoding
        }
    }

    void clustersHaveTagsOfTheirOwn()
    {
        QVERIFY(swimTagOf(QStringLiteral("a")) != swimTagOf(QStringLiteral("b")));
        QCOMPARE(swimTagOf(QStringLiteral("a")), swimTagOf(QStringLiteral("a")));
    }
};

QTEST_GUILESS_MAIN(SwimMessageTest)
#include "swim_message_test.moc"
