// SPDX-License-Identifier: GPL-3.0-or-later
// Picks out the lines of a log that warn or fail, as ringnode writes them.
#pragma once

#include "ui/theme/theme.h"

#include <QSyntaxHighlighter>

namespace ringmaster {

class LogColours : public QSyntaxHighlighter {
    Q_OBJECT
public:
    // theme must outlive document.
    LogColours(const Theme& theme, QTextDocument* document);

protected:
    void highlightBlock(const QString& text) override;

private:
    const Theme& m_theme;
};

} // namespace ringmaster
