// SPDX-License-Identifier: GPL-3.0-or-later
#include "ui/forms/value_edit.h"

#include <QKeyEvent>
#include <QTextDocument>

#include <algorithm>

namespace ringmaster {
namespace {

constexpr int oneLine = 28;
constexpr int lineStep = 15;
constexpr int mostLines = 3;

} // namespace

ValueEdit::ValueEdit(QWidget* parent)
    : QPlainTextEdit(parent)
{
    setTabChangesFocus(true);
    setLineWrapMode(QPlainTextEdit::NoWrap);
    setHorizontalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setVerticalScrollBarPolicy(Qt::ScrollBarAlwaysOff);
    setProperty("value", QStringLiteral("true"));
    document()->setDocumentMargin(2);
    connect(this, &QPlainTextEdit::blockCountChanged, this, &ValueEdit::fitHeight);
    fitHeight();
}

QByteArray ValueEdit::bytes() const
{
    QString text = document()->toRawText();
    text.replace(QChar::ParagraphSeparator, QLatin1Char('\n'));
    return text.toUtf8();
}

void ValueEdit::keyPressEvent(QKeyEvent* event)
{
    const bool enter = event->key() == Qt::Key_Return || event->key() == Qt::Key_Enter;
    if (enter && !event->modifiers().testFlag(Qt::ShiftModifier)) {
        Q_EMIT submitted();
        return;
    }
    QPlainTextEdit::keyPressEvent(event);
}

void ValueEdit::fitHeight()
{
    setFixedHeight(oneLine + lineStep * (std::clamp(blockCount(), 1, mostLines) - 1));
}

} // namespace ringmaster
