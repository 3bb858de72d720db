// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ringctl/export_target.h"

#include "app/ringctl/standard_output.h"

#include <QFileInfo>

namespace ringmaster::ctl {

using namespace Qt::StringLiterals;

ExportTarget::ExportTarget(QString path)
    : m_path(std::move(path))
{
    if (m_path == "-"_L1)
        return;
    const QFileInfo there(m_path);
    if (there.exists() && !there.isFile()) { // a folder too: opening it fails
        m_file = std::make_unique<QFile>(m_path);
        return;
    }
    auto replacement = std::make_unique<QSaveFile>(m_path);
    m_replacement = replacement.get();
    m_file = std::move(replacement);
}

Result<void> ExportTarget::open()
{
    // A pipe cannot be cut to size, and a device has none.
    const auto mode = m_replacement ? QIODevice::WriteOnly : QIODevice::WriteOnly | QIODevice::ExistingOnly;
    return isStandardOutput() || m_file->open(mode) ? Result<void>() : problem();
}

Result<void> ExportTarget::write(const QByteArray& bytes)
{
    if (!isStandardOutput())
        return m_file->write(bytes) == bytes.size() ? Result<void>() : problem();
    writeOutput(bytes);
    return outputFailed() ? problem() : Result<void>();
}

Result<void> ExportTarget::finish()
{
    if (isStandardOutput())
        return flushOutput() ? Result<void>() : problem();
    const bool done = m_replacement ? m_replacement->commit() : m_file->flush();
    return done ? Result<void>() : problem();
}

QString ExportTarget::leftAs() const
{
    return m_replacement ? u"the file is as it was"_s : u"what was written before is not complete"_s;
}

Result<void> ExportTarget::problem() const
{
    return failure(ErrorCode::Unavailable,
                   isStandardOutput()
                       ? u"The standard output could not be written: %1."_s.arg(outputProblem())
                       : u"%1 could not be written: %2."_s.arg(m_path, m_file->errorString()));
}

} // namespace ringmaster::ctl
