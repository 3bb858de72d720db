// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ringnode/node_program.h"

#include "app/ringnode/stop_signals.h"
#include "nodecore/membership/identity.h"
#include "nodecore/net/system_random.h"
#include "nodecore/sqlite/set_aside.h"

#include <QCoreApplication>

namespace ringmaster {

namespace {

using cli::EventLog;
using cli::NodeExitCode;

// A member that was killed may be taken for its own namesake until the others have noticed; a node that is
// really not wanted hears nothing else for this long.
constexpr std::chrono::seconds refusalPatience{10};

} // namespace

NodeProgram::NodeProgram(cli::NodeOptions options, cli::EventLog log)
    : m_options(std::move(options))
    , m_log(std::move(log))
{
    m_refusalTimer.setSingleShot(true);
    m_refusalTimer.setInterval(refusalPatience);
    connect(&m_refusalTimer, &QTimer::timeout, this, &NodeProgram::giveUpIfStillRefused);
}

NodeProgram::~NodeProgram()
{
    close();
}

NodeExitCode NodeProgram::run()
{
    if (const auto failed = openStore())
        return *failed;
    StopSignals signals_;
    connect(&signals_, &StopSignals::stopAsked, this, [this] {
        m_log.write(EventLog::Level::Info, QStringLiteral("stopping"));
        stop(NodeExitCode::Ok);
    });
    if (const auto failed = m_options.rejoin ? rejoin() : judgeStore())
        return *failed;
    const auto code = static_cast<NodeExitCode>(QCoreApplication::exec());
    close();
    m_log.write(EventLog::Level::Info, QStringLiteral("stopped"));
    return code;
}

std::optional<NodeExitCode> NodeProgram::openStore()
{
    auto store = SqliteStore::open(m_options.store);
    if (!store)
        return refuse(NodeExitCode::DataRefused, store.error());
    m_store = std::move(*store);
    return std::nullopt;
}

// A folder that was copied back may hold what the cluster has deleted since; see copied_store.h.
std::optional<NodeExitCode> NodeProgram::judgeStore()
{
    const auto remembered = recall(*m_store);
    if (!remembered)
        return refuse(NodeExitCode::DataRefused, remembered.error());
    const std::vector<Member> others = membersBesidesCopy(*remembered, m_store->isContinuation());
    if (others.empty())
        return serve();
    if (m_options.host.node.trustsCopy) {
        m_log.write(EventLog::Level::Warning,
                    QStringLiteral("the data folder is a copy, and is used as it is (--trust-copy)"));
        return serve();
    }
    m_copy = std::make_unique<CopiedStore>(others);
    m_log.write(
        EventLog::Level::Warning,
        QStringLiteral("the data folder is a copy of the one that this node used last. It is not served: "
                       "as soon as another member serves (%1), what is in it is set aside and the "
                       "members fill this node again. If the whole cluster was restored or moved, "
                       "start every node with --trust-copy instead")
            .arg(m_copy->names().join(QStringLiteral(", "))));
    connect(m_copy.get(), &CopiedStore::othersServe, this, [this](const QString& name) {
        m_copy.release()->deleteLater();
        auto failed = setStoreAside(name);
        if (!failed)
            failed = serve();
        if (failed)
            stop(*failed);
    });
    m_copy->start();
    return std::nullopt;
}

Result<QString> NodeProgram::startAnew(WriteBatch batch)
{
    m_store->close();
    m_store.reset();
    auto folder = ringmaster::setStoreAside(m_options.store.directory);
    if (!folder)
        return folder;
    auto store = SqliteStore::open(m_options.store);
    if (!store)
        return tl::make_unexpected(store.error());
    m_store = std::move(*store);
    m_store->write(std::move(batch), [](const Result<void>&) {}); // what serve() writes comes after it
    return folder;
}

// A new store that knows the members, as the old one did, and nothing else.
std::optional<NodeExitCode> NodeProgram::setStoreAside(const QString& whoServes)
{
    WriteBatch batch;
    if (const auto remembered = recall(*m_store)) {
        rememberMembers(batch, remembered->members);
        rememberSecrets(batch, remembered->secrets);
    }
    const auto folder = startAnew(std::move(batch));
    if (!folder)
        return refuse(NodeExitCode::DataRefused, folder.error());
    m_log.write(
        EventLog::Level::Warning,
        QStringLiteral("%1 serves: the copy was set aside, and the members fill this node").arg(whoServes),
        {{QStringLiteral("folder"), *folder}});
    return std::nullopt;
}

Identity NodeProgram::identityIn(const Remembered& remembered) const
{
    const NodeConfig& config = m_options.host.node;
    return {config.cluster, config.name, config.partitioner,
            remembered.identity ? remembered.identity->generation : 0};
}

std::optional<NodeExitCode> NodeProgram::rejoin()
{
    const auto remembered = recall(*m_store);
    if (!remembered)
        return refuse(NodeExitCode::DataRefused, remembered.error());
    const Identity identity = identityIn(*remembered);
    if (const auto generation = generationToRejoin(*remembered, identity); !generation)
        return refuse(NodeExitCode::DataRefused, generation.error());
    const Member* removed = remembered->members.find(nodeIdFor(identity.name, identity.generation));
    if (!removed->mayGiveBack)
        return joinAnew(*remembered);
    m_log.write(
        EventLog::Level::Warning,
        QStringLiteral("%1 was removed: it gives what it still holds to the members that own it now, and "
                       "then joins anew as a new member")
            .arg(identity.name));
    m_rejoinsWhenDismissed = true;
    return serve();
}

// A new store whose node has the next generation of its name, and so another id.
std::optional<NodeExitCode> NodeProgram::joinAnew(const Remembered& removed)
{
    Identity identity = identityIn(removed);
    const auto generation = generationToRejoin(removed, identity);
    if (!generation)
        return refuse(NodeExitCode::DataRefused, generation.error());
    const quint64 left = m_store->totals().objects;
    identity.generation = *generation;
    SystemRandom random;
    WriteBatch batch;
    rememberIdentity(batch, identity, ActorId{random.next()});
    rememberMembers(batch, removed.members);
    rememberSecrets(batch, removed.secrets);
    m_store->close(); // first, as in close()
    m_host.reset();
    const auto folder = startAnew(std::move(batch));
    if (!folder)
        return refuse(NodeExitCode::DataRefused, folder.error());
    const QString what =
        left == 0 ? QStringLiteral("what it held is with the members that own it now")
                  : QStringLiteral("the members took nothing of the %1 keys that it still held, since "
                                   "it was written off: they were set aside, and nothing of them is "
                                   "served")
                        .arg(left);
    m_log.write(
        EventLog::Level::Warning,
        QStringLiteral("%1 was removed, and joins anew as a new member: %2. From the next start on leave "
                       "--rejoin out")
            .arg(identity.name, what),
        {{QStringLiteral("folder"), *folder}});
    return serve();
}

// Not from within a call of the node that goes.
void NodeProgram::joinAnewNow()
{
    m_rejoinsWhenDismissed = false;
    const auto remembered = recall(*m_store);
    const auto failed =
        remembered ? joinAnew(*remembered) : refuse(NodeExitCode::DataRefused, remembered.error());
    if (failed)
        stop(*failed);
}

std::optional<NodeExitCode> NodeProgram::serve()
{
    auto host = NodeHost::create(m_options.host, *m_store, [this](const char* level, const QString& line) {
        m_log.write(EventLog::levelNamed(level), line);
    });
    if (!host) {
        const ErrorCode code = host.error().code;
        const bool isAddress = code == ErrorCode::Unavailable;
        const bool isUsage = code == ErrorCode::Malformed;
        return refuse(isAddress ? NodeExitCode::AddressRefused
                      : isUsage ? NodeExitCode::Usage
                                : NodeExitCode::DataRefused,
                      host.error());
    }
    m_host = std::move(*host);
    const NodeConfig& told = m_host->node().config();
    m_log.write(EventLog::Level::Info, QStringLiteral("listening"),
                {{QStringLiteral("http"), m_host->httpAddress()},
                 {QStringLiteral("peer"), m_host->peerAddress()},
                 {QStringLiteral("advertised_http"), told.httpAddress},
                 {QStringLiteral("advertised_peer"), told.peerAddress},
                 {QStringLiteral("cluster"), told.cluster},
                 {QStringLiteral("data"), m_options.store.directory}});
    if (m_options.host.faultInjection)
        m_log.write(
            EventLog::Level::Warning,
            QStringLiteral("FAULT INJECTION IS ENABLED: whoever reaches the HTTP address can cut links, fill "
                           "the disk and pause this node. Not for data that matters."));
    watch();
    m_host->start();
    return std::nullopt;
}

NodeExitCode NodeProgram::refuse(NodeExitCode code, const Error& error)
{
    m_log.write(EventLog::Level::Error, error.message);
    return code;
}

void NodeProgram::watch()
{
    connect(m_host.get(), &NodeHost::serving, this, [this] {
        m_log.write(EventLog::Level::Info, QStringLiteral("serving"),
                    {{QStringLiteral("http"), m_host->httpAddress()}});
    });
    connect(m_host.get(), &NodeHost::removed, this, &NodeProgram::onRemoved);
    connect(m_host.get(), &NodeHost::storeFailed, this, [this] { stop(NodeExitCode::StoreFailed); });
    connect(m_host.get(), &NodeHost::refused, this, &NodeProgram::onRefused);
}

// Of a few members that are there.
QString NodeProgram::joinAddresses() const
{
    constexpr qsizetype enough = 3;
    QStringList members;
    for (const MemberView& view : m_host->node().members().members) {
        if (view.member.state == MemberState::Ready && members.size() < enough)
            members.append(view.member.peerAddress);
    }
    return members.isEmpty() ? QStringLiteral("HOST:PORT") : members.join(QLatin1Char(','));
}

// It would only forward what others serve better, and look like a member that has failed.
void NodeProgram::onRemoved()
{
    if (m_rejoinsWhenDismissed)
        return QTimer::singleShot(0, this, &NodeProgram::joinAnewNow);
    const NodeConfig& config = m_host->node().config();
    const quint64 left = m_store->totals().objects;
    const QString what =
        left == 0
            ? QStringLiteral("What it held is with the members that own it now")
            : QStringLiteral("It was written off, so the members take nothing of the %1 keys that it holds: "
                             "its folder is left as it is")
                  .arg(left);
    m_log.write(
        EventLog::Level::Error,
        QStringLiteral("%1 was removed from the cluster %2, and does not serve. %5. To join anew, start it "
                       "once with --rejoin: ringnode --rejoin --name %1 --cluster %2 --data %3 --join %4, "
                       "and what else it is started with")
            .arg(config.name, config.cluster, m_options.store.directory, joinAddresses(), what));
    stop(NodeExitCode::Removed);
}

void NodeProgram::onRefused(const QString& address, const Refusal& why)
{
    m_refusal = QStringLiteral("%1: %2").arg(address, why.message);
    if (!m_refusalTimer.isActive())
        m_refusalTimer.start();
}

// A member stays, serves nothing while all others refuse it (Node::refusalOfClients), and says why in
// /health: the others may accept it once they are upgraded or their settings are changed.
void NodeProgram::giveUpIfStillRefused()
{
    const MemberState state = m_host->node().state();
    const bool isMember = state == MemberState::Ready || state == MemberState::Leaving;
    if (isMember || m_host->linkCount() > 0)
        return;
    m_log.write(
        EventLog::Level::Error,
        QStringLiteral("giving up: no member will have this node; the last one said %1").arg(m_refusal));
    stop(NodeExitCode::RefusedByCluster);
}

void NodeProgram::stop(NodeExitCode code)
{
    QCoreApplication::exit(static_cast<int>(code));
}

// The store first, while those that wait for its last commits are still there to be told.
void NodeProgram::close()
{
    if (m_store && m_host)
        m_store->close();
    m_host.reset();
    m_store.reset();
}

} // namespace ringmaster
