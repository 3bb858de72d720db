// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/supervise/process_identity.h"

#include <QFile>
#include <QSaveFile>

namespace ringmaster {

using namespace Qt::StringLiterals;

namespace {

constexpr qint64 maxFileBytes = 4096;

QByteArray contentsOf(const QString& path)
{
    QFile file(path);
    return file.open(QIODevice::ReadOnly) ? file.read(maxFileBytes) : QByteArray();
}

QString thisBoot()
{
    static const QString boot =
        QString::fromLatin1(contentsOf(u"/proc/sys/kernel/random/boot_id"_s).trimmed());
    return boot;
}

} // namespace

std::optional<ProcessIdentity> identityOf(qint64 pid)
{
    if (pid <= 0)
        return std::nullopt;
    const QByteArray stat = contentsOf(u"/proc/%1/stat"_s.arg(pid));
    // The second field is the program's name in brackets, and may hold brackets and blanks itself.
    const QList<QByteArray> fields = stat.mid(stat.lastIndexOf(')') + 2).split(' ');
    constexpr int state = 0;       // field 3
    constexpr int startTicks = 19; // field 22
    if (fields.size() <= startTicks || fields.at(state) == "Z" || fields.at(state) == "X")
        return std::nullopt;
    return ProcessIdentity{pid, fields.at(startTicks).toULongLong(), thisBoot()};
}

bool isRunning(const ProcessIdentity& process)
{
    return identityOf(process.pid) == process;
}

std::optional<PidFile> PidFile::read(const QString& path)
{
    const QList<QByteArray> words = contentsOf(path).trimmed().split(' ');
    if (words.size() < 4 || words.at(0) != "ringnode")
        return std::nullopt;
    PidFile file;
    file.process.pid = words.at(1).toLongLong();
    file.process.startTicks = words.at(2).toULongLong();
    file.process.boot = QString::fromLatin1(words.at(3));
    file.stopping = words.value(4) == "stopping";
    return file.process.pid > 0 ? std::optional(file) : std::nullopt;
}

Result<void> PidFile::write(const QString& path) const
{
    const QString line = u"ringnode %1 %2 %3%4\n"_s.arg(process.pid)
                             .arg(process.startTicks)
                             .arg(process.boot, stopping ? u" stopping"_s : QString());
    QSaveFile file(path);
    if (!file.open(QIODevice::WriteOnly) || file.write(line.toLatin1()) < 0 || !file.commit())
        return failure(ErrorCode::Unavailable, u"%1 cannot be written: %2. Make its folder writable."_s.arg(
                                                   path, file.errorString()));
    return {};
}

} // namespace ringmaster
