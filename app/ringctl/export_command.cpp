// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ringctl/export_command.h"

#include "app/ringctl/export_target.h"
#include "app/ringctl/key_call.h"
#include "app/ringctl/key_pages.h"
#include "app/ringctl/output.h"
#include "app/ringctl/progress.h"
#include "nodecore/client/record_format.h"

#include <QEventLoop>

#include <cstdio>

namespace ringmaster::ctl {

using namespace Qt::StringLiterals;

namespace {

constexpr int keysAtOnce = 64; // how many values are in memory together

// Reads the keys given, all at once, and waits for them. In their order.
QList<ClientResult<ClientValue>> readAll(NodeClient& client, const QList<QByteArray>& keys)
{
    QObject context;
    QEventLoop loop;
    QList<std::optional<ClientResult<ClientValue>>> answers(keys.size());
    qsizetype missing = keys.size();
    for (qsizetype i = 0; i < keys.size(); ++i) {
        const auto key = Key::fromBytes(keys.at(i));
        if (!key) { // a node that lists such a key is broken
            ClientError error;
            error.word = u"bad_answer"_s;
            error.message = key.error().message;
            answers[i] = tl::make_unexpected(error);
            --missing;
            continue;
        }
        client.get(*key, {}, &context, [&, i](ClientResult<ClientValue> answer) {
            answers[i] = std::move(answer);
            if (--missing == 0)
                loop.quit();
        });
    }
    if (missing > 0)
        loop.exec();
    QList<ClientResult<ClientValue>> all;
    for (auto& answer : answers)
        all.append(std::move(*answer));
    return all;
}

class ExportRun {
public:
    ExportRun(const Invocation& in, RecordFormat format)
        : m_in(in)
        , m_format(format)
        , m_client(in.nodes)
        , m_target(in.arguments.at(0))
    {}

    ExitCode run();

private:
    bool exportKeys(const QList<QByteArray>& keys); // false: stop
    bool exportKey(const QByteArray& key, const ClientResult<ClientValue>& value);
    bool leaveOut(ExitCode code, const QByteArray& key, const QString& why); // false: stop
    void outputLost(const Error& error);
    ExitCode report();

    const Invocation& m_in;
    RecordFormat m_format;
    NodeClient m_client;
    ExportTarget m_target;
    Progress m_progress{u"exporting"_s, 0};
    qint64 m_exported = 0;
    qint64 m_failed = 0;
    QString m_problem; // that it stopped at
    QString m_advice;
    ExitCode m_code = ExitCode::Ok;
};

ExitCode ExportRun::run()
{
    if (const auto opened = m_target.open(); !opened)
        return fail(opened.error(), m_in.json);
    KeyPages pages(m_client, m_in.value(u"prefix"_s).toUtf8());
    while (!pages.atEnd()) {
        const auto page = pages.next(KeyPages::mostInPage);
        if (!page)
            return fail(page.error(), m_in.json && !m_target.isStandardOutput());
        for (qsizetype at = 0; at < page->size(); at += keysAtOnce) {
            if (!exportKeys(page->mid(at, keysAtOnce)))
                return report();
        }
    }
    if (const auto finished = m_target.finish(); !finished)
        outputLost(finished.error());
    return report();
}

bool ExportRun::exportKeys(const QList<QByteArray>& keys)
{
    const auto values = readAll(m_client, keys);
    for (qsizetype i = 0; i < keys.size(); ++i) {
        if (!exportKey(keys.at(i), values.at(i)))
            return false;
    }
    m_progress.show(m_exported, 0);
    return true;
}

bool ExportRun::exportKey(const QByteArray& key, const ClientResult<ClientValue>& value)
{
    if (!value)
        return leaveOut(exitCodeFor(value.error()), key, value.error().message);
    if (value->siblingsLeft > 0)
        return leaveOut(ExitCode::Conflict, key, siblingsLeftText(value->siblingsLeft));
    Record record{key, {}, 0};
    for (const ClientSibling& sibling : value->siblings) {
        if (!sibling.deleted)
            record.values.append(sibling.value);
    }
    if (record.values.isEmpty())
        return true; // deleted since it was listed
    const auto line = formatRecord(m_format, record);
    if (!line)
        return leaveOut(ExitCode::Conflict, key, line.error().message + u'.');
    if (const auto written = m_target.write(*line); !written) {
        outputLost(written.error());
        return false;
    }
    ++m_exported;
    return true;
}

bool ExportRun::leaveOut(ExitCode code, const QByteArray& key, const QString& why)
{
    ++m_failed;
    m_code = code;
    const QString message = u"%1: %2"_s.arg(shown(key), why);
    if (!m_in.isSet(u"keep-going"_s)) {
        m_problem = message;
        m_advice = u" --keep-going leaves such keys out and goes on."_s;
        return false;
    }
    m_progress.clear();
    note(u"ringctl: "_s + message);
    return true;
}

void ExportRun::outputLost(const Error& error)
{
    m_problem = error.message;
    m_code = ExitCode::Failed;
}

ExitCode ExportRun::report()
{
    m_progress.clear();
    const bool whole = m_problem.isEmpty();
    QString done = u"exported %1 in %2 s"_s.arg(counted(m_exported, u"key"_s),
                                                QString::number(m_progress.seconds(), 'f', 1));
    if (m_failed > 0)
        done += u", left out %1"_s.arg(m_failed);
    if (m_in.json && !m_target.isStandardOutput())
        printJson(
            {{u"exported"_s, whole ? m_exported : 0}, {u"failed"_s, m_failed}, {u"message"_s, m_problem}});
    else if (whole)
        note(done);
    if (!whole)
        note(u"ringctl: %1\n  The export stopped there; %2.%3"_s.arg(m_problem, m_target.leftAs(), m_advice));
    return m_code;
}

} // namespace

ExitCode exportFile(const Invocation& in)
{
    std::optional<RecordFormat> format = recordFormatOfFile(in.arguments.at(0));
    if (in.isSet(u"format"_s) && !(format = recordFormatNamed(in.value(u"format"_s))))
        return fail(ExitCode::Usage, u"usage"_s, u"--format is jsonl, csv or tsv."_s, in.json);
    return ExportRun(in, format.value_or(RecordFormat::JsonLines)).run();
}

} // namespace ringmaster::ctl
