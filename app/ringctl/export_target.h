// SPDX-License-Identifier: GPL-3.0-or-later
// Where an export goes. A file is replaced when all is written, and stays as it was until then; a pipe or a
// device is written to and never replaced; "-" is the standard output.
#pragma once

#include "nodecore/base/result.h"

#include <QFile>
#include <QSaveFile>

#include <memory>

namespace ringmaster::ctl {

class ExportTarget {
public:
    explicit ExportTarget(QString path);

    bool isStandardOutput() const { return m_file == nullptr; }
    // Unavailable, each saying what could not be done to what, and why.
    [[nodiscard]] Result<void> open();
    [[nodiscard]] Result<void> write(const QByteArray& bytes);
    // All that was written is there, and a file has its name.
    [[nodiscard]] Result<void> finish();
    // Of a target that was not finished: "the file is as it was".
    QString leftAs() const;

private:
    Result<void> problem() const;

    QString m_path;
    std::unique_ptr<QFileDevice> m_file; // none: the standard output
    QSaveFile* m_replacement = nullptr;  // m_file, where it is one
};

} // namespace ringmaster::ctl
