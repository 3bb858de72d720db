// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/forms/seen_contexts.h"

namespace ringmaster {

namespace {

VersionVector clockOf(const ClientSibling& sibling)
{
    VersionVector clock;
    for (const auto& [actor, count] : sibling.clock)
        clock.raise(ActorId{actor.toULongLong(nullptr, 16)}, count);
    return clock;
}

} // namespace

void SeenContexts::remember(const Key& key, const ClientValue& answer)
{
    Answer seen{key, {}};
    VersionVector all;
    for (const ClientSibling& sibling : answer.siblings) {
        const VersionVector clock = clockOf(sibling);
        all.merge(clock);
        if (!sibling.context.isEmpty())
            seen.contexts.push_back({clock, sibling.context});
    }
    // First: of one sibling, or of several with one clock, the whole answer's context is the better one.
    if (!answer.siblings.isEmpty())
        seen.contexts.insert(seen.contexts.begin(), {all, answer.context});
    m_answers.push_front(std::move(seen));
    if (m_answers.size() > maxAnswers)
        m_answers.pop_back();
}

std::optional<QByteArray> SeenContexts::find(const Key& key, const VersionVector& clock) const
{
    for (const Answer& answer : m_answers) {
        if (answer.key != key)
            continue;
        for (const Named& named : answer.contexts) {
            if (named.clock == clock)
                return named.token;
        }
    }
    return std::nullopt;
}

} // namespace ringmaster
