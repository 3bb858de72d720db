// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ringctl/output.h"

#include "app/ringctl/standard_output.h"
#include "nodecore/base/utf8.h"
#include "nodecore/client/client_json.h"

#include <QJsonDocument>

#include <cstdio>

namespace ringmaster::ctl {

using namespace Qt::StringLiterals;

namespace {

QString escaped(QChar c)
{
    switch (c.unicode()) {
    case '\n':
        return u"\\n"_s;
    case '\r':
        return u"\\r"_s;
    case '\t':
        return u"\\t"_s;
    default:
        break;
    }
    const uint code = c.unicode();
    return code < 0x100 ? u"\\x%1"_s.arg(code, 2, 16, QLatin1Char('0'))
                        : u"\\u%1"_s.arg(code, 4, 16, QLatin1Char('0'));
}

// Controls move the cursor, and formats turn the direction of the text: both can hide what is there.
bool isHarmless(QChar c)
{
    return c.category() != QChar::Other_Control && c.category() != QChar::Other_Format &&
           c.category() != QChar::Separator_Line && c.category() != QChar::Separator_Paragraph;
}

// Whatever came into a message, from a person, a file or a node: only the ends of its lines reach the
// terminal.
QString harmless(const QString& lines)
{
    QString text;
    text.reserve(lines.size());
    for (const QChar c : lines)
        text += isHarmless(c) || c == u'\n' ? QString(c) : escaped(c);
    return text;
}

} // namespace

void print(const QString& line)
{
    writeOutput(harmless(line).toUtf8() + '\n');
}

void printRaw(const QByteArray& bytes)
{
    writeOutput(bytes);
}

void note(const QString& line)
{
    flushOutput();
    const QByteArray bytes = harmless(line).toUtf8() + '\n';
    std::fwrite(bytes.constData(), 1, static_cast<size_t>(bytes.size()), stderr);
}

void printJson(const QJsonObject& object)
{
    writeOutput(QJsonDocument(object).toJson(QJsonDocument::Indented));
}

QString shown(const QByteArray& bytes)
{
    if (!bytes.isValidUtf8())
        return u"%1 (base64 of %2, not UTF-8)"_s.arg(QString::fromLatin1(bytes.toBase64()),
                                                     counted(bytes.size(), u"byte"_s));
    QString text;
    for (const QChar c : textFromUtf8(bytes))
        text += isHarmless(c) ? QString(c) : escaped(c);
    return text;
}

QString glimpse(const QByteArray& bytes, qsizetype most)
{
    constexpr qsizetype mostCharacters = 200;
    constexpr qsizetype mostOfBinary = 60;
    if (bytes.size() <= most)
        return shown(bytes);
    if (!bytes.isValidUtf8())
        return u"%1… (base64 of the first %2 bytes, not UTF-8)"_s.arg(
            QString::fromLatin1(bytes.left(mostOfBinary).toBase64()), QString::number(mostOfBinary));
    QString begins = textFromUtf8(bytes).section(u'\n', 0, 0).left(mostCharacters);
    if (begins.endsWith(u'\r') || (!begins.isEmpty() && begins.back().isHighSurrogate()))
        begins.chop(1);
    return shown(begins.toUtf8()) + u'…';
}

QString table(const QStringList& head, const QList<QStringList>& rows, const QList<int>& rightAligned)
{
    QList<QStringList> all = rows;
    all.prepend(head);
    QList<qsizetype> widths(head.size(), 0);
    for (const QStringList& row : all) {
        for (int i = 0; i < head.size(); ++i)
            widths[i] = qMax(widths.at(i), row.value(i).size());
    }
    QStringList lines;
    for (const QStringList& row : all) {
        QString line;
        for (int i = 0; i < head.size(); ++i) {
            const QString cell = row.value(i);
            line += rightAligned.contains(i) ? cell.rightJustified(widths.at(i))
                                             : cell.leftJustified(widths.at(i));
            line += u"  "_s;
        }
        while (line.endsWith(u' '))
            line.chop(1);
        lines.append(line);
    }
    return lines.join(u'\n');
}

QString counted(qint64 count, const QString& noun)
{
    return u"%1 %2%3"_s.arg(count).arg(noun, count == 1 ? QString() : u"s"_s);
}

ExitCode fail(ExitCode code, const QString& word, const QString& message, bool json)
{
    if (json)
        printJson({{u"error"_s, word}, {u"message"_s, message}});
    else
        note(u"ringctl: "_s + message);
    return code;
}

ExitCode fail(const Error& error, bool json)
{
    return fail(exitCodeFor(error), u"failed"_s, error.message, json);
}

ExitCode fail(const ClientError& fromNode, bool json)
{
    const ClientError error = inOptions(fromNode);
    const ExitCode code = exitCodeFor(error);
    if (json) {
        QJsonObject object = error.body;
        object.insert(u"error"_s, error.word);
        object.insert(u"message"_s, error.message);
        if (error.mayExist)
            object.insert(u"may_exist"_s, true);
        printJson(object);
        return code;
    }
    note(u"ringctl: "_s + error.message);
    if (error.quorum) {
        note(u"  answered: "_s + quorumText(*error.quorum));
        for (const ClientQuorum::Missing& missing : error.quorum->missing)
            note(u"  missing:  %1 (%2): %3"_s.arg(missing.node, missing.role, missing.reason));
    }
    if (error.mayExist)
        note(u"  The write may exist on some replica all the same."_s);
    if (error.status == 0)
        note(
            u"  Start a cluster with \"ringctl cluster start\", or say where it is with --url or RINGCTL_URL."_s);
    return code;
}

QString quorumText(const ClientQuorum& quorum)
{
    QStringList answered;
    for (const ClientQuorum::Answer& answer : quorum.answered)
        answered.append(u"%1 %2 ms"_s.arg(answer.node, QString::number(answer.ms, 'f', 1)));
    return u"%1; %2 of N=%3 needed, coordinated by %4"_s
        .arg(answered.isEmpty() ? u"nobody"_s : answered.join(u", "_s))
        .arg(quorum.needed)
        .arg(quorum.n)
        .arg(quorum.coordinator);
}

QJsonObject quorumJson(const ClientQuorum& quorum)
{
    QJsonArray answered;
    for (const ClientQuorum::Answer& answer : quorum.answered)
        answered.append(
            QJsonObject{{u"node"_s, answer.node}, {u"role"_s, answer.role}, {u"ms"_s, answer.ms}});
    QJsonArray missing;
    for (const ClientQuorum::Missing& one : quorum.missing)
        missing.append(QJsonObject{{u"node"_s, one.node}, {u"role"_s, one.role}, {u"reason"_s, one.reason}});
    return {{u"n"_s, quorum.n},
            {u"needed"_s, quorum.needed},
            {u"coordinator"_s, quorum.coordinator},
            {u"answered"_s, answered},
            {u"missing"_s, missing}};
}

QJsonObject siblingJson(const ClientSibling& sibling)
{
    QJsonObject object{{u"dot"_s, sibling.dot}, {u"written_ms"_s, sibling.writtenMs}};
    if (sibling.deleted)
        object.insert(u"deleted"_s, true);
    else
        setBytesField(object, u"value"_s, sibling.value);
    QJsonObject clock;
    for (const auto& [actor, counter] : sibling.clock)
        clock.insert(actor, static_cast<qint64>(counter));
    object.insert(u"clock"_s, clock);
    return object;
}

} // namespace ringmaster::ctl
