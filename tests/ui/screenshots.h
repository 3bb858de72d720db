// SPDX-License-Identifier: GPL-3.0-or-later
// Keeps pictures of a window where RINGMASTER_SCREENSHOTS names a folder; does nothing otherwise.
#pragma once

#include <QCoreApplication>
#include <QDir>
#include <QPixmap>
#include <QWidget>

namespace ringmaster {

inline void keepScreenshot(QWidget& window, const QString& name)
{
    const QString folder = qEnvironmentVariable("RINGMASTER_SCREENSHOTS");
    if (folder.isEmpty())
        return;
    QDir().mkpath(folder);
    QCoreApplication::processEvents(); // what has just been put into a layout is shown in the next turn
    QCoreApplication::sendPostedEvents();
    window.grab().save(QDir(folder).filePath(name + QStringLiteral(".png")));
}

} // namespace ringmaster
