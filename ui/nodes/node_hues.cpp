// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/nodes/node_hues.h"

#include "ui/theme/palette.h"

#include <algorithm>
#include <array>

namespace ringmaster {
namespace {

constexpr int hueCount = Palette::nodeHues;

// The number at the name's end, from 1; 0 where there is none.
int trailingNumber(const QString& name)
{
    qsizetype at = name.size();
    while (at > 0 && name.at(at - 1).isDigit())
        --at;
    return name.mid(at).toInt();
}

} // namespace

void NodeHues::meet(const QStringList& names)
{
    QStringList sorted = names;
    sorted.sort();
    for (const QString& name : sorted) {
        if (m_hues.contains(name))
            continue;
        const int number = trailingNumber(name);
        m_hues.insert(name, freest(number > 0 ? (number - 1) % hueCount : 0));
    }
}

int NodeHues::freest(int preferred) const
{
    std::array<int, hueCount> used{};
    for (const int hue : m_hues)
        ++used[static_cast<size_t>(hue)];
    const int least = *std::min_element(used.begin(), used.end());
    int hue = preferred;
    while (used[static_cast<size_t>(hue)] != least)
        hue = (hue + 1) % hueCount;
    return hue;
}

} // namespace ringmaster
