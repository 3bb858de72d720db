// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/theme/style_sheet.h"

#include <QHash>
#include <QLabel>
#include <QLineEdit>
#include <QStyle>

namespace ringmaster {
namespace {

constexpr qsizetype maxToolTip = 2000;

const char* const labelsAndGrounds = R"(
* { font-family: "$family"; font-size: 13px; outline: none; }
QMainWindow, QDialog { background: $background; }
*[ground="panel"] { background: $panel; }
*[ground="background"] { background: $background; }
QFrame[rule="across"] { background: $hairline; border: none; max-height: 1px; min-height: 1px; }
QFrame[rule="down"] { background: $hairline; border: none; max-width: 1px; min-width: 1px; }
QFrame[card="true"] { background: $background; border: 1px solid $hairline; border-radius: 6px; }
QLabel { background: transparent; color: $text; }
QLabel[role="strong"] { font-weight: 600; }
QLabel[role="title"] { font-size: 18px; font-weight: 600; }
QLabel[role="section"] { font-size: 11px; font-weight: 600; color: $secondary; letter-spacing: 1px; }
QLabel[role="secondary"] { font-size: 12px; color: $secondary; }
QLabel[role="good"] { font-size: 12px; font-weight: 600; color: $goodText; }
QLabel[role="warning"] { font-size: 12px; font-weight: 600; color: $warningText; }
QLabel[role="bad"] { font-size: 12px; color: $badText; }
QLabel[role="mono"] { font-family: "$mono"; font-size: 12px; }
QToolTip { background: $panel; color: $text; border: 1px solid $hairline; padding: 6px 8px; font-size: 12px; }
QSplitter::handle { background: $hairline; }
QSplitter::handle:hover { background: $accent; }
)";

const char* const buttons = R"(
QPushButton { min-height: 26px; padding: 0 12px; border: 1px solid $hairline; border-radius: 6px;
              background: $panel; color: $text; }
QPushButton:hover { background: $selection; }
QPushButton:focus { border: 2px solid $accent; padding: 0 11px; min-height: 24px; }
QPushButton:disabled { color: $secondary; background: $background; }
QPushButton[kind="primary"] { background: $accent; color: $onAccent; border-color: $accent; font-weight: 600; }
QPushButton[kind="primary"]:hover { background: $accentHover; }
QPushButton[kind="primary"]:focus { border: 2px solid $text; }
QPushButton[kind="good"] { background: $goodFill; color: $onGood; border-color: $goodFill; font-weight: 600; }
QPushButton[kind="good"]:hover { background: $goodHover; }
QPushButton[kind="good"]:focus { border: 2px solid $text; }
QPushButton[kind="small"] { min-height: 22px; padding: 0 6px; font-size: 12px; }
QPushButton[kind="small"]:focus { min-height: 20px; padding: 0 5px; }
QPushButton[kind="danger"] { min-height: 22px; padding: 0 6px; font-size: 12px; color: $badText; }
QPushButton[kind="danger"]:focus { min-height: 20px; padding: 0 5px; }
QPushButton[kind="small"]:disabled, QPushButton[kind="danger"]:disabled { color: $secondary; }
QPushButton[kind="choice"] { min-height: 22px; padding: 0 10px; font-size: 12px; }
QPushButton[kind="choice"]:focus { min-height: 20px; padding: 0 9px; }
QPushButton[kind="choice"]:checked { background: $selection; border-color: $accent; font-weight: 600; }
QPushButton[kind="link"] { border: 2px solid transparent; background: transparent; color: $accentText;
                           padding: 0 4px; min-height: 20px; font-size: 12px; font-weight: 500; }
QPushButton[kind="link"]:hover { text-decoration: underline; }
QPushButton[kind="link"]:focus { border-color: $accent; padding: 0 4px; min-height: 20px; }
QPushButton[kind="bar"] { border: 2px solid transparent; background: transparent; padding: 0 8px; min-height: 24px; }
QPushButton[kind="bar"]:hover { background: $selection; }
QPushButton[kind="bar"]:focus { border-color: $accent; padding: 0 8px; }
QPushButton[kind="bar"]:disabled { color: $secondary; }
QPushButton[kind="nav"] { text-align: left; border: 2px solid transparent; border-left: 3px solid transparent;
                          border-radius: 4px; padding: 0 10px; min-height: 24px; background: transparent; }
QPushButton[kind="nav"]:hover { background: $background; }
QPushButton[kind="nav"]:checked { background: $selection; border-left-color: $accent; font-weight: 600; }
QPushButton[kind="nav"]:focus { border: 2px solid $accent; border-left: 3px solid $accent; padding: 0 10px; }
)";

const char* const fieldsAndLists = R"(
QLineEdit { min-height: 26px; padding: 0 9px; border: 1px solid $hairline; border-radius: 6px; background: $field;
            selection-background-color: $accent; selection-color: $onAccent; }
