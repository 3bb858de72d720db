// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ringmaster/display_check.h"

#include <QStringList>

#include <cstdio>
#include <cstdlib>

namespace ringmaster {

using namespace Qt::StringLiterals;

namespace {

QStringList said; // by Qt, meanwhile

// "could not connect to display :7".
QString reason()
{
    return said.isEmpty() ? u"there is none"_s : said.first();
}

void take(QtMsgType type, const QMessageLogContext&, const QString& message)
{
    if (type != QtFatalMsg) {
        said.append(message);
        return;
    }
    std::fputs(u"ringmaster: No display can be used: %1.\nA cluster without a window is started with: "
               "ringctl cluster start\n"_s.arg(reason())
                   .toUtf8(),
               stderr);
    std::fflush(stderr);
    std::_Exit(DisplayCheck::noDisplay); // nothing was begun that would have to be ended
}

} // namespace

DisplayCheck::DisplayCheck()
{
    qInstallMessageHandler(take);
}

DisplayCheck::~DisplayCheck()
{
    qInstallMessageHandler(nullptr);
    for (const QString& message : std::as_const(said))
        std::fputs((message + u'\n').toUtf8(), stderr);
    said.clear();
}

} // namespace ringmaster
