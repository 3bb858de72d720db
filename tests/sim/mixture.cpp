// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/sim/mixture.h"

#include "tests/sim/fault_schedule.h"

#include <algorithm>
#include <set>

namespace ringmaster::sim {

namespace {

using namespace std::chrono_literals;

int from(SeededRandom& random, int least, int most)
{
    return least + static_cast<int>(random.below(quint64(most - least + 1)));
}

void drawQuorums(Mixture& mixture, SeededRandom& random)
{
    mixture.nodes = from(random, 3, 7);
    // Mostly three: what people run.
    mixture.replicas = random.chance(0.6) ? 3 : from(random, 1, std::min(5, mixture.nodes));
    const bool majorities = random.chance(0.6);
    const int n = mixture.replicas;
    mixture.readQuorum = majorities ? n / 2 + 1 : from(random, 1, n);
    mixture.writeQuorum = majorities ? n / 2 + 1 : from(random, 1, n);
    mixture.sloppy = random.chance(0.65);
}

void drawHabits(Mixture& mixture, SeededRandom& random)
{
    mixture.keys = from(random, 1, 4);
    mixture.clients = from(random, 2, 5);
    mixture.habits = {.read = from(random, 2, 6),
                      .modify = from(random, 2, 8),
                      .writeAgain = from(random, 0, 3),
                      .blind = from(random, 0, 2),
                      .remove = from(random, 0, 3),
                      .recreate = from(random, 0, 3)};
    mixture.thinkTime = random.between(20ms, 300ms);
    mixture.timeout = random.between(100ms, 2500ms);
}

// Requests that say for themselves what they want.
void drawOwnOptions(Mixture& mixture, SeededRandom& random)
{
    if (random.chance(0.4))
        return;
    const auto sometimes = [&random] { return random.chance(0.6) ? 0.05 * from(random, 1, 10) : 0.0; };
    mixture.own = {.quorum = sometimes(), .primaryQuorum = sometimes(), .otherSloppiness = sometimes()};
    mixture.habits.list = from(random, 0, 2);
    mixture.habits.placement = from(random, 0, 1);
}

// What a cluster is given little of, so that it runs into the bound.
void drawBounds(Mixture& mixture, SeededRandom& random)
{
    if (random.chance(0.3))
        mixture.values = {.longOnes = 0.1 * from(random, 1, 5), .most = from(random, 200, 8000)};
    if (random.chance(0.15))
        mixture.hints.hints = quint64(from(random, 0, 8));
    if (random.chance(0.15))
        mixture.hints.bytes = quint64(from(random, 100, 5000));
    if (random.chance(0.15))
        mixture.network.queue = size_t(from(random, 6, 60));
    if (random.chance(0.2)) // no more than that goes into one answer, too
        mixture.transferBytesPerSecond = from(random, random.chance(0.5) ? 2'000 : 20'000, 1'000'000);
    if (random.chance(0.25))
        mixture.contextEntries = size_t(from(random, 1, 3));
    if (random.chance(0.15))
        mixture.rotInFlight = 0.001 * from(random, 1, 30);
    if (random.chance(0.2))
        mixture.zones = from(random, 2, 3);
}

// So many that listings and repair need several messages.
void drawManyKeys(Mixture& mixture, SeededRandom& random)
{
    mixture.keys = from(random, 100, 2000);
    mixture.keyTurn = 0ns;
    mixture.thinkTime = random.between(2ms, 8ms);
    mixture.faultyFor = random.between(2s, 5s);
}

void drawNetwork(Mixture& mixture, SeededRandom& random)
{
    mixture.network.leastDelay = random.between(20us, 500us);
    mixture.network.mostDelay = mixture.network.leastDelay +
                                (random.chance(0.3) ? random.between(5ms, 80ms) : random.between(100us, 2ms));
    mixture.network.loss = random.chance(0.3) ? 0.001 * from(random, 1, 80) : 0;
    mixture.network.duplication = random.chance(0.3) ? 0.001 * from(random, 1, 100) : 0;
    for (int i = 0; i < mixture.nodes; ++i)
        mixture.commitDelays.push_back(random.chance(0.2) ? random.between(2ms, 40ms)
                                                          : random.between(100us, 2ms));
}

void drawTokens(Mixture& mixture, SeededRandom& random)
{
    const int tokens = from(random, 1, 8);
    std::set<Slot> taken;
    mixture.tokenSlots.resize(size_t(mixture.nodes));
    for (std::vector<Slot>& ofNode : mixture.tokenSlots) {
        while (static_cast<int>(ofNode.size()) < tokens) {
            const Slot slot{static_cast<quint16>(random.below(slotCount))};
            if (taken.insert(slot).second)
                ofNode.push_back(slot);
        }
    }
}

// The reaper looks every two seconds and asks twice, so a tombstone has to be left alone for some time: in
// most of these runs the clients move from key to key, and come back when a key may have been reaped.
void drawReaping(Mixture& mixture, SeededRandom& random)
{
    if (random.chance(0.4)) {
        mixture.reap.after = 0ms;
        return;
    }
    mixture.reap = {random.between(100ms, 1500ms), random.between(100ms, 1500ms)};
    if (random.chance(0.4))
        return;
    mixture.keys = from(random, 4, 10);
    mixture.keyTurn = random.between(400ms, 2500ms);
    mixture.habits.remove += from(random, 2, 6);
    mixture.faultyFor = random.between(8s, 25s);
}

// Comes at any time: before the member is away, too.
void drawHeir(Mixture& mixture, SeededRandom& random)
{
    mixture.removal->heirComes = random.between(0ns, mixture.faultyFor);
    mixture.commitDelays.push_back(random.between(100us, 2ms));
    mixture.tokenSlots.emplace_back();
}

void drawSecondRemoval(Mixture& mixture, SeededRandom& random)
{
    while (mixture.removal->isForGood)
        mixture.removal = drawRemoval(mixture.nodes, mixture.faultyFor, random);
    mixture.otherRemoval = drawOtherRemoval(*mixture.removal, mixture.nodes, mixture.faultyFor, random);
}

void drawRemovalInto(Mixture& mixture, SeededRandom& random)
{
    const bool byItself = random.chance(0.15);
    if (byItself) {
        mixture.autoRemoveAfter = random.between(10s, 12s);
        mixture.faultyFor = random.between(24s, 30s);
        mixture.removal = drawAbsence(mixture.nodes, mixture.autoRemoveAfter, random);
        for (Fault& fault : mixture.faults) // nobody else is away for so long
            fault.lasts = std::min<Duration>(fault.lasts, 4s);
    } else {
        mixture.faultyFor += random.between(2s, 6s);
        mixture.removal = drawRemoval(mixture.nodes, mixture.faultyFor, random);
    }
    if (!byItself && random.chance(0.2))
        drawHeir(mixture, random);
    else if (!byItself && mixture.nodes > mixture.replicas + 1 && mixture.nodes >= 5 && random.chance(0.4))
        drawSecondRemoval(mixture, random);
    // As long as a member may return no tombstone goes. That two return is what keeps some writes.
    if (!mixture.otherRemoval)
        mixture.removedMayReturn = random.between(1s, 20s);
    if (!mixture.removal->cut)
        return;
    mixture.faults.push_back(*mixture.removal->cut);
    std::stable_sort(mixture.faults.begin(), mixture.faults.end(),
                     [](const Fault& a, const Fault& b) { return a.begins < b.begins; });
}

void drawRingChanges(Mixture& mixture, SeededRandom& random)
{
    // A write that one disk alone has, which a change of the ring may have brought there, goes with that
    // disk.
    if (random.chance(0.55) || (mixture.takesAStore() && mixture.writeQuorum == 1))
        return;
    mixture.spares = from(random, 0, 2);
    const bool removes = mixture.nodes > 3 && !mixture.takesAStore() && random.chance(0.5);
    // With many replicas a slot that came half is hardly ever missed: few of them, and every answer counts.
    if (random.chance(0.6) && !mixture.takesAStore()) {
        mixture.replicas = removes ? 2 : from(random, 1, 2);
        mixture.readQuorum = removes ? 1 : from(random, 1, mixture.replicas);
        mixture.writeQuorum = mixture.replicas + 1 - mixture.readQuorum;
        mixture.sloppy = random.chance(0.3);
        mixture.keys = from(random, 3, 8);
    }
    std::set<Slot> taken;
    for (const std::vector<Slot>& ofNode : mixture.tokenSlots)
        taken.insert(ofNode.begin(), ofNode.end());
    for (int spare = 0; spare < mixture.spares; ++spare) {
        mixture.commitDelays.push_back(random.between(100us, 2ms));
        std::vector<Slot>& tokens = mixture.tokenSlots.emplace_back();
        while (tokens.size() < mixture.tokenSlots.front().size()) {
            const Slot slot{static_cast<quint16>(random.below(slotCount))};
            if (taken.insert(slot).second)
                tokens.push_back(slot);
        }
    }
    if (removes && mixture.writeQuorum > 1 && mixture.nodes > mixture.replicas)
        drawRemovalInto(mixture, random);
    mixture.ringActs = drawRingActs(mixture.nodes, mixture.spares, mixture.faultyFor, random);
}

} // namespace

bool Mixture::has(FaultKind kind) const
{
    return std::any_of(faults.begin(), faults.end(),
                       [kind](const Fault& fault) { return fault.kind == kind; });
}

bool Mixture::takesAStore() const
{
    return std::any_of(faults.begin(), faults.end(), [](const Fault& fault) { return fault.takesAStore(); });
}

Mixture drawMixture(quint64 seed)
{
    SeededRandom random(seed ^ 0x6d697874757265ULL);
    Mixture mixture;
    mixture.seed = seed;
    drawQuorums(mixture, random);
    drawHabits(mixture, random);
    drawNetwork(mixture, random);
    drawTokens(mixture, random);
    mixture.faultyFor = random.between(2s, 8s);
    drawReaping(mixture, random);
    drawOwnOptions(mixture, random);
    drawBounds(mixture, random);
    if (random.chance(0.06))
        drawManyKeys(mixture, random);
    mixture.calmFor = random.chance(0.3) ? random.between(1s, 8s) : 0ms;
    mixture.faults = drawFaults(mixture.nodes, mixture.faultyFor, random);
    drawRingChanges(mixture, random);
    // What only one disk holds cannot be repaired.
    if (mixture.has(FaultKind::RotDisk) && mixture.writeQuorum == 1) {
        for (Fault& fault : mixture.faults)
            fault.kind = fault.kind == FaultKind::RotDisk ? FaultKind::LoseStore : fault.kind;
    }
    if (mixture.has(FaultKind::RotDisk))
        mixture.leastWriteQuorum = 2;
    // What was reaped meanwhile is on a disk that was rolled back, and nothing shows that it is old.
    if (mixture.has(FaultKind::RollBack))
        mixture.reap.after = 0ms;
    const int others = mixture.replicas - 1;
    const bool canSpare = mixture.ringActs.empty() && !mixture.has(FaultKind::RotDisk) &&
                          mixture.readQuorum <= others && mixture.writeQuorum <= others;
    if (canSpare && random.chance(0.4))
        mixture.spared = from(random, 0, mixture.nodes - 1);
    // One lost disk must leave a copy of what a change of the ring may have brought to it.
    if (!mixture.ringActs.empty() && (mixture.removal || mixture.takesAStore()))
        mixture.leastWriteQuorum = 2;
    return mixture;
}

namespace {

double inMs(Duration duration)
{
    return std::chrono::duration<double, std::milli>(duration).count();
}

QString percent(double probability)
{
    return QStringLiteral("%1 %").arg(100 * probability);
}

QString describeRequests(const Mixture& mixture)
{
    return QStringLiteral(
               "  requests: read %1, modify %2, again %3, blind %4, delete %5, recreate %6, list %7, "
               "placement %8; own quorum %9, ")
               .arg(mixture.habits.read)
               .arg(mixture.habits.modify)
               .arg(mixture.habits.writeAgain)
               .arg(mixture.habits.blind)
               .arg(mixture.habits.remove)
               .arg(mixture.habits.recreate)
               .arg(mixture.habits.list)
               .arg(mixture.habits.placement)
               .arg(percent(mixture.own.quorum)) +
           QStringLiteral("own PR or PW %1, other sloppiness %2, long values %3 of up to %4 bytes")
               .arg(percent(mixture.own.primaryQuorum), percent(mixture.own.otherSloppiness),
                    percent(mixture.values.longOnes))
               .arg(mixture.values.most);
}

QString describeBounds(const Mixture& mixture)
{
    QStringList parts;
    if (mixture.reap.after > 0ns)
        parts << QStringLiteral("reaping after %1 + %2 ms")
                     .arg(inMs(mixture.reap.after))
                     .arg(inMs(mixture.reap.quiet));
    if (mixture.keyTurn > 0ns)
        parts << QStringLiteral("the next key every %1 ms").arg(inMs(mixture.keyTurn));
    if (mixture.hints.hints != HintLimits().hints)
        parts << QStringLiteral("at most %1 hints").arg(mixture.hints.hints);
    if (mixture.hints.bytes != HintLimits().bytes)
        parts << QStringLiteral("at most %1 bytes of hints").arg(mixture.hints.bytes);
    if (mixture.network.queue != SIZE_MAX)
        parts << QStringLiteral("at most %1 messages in a queue").arg(mixture.network.queue);
    if (mixture.contextEntries != maxContextEntries)
        parts << QStringLiteral("contexts of %1 entries").arg(mixture.contextEntries);
    if (mixture.removedMayReturn < 24h)
        parts << QStringLiteral("who was removed may return for %1 ms").arg(inMs(mixture.removedMayReturn));
    if (mixture.autoRemoveAfter > 0ns)
        parts << QStringLiteral("removed by itself after %1 ms").arg(inMs(mixture.autoRemoveAfter));
    if (mixture.transferBytesPerSecond > 0)
        parts << QStringLiteral("repair at %1 bytes/s").arg(mixture.transferBytesPerSecond);
    if (mixture.zones > 0)
        parts << QStringLiteral("%1 zones").arg(mixture.zones);
    if (mixture.rotInFlight > 0)
        parts << QStringLiteral("rot in flight %1").arg(percent(mixture.rotInFlight));
    if (mixture.has(FaultKind::LosePower))
        parts << QStringLiteral("relaxed");
    if (mixture.calmFor > 0ns)
        parts << QStringLiteral("a second act of %1 ms").arg(inMs(mixture.calmFor));
    if (mixture.spared)
        parts << QStringLiteral("n%1 stays down for a while").arg(*mixture.spared + 1);
    return parts.isEmpty() ? QString() : QStringLiteral("\n  ") + parts.join(QStringLiteral(", "));
}

} // namespace

QString describe(const Mixture& mixture)
{
    QString text = QStringLiteral("seed %1: %2 nodes, N=%3 R=%4 W=%5 %6%7, %8 keys, %9 clients")
                       .arg(mixture.seed)
                       .arg(mixture.nodes)
                       .arg(mixture.replicas)
                       .arg(mixture.readQuorum)
                       .arg(mixture.writeQuorum)
                       .arg(mixture.sloppy ? QStringLiteral("sloppy") : QStringLiteral("sloppy=false"),
                            mixture.isStrict() ? QStringLiteral(" (strict)") : QString())
                       .arg(mixture.keys)
                       .arg(mixture.clients);
    text += QStringLiteral(", delay %1..%2 ms, loss %3 %, duplication %4 %, timeout %5 ms, %6 ms of faults:")
                .arg(inMs(mixture.network.leastDelay))
                .arg(inMs(mixture.network.mostDelay))
                .arg(100 * mixture.network.loss)
                .arg(100 * mixture.network.duplication)
                .arg(inMs(mixture.timeout))
                .arg(inMs(mixture.faultyFor));
    text += QLatin1Char('\n') + describeRequests(mixture) + describeBounds(mixture);
    for (const Fault& fault : mixture.faults)
        text += QStringLiteral("\n  at %1 ms %2").arg(inMs(fault.begins)).arg(describe(fault));
    for (const RingAct& act : mixture.ringActs)
        text += QStringLiteral("\n  at %1 ms %2").arg(inMs(act.when)).arg(describe(act));
    if (mixture.removal)
        text += QStringLiteral("\n  ") + describe(*mixture.removal);
    if (mixture.otherRemoval)
        text += QStringLiteral("\n  ") + describe(*mixture.otherRemoval);
    return text;
}

} // namespace ringmaster::sim
