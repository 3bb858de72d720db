// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/base/bytes.h"
#include "nodecore/net/http_guard.h"
#include "nodecore/version/context_token.h"
#include "nodecore/version/read_view.h"

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
        context.raise(ActorId{static_cast<quint64>(i) << 48}, static_cast<quint64>(i) * 1000,
                      WallTime{1'700'000'000'000 + i * 1000});
    return context;
}

ClusterSecrets secretsOf(char byte)
{
    ClusterSecrets secrets;
    secrets.add(QByteArray(ClusterSecrets::secretBytes, byte));
    return secrets;
}

const ClusterSecrets ours = secretsOf('s');

QByteArray tokenOf(const VersionVector& context, const char* of = "k")
{
    return encodeContextToken(context, key(of), ours);
}

QByteArray md5Start(const QByteArray& bytes)
{
    return QCryptographicHash::hash(bytes, QCryptographicHash::Md5).first(4);
}

// What comes after the fingerprint of a token of key "k".
QByteArray entriesOf(quint64 count, const std::vector<VersionVector::Entry>& entries)
{
    ByteWriter to;
    to.u32(ours.sealingName());
    to.varint(count);
    for (const VersionVector::Entry& entry : entries) {
        to.u64(entry.actor.value);
        to.varint(entry.counter);
        to.varint(0);
    }
    return to.take();
}

// A token of key "k" that a node with a fault could have sealed.
QByteArray sealed(quint8 format, quint64 count, const std::vector<VersionVector::Entry>& entries)
{
    ByteWriter body;
    body.u8(format);
    body.raw(md5Start("k"));
    body.raw(entriesOf(count, entries));
    ByteWriter bytes;
    bytes.raw("ringmaster context");
    bytes.bytes("k");
    bytes.raw(body.result());
    return (body.result() + ours.seal(bytes.result())).toBase64(base64Url);
}

// As the version before seals made it, and anybody could.
QByteArray unsealed(const std::vector<VersionVector::Entry>& entries)
{
    ByteWriter to;
    to.u8(1);
    to.raw(md5Start("k"));
    to.u8(static_cast<quint8>(entries.size()));
    for (const VersionVector::Entry& entry : entries) {
        to.u64(entry.actor.value);
        to.varint(entry.counter);
        to.varint(0);
    }
    to.raw(md5Start(to.result()));
    return to.take().toBase64(base64Url);
}

void verifyRefused(QByteArrayView token, const char* why, ErrorCode code = ErrorCode::Malformed,
                   const ClusterSecrets& secrets = ours)
{
    const Result<VersionVector> context = decodeContextToken(token, key("k"), secrets);
    QVERIFY2(!context, token.toByteArray().constData());
    QCOMPARE(context.error().code, code);
    QVERIFY2(context.error().message.contains(QLatin1String(why)), qPrintable(context.error().message));
    QVERIFY2(context.error().message.contains(QLatin1String("ead the key again")),
             qPrintable(context.error().message));
}

} // namespace

class ContextTokenTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void decodesToTheContextThatWasEncoded()
    {
        for (const int entries : {1, 2, 3, 10, 40, int(mostContextEntries)}) {
            const Result<VersionVector> context =
                decodeContextToken(tokenOf(example(entries)), key("k"), ours);
            QVERIFY(context.has_value());
            QVERIFY(*context == example(entries));
        }
    }

    void theEmptyContextIsTheEmptyToken()
    {
        QCOMPARE(tokenOf({}), QByteArray());
        const Result<VersionVector> context = decodeContextToken({}, key("k"), ours);
        QVERIFY(context && context->isEmpty());
    }

    void nothingIsSealedWithoutASecret()
    {
        QCOMPARE(encodeContextToken(example(1), key("k"), {}), QByteArray());
        verifyRefused(tokenOf(example(1)), "not sealed by this cluster", ErrorCode::Malformed, {});
    }

    void timesAreKeptToTheSecond()
    {
        VersionVector context;
        context.raise(ActorId{1}, 1, WallTime{5999});
        context.raise(ActorId{2}, 1, WallTime{-5999});
        const Result<VersionVector> back = decodeContextToken(tokenOf(context), key("k"), ours);
        QVERIFY(back.has_value());
        QCOMPARE(back->entries()[0].minted, WallTime{5000});
        QCOMPARE(back->entries()[1].minted, WallTime{0});
    }

    void isSafeInAUrlAndBoundedEvenWhenItIsLargest()
    {
        VersionVector largest;
        for (quint64 i = 0; i < mostContextEntries; ++i)
            largest.raise(ActorId{~i}, ~quint64{0}, WallTime{std::numeric_limits<qint64>::max()});
        const QByteArray token = tokenOf(largest);
        QVERIFY(token.size() <= maxContextTokenBytes);
        QVERIFY(token.size() + 8 * 1024 <= HttpLimits().headBytes);
        for (const char c : token)
            QVERIFY(QByteArrayView("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_")
                        .contains(c));
        QVERIFY(decodeContextToken(token, key("k"), ours).has_value());
    }

    void refusesWhatIsNoToken()
    {
        verifyRefused("hello", "not one of ours");
        verifyRefused("a{\"n1\": 1}", "not one of ours");
        verifyRefused("++++////", "not one of ours");
        verifyRefused(QByteArray(maxContextTokenBytes + 1, 'A'), "not one of ours");
        verifyRefused(QByteArray(maxContextTokenBytes, 'A'), "not one of ours");
        verifyRefused(sealed(0, 1, {{ActorId{1}, 1, {}}}), "not one of ours");
    }

    void refusesATokenOfAnotherKey() { verifyRefused(tokenOf(example(2), "other"), "another key"); }

    void refusesATokenOfAnotherCluster()
    {
        verifyRefused(encodeContextToken(example(2), key("k"), secretsOf('t')), "not sealed by this cluster");
    }

    void refusesATokenOfTheVersionThatDidNotSeal()
    {
        verifyRefused(unsealed({{ActorId{1}, 1, {}}}), "earlier version");
    }

    void refusesATokenOfANewerVersion()
    {
        verifyRefused(sealed(3, 1, {{ActorId{1}, 1, {}}}), "newer version", ErrorCode::Newer);
    }

    // Another key with the same fingerprint cannot be told by it; the seal covers the whole key.
    void theSealCoversTheWholeKey()
    {
        QByteArray bytes = QByteArray::fromBase64(tokenOf(example(1), "other"), base64Url);
        bytes.replace(1, 4, md5Start("k"));
        verifyRefused(bytes.toBase64(base64Url), "altered");
    }

    void refusesEntriesThatNoNodeWrites()
    {
        const Result<VersionVector> sound =
            decodeContextToken(sealed(2, 1, {{ActorId{1}, 1, {}}}), key("k"), ours);
        QVERIFY(sound.has_value());
        verifyRefused(sealed(2, 0, {}), "not one of ours");
        verifyRefused(sealed(2, 2, {{ActorId{1}, 1, {}}}), "not one of ours");
        verifyRefused(sealed(2, 1, {{ActorId{1}, 1, {}}, {ActorId{2}, 1, {}}}), "not one of ours");
        verifyRefused(sealed(2, 2, {{ActorId{2}, 1, {}}, {ActorId{1}, 1, {}}}), "not one of ours");
        verifyRefused(sealed(2, 2, {{ActorId{1}, 1, {}}, {ActorId{1}, 2, {}}}), "not one of ours");
        verifyRefused(sealed(2, 1, {{ActorId{1}, 0, {}}}), "not one of ours");
    }

    void refusesEveryTruncation()
    {
        const QByteArray token = tokenOf(example(3));
        for (qsizetype size = 1; size < token.size(); ++size)
            verifyRefused(token.first(size), "");
    }

    void refusesEveryChangeOfOneCharacter()
    {
        for (const int entries : {1, 2, 3}) { // three remainders of the base64
            const QByteArray token = tokenOf(example(entries));
            for (qsizetype at = 0; at < token.size(); ++at) {
                for (int c = 0; c < 256; ++c) {
                    QByteArray changed = token;
                    changed[at] = static_cast<char>(c);
                    if (changed == token)
                        continue;
                    QVERIFY2(!decodeContextToken(changed, key("k"), ours), changed.constData());
                }
            }
        }
    }
};

QTEST_GUILESS_MAIN(ContextTokenTest)
#include "context_token_test.moc"
