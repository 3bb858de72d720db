// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/supervise/folder_access.h"

#include <QDir>
#include <QFileInfo>
#include <QTemporaryFile>

#include <cerrno>
#include <cstring>
#include <sys/stat.h>

namespace ringmaster {

using namespace Qt::StringLiterals;

namespace {

QString textOf(int error)
{
    return QString::fromLocal8Bit(std::strerror(error));
}

QString adviceFor(const QString& reason)
{
    return reason == textOf(ENOSPC) || reason == textOf(EDQUOT)
               ? u"Free some space on its disk, or choose another folder."_s
               : u"Make it writable, or choose another."_s;
}

} // namespace

Result<void> makeFolder(const QString& folder)
{
    if (QDir().mkpath(folder))
        return {};
    const QString path = QDir::cleanPath(QDir(folder).absolutePath());
    QString missing = path; // the first of the path that is
    QString there = QFileInfo(path).path();
    for (; !QFileInfo::exists(there); there = QFileInfo(there).path())
        missing = there;
    if (QFileInfo::exists(path))
        there = path;
    if (!QFileInfo(there).isDir())
        return failure(
            ErrorCode::Unavailable,
            u"The folder %1 cannot be made: %2 is a file. Choose another folder."_s.arg(folder, there));
    // Once more, for the reason.
    if (::mkdir(QFile::encodeName(missing).constData(), 0777) == 0)
        return makeFolder(folder);
    const QString reason = textOf(errno);
    return failure(ErrorCode::Unavailable,
                   u"The folder %1 cannot be made: %2. %3"_s.arg(
                       folder, reason,
                       adviceFor(reason).replace(u"Make it writable"_s, u"Make %1 writable"_s.arg(there))));
}

Error unwritable(const QString& folder)
{
    QTemporaryFile probe(QDir(folder).filePath(u"probe-XXXXXX"_s));
    const bool written = probe.open() && probe.write("probe") == 5 && probe.flush();
    return unwritable(folder, written ? u"the reason has passed; try again"_s : probe.errorString());
}

Error unwritable(const QString& folder, const QString& reason)
{
    return {ErrorCode::Unavailable,
            u"The folder %1 cannot be written to: %2. %3"_s.arg(folder, reason, adviceFor(reason))};
}

} // namespace ringmaster
