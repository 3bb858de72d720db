// SPDX-License-Identifier: GPL-3.0-or-later
// conflicts: the keys that somebody has to decide about.
#include "app/ringctl/command.h"
#include "app/ringctl/member_calls.h"
#include "app/ringctl/output.h"
#include "app/ringctl/progress.h"
#include "nodecore/client/client_json.h"

#include <QJsonArray>
#include <QMap>

namespace ringmaster::ctl {

using namespace Qt::StringLiterals;

namespace {

constexpr int mostInPage = 1000;

struct FoundConflict {
    int siblings = 0; // the most that a node holds
    QStringList nodes;
};

struct Conflicts {
    QMap<QByteArray, FoundConflict> byKey;
    QMap<QString, QString> silent; // node, and why nothing is known of it
};

using ConflictList = QList<ClientConflict>;

// All pages of one node, one after another.
void readConflicts(NodeClient& client, const QString& cursor, const ConflictList& before, QObject* context,
                   const std::function<void(ClientResult<ConflictList>)>& done)
{
    client.conflicts(cursor, mostInPage, context,
                     [&client, before, context, done](const ClientResult<ClientConflictsPage>& page) {
                         if (!page)
                             return done(tl::make_unexpected(page.error()));
                         const ConflictList all = before + page->conflicts;
                         if (page->nextCursor.isEmpty())
                             return done(all);
                         readConflicts(client, page->nextCursor, all, context, done);
                     });
}

Conflicts conflictsOfAll(const Members& members)
{
    const auto answers =
        askMembers<ConflictList>(members, [](NodeClient& client, QObject* context, const auto& done) {
            readConflicts(client, {}, {}, context, done);
        });
    Conflicts found;
    for (const MemberAnswer<ConflictList>& each : answers) {
        if (!each.answer) {
            found.silent.insert(each.member, silenceText(each.answer.error()));
            continue;
        }
        for (const ClientConflict& conflict : *each.answer) {
            FoundConflict& one = found.byKey[conflict.key];
            one.siblings = qMax(one.siblings, conflict.siblings);
            one.nodes.append(each.member);
        }
    }
    return found;
}

QJsonObject conflictsJson(const Conflicts& found)
{
    QJsonArray list;
    for (auto it = found.byKey.begin(); it != found.byKey.end(); ++it) {
        QJsonObject object{{u"siblings"_s, it->siblings},
                           {u"nodes"_s, QJsonArray::fromStringList(it->nodes)}};
        setBytesField(object, u"key"_s, it.key());
        list.append(object);
    }
    return {{u"conflicts"_s, list}, {u"not_known"_s, QJsonArray::fromStringList(found.silent.keys())}};
}

void printConflicts(const Conflicts& found)
{
    if (found.byKey.isEmpty())
        return print(u"No key is in conflict."_s);
    QList<QStringList> rows;
    for (auto it = found.byKey.begin(); it != found.byKey.end(); ++it)
        rows.append({QString::number(it->siblings), it->nodes.join(u' '), shown(it.key())});
    print(table({u"SIBLINGS"_s, u"HELD BY"_s, u"KEY"_s}, rows, {0}));
    print(u"%1 in conflict. Decide with: ringctl resolve KEY"_s.arg(counted(found.byKey.size(), u"key"_s)));
}

ExitCode conflicts(const Invocation& in)
{
    const auto members = membersToAsk(in);
    if (!members)
        return fail(members.error(), in.json);
    const Conflicts found = conflictsOfAll(*members);
    if (in.json)
        printJson(conflictsJson(found));
    else
        printConflicts(found);
    for (auto it = found.silent.begin(); it != found.silent.end() && !in.json; ++it)
        note(u"%1 %2: what only it holds is not listed."_s.arg(it.key(), it.value()));
    return found.silent.isEmpty() ? ExitCode::Ok : ExitCode::Failed;
}

} // namespace

QList<Command> conflictCommands()
{
    return {{u"conflicts"_s,
             {},
             0,
             u"List the keys with several siblings, of all nodes."_s,
             u"Every node is asked for all it holds; the keys come in the order of their bytes. Exit code 1\n"
             "where a node does not answer."_s,
             {},
             conflicts}};
}

} // namespace ringmaster::ctl
