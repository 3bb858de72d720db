// SPDX-License-Identifier: GPL-3.0-or-later
// The tree keeps its own rules. What each rule means, and what to do about a finding, is in README.md.
#include "tests/tidy/house.h"
#include "tests/tidy/layout.h"
#include "tests/tidy/rules.h"

#include <QDir>
#include <QFileInfo>
#include <QLibraryInfo>
#include <QProcess>
#include <QRegularExpression>
#include <QStandardPaths>
#include <QTest>
#include <QTextStream>

#include <algorithm>

using namespace ringmaster::tidy;

namespace {

const QString root = QStringLiteral(RINGMASTER_SOURCE_DIR);

// Qt Test cuts a long message short, so the findings go out beside it, in the form that editors jump to.
bool none(const Findings& findings)
{
    QTextStream out(stdout);
    for (const Finding& each : findings) {
        out << each.path << ':' << std::max(each.line, 1) << ": " << each.message << '\n';
    }
    return findings.isEmpty();
}

struct Run {
    bool ok = false;
    QString output; // of both streams
};

Run runProgram(const QString& program, const QStringList& arguments)
{
    QProcess process;
    process.setWorkingDirectory(root);
    process.setProcessChannelMode(QProcess::MergedChannels);
    process.start(program, arguments);
    const bool ended = process.waitForFinished(60'000);
    return {ended && process.exitStatus() == QProcess::NormalExit && process.exitCode() == 0,
            QString::fromUtf8(process.readAll())};
}

} // namespace

class TreeTest : public QObject {
    Q_OBJECT

private Q_SLOTS:
    void initTestCase();

    void roomsIncludeOnlyLowerFloors() { expectNone(checkFloors); }
    void theLowerFloorsReachNothingOutside() { expectNone(checkPurity); }
    void headlessCodeIncludesNothingOfTheWindow();
    void headlessProgramsNeedNoDisplay_data();
    void headlessProgramsNeedNoDisplay();
    void nothingWaitsAFixedTime() { expectNone(checkWaits); }
    void everySourceSaysItsLicence() { expectNone(checkHeading); }
    void nothingIsLeftForLater() { expectNone(checkWords); }
    void filesAndFunctionsAreShort() { expectNone(checkLength); }
    void namesAreSnakeCase() { expectNone(checkName); }
    void theTopLevelHoldsTheAgreedNames();
    void everyRoomHasAReadme();
    void thePictureOfTheHouseNamesEveryRoom();
    void everySourceIsFormatted();

private:
    void expectNone(Findings (*rule)(const SourceFile&))
    {
        Findings findings;
        for (const SourceFile& file : std::as_const(m_files)) {
            findings += rule(file);
        }
        QVERIFY2(none(findings), "the findings are listed above");
    }

    QList<SourceFile> m_files;
};

void TreeTest::initTestCase()
{
    m_files = readTree(root);
    const auto sources =
        std::count_if(m_files.begin(), m_files.end(), [](const auto& f) { return f.isCpp(); });
    QVERIFY2(sources > 50, "this is not the tree: too few sources");
}

void TreeTest::headlessCodeIncludesNothingOfTheWindow()
{
    const QString headers = QLibraryInfo::path(QLibraryInfo::HeadersPath);
    QVERIFY(QFileInfo::exists(headers + QStringLiteral("/QtCore/QString")));
    Findings findings;
    for (const SourceFile& file : std::as_const(m_files)) {
        findings += checkHeadless(file, headers);
    }
    QVERIFY2(none(findings), "the findings are listed above");
}

void TreeTest::headlessProgramsNeedNoDisplay_data()
{
    QTest::addColumn<QString>("program");
    QTest::newRow("ringnode") << QStringLiteral(RINGMASTER_BIN_DIR "/ringnode");
    QTest::newRow("ringctl") << QStringLiteral(RINGMASTER_BIN_DIR "/ringctl");
}

void TreeTest::headlessProgramsNeedNoDisplay()
{
    QFETCH(QString, program);
    QVERIFY2(QFileInfo::exists(program), qPrintable(program + QStringLiteral(" is not built")));
    const Run libraries = runProgram(QStringLiteral("ldd"), {program});
    QVERIFY2(libraries.ok, qPrintable(libraries.output));
    QVERIFY2(libraries.output.contains(QLatin1String("libQt6Core")), qPrintable(libraries.output));
    for (const char* library : {"libQt6Gui", "libQt6Widgets", "libQt6Charts", "libX11", "libwayland"}) {
        QVERIFY2(!libraries.output.contains(QLatin1String(library)), library);
    }
}

void TreeTest::theTopLevelHoldsTheAgreedNames()
{
    const Findings findings =
        checkTopLevel(QDir(root).entryList(QDir::AllEntries | QDir::Hidden | QDir::NoDotAndDotDot));
    QVERIFY2(none(findings), "the findings are listed above");
}

void TreeTest::everyRoomHasAReadme()
{
    QStringList paths;
    for (const SourceFile& file : std::as_const(m_files)) {
        paths.append(file.path);
    }
    const Findings findings = checkReadmes(paths);
    QVERIFY2(none(findings), "the findings are listed above");
}

void TreeTest::thePictureOfTheHouseNamesEveryRoom()
{
    const auto readme = std::find_if(m_files.begin(), m_files.end(), [](const SourceFile& file) {
        return file.path == QLatin1String("nodecore/README.md");
    });
    QVERIFY(readme != m_files.end());
    const Findings findings = checkPicture(*readme);
    QVERIFY2(none(findings), "the findings are listed above");
}

// Another version lays code out differently, so only the agreed one is asked.
void TreeTest::everySourceIsFormatted()
{
    QString program = QStandardPaths::findExecutable(QStringLiteral("clang-format-14"));
    if (program.isEmpty()) {
        program = QStandardPaths::findExecutable(QStringLiteral("clang-format"));
    }
    if (program.isEmpty() ||
        !runProgram(program, {QStringLiteral("--version")}).output.contains(QLatin1String("version 14."))) {
        QSKIP("clang-format 14 is not installed");
    }
    QStringList arguments{QStringLiteral("--dry-run"), QStringLiteral("-Werror")};
    for (const SourceFile& file : std::as_const(m_files)) {
        if (file.isCpp()) {
            arguments.append(file.path);
        }
    }
    const Run run = runProgram(program, arguments);
    Findings findings;
    static const QRegularExpression place(QStringLiteral(R"(^(\S+?):(\d+):\d+: error)"),
                                          QRegularExpression::MultilineOption);
    for (const auto& match : place.globalMatch(run.output)) {
        const QString path = match.captured(1);
        if (findings.isEmpty() || findings.last().path != path) {
            findings.append(
                {path, match.captured(2).toInt(),
                 QStringLiteral("from here on, clang-format -i %1 lays it out differently").arg(path)});
        }
    }
    QVERIFY2(none(findings), "the findings are listed above");
    QVERIFY2(run.ok, qPrintable(run.output));
}

QTEST_GUILESS_MAIN(TreeTest)
#include "tree_test.moc"
