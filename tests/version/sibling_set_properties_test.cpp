// SPDX-License-Identifier: GPL-3.0-or-later
// SiblingSet against a model that keeps every causal history in full: no counters, no compaction, only sets
// of events. A write is an event with the set of events that its writer had seen. A replica knows events; a
// sibling is a known event that no known event's writer had seen.
#include "nodecore/version/sibling_set.h"
#include "tests/version/notation.h"

#include <QTest>

#include <array>
#include <random>
#include <set>

using namespace ringmaster;

namespace {

using Event = int;
using Events = std::set<Event>;

struct World {
    std::vector<Events> pastOf; // by event
    std::vector<Dot> dotOf;     // what the code called it
};

struct Model {
    Events known;

    Events seen(const World& world) const
    {
        Events all = known;
        for (const Event event : known)
            all.insert(world.pastOf[static_cast<size_t>(event)].begin(),
                       world.pastOf[static_cast<size_t>(event)].end());
        return all;
    }

    Events siblings(const World& world) const
    {
        Events rest = known;
        for (const Event event : known) {
            for (const Event past : world.pastOf[static_cast<size_t>(event)])
                rest.erase(past);
        }
        return rest;
    }
};

// The code's set and the model's, of one replica or of one message under way.
struct Both {
    SiblingSet set;
    Model model;

