// SPDX-License-Identifier: GPL-3.0-or-later
// Which palette the window wears now, and its fonts. One object a window; painters hold a reference to it.
//
// In System mode it follows the platform: the application's own QPalette is left as the platform gave it and
// only the window is dressed, so that a change of the platform's palette can still be seen. GUI thread.
#pragma once

#include "ui/theme/palette.h"

#include <QFont>
#include <QObject>

#include <optional>

class QWidget;

namespace ringmaster {

enum class ThemeMode { System, Light, Dark };

// "light", "dark", "system".
std::optional<ThemeMode> themeModeNamed(const QString& name);

enum class FontRole {
    Body,      // 13 px
    Strong,    // 13 px, semi-bold
    Secondary, // 12 px
    Section,   // 11 px, semi-bold, spaced capitals
    Title,     // 18 px, semi-bold
    Headline,  // 15 px, semi-bold
    Mono,      // 13 px, fixed pitch
};

class Theme : public QObject {
    Q_OBJECT
public:
    explicit Theme(ThemeMode mode = ThemeMode::System, QObject* parent = nullptr);

    ThemeMode mode() const { return m_mode; }
    void setMode(ThemeMode mode);
    // Light where it was dark and the other way round. The system is no longer followed.
    void toggle();

    const Palette& palette() const { return m_dark ? darkPalette() : lightPalette(); }
    QFont font(FontRole role) const;

    // Dresses a top-level window in the present palette: QPalette, font and style sheet.
    void dress(QWidget* window) const;

Q_SIGNALS:
    void changed();

protected:
    bool eventFilter(QObject* watched, QEvent* event) override;

private:
    void settle();

    ThemeMode m_mode;
    bool m_dark = false;
    QString m_family;
    QString m_monoFamily;
};

} // namespace ringmaster
