// SPDX-License-Identifier: GPL-3.0-or-later
// Which hue of the palette a node has. A node keeps its hue as long as the window lives, whoever comes or
// goes; n1, n2, ... get the first, second, ... where that is free.
#pragma once

#include <QHash>
#include <QString>
#include <QStringList>

namespace ringmaster {

class NodeHues {
public:
    // Gives a hue to each name that has none yet. Beyond Palette::nodeHues nodes hues repeat, the least used
    // first.
    void meet(const QStringList& names);
    // 0 to Palette::nodeHues - 1; 0 for a name never met.
    int hueOf(const QString& name) const { return m_hues.value(name, 0); }

private:
    int freest(int preferred) const;
    QHash<QString, int> m_hues;
};

} // namespace ringmaster
