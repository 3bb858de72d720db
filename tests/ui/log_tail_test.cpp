// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/logs/log_tail.h"

#include <QFile>
#include <QTemporaryDir>
#include <QTest>

using namespace ringmaster;

class LogTailTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void linesComeOnceAndWhole();
    void aLogOfAnySizeIsReadFromItsEnd();
    void aFileThatIsCutOffStartsAnew();
    void aFileThatIsNotThereIsEmpty();
    void whatIsNoTextDoesNoHarm();

private:
    void append(const QByteArray& bytes);
    QTemporaryDir m_folder;
    QString m_path = m_folder.filePath(QStringLiteral("node.log"));
};

void LogTailTest::append(const QByteArray& bytes)
{
    QFile file(m_path);
    QVERIFY(file.open(QIODevice::Append));
    file.write(bytes);
}

void LogTailTest::linesComeOnceAndWhole()
{
    QFile::remove(m_path);
    LogTail tail(m_path);
    append("one\ntwo\nthr");
    QCOMPARE(tail.takeNew(), QStringList({QStringLiteral("one"), QStringLiteral("two")}));
    QCOMPARE(tail.takeNew(), QStringList());
    append("ee\n");
    QCOMPARE(tail.takeNew(), QStringList{QStringLiteral("three")});
}

void LogTailTest::aLogOfAnySizeIsReadFromItsEnd()
{
    QFile::remove(m_path);
    for (int i = 0; i < 100; ++i)
        append(QByteArray(9999, 'x') + '\n');
    append("the end\n");
    LogTail tail(m_path);
    const QStringList lines = tail.takeNew();
    QVERIFY(lines.size() < 30);
    QCOMPARE(lines.last(), QStringLiteral("the end"));
    QVERIFY(lines.first().size() <= 4000);
}

void LogTailTest::aFileThatIsCutOffStartsAnew()
{
    QFile::remove(m_path);
    LogTail tail(m_path);
    append("a long first line\n");
    tail.takeNew();
    QVERIFY(!tail.restarted());
    QFile::resize(m_path, 0);
    append("new\n");
    QCOMPARE(tail.takeNew(), QStringList{QStringLiteral("new")});
    QVERIFY(tail.restarted());
}

void LogTailTest::aFileThatIsNotThereIsEmpty()
{
    LogTail tail(m_folder.filePath(QStringLiteral("none")));
    QCOMPARE(tail.takeNew(), QStringList());
}

void LogTailTest::whatIsNoTextDoesNoHarm()
{
    QFile::remove(m_path);
    append("\x1b[31mred\xff\n");
    LogTail tail(m_path);
    const QStringList lines = tail.takeNew();
    QCOMPARE(lines.size(), 1);
    QVERIFY(lines.first().startsWith(QStringLiteral("\\u001b[31mred")));
}

QTEST_GUILESS_MAIN(LogTailTest)
#include "log_tail_test.moc"
