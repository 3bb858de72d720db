// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/session/remote_source.h"

namespace ringmaster {

RemoteSource::RemoteSource(QUrl seed, QObject* parent)
    : ClusterSource(parent)
    , m_seed(std::move(seed))
    , m_view({m_seed})
    , m_client({m_seed})
    , m_port(m_client)
{
    connect(&m_view, &ClusterView::changed, this, [this](const ClusterSnapshot& snapshot) {
        m_sinceSnapshot.start();
        m_snapshot = snapshot;
        m_everConnected = m_everConnected || snapshot.connected;
        const QList<QUrl> urls = m_view.nodeUrls();
        m_client.setNodes(urls.isEmpty() ? QList<QUrl>{m_seed} : urls);
        Q_EMIT changed();
    });
}

qint64 RemoteSource::snapshotAgeMs() const
{
    return m_sinceSnapshot.isValid() ? m_sinceSnapshot.elapsed() : 0;
}

void RemoteSource::start()
{
    m_view.start();
}

void RemoteSource::stopNode(const QString&)
{
    refuse();
}

void RemoteSource::killNode(const QString&)
{
    refuse();
}

void RemoteSource::restartNode(const QString&)
{
    refuse();
}

void RemoteSource::addNode()
{
    refuse();
}

void RemoteSource::stopAll()
{
    refuse();
}

void RemoteSource::refuse()
{
    Q_EMIT refused(tr("These nodes run elsewhere; they are started and stopped there."));
}

} // namespace ringmaster
