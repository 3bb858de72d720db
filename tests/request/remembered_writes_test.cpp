// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/request/remembered_writes.h"

#include <QtTest>

using namespace ringmaster;
using namespace std::chrono_literals;

namespace {

using Lookup = RememberedWrites::Lookup;

RememberedWrites::Name named(const QByteArray& id, const QByteArray& key = "k")
{
    return {id, *Key::fromBytes(key)};
}

MonoTime at(Duration time)
{
    return MonoTime{time};
}

Replica::Minted minted(const QByteArray& value)
{
    Replica::Minted one;
    one.dot = one.set.write(*Key::fromBytes("k"), {}, value, ActorId{1}, WallTime{1});
    one.encoded = one.set.encoded();
    return one;
}

PutResponse responseOf(const Replica::Minted& one)
{
    return {one.dot, one.set, {}};
}

RequestFailure failed(bool mayExist)
{
    return {{ErrorCode::QuorumNotMet, QStringLiteral("why")}, {}, mayExist};
}

// A write that was acknowledged at that time.
void complete(RememberedWrites& writes, const RememberedWrites::Name& name, const QByteArray& value,
              MonoTime now)
{
    QVERIFY(std::holds_alternative<RememberedWrites::Begin>(writes.begin(name, value, now)));
    writes.made(name, minted(value), now);
    writes.answered(name, responseOf(minted(value)), now);
}

} // namespace

class RememberedWritesTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void aRetryIsAnsweredAsTheFirstAttemptWas()
    {
        RememberedWrites writes;
        complete(writes, named("id"), "v", at(0s));
        const Lookup again = writes.begin(named("id"), QByteArray("v"), at(1s));
        QVERIFY(std::holds_alternative<RememberedWrites::Answer>(again));
        QCOMPARE(std::get<RememberedWrites::Answer>(again).response.siblings, minted("v").set);
    }

    void aNameIsOfOneKeyAndOneContent()
    {
        RememberedWrites writes;
        complete(writes, named("id"), "v", at(0s));
        QVERIFY(std::holds_alternative<RememberedWrites::Begin>(
            writes.begin(named("id", "another"), QByteArray("w"), at(1s))));
        QVERIFY(std::holds_alternative<RememberedWrites::OtherWrite>(
            writes.begin(named("id"), QByteArray("w"), at(1s))));
        QVERIFY(std::holds_alternative<RememberedWrites::OtherWrite>(
            writes.begin(named("id"), std::nullopt, at(1s))));
    }

    void aFirstAttemptThatIsUnderWayIsNotRepeated()
    {
        RememberedWrites writes;
        (void)writes.begin(named("id"), QByteArray("v"), at(0s));
        const auto isUnderWay = [&] {
            return std::holds_alternative<RememberedWrites::UnderWay>(
                writes.begin(named("id"), QByteArray("v"), at(1s)));
        };
        QVERIFY(isUnderWay());
        // Its client was told that time ran out, and its mint may still succeed.
        writes.answered(named("id"), tl::make_unexpected(failed(true)), at(1s));
        QVERIFY(isUnderWay());
        writes.made(named("id"), minted("v"), at(2s));
        QVERIFY(!isUnderWay());
    }

    void aWriteThatFoundNoQuorumIsContinuedAndNotMintedAgain()
    {
        RememberedWrites writes;
        (void)writes.begin(named("id"), QByteArray("v"), at(0s));
        writes.made(named("id"), minted("v"), at(0s));
        writes.answered(named("id"), tl::make_unexpected(failed(true)), at(0s));
        for (int i = 0; i < 2; ++i) {
            const Lookup again = writes.begin(named("id"), QByteArray("v"), at(1s));
            QVERIFY(std::holds_alternative<RememberedWrites::Continue>(again));
            QCOMPARE(std::get<RememberedWrites::Continue>(again).minted.dot, minted("v").dot);
            QVERIFY(std::holds_alternative<RememberedWrites::UnderWay>(
                writes.begin(named("id"), QByteArray("v"), at(1s))));
            writes.answered(named("id"), tl::make_unexpected(failed(true)), at(1s));
        }
    }

    void aWriteOfWhichNothingWasMintedIsForgotten()
    {
        RememberedWrites writes;
        (void)writes.begin(named("refused"), QByteArray("v"), at(0s));
        writes.answered(named("refused"), tl::make_unexpected(failed(false)), at(0s));
        (void)writes.begin(named("no disk"), QByteArray("v"), at(0s));
        writes.made(named("no disk"), tl::make_unexpected(Error{ErrorCode::ReadOnly, {}}), at(0s));
        writes.answered(named("no disk"), tl::make_unexpected(failed(false)), at(0s));
        QCOMPARE(writes.size(), size_t{0});
    }

    void whatIsOverIsForgottenAfterItsTime()
    {
        RememberedWrites writes({.keepFor = 10s});
        complete(writes, named("id"), "v", at(0s));
        QVERIFY(std::holds_alternative<RememberedWrites::Answer>(
            writes.begin(named("id"), QByteArray("v"), at(9s))));
        QVERIFY(std::holds_alternative<RememberedWrites::Begin>(
            writes.begin(named("id"), QByteArray("v"), at(10s))));
    }

    void theOldestGoWhereThereAreTooMany()
    {
        RememberedWrites writes({.writes = 3});
        for (const QByteArray id : {"a", "b", "c", "d"})
            complete(writes, named(id), "v", at(0s));
        QCOMPARE(writes.size(), size_t{3});
        QVERIFY(std::holds_alternative<RememberedWrites::Begin>(
            writes.begin(named("a"), QByteArray("v"), at(0s))));
        QVERIFY(std::holds_alternative<RememberedWrites::Answer>(
            writes.begin(named("d"), QByteArray("v"), at(0s))));
    }

    void theOldestGoWhereTheyAreTooLarge()
    {
        RememberedWrites writes({.bytes = 10'000});
        for (const QByteArray id : {"a", "b", "c"})
            complete(writes, named(id), QByteArray(4000, 'v'), at(0s));
        QCOMPARE(writes.size(), size_t{2});
        complete(writes, named("larger than all"), QByteArray(20'000, 'v'), at(0s));
        QCOMPARE(writes.size(), size_t{0});
        complete(writes, named("d"), "v", at(0s)); // their bytes went with them
        QCOMPARE(writes.size(), size_t{1});
    }
};

QTEST_GUILESS_MAIN(RememberedWritesTest)
#include "remembered_writes_test.moc"
