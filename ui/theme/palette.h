// SPDX-License-Identifier: GPL-3.0-or-later
// Every colour of the window, light and dark. The only place where a colour is written down; the style
// sheet, the QPalette and the painters all take theirs from here.
#pragma once

#include <QColor>

#include <array>

namespace ringmaster {

struct Palette {
    bool dark = false;
    QColor background, panel, hairline;
    // faint is for marks, never for words: it is below AA on every ground.
    QColor text, secondary, faint;
    // What can be acted on. accent fills and draws; accentText is the same hue where it is a word.
    QColor accent, accentText, onAccent, selection;
    // good, warning and bad draw marks; the ...Text colours are dark (or light) enough to be read.
    QColor good, warning, bad;
    QColor goodText, warningText, badText;
    QColor goodFill, onGood; // the button that writes
    std::array<QColor, 6> nodes;

    static constexpr int nodeHues = 24;
    // 0 to nodeHues - 1: those of nodes, then hues between them, as visible on every ground.
    QColor node(int hue) const;
};

const Palette& lightPalette();
const Palette& darkPalette();

// Contrast of two opaque colours by WCAG 2.1, 1 to 21. AA asks 4.5 of text and 3 of marks.
double contrast(const QColor& a, const QColor& b);

// share of a over b: 1 is all a.
QColor mixed(const QColor& a, const QColor& b, double share);

} // namespace ringmaster
