// SPDX-License-Identifier: GPL-3.0-or-later
// Hints while the store refuses writes.
#include "nodecore/storage/hint_store.h"
#include "nodecore/storage/integrity_log.h"
#include "nodecore/storage/memory_store.h"

#include <QtTest>

using namespace ringmaster;

namespace {

const Key key = *Key::fromBytes("k");
const NodeId owner{7};

SiblingSet setOf(const QByteArray& value)
{
    SiblingSet set;
    set.write(key, {}, value, ActorId{1}, WallTime{});
    return set;
}

} // namespace

class HintStoreTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aHintThatTheDiskRefusesIsNoDamagedOne();
    void whatWasKeptBeforeARefusedHintIsMergedIntoTheNext();
};

// The refusal comes at its turn; until then the same write may come once more.
void HintStoreTest::aHintThatTheDiskRefusesIsNoDamagedOne()
{
    MemoryStore store;
    HintStore hints(store);
    store.becomeReadOnly(QStringLiteral("The disk is full."));
    QList<ErrorCode> refusals;
    for (int i = 0; i < 2; ++i) {
        hints.keep(owner, Slot{0}, key, setOf("v").encoded(), {}, [&refusals](const Result<void>& kept) {
            QVERIFY(!kept);
            refusals << kept.error().code;
        });
    }
    QVERIFY(hints.latestFor(key).has_value());
    store.commitPending();
    QCOMPARE(refusals, (QList<ErrorCode>{ErrorCode::ReadOnly, ErrorCode::ReadOnly}));
    QCOMPARE(hints.total().hints, quint64(0));
}

void HintStoreTest::whatWasKeptBeforeARefusedHintIsMergedIntoTheNext()
{
    MemoryStore store;
    HintStore hints(store);
    const auto keep = [&](const SiblingSet& set) {
        hints.keep(owner, Slot{0}, key, set.encoded(), {}, [](const Result<void>&) {});
    };
    SiblingSet first = setOf("a");
    SiblingSet last;
    last.write(key, {}, QByteArray("c"), ActorId{3}, WallTime{});
    keep(first);
    store.commitPending();
    store.becomeReadOnly(QStringLiteral("The disk is full."));
    keep(setOf("b"));
    store.recover();
    keep(last);
    store.commitPending();
    const Result<SiblingSet> held = hints.durableFor(key);
    QVERIFY(held);
    QCOMPARE(held->siblingCount(), size_t(2));
}

QTEST_GUILESS_MAIN(HintStoreTest)
#include "hint_store_test.moc"
