// SPDX-License-Identifier: GPL-3.0-or-later
// A field for a value: looks like one line, takes many. Return submits, Shift+Return starts a line.
#pragma once

#include <QPlainTextEdit>

namespace ringmaster {

class ValueEdit : public QPlainTextEdit {
    Q_OBJECT
public:
    explicit ValueEdit(QWidget* parent = nullptr);
    // Exactly what was typed; toPlainText() would turn no-break spaces into spaces.
    QByteArray bytes() const;

Q_SIGNALS:
    void submitted();

protected:
    void keyPressEvent(QKeyEvent* event) override;

private:
    void fitHeight();
};

} // namespace ringmaster
