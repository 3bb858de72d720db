// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/wire/trace_step.h"

#include "nodecore/wire/fields.h"

namespace ringmaster::wire {

void writeTraceStep(ByteWriter& to, const TraceStep& step)
{
    const auto us = std::chrono::duration_cast<std::chrono::microseconds>(step.at).count();
    to.varint(static_cast<quint64>(std::max<qint64>(0, us)));
    to.u8(static_cast<quint8>(step.event));
    to.u64(step.node.value);
    to.u8(step.fallback ? 1 : 0);
    to.u64(step.owner.value_or(NodeId{}).value);
    writeList(to, step.dots, [&to](Dot dot) {
        to.u64(dot.actor.value);
        to.varint(dot.counter);
    });
    to.text(step.detail);
}

TraceStep readTraceStep(ByteReader& from)
{
    constexpr quint64 mostUs = 3'600'000'000ULL;
    constexpr qsizetype leastDotBytes = 9;
    TraceStep step;
    step.at = std::chrono::microseconds(static_cast<qint64>(std::min(from.varint(), mostUs)));
    const quint8 event = from.u8();
    step.event = static_cast<TraceEvent>(event);
    step.node = NodeId{from.u64()};
    step.fallback = readFlag(from);
    if (const NodeId owner{from.u64()}; owner != NodeId{})
        step.owner = owner;
    step.dots = readList<Dot>(from, leastDotBytes, TraceStep::maxDots, [](ByteReader& reader) {
        const ActorId actor{reader.u64()};
        return Dot{actor, reader.varint()};
    });
    step.detail = from.text(TraceStep::maxDetailBytes);
    if (event > static_cast<quint8>(TraceEvent::Repaired))
        from.fail();
    return step;
}

} // namespace ringmaster::wire
