// SPDX-License-Identifier: GPL-3.0-or-later
// The window's program where there is no window to be had.
#include "tests/cluster/ringctl_runner.h"

using namespace ringmaster;
using namespace Qt::StringLiterals;

class RingmasterDisplayTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void withoutADisplayItEndsWithAReason_data();
    void withoutADisplayItEndsWithAReason();
    void withoutAHomeItMakesNothingAtTheRoot();
};

void RingmasterDisplayTest::withoutADisplayItEndsWithAReason_data()
{
    QTest::addColumn<QString>("environment");
    QTest::newRow("none") << u"unset DISPLAY WAYLAND_DISPLAY QT_QPA_PLATFORM"_s;
    QTest::newRow("one that does not answer")
        << u"unset WAYLAND_DISPLAY QT_QPA_PLATFORM; export DISPLAY=:987"_s;
    QTest::newRow("a platform that is not there") << u"export QT_QPA_PLATFORM=nosuch"_s;
}

void RingmasterDisplayTest::withoutADisplayItEndsWithAReason()
{
    QFETCH(QString, environment);
    const RingctlResult result =
        ringctlInShell(environment + u"; \"${RINGCTL%/*}/ringmaster\" --attach 127.0.0.1:1"_s, {});
    if (result.exitCode == 127)
        QSKIP("ringmaster is not built");
    QCOMPARE(result.exitCode, 3); // and not 134, as after abort()
    QVERIFY2(result.errors.startsWith("ringmaster: No display can be used: ") &&
                 result.errors.endsWith("ringctl cluster start\n"),
             result.errors.constData());
}

void RingmasterDisplayTest::withoutAHomeItMakesNothingAtTheRoot()
{
    const RingctlResult result =
        ringctlInShell(u"unset HOME XDG_DATA_HOME; \"${RINGCTL%/*}/ringmaster\""_s, {});
    if (result.exitCode == 127)
        QSKIP("ringmaster is not built");
    QCOMPARE(result.exitCode, 2);
    QVERIFY2(result.errors.contains("$HOME is not set"), result.errors.constData());
}

QTEST_GUILESS_MAIN(RingmasterDisplayTest)
#include "ringmaster_display_test.moc"
