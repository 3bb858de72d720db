// SPDX-License-Identifier: GPL-3.0-or-later
// A server for the real ringctl to talk to: one node's answers about keys and values, without versions.
#pragma once

#include "nodecore/base/utf8.h"
#include "tests/cluster/ringctl_runner.h"
#include "tests/net/client_fake_node.h"

#include <QMap>

namespace ringmaster {

// Keeps the last value of each key, in memory and without versions: enough for a command line to talk to.
class FakeStore {
public:
    FakeStore()
        : node([this](const FakeRequest& request) { return answer(request); })
    {}

    QString url() const { return node.url().toString(); }
    RingctlResult run(const QStringList& arguments, const QByteArray& input = {}) const
    {
        return ringctl(arguments, input, url());
    }
    RingctlResult runInShell(const QString& script) const { return ringctlInShell(script, url()); }

    QMap<QByteArray, QByteArray> values;
    int refusals = 0;     // so many writes find no quorum
    int lost = 0;         // of so many writes the answer is lost
    bool members = false; // it says who is there
    int doubled = 0;      // so many writes leave two siblings of the value
    FakeNode node;

private:
    static QJsonObject error(const QString& word)
    {
        return {{QStringLiteral("error"), word}, {QStringLiteral("message"), word}};
    }

    FakeAnswer answer(const FakeRequest& request)
    {
        if (members && request.path == "/api/v1/members")
            return FakeAnswer::json(
                200, fake::members(QStringLiteral("n1"),
                                   {fake::member(QStringLiteral("n1"), node.address(), true)}));
        if (request.path == "/api/v1/keys")
            return listing();
        if (!request.path.startsWith("/api/v1/kv/"))
            return FakeAnswer::json(404, error(QStringLiteral("absent")));
        const QByteArray key = QByteArray::fromPercentEncoding(request.path.mid(11));
        if (request.method != "GET" && refusals-- > 0)
            return FakeAnswer::json(503, error(QStringLiteral("quorum_not_met")));
        if (request.method == "PUT")
            values.insert(key, request.body);
        else if (request.method == "DELETE")
            values.remove(key);
        else if (!values.contains(key))
            return FakeAnswer::json(404, fake::absent(key));
        if (request.method == "PUT" && lost-- > 0)
            return FakeAnswer::hangUp();
        QJsonObject value = fake::value(values.value(key), key);
        if (request.method == "PUT" && lost < 0 && doubled-- > 0) {
            const QJsonValue one = value.value(QStringLiteral("siblings")).toArray().first();
            value.insert(QStringLiteral("siblings"), QJsonArray{one, one});
            value.insert(QStringLiteral("sibling_count"), 2);
            value.insert(QStringLiteral("context"), QStringLiteral("of-both"));
        }
        return FakeAnswer::json(200, value);
    }

    FakeAnswer listing() const
    {
        QJsonArray keys;
        for (const QByteArray& key : values.keys()) {
            const bool isText = key.isValidUtf8();
            keys.append(QJsonObject{{isText ? QStringLiteral("key") : QStringLiteral("key_base64"),
                                     isText ? textFromUtf8(key) : QString::fromLatin1(key.toBase64())}});
        }
        return FakeAnswer::json(
            200, {{QStringLiteral("keys"), keys}, {QStringLiteral("next_cursor"), QJsonValue::Null}});
    }
};

} // namespace ringmaster
