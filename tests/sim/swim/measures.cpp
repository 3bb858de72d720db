// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/sim/swim/measures.h"

#include "tests/support/virtual_swim.h"

#include <algorithm>
#include <set>

namespace ringmaster::sim {

using namespace std::chrono_literals;

namespace {

// Longer than anything here may take.
constexpr Duration patience = 5min;

double secondsOf(Duration duration)
{
    return std::chrono::duration<double>(duration).count();
}

double secondsUntil(VirtualSwim& swim, const std::function<bool()>& condition)
{
    const MonoTime began = swim.queue().now();
    return swim.runUntil(condition, patience) ? secondsOf(swim.queue().now() - began) : secondsOf(patience);
}

// How many observers hold one member in one state, counted as it changes.
class Count {
public:
    Count(VirtualSwim& swim, int member, SwimState state)
        : m_holds(static_cast<size_t>(swim.size()))
    {
        swim.watch([this, member, state](int observer, int whom, SwimState now) {
            if (whom != member)
                return;
            m_anyChange = true;
            const auto at = static_cast<size_t>(observer);
            m_count += int(now == state) - int(m_holds[at]);
            m_holds[at] = now == state;
        });
    }
    int count() const { return m_count; }
    bool anyChange() const { return m_anyChange; }

private:
    std::vector<bool> m_holds;
    int m_count = 0;
    bool m_anyChange = false;
};

void measureGoodNews(VirtualSwim& swim, const SwimRules& rules, NewsMeasure& worst)
{
    const int before = swim.size();
    swim.tell(before / 2, 1);
    const auto allInformed = [&] { return swim.countInformed(1) == before; };
    const double rounds = secondsUntil(swim, allInformed) / secondsOf(rules.probeInterval);
    worst.newsRounds = std::max(worst.newsRounds, rounds);

    const int newcomer = swim.join(before / 3);
    int informed = 1;
    const auto allKnow = [&] {
        while (informed < before && swim.detector(informed - 1).knows(swim.id(newcomer)))
            ++informed;
        return informed == before && swim.detector(before - 1).knows(swim.id(newcomer));
    };
    worst.joinKnownSeconds = std::max(worst.joinKnownSeconds, secondsUntil(swim, allKnow));
}

void measureDeath(VirtualSwim& swim, NewsMeasure& worst)
{
    const int dead = swim.size() / 2;
    const Count down(swim, dead, SwimState::Down);
    swim.kill(dead);
    const double suspected = secondsUntil(swim, [&] { return down.anyChange(); });
    const int observers = swim.size() - 1;
    const double declared = suspected + secondsUntil(swim, [&] { return down.count() == observers; });
    swim.watch({});
    worst.suspectedSeconds = std::max(worst.suspectedSeconds, suspected);
    worst.downSeconds = std::max(worst.downSeconds, declared);
}

void measureStarving(VirtualSwim& swim, NewsMeasure& worst)
{
    constexpr int starved = 0;
    std::set<int> accused;
    swim.watch([&](int, int member, SwimState state) {
        if (state == SwimState::Down && member != starved && swim.isUp(member))
            accused.insert(member);
    });
    swim.starve(starved);
    swim.runFor(20s);
    swim.resume(starved);
    const auto isBack = [&] { return swim.allHold(starved, SwimState::Alive); };
    const double back = secondsUntil(swim, isBack);
    swim.runFor(40s);
    swim.watch({});
    worst.starvedAccuses = std::max(worst.starvedAccuses, static_cast<int>(accused.size()));
    worst.starvedBackSeconds = std::max(worst.starvedBackSeconds, back);
}

} // namespace

NewsMeasure measureNews(int nodes, const SwimRules& rules, quint64 firstSeed, int seeds)
{
    NewsMeasure worst;
    for (int i = 0; i < seeds; ++i) {
        VirtualSwim swim(nodes, firstSeed + static_cast<quint64>(i), rules);
        swim.runFor(5s);
        measureGoodNews(swim, rules, worst);
        swim.runFor(30s);
        measureDeath(swim, worst);
        VirtualSwim another(nodes, firstSeed + static_cast<quint64>(i), rules);
        another.runFor(5s);
        measureStarving(another, worst);
    }
    return worst;
}

LossMeasure measureLoss(int nodes, const SwimRules& rules, double loss, std::chrono::minutes time,
                        quint64 seed)
{
    VirtualSwim swim(nodes, seed, rules);
    swim.network().setLoss(loss);
    std::set<std::pair<int, quint64>> deaths;
    swim.watch([&](int, int member, SwimState state) {
        if (state == SwimState::Down)
            deaths.emplace(member, swim.detector(member).incarnation());
    });
    swim.runFor(time);
    const double nodeSeconds = nodes * secondsOf(time);
    LossMeasure measure;
    measure.falseDeaths = static_cast<int>(deaths.size());
    measure.messagesPerSecond = static_cast<double>(swim.network().sent()) / nodeSeconds;
    measure.bytesPerSecond = static_cast<double>(swim.network().bytesSent()) / nodeSeconds;
    return measure;
}

} // namespace ringmaster::sim
