// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ringctl/bench_cleanup.h"

#include "app/ringctl/await.h"
#include "app/ringctl/progress.h"

#include <algorithm>
#include <memory>

namespace ringmaster::ctl {

using namespace Qt::StringLiterals;

namespace {

constexpr int mostTries = 3;
constexpr std::chrono::milliseconds pauseBetweenTries{1000};
constexpr size_t underWay = 64;

class Removal : public QObject {
public:
    Removal(const QList<QUrl>& nodes, std::vector<LoadGenerator::WrittenKey> keys)
        : m_todo(std::move(keys))
    {
        for (qsizetype i = 0; i < nodes.size(); ++i) {
            QList<QUrl> order = nodes;
            std::rotate(order.begin(), order.begin() + i, order.end());
            m_clients.push_back(std::make_unique<NodeClient>(order));
        }
        m_options.returnSiblings = false;
    }

    // One try of each; those that failed are left.
    std::vector<LoadGenerator::WrittenKey> run()
    {
        for (size_t i = 0; i < std::min(underWay, m_todo.size()); ++i)
            next();
        if (m_running > 0)
            m_loop.exec();
        return std::move(m_failed);
    }
    QString problem() const { return m_problem; }

private:
    using Written = LoadGenerator::WrittenKey;

    void next()
    {
        if (m_at >= m_todo.size()) {
            if (m_running == 0)
                m_loop.quit();
            return;
        }
        ++m_running;
        const Written& written = m_todo.at(m_at++);
        m_progress.show(static_cast<qint64>(m_at), static_cast<qint64>(m_at));
        if (written.context.isEmpty())
            readFirst(written);
        else
            remove(written);
    }
    NodeClient& client() { return *m_clients.at(m_at % m_clients.size()); }

    void readFirst(const Written& written)
    {
        client().get(*Key::fromBytes(written.name), {}, this,
                     [this, written](const ClientResult<ClientValue>& found) {
                         if (!found)
                             return failed(written, found.error());
                         if (found->siblings.isEmpty())
                             return done();
                         remove({written.name, found->context});
                     });
    }
    void remove(const Written& written)
    {
        client().remove(*Key::fromBytes(written.name), written.context, m_options, this,
                        [this, written](const ClientResult<ClientValue>& removed) {
                            if (!removed)
                                return failed(written, removed.error());
                            done();
                        });
    }
    void failed(const Written& written, const ClientError& error)
    {
        m_problem = error.message;
        // A delete that may have been carried out is not repeated with the context of before.
        m_failed.push_back({written.name, {}});
        done();
    }
    void done()
    {
        --m_running;
        next();
    }

    std::vector<Written> m_todo;
    std::vector<Written> m_failed;
    std::vector<std::unique_ptr<NodeClient>> m_clients;
    ClientOptions m_options;
    size_t m_at = 0;
    int m_running = 0;
    QString m_problem;
    Progress m_progress{u"removing"_s, 0};
    QEventLoop m_loop;
};

} // namespace

BenchCleanup removeKeys(const QList<QUrl>& nodes, const std::vector<LoadGenerator::WrittenKey>& keys)
{
    BenchCleanup cleanup;
    std::vector<LoadGenerator::WrittenKey> left = keys;
    for (int tries = 0; tries < mostTries && !left.empty(); ++tries) {
        if (tries > 0)
            pauseFor(pauseBetweenTries);
        Removal removal(nodes, std::move(left));
        left = removal.run();
        cleanup.problem = removal.problem();
    }
    cleanup.left = static_cast<qint64>(left.size());
    cleanup.removed = static_cast<qint64>(keys.size()) - cleanup.left;
    return cleanup;
}

} // namespace ringmaster::ctl
