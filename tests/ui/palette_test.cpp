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

QTEST_GUILESS_MAIN(PaletteTest)
#include "palette_test.moc"
