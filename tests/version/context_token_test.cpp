// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/base/bytes.h"
#include "nodecore/version/context_token.h"

#include <QCryptographicHash>
#include <QTest>

using namespace ringmaster;

namespace {

constexpr auto base64Url = QByteArray::Base64UrlEncoding | QByteArray::OmitTrailingEquals;

Key key(const char* text)
{
    return *Key::fromBytes(text);
}

VersionVector example(int entries)
{
    VersionVector context;
    for (int i = 1; i <= entries; ++i)
        context.raise(ActorId{static_cast<quint64>(i) << 56}, static_cast<quint64>(i) * 1000,
                      WallTime{1'700'000'000'000 + i * 1000});
    return context;
}

QByteArray md5Start(const QByteArray& bytes)
{
    return QCryptographicHash::hash(bytes, QCryptographicHash::Md5).first(4);
}

// A whole token of key "k" with that format and those entries, as a forger would make it.
QByteArray forged(quint8 format, quint8 count, const std::vector<VersionVector::Entry>& entries)
{
    ByteWriter to;
    to.u8(format);
    to.raw(md5Start("k"));
    to.u8(count);
    for (const VersionVector::Entry& entry : entries) {
        to.u64(entry.actor.value);
        to.varint(entry.counter);
        to.varint(0);
    }
    to.raw(md5Start(to.result()));
    return to.take().toBase64(base64Url);
}

void verifyRefused(QByteArrayView token, const char* why, ErrorCode code = ErrorCode::Malformed)
{
    const Result<VersionVector> context = decodeContextToken(token, key("k"));
    QVERIFY2(!context, token.toByteArray().constData());
    QCOMPARE(context.error().code, code);
    QVERIFY2(context.error().message.contains(QLatin1String(why)), qPrintable(context.error().message));
}

} // namespace

class ContextTokenTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void decodesToTheContextThatWasEncoded()
    {
        for (const int entries : {1, 2, 3, 10}) {
            const QByteArray token = encodeContextToken(example(entries), key("k"));
            const Result<VersionVector> context = decodeContextToken(token, key("k"));
            QVERIFY(context.has_value());
            QVERIFY(*context == example(entries));
        }
    }

    void theEmptyContextIsTheEmptyToken()
    {
        QCOMPARE(encodeContextToken({}, key("k")), QByteArray());
        const Result<VersionVector> context = decodeContextToken({}, key("k"));
        QVERIFY(context && context->isEmpty());
    }

    void timesAreKeptToTheSecond()
    {
        VersionVector context;
        context.raise(ActorId{1}, 1, WallTime{5999});
        context.raise(ActorId{2}, 1, WallTime{-5999});
        const Result<VersionVector> back =
            decodeContextToken(encodeContextToken(context, key("k")), key("k"));
        QVERIFY(back.has_value());
        QCOMPARE(back->entries()[0].minted, WallTime{5000});
        QCOMPARE(back->entries()[1].minted, WallTime{0});
    }

    void keepsTheTenNewestEntries()
    {
        const QByteArray token = encodeContextToken(example(12), key("k"));
        const Result<VersionVector> context = decodeContextToken(token, key("k"));
        QVERIFY(context.has_value());
        QVERIFY(*context == example(12).trimmed(10));
        QCOMPARE(context->entries().front().actor, ActorId{quint64{3} << 56});
    }

    void isShortAndSafeInAUrlEvenWhenItIsLargest()
    {
        VersionVector largest;
        for (quint64 i = 0; i < 20; ++i)
            largest.raise(ActorId{~i}, ~quint64{0}, WallTime{std::numeric_limits<qint64>::max()});
        const QByteArray token = encodeContextToken(largest, key("k"));
        QVERIFY(token.size() <= maxContextTokenBytes);
        for (const char c : token)
            QVERIFY(QByteArrayView("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
                        .contains(c));
        QVERIFY(decodeContextToken(token, key("k")).has_value());
    }

    void refusesWhatIsNoToken()
    {
        verifyRefused("hello", "not one of ours");
        verifyRefused("a{\"n1\": 1}", "not one of ours");
        verifyRefused("++++////", "not one of ours");
        verifyRefused(QByteArray(maxContextTokenBytes + 1, 'A'), "not one of ours");
        verifyRefused(QByteArray(maxContextTokenBytes, 'A'), "not one of ours");
        verifyRefused(forged(0, 1, {{ActorId{1}, 1, {}}}), "not one of ours");
    }

    void refusesATokenOfAnotherKey()
    {
        verifyRefused(encodeContextToken(example(2), key("other")), "another key");
    }

    void refusesATokenOfANewerVersion()
    {
        verifyRefused(forged(2, 1, {{ActorId{1}, 1, {}}}), "newer version", ErrorCode::Newer);
    }

    void refusesEntriesThatNoNodeWrites()
    {
        QVERIFY(decodeContextToken(forged(1, 1, {{ActorId{1}, 1, {}}}), key("k")).has_value());
        verifyRefused(forged(1, 0, {}), "not one of ours");
        verifyRefused(forged(1, 2, {{ActorId{1}, 1, {}}}), "not one of ours");
        verifyRefused(forged(1, 1, {{ActorId{1}, 1, {}}, {ActorId{2}, 1, {}}}), "not one of ours");
        verifyRefused(forged(1, 2, {{ActorId{2}, 1, {}}, {ActorId{1}, 1, {}}}), "not one of ours");
        verifyRefused(forged(1, 2, {{ActorId{1}, 1, {}}, {ActorId{1}, 2, {}}}), "not one of ours");
        verifyRefused(forged(1, 1, {{ActorId{1}, 0, {}}}), "not one of ours");
        std::vector<VersionVector::Entry> eleven;
        for (quint64 i = 1; i <= 11; ++i)
            eleven.push_back({ActorId{i}, 1, {}});
        verifyRefused(forged(1, 11, eleven), "not one of ours");
    }

    void refusesEveryTruncation()
    {
        const QByteArray token = encodeContextToken(example(3), key("k"));
        for (qsizetype size = 1; size < token.size(); ++size)
            verifyRefused(token.first(size), "");
    }

    void refusesEveryChangeOfOneCharacter()
    {
        for (const int entries : {1, 2, 3}) { // three remainders of the base64
            const QByteArray token = encodeContextToken(example(entries), key("k"));
            for (qsizetype at = 0; at < token.size(); ++at) {
                for (int c = 0; c < 256; ++c) {
                    QByteArray changed = token;
                    changed[at] = static_cast<char>(c);
                    if (changed != token)
                        verifyRefused(changed, "");
                }
            }
        }
    }
};

QTEST_GUILESS_MAIN(ContextTokenTest)
#include "context_token_test.moc"
