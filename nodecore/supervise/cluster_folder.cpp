// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/supervise/cluster_folder.h"

#include <QDir>
#include <QStandardPaths>

namespace ringmaster {

QString defaultClusterFolder()
{
    // Without a home, Qt's answer is a folder at the root of the file system.
    if (qEnvironmentVariableIsEmpty("HOME") && qEnvironmentVariableIsEmpty("XDG_DATA_HOME"))
        return {};
    const QString base = QStandardPaths::writableLocation(QStandardPaths::GenericDataLocation);
    return QDir(base).filePath(QStringLiteral("ringmaster/local"));
}

} // namespace ringmaster
