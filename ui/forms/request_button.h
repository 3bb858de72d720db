// SPDX-License-Identifier: GPL-3.0-or-later
// A button that starts a request and, while that is under way, shows so and cancels it.
//
// It turns to "Cancel" only after a moment: a quick request does not flicker, and the second click of a
// double click does not cancel what the first one began.
#pragma once

#include "ui/theme/theme.h"

#include <QPushButton>
#include <QTimer>

namespace ringmaster {

class RequestButton : public QPushButton {
    Q_OBJECT
public:
    // kind: of the style sheet. theme must outlive the button.
    RequestButton(const QString& text, const QString& kind, const Theme& theme, QWidget* parent = nullptr);

    void setBusy(bool busy);
    bool isBusy() const { return m_busy; }

Q_SIGNALS:
    void asked();
    void cancelAsked();

protected:
    void paintEvent(QPaintEvent* event) override;

private:
    void onClicked();
    void showCancel();

    const Theme& m_theme;
    QString m_text;
    QString m_kind;
    QTimer m_patience;
    QTimer m_motion;
    bool m_busy = false;
    bool m_cancels = false;
    int m_step = 0;
};

} // namespace ringmaster
