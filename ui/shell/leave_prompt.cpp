// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/shell/leave_prompt.h"

#include "ui/theme/style_sheet.h"

#include <QHBoxLayout>
#include <QLabel>
#include <QPushButton>
#include <QVBoxLayout>

namespace ringmaster {

LeavePrompt::LeavePrompt(const QStringList& running, QWidget* parent)
    : QDialog(parent)
{
    setAttribute(Qt::WA_DeleteOnClose);
    setAttribute(Qt::WA_WindowPropagation);
    setObjectName(QStringLiteral("leavePrompt"));
    setWindowTitle(tr("Close Ringmaster"));
    setMinimumWidth(440);
    auto* words =
        makeLabel(tr("Left running, they go on serving, and this window finds them again the next time. "
                     "Stopped, they keep their data and start again with the window."),
                  QStringLiteral("secondary"), this);
    words->setWordWrap(true);
    auto* stay = new QPushButton(tr("Leave them running"), this);
    auto* stop = new QPushButton(tr("Stop them"), this);
    auto* cancel = new QPushButton(tr("Cancel"), this);
    stay->setObjectName(QStringLiteral("leaveRunning"));
    stop->setObjectName(QStringLiteral("stopNodes"));
    stop->setProperty("kind", QStringLiteral("primary"));
    stop->setDefault(true);
    auto* buttons = new QHBoxLayout;
    buttons->setSpacing(8);
    buttons->addWidget(cancel);
    buttons->addStretch(1);
    buttons->addWidget(stay);
    buttons->addWidget(stop);
    auto* layout = new QVBoxLayout(this);
    layout->setContentsMargins(24, 20, 24, 20);
    layout->setSpacing(8);
    layout->addWidget(makeLabel(tr("%1 still run. Stop the nodes?").arg(running.join(QStringLiteral(", "))),
                                QStringLiteral("strong"), this));
    layout->addWidget(words);
    layout->addSpacing(12);
    layout->addLayout(buttons);
    connect(cancel, &QPushButton::clicked, this, &QDialog::reject);
    connect(stay, &QPushButton::clicked, this, [this] {
        accept();
        Q_EMIT stayAsked();
    });
    connect(stop, &QPushButton::clicked, this, [this] {
        accept();
        Q_EMIT stopAsked();
    });
}

} // namespace ringmaster
