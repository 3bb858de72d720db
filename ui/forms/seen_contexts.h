// SPDX-License-Identifier: GPL-3.0-or-later
// The contexts of the answers that the forms have shown: from a clock, as a row shows it, to the context
// token that came with it. Only a node can make a token, so a clock that no answer had cannot be written
// with.
#pragma once

#include "nodecore/client/node_client.h"
#include "nodecore/version/version_vector.h"

#include <deque>
#include <optional>

namespace ringmaster {

class SeenContexts {
public:
    static constexpr size_t maxAnswers = 64; // the oldest are forgotten

    void remember(const Key& key, const ClientValue& answer);
    // Of the latest answer about key that had a row with this clock, or rows that make it together.
    std::optional<QByteArray> find(const Key& key, const VersionVector& clock) const;

private:
    struct Named {
        VersionVector clock; // without times
        QByteArray token;
    };
    struct Answer {
        Key key;
        std::vector<Named> contexts;
    };
    std::deque<Answer> m_answers; // the latest first
};

} // namespace ringmaster
