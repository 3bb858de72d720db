// SPDX-License-Identifier: GPL-3.0-or-later
// The real program on a data folder that was copied back.
#include "tests/cluster/ringctl_runner.h"
#include "tests/cluster/ringnode_process.h"

#include <QDir>
#include <QTemporaryDir>

#include <filesystem>
#include <memory>

using namespace ringmaster;

namespace {

// Two nodes that both hold every key.
class Pair {
public:
    std::unique_ptr<RingnodeProcess> start(const QString& name, const QStringList& more = {})
    {
        QStringList arguments = RingnodeProcess::alone(name, path(name));
        arguments += {QStringLiteral("--replicas"),     QStringLiteral("2"),
                      QStringLiteral("--read-quorum"),  QStringLiteral("1"),
                      QStringLiteral("--write-quorum"), QStringLiteral("1")};
        if (!m_firstPeer.isEmpty())
            arguments += {QStringLiteral("--join"), m_firstPeer};
        auto node = std::make_unique<RingnodeProcess>(arguments + more);
        if (m_firstPeer.isEmpty() && node->waitUntilServing())
            m_firstPeer = node->listening(QStringLiteral("peer"));
        return node;
    }
    QString path(const QString& name) const { return m_folder.filePath(name); }

    // A copy of the node's folder as it is now; the node must not run.
    void save(const QString& name) const { copy(path(name), path(QStringLiteral("saved"))); }
    void putBack(const QString& name) const
    {
        std::filesystem::remove_all(path(name).toStdString());
        copy(path(QStringLiteral("saved")), path(name));
    }

private:
    static void copy(const QString& from, const QString& to)
    {
        std::filesystem::copy(from.toStdString(), to.toStdString(), std::filesystem::copy_options::recursive);
    }

    QTemporaryDir m_folder;
    QString m_firstPeer;
};

QString urlOf(RingnodeProcess& node)
{
    return QStringLiteral("http://") + node.listening(QStringLiteral("http"));
}

QByteArray valueAt(RingnodeProcess& node, const QString& key)
{
    const RingctlResult read = ringctl({QStringLiteral("get"), key}, {}, urlOf(node));
    return read.exitCode == 0 ? read.output.trimmed() : QByteArray("(none)");
}

bool stop(RingnodeProcess& node)
{
    node.signal(SIGTERM);
    return node.waitForEnd();
}

} // namespace

class CopiedFolderTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void itIsSetAsideAndTheOthersFillTheNode()
    {
        Pair pair;
        const auto n1 = pair.start(QStringLiteral("n1"));
        auto n2 = pair.start(QStringLiteral("n2"));
        QVERIFY2(n2->waitUntilServing(), qPrintable(n2->log()));
        const QString url = urlOf(*n1);
        for (const char* key : {"kept", "deleted"})
            QCOMPARE(ringctl({QStringLiteral("put"), QLatin1String(key), QStringLiteral("old"),
                              QStringLiteral("--quorum"), QStringLiteral("2")},
                             {}, url)
                         .exitCode,
                     0);
        QVERIFY(stop(*n2));
        pair.save(QStringLiteral("n2"));
        QTRY_COMPARE(ringctl({QStringLiteral("delete"), QStringLiteral("deleted")}, {}, url).exitCode, 0);
        QCOMPARE(ringctl({QStringLiteral("put"), QStringLiteral("later"), QStringLiteral("new")}, {}, url)
                     .exitCode,
                 0);

        pair.putBack(QStringLiteral("n2"));
        n2 = pair.start(QStringLiteral("n2"));
        QVERIFY2(n2->waitUntilServing(), qPrintable(n2->log()));
        QVERIFY2(n2->log().contains(QStringLiteral("set aside")), qPrintable(n2->log()));
        QVERIFY(QDir(pair.path(QStringLiteral("n2"))).exists(QStringLiteral("set-aside-1/ringmaster.db")));
        QTRY_COMPARE_WITH_TIMEOUT(valueAt(*n2, QStringLiteral("later")), QByteArray("new"), 20'000);
        QTRY_COMPARE_WITH_TIMEOUT(valueAt(*n2, QStringLiteral("kept")), QByteArray("old"), 20'000);
        QCOMPARE(valueAt(*n2, QStringLiteral("deleted")), QByteArray("(none)"));
        // From here on it is the node's own folder again.
        QVERIFY(stop(*n2));
        n2 = pair.start(QStringLiteral("n2"));
        QVERIFY2(n2->waitUntilServing(), qPrintable(n2->log()));
        QVERIFY2(!n2->log().contains(QStringLiteral("copy")), qPrintable(n2->log()));
    }

    void aloneItWaitsAndIsUsedWhereItIsTrusted()
    {
        Pair pair;
        auto n1 = pair.start(QStringLiteral("n1"));
        auto n2 = pair.start(QStringLiteral("n2"));
        QVERIFY2(n2->waitUntilServing(), qPrintable(n2->log()));
        QCOMPARE(ringctl({QStringLiteral("put"), QStringLiteral("k"), QStringLiteral("v"),
                          QStringLiteral("--quorum"), QStringLiteral("2")},
                         {}, urlOf(*n1))
                     .exitCode,
                 0);
        QVERIFY(stop(*n2));
        QVERIFY(stop(*n1));
        pair.save(QStringLiteral("n2"));
        pair.putBack(QStringLiteral("n2"));
        n2 = pair.start(QStringLiteral("n2"));
        QVERIFY2(n2->waitForLog(QStringLiteral("--trust-copy")), qPrintable(n2->log()));
        QVERIFY(!n2->log().contains(QStringLiteral(" serving ")));
        QVERIFY(stop(*n2));

        n2 = pair.start(QStringLiteral("n2"), {QStringLiteral("--trust-copy")});
        QVERIFY2(n2->waitUntilServing(), qPrintable(n2->log()));
        QCOMPARE(valueAt(*n2, QStringLiteral("k")), QByteArray("v"));
    }
};

QTEST_GUILESS_MAIN(CopiedFolderTest)
#include "copied_folder_test.moc"
