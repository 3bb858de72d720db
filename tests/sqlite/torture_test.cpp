// SPDX-License-Identifier: GPL-3.0-or-later
// A store on a disk that crashes, fails or is full at the k-th call, for every k of a scripted run. Whatever
// happens, what was acknowledged is there when it is opened again, batch by batch, and nothing is damaged.
//
//   torture_test                  all calls, a seed of chance
//   torture_test --seed S         the same again
//   torture_test --seed S [--draw D] [--relaxed] --crash K | --fail K | --full K     one run
//
// A relaxed store (crashes only) may lose a suffix of what it acknowledged, but for what was synced on
// demand; then it knows that it may have.
#include "nodecore/sqlite/connection.h"
#include "tests/sqlite/torture_run.h"

#include <QCoreApplication>
#include <QElapsedTimer>
#include <QRandomGenerator>
#include <QTemporaryDir>

#include <csignal>
#include <malloc.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <thread>

using namespace ringmaster;
using namespace ringmaster::torture;

namespace {

// A run takes some milliseconds.
constexpr unsigned patienceSeconds = 60;

// With a sanitizer a run takes many times as long: then only some of the calls are tried.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr size_t stride = 11;
#else
constexpr size_t stride = 1;
#endif

// In memory where the system has a folder for that: the files are many, and only the model counts.
QString baseTemplate()
{
    const QFileInfo memory(QStringLiteral("/dev/shm"));
    return (memory.isWritable() ? memory.filePath() : QDir::tempPath()) + QStringLiteral("/torture-XXXXXX");
}

class Torture {
public:
    explicit Torture(quint64 seed, Durability durability = Durability::Fsync)
        : m_seed(seed)
        , m_durability(durability)
        , m_script(seed)
        , m_told(*static_cast<Told*>(
              ::mmap(nullptr, sizeof(Told), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0)))
    {
        wiring().base = m_base.path().toStdString();
    }

    // The calls of a run without a fault; empty where it broke a promise.
    std::string calls() { return tryOne({}) ? std::string(m_told.calls) : std::string(); }
    // False, and says so, where a promise was broken.
    bool tryOne(Fault fault, quint64 draw = 0)
    {
        fault.seed = m_seed * 1000003 + draw * 100003 + static_cast<quint64>(fault.k) * 3 +
                     static_cast<quint64>(fault.kind);
        fault.calls = 1 + static_cast<int>(fault.seed % 9);
        const QString root = emptyFolder(QStringLiteral("live"));
        const QString image = emptyFolder(QStringLiteral("image"));
        std::memset(static_cast<void*>(&m_told), 0, sizeof m_told);
        const QByteArray problem = problemOf(fault, root, image);
        if (!problem.isEmpty())
            qWarning("seed %llu, %s at call %d, draw %d: %s", static_cast<unsigned long long>(m_seed),
                     nameOf(fault.kind), fault.k, static_cast<int>(draw), problem.constData());
        ++m_runs;
        return problem.isEmpty();
    }
    int runs() const { return m_runs; }
    bool struck() const { return m_told.struck; }

    static const char* nameOf(Fault::Kind kind)
    {
        switch (kind) {
        case Fault::Kind::Crash:
            return "crash";
        case Fault::Kind::Fails:
            return "failure";
        case Fault::Kind::Full:
            return "full disk";
        case Fault::Kind::None:
            break;
        }
        return "no fault";
    }

private:
    QString emptyFolder(const QString& name)
    {
        const QString path = m_base.filePath(name);
        QDir(path).removeRecursively();
        QDir().mkdir(path);
        return path;
    }

    QByteArray problemOf(const Fault& fault, const QString& root, const QString& image)
    {
        const pid_t child = ::fork();
        if (child == 0) {
            ::alarm(patienceSeconds);
            // A thread of its own has an event loop that the parent does not share.
            std::thread([&] {
                TorturedRun(m_script, m_durability, root.toStdString(), image.toStdString(), fault, m_told)
                    .run();
            }).join();
        }
        int status = 0;
        ::waitpid(child, &status, 0);
        if (m_told.problem[0] != '\0')
            return m_told.problem;
        if (WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM)
            return "it waits for something that never comes";
        if (!m_told.ended || status != 0)
            return "the process died of something else, status " + QByteArray::number(status);
        return judge(image);
    }

    QByteArray judge(const QString& image)
    {
        const QString directory = image + QStringLiteral("/data");
        int batches = 0;
        // The second looks at what the first one's closing made of the journal; that is always the same work.
        const int openings = m_runs % 4 == 0 ? 2 : 1;
        for (int opening = 1; opening <= openings; ++opening) {
            auto opened = SqliteStore::open(tortureOptions(directory));
            if (!opened)
                return "it cannot be opened again: " + opened.error().message.toUtf8();
            SqliteStore& store = **opened;
            const auto number = store.side(SideTable::Meta, counterName());
            if (!number)
                return "the number of batches cannot be read";
            if (opening == 2 && number->value_or("0").toInt() != batches)
                return "closing changed which batches are there";
            batches = number->value_or("0").toInt();
            if (batches < m_told.acknowledged && store.holdsAllAcknowledged())
                return "of " + QByteArray::number(m_told.acknowledged) + " acknowledged batches only " +
                       QByteArray::number(batches) + " are there";
            if (batches < m_told.synced)
                return "of " + QByteArray::number(m_told.synced) + " synced batches only " +
                       QByteArray::number(batches) + " are there";
            if (batches > m_told.submitted)
                return "there are batches that nobody wrote";
            const QByteArray wrong = wrongIn(store, batches);
            if (!wrong.isEmpty())
                return wrong + (opening == 1 ? " after the crash" : " after closing");
            store.close();
        }
        return integrity(directory);
    }

