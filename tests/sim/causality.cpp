// SPDX-License-Identifier: GPL-3.0-or-later
#include "tests/sim/causality.h"

namespace ringmaster::sim {

Causality::Causality(const History& history)
    : m_history(history)
    , m_behind(history.operations().size())
    , m_shown(history.operations().size())
    , m_siblings(history.operations().size())
{
    // In the order of the run: an answer shows writes that began before it, a write is based on an answer
    // that ended before it.
    std::vector<std::pair<OpId, bool>> steps(size_t(history.steps()) + 1, {-1, false}); // whose end?
    for (const Operation& operation : history.operations()) {
        steps[size_t(operation.began.step)] = {operation.id, false};
        if (operation.ended.step > 0)
            steps[size_t(operation.ended.step)] = {operation.id, true};
        if (operation.kind == OpKind::Delete && operation.dot)
            m_deletes[*operation.dot] = operation.id;
    }
    for (const auto& [id, isEnd] : steps) {
        if (id < 0)
            continue;
        const Operation& operation = history.at(id);
        if (isEnd)
            learnAnswer(operation);
        else if (operation.basedOn)
            m_behind[size_t(id)] = behindWrite(operation);
    }
}

Causality::Knowledge Causality::behindWrite(const Operation& write) const
{
    const size_t answer = size_t(*write.basedOn);
    Knowledge known = m_shown[answer];
    if (write.sent == m_history.at(*write.basedOn).got)
        return known;
    OpSet surely = m_siblings[answer];
    for (const OpId id : known.surely.ids()) {
        const std::optional<Label>& dot = m_history.at(id).dot;
        const auto sent = dot ? write.sent.find(dot->first) : write.sent.end();
        if (sent != write.sent.end() && sent->second >= dot->second)
            surely.insert(id);
    }
    known.surely = std::move(surely);
    return known;
}

void Causality::learnAnswer(const Operation& operation)
{
    Knowledge& shown = m_shown[size_t(operation.id)];
    for (const Seen& seen : operation.answer) {
        if (seen.tombstone) {
            learnTombstone(operation, seen, shown);
            continue;
        }
        const std::optional<OpId> writer = m_history.writerOf(operation.key, seen.value);
        if (!writer)
            continue; // a checker will say so
        for (OpSet* known : {&shown.surely, &shown.maybe, &m_siblings[size_t(operation.id)]})
            known->insert(*writer);
        shown.surely.insertAll(behind(*writer).surely);
        shown.maybe.insertAll(behind(*writer).maybe);
    }
}

void Causality::learnTombstone(const Operation& reader, const Seen& seen, Knowledge& shown)
{
    const auto known = m_deletes.find(seen.dot);
    if (known != m_deletes.end()) {
        for (OpSet* to : {&shown.surely, &shown.maybe, &m_siblings[size_t(reader.id)]})
            to->insert(known->second);
        shown.surely.insertAll(behind(known->second).surely);
        shown.maybe.insertAll(behind(known->second).maybe);
        return;
    }
    for (const Operation& candidate : m_history.operations()) {
        const bool fits = candidate.kind == OpKind::Delete && candidate.key == reader.key && !candidate.dot &&
                          candidate.mayBeThere() && candidate.began.step < reader.ended.step;
        if (!fits)
            continue;
        shown.maybe.insert(candidate.id);
        shown.maybe.insertAll(behind(candidate.id).maybe);
    }
}

} // namespace ringmaster::sim
