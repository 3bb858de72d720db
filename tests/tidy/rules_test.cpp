// SPDX-License-Identifier: GPL-3.0-or-later
// Each rule is shown something bad, which it must find at the right line, and something good that looks
// like it, which it must leave alone. A rule that cannot fail keeps nothing.
#include "tests/tidy/house.h"
#include "tests/tidy/layout.h"
#include "tests/tidy/rules.h"

#include <QLibraryInfo>
#include <QTest>

using namespace ringmaster::tidy;

namespace {

SourceFile file(const char* path, const char* text)
{
    return {QLatin1String(path), QString::fromUtf8(text)};
}

// The lines at which the rule found something, as text: "2 5".
QString linesOf(const Findings& findings)
{
    QStringList lines;
    for (const Finding& each : findings) {
        lines.append(QString::number(each.line));
    }
    return lines.join(QLatin1Char(' '));
}

QString ofLines(int count)
{
    return QStringLiteral("    x();\n").repeated(count);
}

} // namespace

class RulesTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void findsIncludesOfOtherFloors_data();
    void findsIncludesOfOtherFloors();
    void findsWhatReachesOutside_data();
    void findsWhatReachesOutside();
    void leavesTheUpperFloorsTheOutside();
    void findsWindowHeadersInHeadlessCode_data();
    void findsWindowHeadersInHeadlessCode();
    void findsFixedWaits_data();
    void findsFixedWaits();
    void findsAMissingLicence();
    void findsAMissingPragma();
    void findsWhatIsLeftForLater_data();
    void findsWhatIsLeftForLater();
    void findsLongFiles();
    void findsLongFunctions();
    void findsNamesThatAreNotSnakeCase();
    void findsStrangersAtTheTop();
    void findsMissingReadmes();
    void findsRoomsMissingFromThePicture();
    void keepsTheLinesOfWhatItBlanks();
};

void RulesTest::findsIncludesOfOtherFloors_data()
{
    QTest::addColumn<SourceFile>("source");
    QTest::addColumn<QString>("lines");

    QTest::newRow("up") << file("nodecore/ring/a.h", "\n#include \"nodecore/node/node.h\"\n") << "2";
    QTest::newRow("up, from the engine to the outside")
        << file("nodecore/node/a.cpp", "#include \"nodecore/net/http_server.h\"\n") << "1";
    QTest::newRow("up, to the window") << file("nodecore/net/a.cpp", "#include \"ui/page.h\"\n") << "1";
    QTest::newRow("same floor") << file("nodecore/request/a.h", "#include \"nodecore/membership/member.h\"\n")
                                << "1";
    QTest::newRow("an agreement goes one way")
        << file("nodecore/storage/a.h", "#include \"nodecore/wire/message.h\"\n") << "1";
    QTest::newRow("not from the top") << file("nodecore/ring/a.cpp", "#include \"hash_ring.h\"\n") << "1";
    QTest::newRow("no floor") << file("nodecore/attic/a.h", "") << "0";
    QTest::newRow("code at the top") << file("main.cpp", "") << "0";

    QTest::newRow("down") << file("nodecore/node/a.h", "#include \"nodecore/ring/hash_ring.h\"\n") << "";
    QTest::newRow("own room") << file("nodecore/ring/a.h", "#include \"nodecore/ring/hash_ring.h\"\n") << "";
    QTest::newRow("agreed") << file("nodecore/wire/a.h", "#include \"nodecore/storage/store.h\"\n") << "";
    QTest::newRow("a library") << file("nodecore/ring/a.h", "#include <QHash>\n") << "";
    QTest::newRow("generated") << file("tests/ring/a_test.cpp", "#include \"a_test.moc\"\n") << "";
    QTest::newRow("beside a test") << file("tests/net/a_test.cpp", "#include \"recorder.h\"\n") << "";
    QTest::newRow("commented out") << file("nodecore/ring/a.h", "// #include \"nodecore/node/node.h\"\n")
                                   << "";
    QTest::newRow("no C++") << file("nodecore/README.md", "#include \"nodecore/node/node.h\"\n") << "";
}

void RulesTest::findsIncludesOfOtherFloors()
{
    QFETCH(SourceFile, source);
    QFETCH(QString, lines);
    QCOMPARE(linesOf(checkFloors(source)), lines);
}