    bool merge(const Both& other)
    {
        model.known.insert(other.model.known.begin(), other.model.known.end());
        return set.merge(other.set);
    }
};

struct Client {
    VersionVector context;
    Events seen;
};

Events eventsIn(const SiblingSet& set)
{
    Events events;
    for (const Sibling& sibling : set.siblings())
        events.insert(static_cast<Event>(sibling.written.msSinceEpoch % 100'000));
    return events;
}

class Run {
    // Ahead of their uses: a deduced type must be known.
    int below(int bound) { return static_cast<int>(m_random() % static_cast<quint32>(bound)); }

    template <class Container>
    auto& pick(Container& from)
    {
        return from[static_cast<size_t>(below(static_cast<int>(from.size())))];
    }

public:
    explicit Run(quint32 seed)
        : m_random(seed)
    {}

    void step()
    {
        Both& replica = pick(m_replicas);
        switch (below(8)) {
        case 0:
        case 1: {
            Client& client = pick(m_clients);
            client = Client{replica.set.context(), replica.model.seen(m_world)};
            break;
        }
        case 2:
        case 3:
        case 4:
            write(replica);
            break;
        case 5:
            m_underWay.push_back(replica);
            break;
        case 6:
            if (!m_underWay.empty())
                checkedMerge(replica, pick(m_underWay)); // late, again, out of order
            break;
        case 7:
            checkedMerge(replica, Both(pick(m_replicas)));
            break;
        }
        check(replica);
    }

    void checkLaws()
    {
        const Both& a = pick(m_replicas);
        const Both& b = pick(m_replicas);
        const Both& c = m_underWay.empty() ? pick(m_replicas) : pick(m_underWay);
        QCOMPARE(joined({a, b}).encoded(), joined({b, a}).encoded());
        const SiblingSet leftFirst = joined({Both{joined({a, b}), {}}, c});
        const SiblingSet rightFirst = joined({a, Both{joined({b, c}), {}}});
        QCOMPARE(leftFirst.encoded(), rightFirst.encoded());
        QVERIFY(joined({a, a}) == a.set);
        QCOMPARE(a.set == b.set, a.set.encoded() == b.set.encoded());
        const Result<SiblingSet> decoded = SiblingSet::decode(notation::anyKey(), a.set.encoded());
        QVERIFY(decoded && *decoded == a.set);
    }

    void checkThatAllConverge()
    {
        std::vector<Both> all(m_replicas.begin(), m_replicas.end());
        QByteArray agreed;
        for (int i = 0; i < 3; ++i) {
            std::shuffle(all.begin(), all.end(), m_random);
            Both whole;
            for (const Both& one : all)
                whole.merge(one);
            check(whole);
            QVERIFY(i == 0 || whole.set.encoded() == agreed);
            agreed = whole.set.encoded();
        }
    }

private:
    static SiblingSet joined(const std::vector<Both>& parts)
    {
        SiblingSet whole;
        for (const Both& part : parts)
            whole.merge(part.set);
        return whole;
    }

    // A context that is fresh, stale, empty or trimmed.
    Client contextForWrite()
    {
        Client client = below(4) == 0 ? Client{} : pick(m_clients);
        if (below(6) == 0) {
            client.context = client.context.trimmed(1, {});
            Events kept;
            for (const Event event : client.seen) {
                if (client.context.counterOf(m_world.dotOf[static_cast<size_t>(event)].actor) > 0)
                    kept.insert(event);
            }
            client.seen = kept;
        }
        return client;
    }

    void write(Both& replica)
    {
        const Client client = contextForWrite();
        const auto event = static_cast<Event>(m_world.pastOf.size());
        // Clocks jump; the low digits name the event.
        const WallTime now{qint64{below(1000)} * 100'000 + event};
        const ActorId actor{static_cast<quint64>(&replica - m_replicas.data()) + 1};
        const quint64 floor = below(5) == 0 ? static_cast<quint64>(below(40)) : 0;
        SiblingSet::Content content;
        if (below(4) != 0)
            content = QByteArray::number(event);
        const Dot dot = replica.set.write(notation::anyKey(), client.context, content, actor, now, floor);
        QVERIFY(std::find(m_world.dotOf.begin(), m_world.dotOf.end(), dot) == m_world.dotOf.end());
        m_world.pastOf.push_back(client.seen);
        m_world.dotOf.push_back(dot);
        replica.model.known.insert(event);
    }

    void checkedMerge(Both& into, const Both& from)
    {
        const SiblingSet before = into.set;
        const bool changed = into.merge(from);
        QCOMPARE(changed, !(into.set == before));
    }

    void check(const Both& both)
    {
        QVERIFY(eventsIn(both.set) == both.model.siblings(m_world)); // none lost, none superseded
        for (const Sibling& sibling : both.set.siblings()) {
            const auto event = static_cast<size_t>(sibling.written.msSinceEpoch % 100'000);
            QVERIFY(sibling.dot == m_world.dotOf[event]);
            QVERIFY(sibling.tombstone || sibling.value == QByteArray::number(static_cast<qint64>(event)));
        }
        const Events seen = both.model.seen(m_world);
        const VersionVector context = both.set.context();
        for (size_t i = 0; i < m_world.dotOf.size(); ++i)
            QCOMPARE(context.covers(m_world.dotOf[i]), seen.count(static_cast<Event>(i)) == 1);
    }

    std::mt19937 m_random;
    World m_world;
    std::array<Both, 4> m_replicas;
    std::array<Client, 5> m_clients;
    std::vector<Both> m_underWay;
};

} // namespace

class SiblingSetPropertiesTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void agreesWithFullCausalHistories()
    {
        const QByteArray chosen = qgetenv("RINGMASTER_SEED");
        const quint32 first = chosen.isEmpty() ? std::random_device()() : chosen.toUInt();
        const quint32 runs = chosen.isEmpty() ? 80 : 1;
        for (quint32 seed = first; seed != first + runs; ++seed) {
            Run run(seed);
            for (int i = 0; i < 70 && !QTest::currentTestFailed(); ++i) {
                run.step();
                run.checkLaws();
            }
            if (!QTest::currentTestFailed())
                run.checkThatAllConverge();
            if (QTest::currentTestFailed()) {
                qInfo("replay it with RINGMASTER_SEED=%u", seed);
                return;
            }
        }
        qInfo("seeds %u and the %u after it", first, runs - 1);
    }
};

QTEST_GUILESS_MAIN(SiblingSetPropertiesTest)
#include "sibling_set_properties_test.moc"
