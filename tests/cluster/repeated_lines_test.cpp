// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/repeated_lines.h"

#include <QTest>

using ringmaster::cli::RepeatedLines;
using std::chrono::seconds;

class RepeatedLinesTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void aLineThatComesBackIsCounted();
    void linesAreTheSameButForTheirNumbers_data();
    void linesAreTheSameButForTheirNumbers();
    void aLineThatStayedAwayIsNews();
    void theMemoryIsBounded();
};

// The same every 2 s for a day: written ever more seldom, and no one is lost from the count.
void RepeatedLinesTest::aLineThatComesBackIsCounted()
{
    RepeatedLines lines;
    const QString line = QStringLiteral("the disk is full");
    qint64 written = 0;
    qint64 leftOut = 0;
    const int came = 24 * 60 * 60 / 2;
    for (int i = 0; i < came; ++i) {
        if (const auto told = lines.take(seconds(2 * i), line)) {
            ++written;
            leftOut += *told;
        }
        if (i == 29)
            QCOMPARE(written, 1);
        if (i == 30) { // a minute
            QCOMPARE(written, 2);
            QCOMPARE(leftOut, 29);
        }
    }
    QVERIFY2(written > 20 && written < 35, QByteArray::number(written).constData());
    QVERIFY(written + leftOut > came - 1900);
}

void RepeatedLinesTest::linesAreTheSameButForTheirNumbers_data()
{
    QTest::addColumn<QString>("one");
    QTest::addColumn<QString>("other");
    QTest::addColumn<bool>("same");
    const auto row = [](const char* one, const char* other, bool same) {
        QTest::addRow("%s | %s", one, other) << QString::fromUtf8(one) << QString::fromUtf8(other) << same;
    };
    row("12 MiB are free", "9 MiB are free", true);
    row("waited 1.5 s.", "waited 20 s.", true);
    row("slots: 12, 13", "slots: 1, 2", true);
    row("tries=3", "tries=4", true);
    row("n1 is silent", "n2 is silent", false);
    row("no link to 127.0.0.1:7101", "no link to 127.0.0.1:7102", false);
    row("no link to 10.0.0.1", "no link to 10.0.0.2", false);
    row("the disk is full", "the disk is slow", false);
}

void RepeatedLinesTest::linesAreTheSameButForTheirNumbers()
{
    QFETCH(QString, one);
    QFETCH(QString, other);
    RepeatedLines lines;
    QCOMPARE(lines.take(seconds(1), one), std::optional<qint64>(0));
    QFETCH(bool, same);
    QCOMPARE(lines.take(seconds(2), other), same ? std::nullopt : std::optional<qint64>(0));
}

void RepeatedLinesTest::aLineThatStayedAwayIsNews()
{
    RepeatedLines lines;
    const QString line = QStringLiteral("the disk is full");
    for (int i = 0; i < 600; ++i)
        lines.take(seconds(2 * i), line);
    const auto back = lines.take(seconds(1200 + 120), line);
    QVERIFY(back && *back > 0); // those that were left out before
    QVERIFY(!lines.take(seconds(1200 + 122), line));
}

void RepeatedLinesTest::theMemoryIsBounded()
{
    RepeatedLines lines;
    for (int i = 0; i < 10 * RepeatedLines::mostRemembered; ++i)
        QVERIFY(lines.take(seconds(i), QStringLiteral("line-%1x").arg(i)));
    QVERIFY(lines.take(seconds(1), QStringLiteral("line-0x")));
}

QTEST_GUILESS_MAIN(RepeatedLinesTest)
#include "repeated_lines_test.moc"
