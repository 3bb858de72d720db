// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/node_options.h"

#include "app/cli/node_option_specs.h"
#include "app/cli/value_reader.h"
#include "nodecore/membership/absence_watch.h"
#include "nodecore/membership/member.h"
#include "nodecore/net/system_address.h"

#include <QRegularExpression>

#include <algorithm>

namespace ringmaster::cli {

namespace {

constexpr qint64 mib = 1024 * 1024;
constexpr qint64 maxValueMib = 16;
constexpr qint64 maxCacheMib = 1024 * 1024;
constexpr qint64 maxTransferMib = 1024 * 1024;
constexpr qint64 maxReplicas = 64;
constexpr qint64 maxScrubDays = 10LL * 365;
constexpr qint64 maxReapSeconds = 10LL * 365 * 24 * 3600;

bool isHost(const QString& text)
{
    return HostPort::parse(HostPort{text, 1}.toString()).has_value();
}

void readIdentity(ValueReader& from, NodeOptions& to)
{
    NodeConfig& node = to.host.node;
    from.require(QStringLiteral("name"), QStringLiteral("give the node a name, for example --name n1."));
    from.require(QStringLiteral("data"),
                 QStringLiteral("give the node a folder for its data, for example --data ./n1."));
    const QString nameRule = QStringLiteral("a name: 1 to 64 of a-z A-Z 0-9 . _ -");
    node.name = from.checked(QStringLiteral("name"), {}, isValidNodeName, nameRule);
    node.cluster = from.checked(QStringLiteral("cluster"), node.cluster, isValidNodeName, nameRule);
    node.zone = from.checked(QStringLiteral("zone"), {}, isValidNodeName, nameRule);
    node.capacity =
        from.real(QStringLiteral("capacity"), node.capacity, Member::leastCapacity, Member::mostCapacity);
    to.store.directory = from.text(QStringLiteral("data"));
}

void readAddresses(ValueReader& from, NodeOptions& to)
{
    const QString http = QStringLiteral("http");
    const QString peer = QStringLiteral("peer");
    NodeConfig& node = to.host.node;
    node.httpAddress = from.address(http, QStringLiteral("127.0.0.1:8101"));
    node.peerAddress = from.address(peer, QStringLiteral("127.0.0.1:7101"));
    const bool isSame =
        node.httpAddress == node.peerAddress && !node.httpAddress.endsWith(QStringLiteral(":0"));
    if (isSame)
        from.fail(from.has(peer) ? peer : http,
                  QStringLiteral("--http and --peer cannot both be %1.").arg(node.peerAddress));
    to.host.advertisedHost =
        from.checked(QStringLiteral("advertise"), {}, isHost, QStringLiteral("a host name or address."));
    for (const QString& text : from.list(QStringLiteral("join"))) {
        const auto member = HostPort::parse(text);
        if (!member || member->port == 0)
            from.fail(
                QStringLiteral("join"),
                QStringLiteral("\"%1\" is not the address of a member, such as 127.0.0.1:7101.").arg(text));
        else
            node.join.append(member->toString());
    }
    to.host.http.allowedHosts = from.list(QStringLiteral("allow-host"));
    for (const QString& host : to.host.http.allowedHosts) {
        if (!isHost(host))
            from.fail(QStringLiteral("allow-host"), QStringLiteral("\"%1\" is no host name.").arg(host));
    }
}

// A majority unless told otherwise: it fits every number of replicas, and is 2 of 3.
int readQuorum(ValueReader& from, const QString& name, int replicas)
{
    const auto quorum = static_cast<int>(from.number(name, replicas / 2 + 1, 0, maxReplicas));
    if (quorum < 1 || quorum > replicas)
        from.fail(name, QStringLiteral("a quorum of %1 cannot be had of %2 replicas: choose 1 to %2, or "
                                       "change --replicas.")
                            .arg(quorum)
                            .arg(replicas));
    return quorum;
}

void readPlacement(ValueReader& from, NodeOptions& to)
{
    NodeConfig& node = to.host.node;
    node.replicas = static_cast<int>(from.number(QStringLiteral("replicas"), 3, 1, maxReplicas));
    node.readQuorum = readQuorum(from, QStringLiteral("read-quorum"), node.replicas);
    node.writeQuorum = readQuorum(from, QStringLiteral("write-quorum"), node.replicas);
    const QList<Partitioner> partitioners{Partitioner::Md5, Partitioner::Md5Mod10000};
    QStringList names;
    for (const Partitioner partitioner : partitioners)
        names.append(nameOf(partitioner));
    node.partitioner = partitioners[from.choice(QStringLiteral("partitioner"), names, 0)];
}

void readTokens(ValueReader& from, NodeOptions& to)
{
    const QString tokens = QStringLiteral("tokens");
    const QString positions = QStringLiteral("token-positions");
    NodeConfig& node = to.host.node;
    constexpr auto most = static_cast<qint64>(Member::maxTokens);
    node.tokens = static_cast<int>(from.number(tokens, 64, 1, most));
    if (from.has(tokens) && from.has(positions))
        from.fail(positions, QStringLiteral("it cannot go together with %1: either the node chooses its "
                                            "tokens, or they are placed by hand.")
                                 .arg(from.where(tokens)));
    const QStringList texts = from.list(positions);
    if (from.has(positions) && (texts.isEmpty() || texts.size() > most))
        from.fail(positions, QStringLiteral("1 to %1 positions are needed, separated by commas.").arg(most));
    for (const QString& text : texts) {
        bool isNumber = false;
        const auto slot = slotOfHandPlacedToken(node.partitioner, text.toULongLong(&isNumber));
        if (!isNumber || !slot)
            return from.fail(positions,
                             QStringLiteral("\"%1\" is no position: 0 to %2 with --partitioner %3.")
                                 .arg(text.left(20))
                                 .arg(node.partitioner == Partitioner::Md5 ? 65535 : 9999)
                                 .arg(nameOf(node.partitioner)));
        if (std::find(node.tokenSlots.begin(), node.tokenSlots.end(), *slot) != node.tokenSlots.end())
            return from.fail(positions, QStringLiteral("position %1 is there twice.").arg(text));
        node.tokenSlots.push_back(*slot);
    }
    std::sort(node.tokenSlots.begin(), node.tokenSlots.end());
}

bool readFlag(ValueReader& from, const QString& name)
{
    return from.choice(name, {QStringLiteral("false"), QStringLiteral("true")}, 0) == 1;
}

void readJoining(ValueReader& from, NodeOptions& to)
{
    const QString replace = QStringLiteral("replace");
    NodeConfig& node = to.host.node;
    node.standby = readFlag(from, QStringLiteral("standby"));
    node.replaces = from.checked(replace, {}, isValidNodeName,
                                 QStringLiteral("a member's name: 1 to 64 of a-z A-Z 0-9 . _ -"));
    if (!node.replaces.isEmpty() && node.replaces == node.name)
        from.fail(replace, QStringLiteral("%1 cannot replace itself. Under its own name and with an empty "
                                          "folder it comes back as what it was, without this option.")
                               .arg(node.name));
    for (const QString& tokens : {QStringLiteral("tokens"), QStringLiteral("token-positions")}) {
        if (from.has(replace) && from.has(tokens))
            from.fail(replace, QStringLiteral("it cannot go together with %1: the node takes the tokens of "
                                              "the one that it replaces.")
                                   .arg(from.where(tokens)));
    }
    const bool isAlone = node.join.isEmpty();
    if (isAlone && (node.standby || from.has(replace)))
        from.fail(from.has(replace) ? replace : QStringLiteral("standby"),
                  QStringLiteral("the node needs members to turn to: name some with --join."));
}

void readAbsence(ValueReader& from, NodeOptions& to)
{
    using std::chrono::duration_cast;
    using std::chrono::seconds;
    const auto least = duration_cast<seconds>(AbsenceWatch::leastRemoveAfter);
    to.host.node.autoRemoveAfter =
        from.duration(QStringLiteral("auto-remove-after"), seconds(0), least, std::chrono::days(365));
    to.host.node.removedMayReturn = from.duration(QStringLiteral("removed-may-return"),
                                                  std::chrono::hours(24), seconds(1), std::chrono::days(365));
}

void readStorage(ValueReader& from, NodeOptions& to)
{
    const QStringList words{QStringLiteral("fsync"), QStringLiteral("relaxed")};
    const bool isRelaxed = from.choice(QStringLiteral("durability"), words, 0) == 1;
    to.store.durability = isRelaxed ? Durability::Relaxed : Durability::Fsync;
    to.store.cacheBytes = from.number(QStringLiteral("cache-mb"), 64, 0, maxCacheMib) * mib;
    to.host.node.maxValueBytes = from.number(QStringLiteral("max-value-bytes"), mib, 1, maxValueMib * mib);
    to.host.http.maxBodyBytes = to.host.node.maxValueBytes;
}

void readTransfers(ValueReader& from, NodeOptions& to)
{
    const qint64 limit = from.number(QStringLiteral("transfer-limit"), 0, 0, maxTransferMib);
    to.host.node.transferBytesPerSecond = limit * mib;
    const auto days = from.number(QStringLiteral("scrub-days"), 7, 0, maxScrubDays);
    to.host.node.scrubWithin = std::chrono::hours(24 * days);
}

void readFlags(ValueReader& from, NodeOptions& to)
{
    to.host.faultInjection = readFlag(from, QStringLiteral("enable-fault-injection"));
    to.rejoin = readFlag(from, QStringLiteral("rejoin"));
    to.host.node.trustsCopy = readFlag(from, QStringLiteral("trust-copy"));
}

void readReaping(ValueReader& from, NodeOptions& to)
{
    using std::chrono::duration_cast;
    using std::chrono::seconds;
    ReapRules& reap = to.host.node.reap;
    const auto read = [&from](const QString& name, Duration byDefault, qint64 least) {
        const qint64 given = duration_cast<seconds>(byDefault).count();
        return seconds(from.number(name, given, least, maxReapSeconds));
    };
    reap.after = read(QStringLiteral("reap-after"), reap.after, 0);
    reap.quiet = read(QStringLiteral("reap-quiet"), reap.quiet, 1);
}

void readLogging(ValueReader& from, NodeOptions& to)
{
    const QStringList formats{QStringLiteral("text"), QStringLiteral("json")};
    const QStringList levels{QStringLiteral("debug"), QStringLiteral("info"), QStringLiteral("warning")};
    to.logFormat = static_cast<EventLog::Format>(from.choice(QStringLiteral("log-format"), formats, 0));
    to.logLevel = static_cast<EventLog::Level>(from.choice(QStringLiteral("log-level"), levels, 1));
}

// Command line and environment may name the file; it cannot name another.
Result<OptionValues> readConfigFile(const OptionValues& given, const ReadFile& readFile)
{
    const QString config = QStringLiteral("config");
    if (!given.contains(config))
        return OptionValues{};
    const OptionValue& path = given[config];
    const auto content = readFile(path.text);
    if (!content)
        return failure(ErrorCode::Malformed,
                       QStringLiteral("%1: %2").arg(path.where, content.error().message));
    auto values = optionsFromFile(*content, path.text, nodeOptionSpecs());
    if (values && values->contains(config))
        return failure(ErrorCode::Malformed,
                       values->value(config).where + QStringLiteral(": a file cannot name another file."));
    return values;
}

} // namespace

Result<NodeCommand> parseNodeCommand(const QStringList& arguments, const QMap<QString, QString>& environment,
                                     const ReadFile& readFile)
{
    NodeCommand command;
    if (arguments.contains(QStringLiteral("--help")) || arguments.contains(QStringLiteral("-h"))) {
        command.action = NodeCommand::Action::ShowHelp;
        return command;
    }
    if (arguments.contains(QStringLiteral("--version"))) {
        command.action = NodeCommand::Action::ShowVersion;
        return command;
    }
    const auto fromArguments = optionsFromArguments(arguments, nodeOptionSpecs());
    if (!fromArguments)
        return tl::make_unexpected(fromArguments.error());
    QStringList unknown;
    const OptionValues fromEnvironment =
        optionsFromEnvironment(environment, QStringLiteral("RINGNODE"), nodeOptionSpecs(), &unknown);
    for (const QString& variable : unknown)
        command.warnings.append(QStringLiteral("%1 is set, but there is no such option").arg(variable));
    const OptionValues given = mergedOptions({*fromArguments, fromEnvironment});
    const auto fromFile = readConfigFile(given, readFile);
    if (!fromFile)
        return tl::make_unexpected(fromFile.error());

    const OptionValues values = mergedOptions({given, *fromFile});
    ValueReader reader(values);
    readIdentity(reader, command.options);
    readAddresses(reader, command.options);
    readPlacement(reader, command.options);
    readTokens(reader, command.options);
    readJoining(reader, command.options);
    readAbsence(reader, command.options);
    readStorage(reader, command.options);
    readReaping(reader, command.options);
    readTransfers(reader, command.options);
    readFlags(reader, command.options);
    readLogging(reader, command.options);
    if (reader.error())
        return tl::make_unexpected(*reader.error());
    return command;
}

} // namespace ringmaster::cli
