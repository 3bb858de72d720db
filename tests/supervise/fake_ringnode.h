// SPDX-License-Identifier: GPL-3.0-or-later
// The test program itself, run as a ringnode: answers /health under the name it is given, and writes its
// arguments to its log. With "--fake die" it complains and ends with code 4 instead.
#pragma once

#include "tests/net/client_fake_node.h"

#include <QCoreApplication>
#include <QFile>
#include <QTest>

#include <csignal>
#include <cstdio>
#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

namespace ringmaster {

inline int runFakeRingnode(int argc, char** argv)
{
    QCoreApplication application(argc, argv);
    const QStringList arguments = QCoreApplication::arguments();
    const auto value = [&](const QString& name) { return arguments.value(arguments.indexOf(name) + 1); };
    std::fprintf(stderr, "arguments %s\n", qPrintable(arguments.mid(1).join(QLatin1Char(' '))));
    if (arguments.contains(QStringLiteral("die"))) {
        std::fprintf(stderr, "error the fake node was told to die\n");
        return 4;
    }
    // As a store does.
    const QByteArray lock =
        QFile::encodeName(value(QStringLiteral("--data")) + QStringLiteral("/ringmaster.lock"));
    if (::flock(::open(lock.constData(), O_RDWR | O_CREAT | O_CLOEXEC, 0600), LOCK_EX | LOCK_NB) != 0) {
        std::fprintf(stderr, "error the store is in use\n");
        return 3;
    }
    FakeNode node([name = value(QStringLiteral("--name"))](const FakeRequest&) {
        return FakeAnswer::json(200, {{QStringLiteral("status"), QStringLiteral("ok")},
                                      {QStringLiteral("node"), name},
                                      {QStringLiteral("state"), QStringLiteral("READY")}});
    });
    const QString http = value(QStringLiteral("--http"));
    if (!node.listen(http.section(QLatin1Char(':'), -1).toUShort())) {
        std::fprintf(stderr, "error cannot listen on %s\n", qPrintable(http));
        return 4;
    }
    return QCoreApplication::exec();
}

// A main() that is a fake ringnode where it is run as one, and the test otherwise.
template <class Test>
int mainOfTestOrNode(int argc, char** argv)
{
    if (qEnvironmentVariableIsSet("RINGMASTER_TEST_AS_NODE"))
        return runFakeRingnode(argc, argv);
    qputenv("RINGMASTER_TEST_AS_NODE", "1"); // for the nodes that are started from here
    QCoreApplication application(argc, argv);
    Test test;
    return QTest::qExec(&test, argc, argv);
}

} // namespace ringmaster
