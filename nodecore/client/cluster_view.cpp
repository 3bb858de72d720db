// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/client/cluster_view.h"

#include "nodecore/client/cluster_picture.h"
#include "nodecore/client/event_stream.h"
#include "nodecore/client/members_query.h"

#include <QElapsedTimer>
#include <QTimer>

namespace ringmaster {

using namespace Qt::StringLiterals;

namespace {

constexpr std::chrono::milliseconds tick{100};
constexpr std::chrono::milliseconds pollAlone{1000};
constexpr std::chrono::milliseconds pollBesideEvents{5000};
// A node sends its statistics every second; a stream that is silent for longer than this is looked after.
constexpr std::chrono::milliseconds eventsFlow{1150};

} // namespace

class ClusterView::Impl {
public:
    Impl(ClusterView* self, QList<QUrl> seedUrls);

    void start();
    void poll();
    QList<QUrl> nodeUrls() const;

    ClusterView* q;
    QList<QUrl> seeds;
    ClusterSnapshot snapshot;

private:
    ClusterPicture::Time now() const { return ClusterPicture::Time(clock.elapsed()); }
    QList<QUrl> candidates() const;
    void turn();
    void takeMembers(const QUrl& node, const ClusterSnapshot& members);
    void takeEvent(const QJsonObject& event);
    void takeStats(const QJsonObject& object);
    void exhausted(const QString& problem);
    void fetchRing();
    void fetchStats();
    void fetch(const char* path, const std::function<void(const QJsonObject&)>& take);
    void publish();
    void endQuery();

    QElapsedTimer clock;
    QTimer timer;
    NodePool pool;
    EventStream stream;
    ClusterPicture picture;
    QUrl current; // the node that is followed; empty: none
    MembersQuery* query = nullptr;
    ClusterPicture::Time lastPoll{0};
};

ClusterView::Impl::Impl(ClusterView* self, QList<QUrl> seedUrls)
    : q(self)
    , seeds(std::move(seedUrls))
{
    clock.start();
    timer.setInterval(tick);
    QObject::connect(&timer, &QTimer::timeout, q, [this] { turn(); });
    QObject::connect(&stream, &EventStream::eventReceived, q,
                     [this](const QJsonObject& event) { takeEvent(event); });
    QObject::connect(&stream, &EventStream::lost, q, [this] { poll(); });
}

void ClusterView::Impl::start()
{
    timer.start();
    poll();
}

void ClusterView::Impl::turn()
{
    const auto interval = stream.isFlowing(eventsFlow) ? pollBesideEvents : pollAlone;
    if (now() - lastPoll >= interval)
        poll();
}

QList<QUrl> ClusterView::Impl::candidates() const
{
    QList<QUrl> all;
    if (current.isValid())
        all.append(current);
    for (const QUrl& url : picture.nodeUrls(now()) + seeds) {
        if (!all.contains(url))
            all.append(url);
    }
    return all;
}

QList<QUrl> ClusterView::Impl::nodeUrls() const
{
    const QList<QUrl> members = picture.nodeUrls(now());
    return members.isEmpty() ? seeds : members;
}

void ClusterView::Impl::poll()
{
    if (query != nullptr)
        return;
    lastPoll = now();
    query = new MembersQuery(pool, candidates(), q);
    QObject::connect(query, &MembersQuery::answered, q,
                     [this](const QUrl& node, const ClusterSnapshot& members) {
                         endQuery();
                         takeMembers(node, members);
                         fetchStats();
                     });
    QObject::connect(query, &MembersQuery::exhausted, q, [this](const QString& problem) {
        endQuery();
        exhausted(problem);
    });
    QObject::connect(query, &MembersQuery::nodeSilent, q, [this](const QUrl& node) {
        picture.noteSilent(node, now());
        if (snapshot.connected)
            publish();
    });
    query->start();
}

void ClusterView::Impl::endQuery()
{
    query->deleteLater();
    query = nullptr;
}

void ClusterView::Impl::takeMembers(const QUrl& node, const ClusterSnapshot& members)
{
    current = node;
    picture.setMembers(node, members);
    stream.follow(node);
    if (picture.ringIsStale())
        fetchRing();
    publish();
}

void ClusterView::Impl::takeEvent(const QJsonObject& event)
{
    const QString type = event.value("type"_L1).toString();
    if (type == "members"_L1) {
        if (const auto members = membersFrom(event))
            takeMembers(current, *members);
    } else if (type == "stats"_L1) {
        takeStats(event);
        publish();
    } else if (type == "ring"_L1) {
        fetchRing();
    }
    Q_EMIT q->eventReceived(event);
}

void ClusterView::Impl::takeStats(const QJsonObject& object)
{
    if (const auto stats = statsFrom(object))
        picture.setStats(*stats);
}

void ClusterView::Impl::exhausted(const QString& problem)
{
    current.clear();
    picture.setDisconnected(problem);
    publish();
}

void ClusterView::Impl::fetchRing()
{
    fetch("/api/v1/ring", [this](const QJsonObject& object) {
        if (auto ring = ringFrom(object))
            picture.setRing(std::move(*ring));
    });
}

void ClusterView::Impl::fetchStats()
{
    fetch("/api/v1/stats", [this](const QJsonObject& object) { takeStats(object); });
}

// Where it fails, the next poll asks again. The pool is ours, so its callbacks end with us.
void ClusterView::Impl::fetch(const char* path, const std::function<void(const QJsonObject&)>& take)
{
    pool.send(current, {"GET", path, {}, {}}, MembersQuery::giveUp,
              [this, take, node = current](const NodeResult& result) {
                  if (node != current || !result || result->status != 200)
                      return;
                  if (const auto object = objectFrom(result->body)) {
                      take(*object);
                      publish();
                  }
              });
}

void ClusterView::Impl::publish()
{
    ClusterSnapshot next = picture.snapshot(now());
    if (next == snapshot)
        return;
    snapshot = std::move(next);
    Q_EMIT q->changed(snapshot);
}

ClusterView::ClusterView(QList<QUrl> seeds, QObject* parent)
    : QObject(parent)
    , m_impl(std::make_unique<Impl>(this, std::move(seeds)))
{
    qRegisterMetaType<ClusterSnapshot>();
}

ClusterView::~ClusterView() = default;

void ClusterView::addSeeds(const QList<QUrl>& seeds)
{
    for (const QUrl& seed : seeds) {
        if (!m_impl->seeds.contains(seed))
            m_impl->seeds.append(seed);
    }
}

void ClusterView::start()
{
    m_impl->start();
}

const ClusterSnapshot& ClusterView::snapshot() const
{
    return m_impl->snapshot;
}

QList<QUrl> ClusterView::nodeUrls() const
{
    return m_impl->nodeUrls();
}

void ClusterView::refresh()
{
    m_impl->poll();
}

} // namespace ringmaster
