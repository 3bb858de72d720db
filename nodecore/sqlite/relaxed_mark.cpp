// SPDX-License-Identifier: GPL-3.0-or-later
#include "nodecore/sqlite/relaxed_mark.h"

#include "nodecore/sqlite/durable_file.h"

#include <QFile>

namespace ringmaster {

bool RelaxedMark::isSet() const
{
    return QFile::exists(m_path);
}

Result<void> RelaxedMark::set() const
{
    return writeDurably(m_path,
                        QByteArrayLiteral("This store ran with durability=relaxed and was not stopped "
                                          "cleanly since. Removing this file may lose acknowledged "
                                          "writes.\n"));
}

void RelaxedMark::clear() const
{
    QFile::remove(m_path);
}

} // namespace ringmaster
