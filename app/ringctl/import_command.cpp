// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ringctl/import_command.h"

#include "app/ringctl/byte_source.h"
#include "app/ringctl/importer.h"
#include "app/ringctl/output.h"
#include "app/ringctl/progress.h"
#include "nodecore/client/record_reader.h"

#include <QEventLoop>

namespace ringmaster::ctl {

using namespace Qt::StringLiterals;

namespace {

// One run of the command: from the source through the reader into the importer, no faster than the slowest.
class ImportRun : public QObject {
    Q_OBJECT
public:
    ImportRun(const Invocation& in, std::optional<RecordFormat> format, RecordColumns columns,
              const ImportOptions& options);
    ExitCode run();

private:
    void take(const QByteArray& bytes);
    void chooseFormat();
    void readRecords();
    void badLine(qint64 line, const QString& problem);
    void stopAt(const QString& problem);
    void finishWhenDone();
    ExitCode report();

    const Invocation& m_in;
    std::optional<RecordFormat> m_format;
    RecordColumns m_columns;
    ByteSource m_source;
    Importer m_importer;
    Progress m_progress{u"importing"_s, 0};
    std::optional<RecordReader> m_reader;
    QByteArray m_beginning; // until the format is known
    bool m_sourceEnded = false;
    bool m_stopped = false;
    qint64 m_badLines = 0;
    QString m_problem; // the one that it stopped at
    QString m_advice;
    ExitCode m_problemCode = ExitCode::Failed;
    QEventLoop m_loop;
};

ImportRun::ImportRun(const Invocation& in, std::optional<RecordFormat> format, RecordColumns columns,
                     const ImportOptions& options)
    : m_in(in)
    , m_format(format)
    , m_columns(std::move(columns))
    , m_source(in.arguments.at(0))
    , m_importer(in.nodes, options)
{
    connect(&m_source, &ByteSource::bytes, this, &ImportRun::take);
    connect(&m_source, &ByteSource::ended, this, [this] {
        m_sourceEnded = true;
        chooseFormat();
        if (m_reader)
            m_reader->end();
        readRecords();
    });
    connect(&m_importer, &Importer::recordDone, this, &ImportRun::readRecords);
    connect(&m_importer, &Importer::recordFailed, this,
            [this](const Record& record, const ClientError& error) {
                m_problemCode = exitCodeFor(error);
                badLine(record.line, u"%1: %2"_s.arg(shown(record.key), error.message));
            });
}

ExitCode ImportRun::run()
{
    if (!m_source.open())
        return fail(ExitCode::Failed, u"failed"_s,
                    u"%1 cannot be read: %2."_s.arg(m_in.arguments.at(0), m_source.problem()), m_in.json);
    m_progress = Progress(u"importing"_s, m_source.size());
    m_source.setWanted(true);
    m_loop.exec();
    return report();
}

void ImportRun::take(const QByteArray& bytes)
{
    if (m_reader) {
        m_reader->feed(bytes);
    } else {
        m_beginning += bytes;
        chooseFormat();
    }
    readRecords();
}

void ImportRun::chooseFormat()
{
    const qsizetype lineEnd = m_beginning.indexOf('\n');
    const bool known =
        m_format || lineEnd >= 0 || m_sourceEnded || m_beginning.size() > RecordReader::maxRecordBytes;
    if (m_reader || !known)
        return;
    if (!m_format)
        m_format = recordFormatOfLine(lineEnd < 0 ? m_beginning : m_beginning.left(lineEnd));
    if (!m_format && !m_beginning.isEmpty())
        stopAt(u"The format cannot be told from the first line; say --format jsonl, csv or tsv."_s);
    else if (m_format == RecordFormat::JsonLines && !m_columns.isDefault())
        stopAt(
            u"This is jsonl, which has no columns: --header, --key-column and --value-column are for csv and tsv."_s);
    m_reader.emplace(m_format.value_or(RecordFormat::Tsv), m_columns);
    m_reader->feed(std::exchange(m_beginning, {}));
}

void ImportRun::readRecords()
{
    bool wantsMore = m_reader || !m_sourceEnded;
    while (m_reader && !m_stopped && m_importer.hasRoom()) {
        const auto record = m_reader->next();
        if (!record)
            break;
        if (*record)
            m_importer.add(**record);
        else if (m_reader->isUnreadable())
            stopAt(u"line %1: %2"_s.arg(m_reader->line()).arg(record->error().message));
        else
            badLine(m_reader->line(), record->error().message);
    }
    wantsMore = wantsMore && !m_stopped && m_importer.hasRoom() && !m_sourceEnded;
    m_source.setWanted(wantsMore);
    m_progress.show(m_importer.written(), m_source.taken());
    finishWhenDone();
}

void ImportRun::badLine(qint64 line, const QString& problem)
{
    ++m_badLines;
    const QString message = u"line %1: %2"_s.arg(line).arg(problem);
    if (m_in.isSet(u"keep-going"_s)) {
        m_progress.clear();
        note(u"ringctl: "_s + message);
    } else if (!m_stopped) {
        m_stopped = true;
        m_problem = message;
        m_advice = u" --keep-going goes on past bad lines."_s;
    }
}

// Whatever --keep-going says: nothing of the file can be read.
void ImportRun::stopAt(const QString& problem)
{
    m_stopped = true;
    m_problem = problem;
    m_problemCode = ExitCode::Usage;
}

void ImportRun::finishWhenDone()
{
    const bool allRead = m_stopped || (m_sourceEnded && m_importer.hasRoom());
    if (allRead && m_importer.isIdle())
        m_loop.quit();
}

ExitCode ImportRun::report()
{
    m_progress.clear();
    const QString seconds = QString::number(m_progress.seconds(), 'f', 1);
    if (!m_source.problem().isEmpty())
        m_problem = u"%1 could not be read to its end: %2."_s.arg(
            m_in.arguments.at(0) == "-"_L1 ? u"The standard input"_s : m_in.arguments.at(0),
            m_source.problem());
    const bool bad = !m_problem.isEmpty() || m_badLines > 0;
    if (m_in.json) {
        printJson({{u"imported"_s, m_importer.written()},
                   {u"skipped"_s, m_importer.skipped()},
                   {u"failed"_s, m_badLines},
                   {u"seconds"_s, m_progress.seconds()},
                   {u"message"_s, m_problem}});
        return bad ? m_problemCode : ExitCode::Ok;
    }
    if (!m_problem.isEmpty())
        note(u"ringctl: %1\n  The import stopped there; what came before is written.%2"_s.arg(m_problem,
                                                                                              m_advice));
    QString line = u"imported %1 in %2 s"_s.arg(counted(m_importer.written(), u"key"_s), seconds);
    if (m_importer.skipped() > 0)
        line += u", left %1 as they were"_s.arg(m_importer.skipped());
    if (m_badLines > 0)
        line += u", %1 not"_s.arg(counted(m_badLines, u"line"_s));
    print(line);
    return bad ? m_problemCode : ExitCode::Ok;
}

std::optional<OnConflict> onConflictNamed(const QString& name)
{
    if (name == "replace"_L1)
        return OnConflict::Replace;
    if (name == "sibling"_L1)
        return OnConflict::Sibling;
    return name == "skip"_L1 ? std::optional(OnConflict::Skip) : std::nullopt;
}

} // namespace

ExitCode importFile(const Invocation& in)
{
    std::optional<RecordFormat> format = recordFormatOfFile(in.arguments.at(0));
    if (in.isSet(u"format"_s) && !(format = recordFormatNamed(in.value(u"format"_s))))
        return fail(ExitCode::Usage, u"usage"_s, u"--format is jsonl, csv or tsv."_s, in.json);
    const auto onConflict = onConflictNamed(in.value(u"on-conflict"_s));
    if (!onConflict)
        return fail(ExitCode::Usage, u"usage"_s, u"--on-conflict is replace, sibling or skip."_s, in.json);
    const auto retry = in.intValue(u"retry-seconds"_s, 0, 86400);
    if (!retry)
        return fail(retry.error(), in.json);
    ImportOptions options;
    options.onConflict = *onConflict;
    options.retryFor = std::chrono::seconds(*retry);
    const RecordColumns columns{in.isSet(u"header"_s), in.value(u"key-column"_s),
                                in.value(u"value-column"_s)};
    return ImportRun(in, format, columns, options).run();
}

} // namespace ringmaster::ctl

#include "import_command.moc"
