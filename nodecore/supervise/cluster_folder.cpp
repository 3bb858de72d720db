// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/supervise/cluster_folder.h"

#include <QDir>
#include <QStandardPaths>

namespace ringmaster {

QString defaultClusterFolder()
{
    const QString base = QStandardPaths::writableLocation(QStandardPaths::GenericDataLocation);
    return QDir(base).filePath(QStringLiteral("ringmaster/local"));
}

} // namespace ringmaster
