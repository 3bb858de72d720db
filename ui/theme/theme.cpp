// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/theme/theme.h"

#include "ui/theme/style_sheet.h"

#include <QCoreApplication>
#include <QEvent>
#include <QFontDatabase>
#include <QGuiApplication>
#include <QLineEdit>
#include <QPalette>
#include <QWidget>

// Of a static library the linker takes only what is called for. Outside of namespaces, as the macro must be.
static void takeResources()
{
    Q_INIT_RESOURCE(resources);
}

namespace ringmaster {
namespace {

// Qt 6.4 cannot be asked for the colour scheme; a dark platform is one whose windows are darker than their
// words.
bool systemIsDark()
{
    const QPalette platform = QGuiApplication::palette();
    return platform.color(QPalette::Window).lightness() < platform.color(QPalette::WindowText).lightness();
}

QString firstInstalled(const QStringList& wanted, const QString& otherwise)
{
    const QStringList installed = QFontDatabase::families();
    for (const QString& family : wanted) {
        if (installed.contains(family))
            return family;
    }
    return otherwise;
}

QPalette widgetPalette(const Palette& p)
{
    QPalette q;
    q.setColor(QPalette::Window, p.background);
    q.setColor(QPalette::WindowText, p.text);
    q.setColor(QPalette::Base, p.panel);
    q.setColor(QPalette::AlternateBase, p.background);
    q.setColor(QPalette::Text, p.text);
    q.setColor(QPalette::PlaceholderText, p.secondary);
    q.setColor(QPalette::Button, p.panel);
    q.setColor(QPalette::ButtonText, p.text);
    q.setColor(QPalette::Highlight, p.accent);
    q.setColor(QPalette::HighlightedText, p.onAccent);
    q.setColor(QPalette::ToolTipBase, p.panel);
    q.setColor(QPalette::ToolTipText, p.text);
    q.setColor(QPalette::Link, p.accentText);
    q.setColor(QPalette::Mid, p.hairline);
    return q;
}

} // namespace

std::optional<ThemeMode> themeModeNamed(const QString& name)
{
    if (name == QLatin1String("light"))
        return ThemeMode::Light;
    if (name == QLatin1String("dark"))
        return ThemeMode::Dark;
    if (name == QLatin1String("system"))
        return ThemeMode::System;
    return std::nullopt;
}

Theme::Theme(ThemeMode mode, QObject* parent)
    : QObject(parent)
    , m_mode(mode)
    , m_family(firstInstalled({QStringLiteral("Inter"), QStringLiteral("Inter Variable")},
                              QFontDatabase::systemFont(QFontDatabase::GeneralFont).family()))
    , m_monoFamily(firstInstalled({QStringLiteral("JetBrains Mono"), QStringLiteral("DejaVu Sans Mono")},
                                  QFontDatabase::systemFont(QFontDatabase::FixedFont).family()))
{
    takeResources();
    settle();
    QCoreApplication::instance()->installEventFilter(this);
}

void Theme::setMode(ThemeMode mode)
{
    m_mode = mode;
    settle();
}

void Theme::toggle()
{
    setMode(m_dark ? ThemeMode::Light : ThemeMode::Dark);
}

QFont Theme::font(FontRole role) const
{
    QFont font(role == FontRole::Mono ? m_monoFamily : m_family);
    font.setPixelSize(13);
    switch (role) {
    case FontRole::Body:
        break;
    case FontRole::Strong:
        font.setWeight(QFont::DemiBold);
        break;
    case FontRole::Secondary:
        font.setPixelSize(12);
        break;
    case FontRole::Section:
        font.setPixelSize(11);
        font.setWeight(QFont::DemiBold);
        font.setLetterSpacing(QFont::AbsoluteSpacing, 0.8);
        break;
    case FontRole::Title:
        font.setPixelSize(18);
        font.setWeight(QFont::DemiBold);
        break;
    case FontRole::Headline:
        font.setPixelSize(15);
        font.setWeight(QFont::DemiBold);
        break;
    case FontRole::Mono:
        font.setPixelSize(12);
        font.setFixedPitch(true);
        break;
    }
    return font;
}

void Theme::dress(QWidget* window) const
{
    window->setFont(font(FontRole::Body));
    window->setPalette(widgetPalette(palette()));
    window->setStyleSheet(styleSheet(palette(), m_family, m_monoFamily));
    // A style sheet of Qt 6.4 cannot name the colour of a field's hint, and makes one from the text's that is
    // too faint to read: fields have their words from the palette.
    for (QLineEdit* edit : window->findChildren<QLineEdit*>())
        edit->setPalette(widgetPalette(palette()));
}

bool Theme::eventFilter(QObject* watched, QEvent* event)
{
    if (event->type() == QEvent::ApplicationPaletteChange && watched == QCoreApplication::instance() &&
        m_mode == ThemeMode::System)
        settle();
    return QObject::eventFilter(watched, event);
}

void Theme::settle()
{
    const bool dark = m_mode == ThemeMode::Dark || (m_mode == ThemeMode::System && systemIsDark());
    if (dark == m_dark)
        return;
    m_dark = dark;
    Q_EMIT changed();
}

} // namespace ringmaster
