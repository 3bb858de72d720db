// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ringctl/sibling_editor.h"

#include "app/ringctl/key_call.h"
#include "app/ringctl/output.h"

#include <QDir>
#include <QProcess>
#include <QTemporaryFile>

#include <algorithm>

namespace ringmaster::ctl {

using namespace Qt::StringLiterals;

namespace {

const QByteArray mark = "<<<<<<< ";
const QByteArray endMark = ">>>>>>> ";

QString editorCommand()
{
    for (const char* name : {"VISUAL", "EDITOR"}) {
        if (const QString editor = qEnvironmentVariable(name); !editor.isEmpty())
            return editor;
    }
    return u"vi"_s;
}

tl::unexpected<Error> nothingWritten(const QString& why)
{
    return failure(ErrorCode::Conflict, why + u" Nothing was written."_s);
}

bool hasMarks(const QByteArray& text)
{
    for (const QByteArray& line : text.split('\n')) {
        if (line.startsWith(mark) || line.startsWith(endMark))
            return true;
    }
    return false;
}

} // namespace

QByteArray textToEdit(const QList<ClientSibling>& siblings)
{
    QByteArray text;
    for (int i = 0; i < siblings.size(); ++i) {
        const ClientSibling& sibling = siblings.at(i);
        const QByteArray title =
            u"sibling %1 of %2, %3, %4%5"_s.arg(i + 1)
                .arg(siblings.size())
                .arg(timeText(sibling.writtenMs), sibling.dot, sibling.deleted ? u", deleted"_s : QString())
                .toUtf8();
        text += mark + title + '\n' + sibling.value;
        if (!sibling.value.isEmpty() && !sibling.value.endsWith('\n'))
            text += '\n';
        text += endMark + "sibling " + QByteArray::number(i + 1) + '\n';
    }
    return text;
}

Result<QByteArray> mergeFrom(const QByteArray& edited, const QList<ClientSibling>& siblings)
{
    if (edited == textToEdit(siblings))
        return nothingWritten(u"The text was not changed."_s);
    if (hasMarks(edited))
        return nothingWritten(u"There are lines left that begin with <<<<<<< or >>>>>>>."_s);
    if (edited.trimmed().isEmpty())
        return nothingWritten(u"The text is empty; to delete the key, use --delete."_s);
    // Editors end the last line. Where no value had that, it is the editor's.
    const bool endsLines = std::any_of(siblings.begin(), siblings.end(), [](const ClientSibling& sibling) {
        return sibling.value.endsWith('\n');
    });
    return edited.endsWith('\n') && !endsLines ? edited.chopped(1) : edited;
}

Result<QByteArray> editSiblings(const QList<ClientSibling>& siblings)
{
    for (int i = 0; i < siblings.size(); ++i) {
        if (!siblings.at(i).value.isValidUtf8() || siblings.at(i).value.contains('\0'))
            return nothingWritten(
                u"Sibling %1 is no text: take one with --take, or merge them with --file."_s.arg(i + 1));
    }
    QTemporaryFile file(QDir::tempPath() + u"/ringctl-XXXXXX.txt"_s);
    if (!file.open() || file.write(textToEdit(siblings)) < 0 || !file.flush())
        return nothingWritten(u"No file can be made for the editor: %1."_s.arg(file.errorString()));
    QProcess editor;
    editor.setInputChannelMode(QProcess::ForwardedInputChannel);
    editor.setProcessChannelMode(QProcess::ForwardedChannels);
    const QString command = editorCommand();
    // By way of a shell, as everybody does: $EDITOR may carry options.
    editor.start(u"/bin/sh"_s, {u"-c"_s, command + u" \"$1\""_s, u"sh"_s, file.fileName()});
    const bool ended = editor.waitForFinished(-1);
    if (!ended || editor.exitStatus() != QProcess::NormalExit || editor.exitCode() != 0)
        return nothingWritten(
            u"The editor \"%1\" failed. $VISUAL or $EDITOR say which one to use."_s.arg(command));
    // By its name: editors often write a new file and put it in the old one's place.
    auto edited = valueOfFile(file.fileName());
    if (!edited)
        return edited;
    return mergeFrom(*edited, siblings);
}

} // namespace ringmaster::ctl
