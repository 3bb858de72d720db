// SPDX-License-Identifier: GPL-3.0-or-later
// keys, import, export: all keys.
#include "app/ringctl/await.h"
#include "app/ringctl/command.h"
#include "app/ringctl/export_command.h"
#include "app/ringctl/import_command.h"
#include "app/ringctl/key_pages.h"
#include "app/ringctl/output.h"
#include "app/ringctl/standard_output.h"
#include "nodecore/client/client_json.h"

#include <QJsonDocument>

#include <limits>

namespace ringmaster::ctl {

using namespace Qt::StringLiterals;

namespace {

// Printed page by page as they come: the keys of a cluster need not fit into memory. With --json, one
// JSON object a line.
ExitCode keys(const Invocation& in)
{
    qint64 left = std::numeric_limits<qint64>::max();
    if (in.isSet(u"limit"_s)) {
        const auto limit = in.intValue(u"limit"_s, 0, std::numeric_limits<int>::max());
        if (!limit)
            return fail(limit.error(), in.json);
        left = *limit;
    }
    NodeClient client(in.nodes);
    KeyPages pages(client, in.value(u"prefix"_s).toUtf8());
    while (left > 0 && !pages.atEnd() && !outputFailed()) {
        const auto page = pages.next(static_cast<int>(qMin<qint64>(left, KeyPages::mostInPage)));
        if (!page)
            return fail(page.error(), in.json);
        for (const QByteArray& key : *page) {
            QJsonObject object;
            setBytesField(object, u"key"_s, key);
            if (in.json)
                printRaw(QJsonDocument(object).toJson(QJsonDocument::Compact) + '\n');
            else
                print(shown(key));
        }
        left -= page->size();
    }
    return ExitCode::Ok;
}

} // namespace

QList<Command> listCommands()
{
    const QCommandLineOption format(u"format"_s, u"jsonl, csv or tsv; else told from FILE's name."_s,
                                    u"FORMAT"_s);
    const QCommandLineOption prefix(u"prefix"_s, u"Only keys that begin with P."_s, u"P"_s);
    const QCommandLineOption keepGoing(u"keep-going"_s,
                                       u"Go on past what cannot be done; the exit code still says so."_s);
    return {{u"keys"_s,
             {},
             0,
             u"List the keys, in the order of the ring."_s,
             u"With --json, one object a line."_s,
             {prefix, {u"limit"_s, u"At most N keys."_s, u"N"_s}},
             keys},
            {u"import"_s,
             u"FILE"_s,
             1,
             u"Write the keys of a file; - reads the standard input."_s,
             u"A line of jsonl is {\"key\": ..., \"value\": ...}, with key_base64 and value_base64 for what "
             u"is not UTF-8, "
             "or \"values\"\nfor siblings; csv and tsv have two columns, unless --key-column or "
             "--value-column chooses "
             "two of more. For -\nwithout --format, the first line tells. "
             "A write that finds no quorum is tried again."_s,
             {format,
              keepGoing,
              {u"header"_s, u"The first line of csv or tsv holds the columns' names."_s},
              {u"key-column"_s, u"The column of the keys: its name, with --header, or a number from 1."_s,
               u"C"_s},
              {u"value-column"_s, u"The column of the values, likewise."_s, u"C"_s},
              {u"on-conflict"_s, u"replace (default), sibling or skip a key that is there."_s, u"WHAT"_s,
               u"replace"_s},
              {u"retry-seconds"_s, u"How long to try again (default 30)."_s, u"S"_s, u"30"_s}},
             importFile},
            {u"export"_s,
             u"FILE"_s,
             1,
             u"Read all keys into a file; - writes the standard output."_s,
             u"Keys with siblings have \"values\" in jsonl; csv and tsv cannot hold them. A file is replaced "
             u"only when "
             "all is read."_s,
             {format, prefix, keepGoing},
             exportFile}};
}

} // namespace ringmaster::ctl
