// SPDX-License-Identifier: GPL-3.0-or-later
// The look of every stock widget, made from the palette.
//
// A widget says what it is by a dynamic property, never by its own style sheet:
//   QPushButton "kind": primary, good, plain, link, nav, danger        QLabel "role": see setRole()
//   QWidget "ground": panel, background                               QFrame "rule": across, down
#pragma once

#include "ui/theme/palette.h"

#include <QString>

class QLabel;
class QWidget;

namespace ringmaster {

QString styleSheet(const Palette& palette, const QString& family, const QString& monoFamily);

// Sets a property that the style sheet selects on, and has the widget dressed anew.
void setLook(QWidget* widget, const char* property, const QString& value);

// A label that shows data: plain text whatever it holds, and of a role: "body", "strong", "title", "section",
// "secondary", "good", "warning", "bad", "mono".
QLabel* makeLabel(const QString& text, const QString& role, QWidget* parent = nullptr);

// A tool tip that shows text as it is, wrapped, whatever it holds; Qt would guess at rich text.
QString plainToolTip(const QString& text);

} // namespace ringmaster