    QByteArray wrongIn(Store& store, int batches)
    {
        const std::optional<Content> content = contentOf(store);
        if (!content)
            return "it cannot be read";
        if (*content != m_script.after[static_cast<size_t>(batches)])
            return "it holds something else than the first " + QByteArray::number(batches) + " batches";
        return summariesMatch(store) ? QByteArray() : "its summaries are not those of its records";
    }

    static QByteArray integrity(const QString& directory)
    {
        auto connection =
            Connection::open(directory + QStringLiteral("/ringmaster.db"), Connection::Access::ReadOnly);
        if (!connection)
            return "the database cannot be opened";
        const auto verdict = (*connection)->value(QStringLiteral("PRAGMA integrity_check"));
        return verdict && *verdict == QStringLiteral("ok") ? QByteArray() : "integrity_check finds damage";
    }

    const quint64 m_seed;
    const Durability m_durability;
    const Script m_script;
    Told& m_told;
    const QTemporaryDir m_base{baseTemplate()};
    int m_runs = 0;
};

} // namespace

class TortureTest : public QObject {
    Q_OBJECT

public:
    quint64 seed = QRandomGenerator::global()->generate();

private Q_SLOTS:
    void initTestCase()
    {
        qInfo("seed %llu", static_cast<unsigned long long>(seed));
        m_torture = std::make_unique<Torture>(seed);
        m_calls = m_torture->calls();
        QVERIFY(!m_calls.empty());
        // The faults lie below SQLite and below us, or nothing is tested here.
        for (const char call : {'w', 't', 's', 'd', 'c', 'r', 'u', 'm'})
            QVERIFY2(m_calls.find(call) != std::string::npos, std::string(1, call).c_str());
    }
    void nothingIsLostOrHalfThereAfterACrash() { everywhere(Fault::Kind::Crash, "wtsdcrum"); }
    void aRelaxedStoreKnowsAfterACrashThatItMayHaveForgotten()
    {
        Torture relaxed(seed, Durability::Relaxed);
        const std::string calls = relaxed.calls();
        QVERIFY(!calls.empty());
        everywhere(relaxed, calls, Fault::Kind::Crash, "wtsdcrum");
    }
    void aFailedCallStopsTheStoreAndLosesNothing() { everywhere(Fault::Kind::Fails, "wtsdcrum"); }
    void aFullDiskPassesAndLosesNothing() { everywhere(Fault::Kind::Full, "wcm"); }

private:
    void everywhere(Fault::Kind kind, const std::string& which)
    {
        everywhere(*m_torture, m_calls, kind, which);
    }

    static void everywhere(Torture& torture, const std::string& calls, Fault::Kind kind,
                           const std::string& which)
    {
        QElapsedTimer clock;
        clock.start();
        const int before = torture.runs();
        int points = 0;
        int broken = 0;
        for (size_t i = 0; i < calls.size() && broken < 10; i += stride) {
            if (which.find(calls[i]) == std::string::npos)
                continue;
            ++points;
            // At a sync most is at stake, and chance decides what of it is lost.
            const quint64 draws = calls[i] == 's' ? 4 : 1;
            for (quint64 draw = 0; draw < draws; ++draw) {
                if (!torture.tryOne({kind, static_cast<int>(i) + 1}, draw))
                    ++broken;
                else
                    QVERIFY(torture.struck());
            }
        }
        qInfo("%s: %d points tried, in %d runs, %.1f s", Torture::nameOf(kind), points,
              torture.runs() - before, static_cast<double>(clock.elapsed()) / 1000);
        QCOMPARE(broken, 0);
    }

    std::unique_ptr<Torture> m_torture;
    std::string m_calls;
};

int main(int argc, char** argv)
{
    // The slots' summaries of one store after another: no new pages for each.
    ::mallopt(M_MMAP_THRESHOLD, 64 << 20);
    ::mallopt(M_TRIM_THRESHOLD, 256 << 20);
    QCoreApplication app(argc, argv);
    QStringList arguments = QCoreApplication::arguments();
    TortureTest test;
    const auto take = [&arguments](const QString& name) -> std::optional<quint64> {
        const qsizetype at = arguments.indexOf(name);
        if (at < 0 || at + 1 >= arguments.size())
            return std::nullopt;
        const quint64 value = arguments.at(at + 1).toULongLong();
        arguments.remove(at, 2);
        return value;
    };
    test.seed = take(QStringLiteral("--seed")).value_or(test.seed);
    const std::vector<std::pair<QString, Fault::Kind>> single{{QStringLiteral("--crash"), Fault::Kind::Crash},
                                                              {QStringLiteral("--fail"), Fault::Kind::Fails},
                                                              {QStringLiteral("--full"), Fault::Kind::Full}};
    const quint64 draw = take(QStringLiteral("--draw")).value_or(0);
    const Durability durability =
        arguments.removeAll(QStringLiteral("--relaxed")) > 0 ? Durability::Relaxed : Durability::Fsync;
    for (const auto& [name, kind] : single) {
        if (const auto k = take(name))
            return Torture(test.seed, durability).tryOne({kind, static_cast<int>(*k)}, draw) ? 0 : 1;
    }
    return QTest::qExec(&test, arguments);
}
#include "torture_test.moc"
