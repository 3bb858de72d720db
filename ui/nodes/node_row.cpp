// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/nodes/node_row.h"

#include "ui/session/words.h"

#include <algorithm>
#include <tuple>

namespace ringmaster {
namespace {

NodeState memberState(const MemberSnapshot& member)
{
    if (!member.reachable)
        return member.isAwaited ? NodeState::Starting : NodeState::Down;
    if (member.state == QLatin1String("READY"))
        return NodeState::Up;
    if (member.state == QLatin1String("LEAVING") || member.state == QLatin1String("LEFT"))
        return NodeState::Leaving;
    return NodeState::Joining;
}

// QCollator would do it, but not in the C locale.
std::tuple<QString, qulonglong, QString> orderOf(const QString& name)
{
    qsizetype stem = name.size();
    while (stem > 0 && name.at(stem - 1).isDigit())
        --stem;
    return {name.left(stem), name.mid(stem).toULongLong(), name};
}

void addMembers(QList<NodeRow>& rows, const ClusterSnapshot& snapshot, qint64 agedMs)
{
    for (const MemberSnapshot& member : snapshot.members) {
        if (member.state == QLatin1String("REMOVED"))
            continue;
        NodeRow row;
        row.name = member.name;
        row.state = memberState(member);
        row.downMs = member.reachable ? 0 : member.unreachableMs + agedMs;
        row.address = member.httpAddress;
        row.keys = member.keys;
        row.requestsPerSecond = member.reachable ? member.requestsPerSecond : 0;
        if (member.reachable && !member.takesWrites)
            row.problem = QStringLiteral("takes no writes: its disk is full, or its store has failed");
        row.inRing = true;
        rows.append(row);
    }
}

void addProcess(NodeRow& row, const ProcessFacts& process)
{
    row.hasProcess = true;
    if (!process.problem.isEmpty())
        row.problem = process.problem;
    if (row.address.isEmpty())
        row.address = process.httpAddress;
    switch (process.state) {
    case NodeProcess::State::Stopped:
        row.state = NodeState::Stopped;
        break;
    case NodeProcess::State::Died:
        row.state = NodeState::Down;
        row.downMs = std::max(row.downMs, process.sinceMs);
        break;
    case NodeProcess::State::Starting:
        row.state = NodeState::Starting;
        break;
    case NodeProcess::State::Stopping:
        row.state = NodeState::Stopping;
        break;
    case NodeProcess::State::Serving:
        if (!row.inRing)
            row.state = NodeState::Joining;
        break;
    }
}

} // namespace

QList<NodeRow> nodeRows(const ClusterSnapshot& snapshot, const QList<ProcessFacts>& processes,
                        const NodeHues& hues, qint64 agedMs)
{
    QList<NodeRow> rows;
    addMembers(rows, snapshot, agedMs);
    for (const ProcessFacts& process : processes) {
        auto row =
            std::find_if(rows.begin(), rows.end(), [&](const NodeRow& r) { return r.name == process.name; });
        if (row == rows.end()) {
            NodeRow fresh;
            fresh.name = process.name;
            rows.append(fresh);
            row = rows.end() - 1;
        }
        addProcess(*row, process);
    }
    std::sort(rows.begin(), rows.end(),
              [](const NodeRow& a, const NodeRow& b) { return orderOf(a.name) < orderOf(b.name); });
    for (NodeRow& row : rows)
        row.hue = hues.hueOf(row.name);
    return rows;
}

QString stateWords(const NodeRow& row)
{
    switch (row.state) {
    case NodeState::Up:
        return QStringLiteral("Up");
    case NodeState::Joining:
        return QStringLiteral("Joining");
    case NodeState::Leaving:
        return QStringLiteral("Leaving");
    case NodeState::Starting:
        return QStringLiteral("Starting");
    case NodeState::Stopping:
        return QStringLiteral("Stopping");
    case NodeState::Stopped:
        return QStringLiteral("Stopped");
    case NodeState::Down:
        break;
    }
    return row.downMs < 1000 ? QStringLiteral("Down") : QStringLiteral("Down ") + durationWords(row.downMs);
}

QString loadWords(const NodeRow& row)
{
    if (!row.inRing)
        return {};
    const QString keys = counted(row.keys, QStringLiteral("key"), QStringLiteral("keys"));
    if (signOf(row.state) == NodeSign::Crossed || row.state == NodeState::Stopped)
        return keys;
    return keys + QStringLiteral(" · ") + rateWords(row.requestsPerSecond) + QStringLiteral("/s");
}

NodeSign signOf(NodeState state)
{
    switch (state) {
    case NodeState::Up:
    case NodeState::Leaving:
        return NodeSign::Solid;
    case NodeState::Joining:
    case NodeState::Starting:
    case NodeState::Stopping:
        return NodeSign::Half;
    case NodeState::Stopped:
        return NodeSign::Hollow;
    case NodeState::Down:
        break;
    }
    return NodeSign::Crossed;
}

Health healthOf(NodeState state)
{
    switch (state) {
    case NodeState::Up:
        return Health::Good;
    case NodeState::Down:
        return Health::Bad;
    case NodeState::Stopped:
        return Health::Unknown;
    default:
        return Health::Warning;
    }
}

bool canStop(const NodeRow& row)
{
    return row.hasProcess && row.state != NodeState::Stopped && row.state != NodeState::Down;
}

bool canStart(const NodeRow& row)
{
    return row.hasProcess && (row.state == NodeState::Stopped || row.state == NodeState::Down);
}

} // namespace ringmaster