QLineEdit:focus { border: 2px solid $accent; padding: 0 8px; min-height: 24px; }
QLineEdit[wrong="true"] { border-color: $bad; }
QLineEdit[data="true"] { font-family: "$mono"; font-size: 12px; }
QLineEdit[find="true"] { background: $background; }
QPlainTextEdit { border: 1px solid $hairline; border-radius: 6px; background: $field; color: $text; font-family: "$mono";
                 font-size: 12px; padding: 6px; selection-background-color: $accent; selection-color: $onAccent; }
QPlainTextEdit:focus { border: 2px solid $accent; padding: 5px; }
QPlainTextEdit[value="true"] { padding: 4px 7px 0px 7px; }
QPlainTextEdit[value="true"]:focus { padding: 3px 6px 0px 6px; }
QCheckBox { spacing: 8px; font-size: 12px; color: $text; padding: 2px 4px; border: 2px solid transparent;
            border-radius: 4px; }
QCheckBox:focus { border-color: $accent; }
QCheckBox::indicator { width: 14px; height: 14px; border: 1px solid $faint; border-radius: 3px; background: $field; }
QCheckBox::indicator:checked { background: $accent; border-color: $accent; image: url($check); }
QAbstractItemView { border: none; background: transparent; }
QScrollArea { border: none; background: transparent; }
QScrollArea > QWidget > QWidget { background: transparent; }
QMenu { background: $panel; color: $text; border: 1px solid $hairline; padding: 4px; }
QMenu::item { padding: 5px 24px 5px 12px; border-radius: 4px; }
QMenu::item:selected { background: $selection; color: $text; }
QMenu::item:disabled { color: $secondary; }
QMenu::separator { height: 1px; background: $hairline; margin: 4px 8px; }
QScrollBar:vertical { width: 10px; background: transparent; margin: 0; }
QScrollBar:horizontal { height: 10px; background: transparent; margin: 0; }
QScrollBar::handle { background: $scroll; border-radius: 3px; margin: 2px; }
QScrollBar::handle:hover { background: $faint; }
QScrollBar::handle:vertical { min-height: 28px; }
QScrollBar::handle:horizontal { min-width: 28px; }
QScrollBar::add-line, QScrollBar::sub-line { width: 0; height: 0; }
QScrollBar::add-page, QScrollBar::sub-page { background: transparent; }
)";

// Longest names first, so that $accent does not eat the start of $accentText.
QString filled(QString sheet, const QList<QPair<QString, QString>>& values)
{
    QList<QPair<QString, QString>> sorted = values;
    std::sort(sorted.begin(), sorted.end(),
              [](const auto& a, const auto& b) { return a.first.size() > b.first.size(); });
    for (const auto& [name, value] : sorted)
        sheet.replace(QLatin1Char('$') + name, value);
    return sheet;
}

} // namespace

QString styleSheet(const Palette& p, const QString& family, const QString& monoFamily)
{
    const auto entry = [](const char* name, const QColor& colour) {
        return qMakePair(QString::fromLatin1(name), colour.name());
    };
    QList<QPair<QString, QString>> values{
        entry("background", p.background),
        entry("panel", p.panel),
        entry("hairline", p.hairline),
        entry("text", p.text),
        entry("secondary", p.secondary),
        entry("faint", p.faint),
        entry("accent", p.accent),
        entry("accentText", p.accentText),
        entry("onAccent", p.onAccent),
        entry("accentHover", mixed(p.accent, p.text, 0.88)),
        entry("selection", p.selection),
        entry("bad", p.bad),
        entry("goodText", p.goodText),
        entry("warningText", p.warningText),
        entry("badText", p.badText),
        entry("goodFill", p.goodFill),
        entry("goodHover", mixed(p.goodFill, p.text, 0.88)),
        entry("onGood", p.onGood),
        entry("field", p.dark ? p.background : p.panel),
        entry("scroll", mixed(p.faint, p.panel, 0.5)),
    };
    values.append({QStringLiteral("family"), family});
    values.append({QStringLiteral("mono"), monoFamily});
    values.append({QStringLiteral("check"), p.dark ? QStringLiteral(":/ringmaster/check-dark.png")
                                                   : QStringLiteral(":/ringmaster/check-light.png")});
    return filled(QString::fromLatin1(labelsAndGrounds) + QString::fromLatin1(buttons) +
                      QString::fromLatin1(fieldsAndLists),
                  values);
}

void setLook(QWidget* widget, const char* property, const QString& value)
{
    if (widget->property(property).toString() == value)
        return;
    const QPalette own = widget->palette();
    widget->setProperty(property, value);
    widget->style()->unpolish(widget);
    widget->style()->polish(widget);
    // Set by Theme::dress(), and taken away by the polishing.
    if (qobject_cast<QLineEdit*>(widget))
        widget->setPalette(own);
}

QLabel* makeLabel(const QString& text, const QString& role, QWidget* parent)
{
    auto* label = new QLabel(parent);
    label->setTextFormat(Qt::PlainText);
    label->setText(text);
    label->setProperty("role", role);
    return label;
}

QString plainToolTip(const QString& text)
{
    const QString shown = text.size() > maxToolTip ? text.left(maxToolTip) + QChar(0x2026) : text;
    return QStringLiteral("<p style=\"white-space: pre-wrap\">%1</p>").arg(shown.toHtmlEscaped());
}

} // namespace ringmaster