void RulesTest::findsWhatReachesOutside_data()
{
    QTest::addColumn<QString>("code");
    QTest::addColumn<bool>("found");

    for (const char* bad : {"auto t = std::chrono::steady_clock::now();",
                            "QDateTime::currentMSecsSinceEpoch()",
                            "QElapsedTimer t;",
                            "std::time(nullptr)",
                            "time(nullptr)",
                            "time( 0 )",
                            "QRandomGenerator::global()->bounded(3)",
                            "std::random_device device;",
                            "int x = rand();",
                            "QUuid::createUuid()",
                            "std::thread worker;",
                            "QThread* t;",
                            "std::shared_mutex m;",
                            "QMutex m;",
                            "QtConcurrent::run(f);",
                            "QTcpSocket s;",
                            "#include <QNetworkAccessManager>",
                            "QFile f;",
                            "QSqlQuery q;",
                            "class A : public QObject {",
                            "Q_OBJECT",
                            "QTimer::singleShot(0, f);",
                            "QCoreApplication::processEvents();"}) {
        QTest::newRow(bad) << QString::fromUtf8(bad) << true;
    }
    for (const char* good :
         {"// steady_clock is not ours to read", "/* QObject */", "QStringLiteral(\"QTimer\")", "clock.now()",
          "value.time(0)", "restart(time)", "QRandomGenerator generator(seed);", "operand(2)",
          "std::chrono::milliseconds wait{5};", "R\"(QFile)\"", "Timers& timers;"}) {
        QTest::newRow(good) << QString::fromUtf8(good) << false;
    }
}

void RulesTest::findsWhatReachesOutside()
{
    QFETCH(QString, code);
    QFETCH(bool, found);
    const SourceFile source{QStringLiteral("nodecore/request/a.cpp"), QStringLiteral("\n") + code};
    QCOMPARE(linesOf(checkPurity(source)), found ? QStringLiteral("2") : QString());
}

void RulesTest::leavesTheUpperFloorsTheOutside()
{
    for (const char* path :
         {"nodecore/net/a.cpp", "nodecore/sqlite/a.cpp", "ui/a.cpp", "tests/net/a_test.cpp"}) {
        QVERIFY(checkPurity(file(path, "QThread* thread = new QThread;")).isEmpty());
    }
}

void RulesTest::findsWindowHeadersInHeadlessCode_data()
{
    QTest::addColumn<SourceFile>("source");
    QTest::addColumn<QString>("lines");

    QTest::newRow("Gui") << file("nodecore/net/a.h", "\n#include <QColor>\n") << "2";
    QTest::newRow("Widgets") << file("app/ringnode/main.cpp", "#include <QWidget>\n") << "1";
    QTest::newRow("by its module") << file("app/cli/a.cpp", "#include <QtGui/QColor>\n") << "1";
    QTest::newRow("the window itself") << file("ui/a.h", "#include <QWidget>\n") << "";
    QTest::newRow("the window's program")
        << file("app/ringmaster/main.cpp", "#include <QApplication>\n") << "";
    QTest::newRow("Core") << file("nodecore/net/a.h", "#include <QObject>\n#include <vector>\n") << "";
}

void RulesTest::findsWindowHeadersInHeadlessCode()
{
    QFETCH(SourceFile, source);
    QFETCH(QString, lines);
    QCOMPARE(linesOf(checkHeadless(source, QLibraryInfo::path(QLibraryInfo::HeadersPath))), lines);
}

void RulesTest::findsFixedWaits_data()
{
    QTest::addColumn<QString>("code");
    QTest::addColumn<bool>("found");

    for (const char* bad : {"QTest::qWait(100);", "QTest::qSleep(1);", "std::this_thread::sleep_for(1s);",
                            "QThread::msleep(5);", "usleep(10);", "sleep(1);"}) {
        QTest::newRow(bad) << QString::fromUtf8(bad) << true;
    }
    for (const char* good : {"QTRY_VERIFY(done);", "QTest::qWaitFor(condition)", "// never sleep(1)",
                             "spy.wait(100)", "wasAsleep(1)"}) {
        QTest::newRow(good) << QString::fromUtf8(good) << false;
    }
}

void RulesTest::findsFixedWaits()
{
    QFETCH(QString, code);
    QFETCH(bool, found);
    const SourceFile source{QStringLiteral("tests/net/a_test.cpp"), QStringLiteral("\n") + code};
    QCOMPARE(linesOf(checkWaits(source)), found ? QStringLiteral("2") : QString());
}

void RulesTest::findsAMissingLicence()
{
    const char* said = "// SPDX-License-Identifier: GPL-3.0-or-later\n";
    QCOMPARE(linesOf(checkHeading(file("ui/a.cpp", "int x;\n"))), QStringLiteral("1"));
    QCOMPARE(linesOf(checkHeading(file("packaging/run", "#!/bin/sh\necho\n"))), QStringLiteral("1"));
    QVERIFY(checkHeading(file("ui/a.cpp", said)).isEmpty());
    QVERIFY(checkHeading(file("packaging/run", "#!/bin/sh\n# SPDX-License-Identifier: GPL-3.0-or-later\n"))
                .isEmpty());
    QVERIFY(checkHeading(file("README.md", "# Words\n")).isEmpty());
}

void RulesTest::findsAMissingPragma()
{
    const char* without = "// SPDX-License-Identifier: GPL-3.0-or-later\nint x;\n";
    const char* with = "// SPDX-License-Identifier: GPL-3.0-or-later\n#pragma once\n";
    QCOMPARE(linesOf(checkHeading(file("ui/a.h", without))), QStringLiteral("0"));
    QVERIFY(checkHeading(file("ui/a.cpp", without)).isEmpty());
    QVERIFY(checkHeading(file("ui/a.h", with)).isEmpty());
}

