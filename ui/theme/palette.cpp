// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/theme/palette.h"

#include <algorithm>
#include <cmath>

namespace ringmaster {
namespace {

double linear(double channel)
{
    return channel <= 0.04045 ? channel / 12.92 : std::pow((channel + 0.055) / 1.055, 2.4);
}

double luminance(const QColor& colour)
{
    return 0.2126 * linear(colour.redF()) + 0.7152 * linear(colour.greenF()) +
           0.0722 * linear(colour.blueF());
}

// So many degrees further on the colour circle than the six of the design, which lie some 60 apart; those
// that lie close to others are darker.
constexpr std::array<float, 4> hueShifts{0, 30, 15, 45};
constexpr size_t firstDarker = 2;
constexpr double leastMarkContrast = 3;

QColor turned(const QColor& colour, float degrees)
{
    float hue = 0;
    float saturation = 0;
    float lightness = 0;
    colour.getHslF(&hue, &saturation, &lightness);
    hue += degrees / 360;
    return QColor::fromHslF(hue - std::floor(hue), saturation, lightness);
}

// Darker on a light ground and lighter on a dark one, until it can be told from it.
QColor visibleOn(const QColor& ground, QColor colour, bool isDark)
{
    constexpr int most = 20;
    for (int step = 0; step < most && contrast(colour, ground) < leastMarkContrast; ++step)
        colour = mixed(colour, isDark ? QColor(Qt::white) : QColor(Qt::black), 0.94);
    return colour;
}

Palette makeLight()
{
    Palette p;
    p.background = QColor(0xf6f7f9);
    p.panel = QColor(0xffffff);
    p.hairline = QColor(0xe3e6ea);
    p.text = QColor(0x1c2530);
    p.secondary = QColor(0x5f6b78); // a shade under #66727f, which fails AA on the selection
    p.faint = QColor(0x9aa5b1);
    p.accent = QColor(0x2f6fde);
    p.accentText = QColor(0x2762cc);
    p.onAccent = QColor(0xffffff);
    p.selection = QColor(0xeaf1fd);
    p.good = QColor(0x1f8a4c);
    p.warning = QColor(0xb7791f);
    p.bad = QColor(0xc0392b);
    p.goodText = QColor(0x187341);
    p.warningText = QColor(0x8f5c12);
    p.badText = QColor(0xb03226);
    p.goodFill = QColor(0x1a7a43);
    p.onGood = QColor(0xffffff);
    p.nodes = {QColor(0x3b76c4), QColor(0xe08a1e), QColor(0x3f9b6d),
               QColor(0xb65fa0), QColor(0x8a6fd1), QColor(0xc2554d)};
    return p;
}

Palette makeDark()
{
    Palette p;
    p.dark = true;
    p.background = QColor(0x15191e);
    p.panel = QColor(0x1c2128);
    p.hairline = QColor(0x2c333c);
    p.text = QColor(0xe6eaef);
    p.secondary = QColor(0x9aa5b1);
    p.faint = QColor(0x6b7682);
    p.accent = QColor(0x6aa0ff);
    p.accentText = p.accent;
    p.onAccent = QColor(0x10151b);
    p.selection = QColor(0x22304a);
    p.good = QColor(0x4cc38a);
    p.warning = QColor(0xe0a84a);
    p.bad = QColor(0xff7b72);
    p.goodText = p.good;
    p.warningText = p.warning;
    p.badText = p.bad;
    p.goodFill = QColor(0x3cab76);
    p.onGood = QColor(0x0b1610);
    p.nodes = {QColor(0x6ea8ef), QColor(0xf0a94a), QColor(0x62c491),
               QColor(0xd88bc4), QColor(0xab95ee), QColor(0xe98078)};
    return p;
}

} // namespace

QColor Palette::node(int hue) const
{
    const auto at = static_cast<size_t>(std::max(0, hue)) % nodeHues;
    const QColor& base = nodes[at % nodes.size()];
    if (at < nodes.size())
        return base;
    const size_t round = at / nodes.size();
    QColor colour = turned(base, hueShifts[round]);
    if (round >= firstDarker)
        colour = mixed(colour, Qt::black, 0.8);
    return visibleOn(background, visibleOn(panel, colour, dark), dark);
}

const Palette& lightPalette()
{
    static const Palette palette = makeLight();
    return palette;
}

const Palette& darkPalette()
{
    static const Palette palette = makeDark();
    return palette;
}

double contrast(const QColor& a, const QColor& b)
{
    const double la = luminance(a);
    const double lb = luminance(b);
    return (std::max(la, lb) + 0.05) / (std::min(la, lb) + 0.05);
}

QColor mixed(const QColor& a, const QColor& b, double share)
{
    const auto channel = [share](float x, float y) {
        return static_cast<float>(x * share + y * (1 - share));
    };
    return QColor::fromRgbF(channel(a.redF(), b.redF()), channel(a.greenF(), b.greenF()),
                            channel(a.blueF(), b.blueF()));
}

} // namespace ringmaster
