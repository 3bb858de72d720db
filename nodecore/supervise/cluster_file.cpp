// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/supervise/cluster_file.h"

#include "nodecore/membership/member.h"
#include "nodecore/supervise/folder_access.h"

#include <QDir>
#include <QFile>
#include <QJsonArray>
#include <QJsonDocument>
#include <QJsonObject>
#include <QSaveFile>
#include <QSet>
#include <QUrl>

namespace ringmaster {

using namespace Qt::StringLiterals;

namespace {

constexpr qint64 maxFileBytes = 1024 * 1024;

// A name becomes a folder's name, so nothing else may get by here.
bool isSafeName(const QString& name)
{
    static const QString allowed = u"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-"_s;
    const bool known = std::all_of(name.begin(), name.end(), [](QChar c) { return allowed.contains(c); });
    return known && !name.isEmpty() && name.size() <= Member::maxNameBytes && !name.startsWith(u'.');
}

bool isAddress(const QString& address)
{
    const QUrl url(u"http://"_s + address, QUrl::StrictMode);
    return url.isValid() && !url.host().isEmpty() && url.port() > 0 && url.authority() == address;
}

std::optional<ClusterFile> parse(const QJsonObject& object)
{
    ClusterFile file;
    file.cluster = object.value("cluster"_L1).toString();
    file.basePort = object.value("base_port"_L1).toInt(-1);
    file.peerBasePort = object.value("peer_base_port"_L1).toInt(-1);
    for (const QJsonValue& argument : object.value("arguments"_L1).toArray()) {
        if (!argument.isString())
            return std::nullopt;
        file.arguments.append(argument.toString());
    }
    QSet<QString> names;
    const QJsonArray nodes = object.value("nodes"_L1).toArray();
    for (const QJsonValue& value : nodes) {
        const QJsonObject node = value.toObject();
        file.nodes.append({node.value("name"_L1).toString(), node.value("http"_L1).toString(),
                           node.value("peer"_L1).toString()});
        const ClusterFile::Node& last = file.nodes.last();
        if (!isSafeName(last.name) || names.contains(last.name) || !isAddress(last.http) ||
            !isAddress(last.peer))
            return std::nullopt;
        names.insert(last.name);
    }
    const bool sound = !file.cluster.isEmpty() && file.basePort >= 0 && file.peerBasePort >= 0 &&
                       !nodes.isEmpty() && nodes.size() <= ClusterFile::maxNodes;
    return sound ? std::optional(file) : std::nullopt;
}

} // namespace

QString ClusterFile::pathIn(const QString& folder)
{
    return QDir(folder).filePath(u"cluster.json"_s);
}

Result<std::optional<ClusterFile>> ClusterFile::read(const QString& folder)
{
    const QString path = pathIn(folder);
    QFile file(path);
    if (!file.exists())
        return std::nullopt;
    if (!file.open(QIODevice::ReadOnly))
        return failure(ErrorCode::Unavailable, u"%1 cannot be read: %2."_s.arg(path, file.errorString()));
    const QJsonObject object = QJsonDocument::fromJson(file.read(maxFileBytes)).object();
    if (object.value("program"_L1).toString() != "ringmaster"_L1)
        return failure(
            ErrorCode::Foreign,
            u"%1 is not a file of Ringmaster's, or it is damaged. It was left as it is: choose another "
            "folder, or move it away."_s.arg(path));
    if (object.value("format"_L1).toInt() > format)
        return failure(ErrorCode::Newer,
                       u"%1 was written by a newer version of Ringmaster (its format is %2, this "
                       "version knows %3). It was left as it is: use the newer version."_s.arg(path)
                           .arg(object.value("format"_L1).toInt())
                           .arg(format));
    auto parsed = parse(object);
    if (!parsed)
        return failure(ErrorCode::Damaged,
                       u"%1 is damaged: its nodes or addresses cannot be understood. It was left "
                       "as it is, and the nodes' data too; repair it or restore a copy."_s.arg(path));
    return parsed;
}

Result<void> ClusterFile::write(const QString& folder) const
{
    QJsonArray list;
    for (const Node& node : nodes)
        list.append(QJsonObject{{u"name"_s, node.name}, {u"http"_s, node.http}, {u"peer"_s, node.peer}});
    const QJsonObject object{{u"format"_s, format},
                             {u"program"_s, u"ringmaster"_s},
                             {u"cluster"_s, cluster},
                             {u"base_port"_s, basePort},
                             {u"peer_base_port"_s, peerBasePort},
                             {u"arguments"_s, QJsonArray::fromStringList(arguments)},
                             {u"nodes"_s, list}};
    QSaveFile file(pathIn(folder));
    if (!file.open(QIODevice::WriteOnly) || file.write(QJsonDocument(object).toJson()) < 0 || !file.commit())
        return tl::make_unexpected(unwritable(folder, file.errorString()));
    return {};
}

} // namespace ringmaster