void RulesTest::findsWhatIsLeftForLater_data()
{
    QTest::addColumn<QString>("text");
    QTest::addColumn<bool>("found");

    for (const char* bad :
         {"// TODO: bounds", "int x; // FIXME", "# XXX", "cd /home/you/ring", "(/root/x)"}) {
        QTest::newRow(bad) << QString::fromUtf8(bad) << true;
    }
    for (const char* good : {"toDo()", "api/v1/work/", "https://example.org/home/page", "~/work/x"}) {
        QTest::newRow(good) << QString::fromUtf8(good) << false;
    }
}

void RulesTest::findsWhatIsLeftForLater()
{
    QFETCH(QString, text);
    QFETCH(bool, found);
    const SourceFile source{QStringLiteral("app/README.md"), QStringLiteral("\n") + text};
    QCOMPARE(linesOf(checkWords(source)), found ? QStringLiteral("2") : QString());
}

void RulesTest::findsLongFiles()
{
    const auto ofLength = [](int lines) {
        return SourceFile{QStringLiteral("ui/a.cpp"), QStringLiteral("int x;\n").repeated(lines)};
    };
    QCOMPARE(linesOf(checkLength(ofLength(mostLinesInAFile + 1))), QStringLiteral("0"));
    QVERIFY(checkLength(ofLength(mostLinesInAFile)).isEmpty());
}

void RulesTest::findsLongFunctions()
{
    const auto function = [](int lines) {
        return SourceFile{
            QStringLiteral("ui/a.cpp"),
            QStringLiteral("void f()\n{\n%1}\n\nvoid g()\n{\n    x();\n}\n").arg(ofLines(lines))};
    };
    QCOMPARE(linesOf(checkLength(function(mostLinesInAFunction + 1))), QStringLiteral("2"));
    QVERIFY(checkLength(function(mostLinesInAFunction)).isEmpty());

    const SourceFile member{QStringLiteral("ui/a.h"),
                            QStringLiteral("class A {\n    void f()\n    {\n%1    }\n};\n").arg(ofLines(90))};
    QCOMPARE(linesOf(checkLength(member)), QStringLiteral("3"));
}

void RulesTest::findsNamesThatAreNotSnakeCase()
{
    for (const char* bad : {"ui/HashRing.cpp", "ui/hash-ring.h", "nodecore/Ring/hash_ring.h"}) {
        QCOMPARE(checkName(file(bad, "")).size(), 1);
    }
    for (const char* good : {"ui/hash_ring.cpp", "nodecore/ring/md5.h", "README.md", "nodecore/net/API.md"}) {
        QVERIFY(checkName(file(good, "")).isEmpty());
    }
}

void RulesTest::findsStrangersAtTheTop()
{
    const QStringList good{QStringLiteral("app"), QStringLiteral(".ci"), QStringLiteral("build")};
    QVERIFY(checkTopLevel(good).isEmpty());
    QCOMPARE(checkTopLevel(good + QStringList{QStringLiteral("docs")}).size(), 1);
}

void RulesTest::findsMissingReadmes()
{
    const QStringList paths{QStringLiteral("nodecore/README.md"), QStringLiteral("nodecore/ring/a.h")};
    const Findings findings = checkReadmes(paths);
    QCOMPARE(findings.size(), 1);
    QCOMPARE(findings.first().path, QStringLiteral("nodecore/ring/README.md"));
    QVERIFY(checkReadmes(paths + QStringList{QStringLiteral("nodecore/ring/README.md")}).isEmpty());
}

void RulesTest::findsRoomsMissingFromThePicture()
{
    QString all;
    for (const Room& room : rooms()) {
        all += room.folder + QStringLiteral("/\n");
    }
    QVERIFY(checkPicture({QStringLiteral("nodecore/README.md"), all}).isEmpty());
    all.remove(QStringLiteral("nodecore/repair/\n"));
    QCOMPARE(checkPicture({QStringLiteral("nodecore/README.md"), all}).size(), 1);
}

void RulesTest::keepsTheLinesOfWhatItBlanks()
{
    const SourceFile source = file("ui/a.cpp", "/* a\n b */ int x; // '\n"
                                               "QString s = \"// no comment\"; int y = 1'000;\n"
                                               "auto r = R\"(\n\" QObject\n)\"; char c = '\"'; int z;\n");
    const QStringList code = source.codeLines();
    QCOMPARE(code.size(), source.lines().size());
    QCOMPARE(code.at(1).trimmed(), QStringLiteral("int x;"));
    QVERIFY(code.at(2).endsWith(QStringLiteral("; int y = 1'000;")));
    QVERIFY(!code.at(4).contains(QStringLiteral("QObject")));
    QVERIFY(code.at(5).endsWith(QStringLiteral("int z;")));
    QVERIFY(source.linesWithoutComments().at(2).contains(QStringLiteral("// no comment")));
}

QTEST_GUILESS_MAIN(RulesTest)
#include "rules_test.moc"
