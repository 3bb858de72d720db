// SPDX-License-Identifier: GPL-3.0-or-later
// A set of operations of one history, by their ids.
#pragma once

#include <QtGlobal>

#include <algorithm>
#include <vector>

namespace ringmaster::sim {

using OpId = int; // counts up from 0 in the order in which operations began

class OpSet {
public:
    void insert(OpId id)
    {
        const size_t word = size_t(id) / 64;
        if (m_words.size() <= word)
            m_words.resize(word + 1);
        m_words[word] |= quint64{1} << (id % 64);
    }
    void insertAll(const OpSet& others)
    {
        m_words.resize(std::max(m_words.size(), others.m_words.size()));
        for (size_t i = 0; i < others.m_words.size(); ++i)
            m_words[i] |= others.m_words[i];
    }
    bool contains(OpId id) const
    {
        const size_t word = size_t(id) / 64;
        return word < m_words.size() && (m_words[word] >> (id % 64) & 1) != 0;
    }

    std::vector<OpId> ids() const // ascending
    {
        std::vector<OpId> found;
        for (OpId id = 0; size_t(id) < m_words.size() * 64; ++id) {
            if (contains(id))
                found.push_back(id);
        }
        return found;
    }

private:
    std::vector<quint64> m_words;
};

} // namespace ringmaster::sim
