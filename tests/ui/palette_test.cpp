// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/theme/palette.h"

#include <QTest>

using namespace ringmaster;

class PaletteTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void contrastOfBlackAndWhiteIsTwentyOne();
    void wordsReachAaOnEveryGround_data();
    void wordsReachAaOnEveryGround();
    void wordsOnButtonsReachAa_data();
    void wordsOnButtonsReachAa();
    void marksReachThree_data();
    void marksReachThree();
    void everyHueOfANodeIsItsOwnAndVisible_data();
    void everyHueOfANodeIsItsOwnAndVisible();
};

namespace {

void bothPalettes()
{
    QTest::addColumn<bool>("dark");
    QTest::newRow("light") << false;
    QTest::newRow("dark") << true;
}

} // namespace

void PaletteTest::contrastOfBlackAndWhiteIsTwentyOne()
{
    QCOMPARE(qRound(contrast(Qt::black, Qt::white) * 100), 2100);
    QCOMPARE(qRound(contrast(Qt::white, Qt::white) * 100), 100);
}

void PaletteTest::wordsReachAaOnEveryGround_data()
{
    bothPalettes();
}

void PaletteTest::wordsReachAaOnEveryGround()
{
    QFETCH(bool, dark);
    const Palette& p = dark ? darkPalette() : lightPalette();
    const QList<QPair<const char*, QColor>> words{
        {"text", p.text},         {"secondary", p.secondary},     {"accentText", p.accentText},
        {"goodText", p.goodText}, {"warningText", p.warningText}, {"badText", p.badText}};
    const QList<QPair<const char*, QColor>> grounds{
        {"background", p.background}, {"panel", p.panel}, {"selection", p.selection}};
    for (const auto& [wordName, word] : words) {
        for (const auto& [groundName, ground] : grounds)
            QVERIFY2(contrast(word, ground) >= 4.5,
                     qPrintable(QStringLiteral("%1 on %2: %3")
                                    .arg(QLatin1String(wordName), QLatin1String(groundName))
                                    .arg(contrast(word, ground))));
    }
}

void PaletteTest::wordsOnButtonsReachAa_data()
{
    bothPalettes();
}

void PaletteTest::wordsOnButtonsReachAa()
{
    QFETCH(bool, dark);
    const Palette& p = dark ? darkPalette() : lightPalette();
    QVERIFY2(contrast(p.onAccent, p.accent) >= 4.5,
             qPrintable(QString::number(contrast(p.onAccent, p.accent))));
    QVERIFY2(contrast(p.onGood, p.goodFill) >= 4.5,
             qPrintable(QString::number(contrast(p.onGood, p.goodFill))));
}

void PaletteTest::marksReachThree_data()
{
    bothPalettes();
}

void PaletteTest::marksReachThree()
{
    QFETCH(bool, dark);
    const Palette& p = dark ? darkPalette() : lightPalette();
    for (const QColor& mark : {p.good, p.warning, p.bad, p.accent})
        QVERIFY2(contrast(mark, p.panel) >= 3,
                 qPrintable(mark.name() + QLatin1Char(' ') + QString::number(contrast(mark, p.panel))));
}

void PaletteTest::everyHueOfANodeIsItsOwnAndVisible_data()
{
    bothPalettes();
}

void PaletteTest::everyHueOfANodeIsItsOwnAndVisible()
{
    QFETCH(bool, dark);
    const Palette& p = dark ? darkPalette() : lightPalette();
    for (int i = static_cast<int>(p.nodes.size()); i < Palette::nodeHues; ++i) {
        for (const QColor& ground : {p.panel, p.background})
            QVERIFY2(contrast(p.node(i), ground) >= 3, qPrintable(QString::number(i)));
    }
    for (int i = 0; i < Palette::nodeHues; ++i) {
        for (int other = 0; other < i; ++other) {
            const QColor a = p.node(i);
            const QColor b = p.node(other);
            const int apart =
                std::abs(a.red() - b.red()) + std::abs(a.green() - b.green()) + std::abs(a.blue() - b.blue());
            QVERIFY2(apart >= 20, qPrintable(QStringLiteral("%1 and %2: %3").arg(i).arg(other).arg(apart)));
        }
    }
    QCOMPARE(p.node(Palette::nodeHues), p.node(0));
}

QTEST_GUILESS_MAIN(PaletteTest)
#include "palette_test.moc"
