// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/node_option_specs.h"
#include "app/cli/node_options.h"

#include <QTest>

using namespace ringmaster;
using namespace ringmaster::cli;

namespace {

using Environment = QMap<QString, QString>;

Result<QString> noFile(const QString& path)
{
    return failure(ErrorCode::Absent, QStringLiteral("cannot read %1: No such file.").arg(path));
}

Result<NodeCommand> parse(const QString& line, const Environment& environment = {}, const QString& file = {})
{
    const ReadFile readFile =
        file.isEmpty() ? ReadFile(noFile) : [&](const QString&) { return Result<QString>(file); };
    return parseNodeCommand(line.split(QLatin1Char(' '), Qt::SkipEmptyParts), environment, readFile);
}

const QString least = QStringLiteral("--name n1 --data d ");

} // namespace

class RingnodeOptionsTest : public QObject {
    Q_OBJECT
private Q_SLOTS:
    void theLeastIsANameAndAFolder()
    {
        const auto command = parse(least);
        QVERIFY2(command, command ? "" : qPrintable(command.error().message));
        const NodeConfig& node = command->options.host.node;
        QCOMPARE(node.name, QStringLiteral("n1"));
        QCOMPARE(command->options.store.directory, QStringLiteral("d"));
        QCOMPARE(node.httpAddress, QStringLiteral("127.0.0.1:8101"));
        QCOMPARE(node.peerAddress, QStringLiteral("127.0.0.1:7101"));
        QCOMPARE(node.cluster, QStringLiteral("ringmaster"));
        QCOMPARE(node.replicas, 3);
        QCOMPARE(node.readQuorum, 2);
        QCOMPARE(node.writeQuorum, 2);
        QCOMPARE(node.tokens, 64);
        QVERIFY(node.join.isEmpty());
        QCOMPARE(node.reap.after, Duration(std::chrono::minutes(10)));
        QCOMPARE(node.reap.quiet, Duration(std::chrono::seconds(10)));
        QCOMPARE(command->options.store.durability, Durability::Fsync);
        QVERIFY(command->warnings.isEmpty());
    }

    void everyOptionIsUnderstood()
    {
        const auto command = parse(
            least +
            QStringLiteral(
                "--http [::1]:1 --peer localhost:0 --join a:1,[::1]:2 --cluster demo "
                "--replicas 5 --read-quorum 1 --write-quorum 5 --partitioner "
                "md5-mod-10000 --token-positions 9999,0 --zone east --capacity 2.5 --durability relaxed "
                "--reap-after 0 --reap-quiet 3 --max-value-bytes 10 --cache-mb 3 "
                "--allow-host kv.example,other --transfer-limit 2 "
                "--advertise host7 --log-format json --log-level debug"));
        QVERIFY2(command, command ? "" : qPrintable(command.error().message));
        const NodeOptions& options = command->options;
        const NodeConfig& node = options.host.node;
        QCOMPARE(node.httpAddress, QStringLiteral("[::1]:1"));
        QCOMPARE(node.peerAddress, QStringLiteral("localhost:0"));
        QCOMPARE(node.join, (QList<QString>{QStringLiteral("a:1"), QStringLiteral("[::1]:2")}));
        QCOMPARE(node.cluster, QStringLiteral("demo"));
        QCOMPARE(node.replicas, 5);
        QCOMPARE(node.readQuorum, 1);
        QCOMPARE(node.writeQuorum, 5);
        QCOMPARE(node.partitioner, Partitioner::Md5Mod10000);
        QCOMPARE(node.tokenSlots,
                 (std::vector<Slot>{*slotOfHandPlacedToken(Partitioner::Md5Mod10000, 0),
                                    *slotOfHandPlacedToken(Partitioner::Md5Mod10000, 9999)}));
        QCOMPARE(node.zone, QStringLiteral("east"));
        QCOMPARE(node.capacity, 2.5);
        QCOMPARE(options.store.durability, Durability::Relaxed);
        QCOMPARE(node.reap.after, Duration(0));
        QCOMPARE(node.reap.quiet, Duration(std::chrono::seconds(3)));
        QCOMPARE(node.transferBytesPerSecond, qint64(2 * 1024 * 1024));
        QCOMPARE(node.maxValueBytes, qsizetype{10});
        QCOMPARE(options.host.http.maxBodyBytes, qsizetype{10});
        QCOMPARE(options.store.cacheBytes, qsizetype{3 * 1024 * 1024});
        QCOMPARE(options.host.http.allowedHosts,
                 (QStringList{QStringLiteral("kv.example"), QStringLiteral("other")}));
        QCOMPARE(options.host.advertisedHost, QStringLiteral("host7"));
        QCOMPARE(options.logFormat, EventLog::Format::Json);
        QCOMPARE(options.logLevel, EventLog::Level::Debug);
    }

    void aSwitchNeedsNoValueAndIsOffUnlessTold_data()
    {
        QTest::addColumn<QString>("given");
        QTest::addColumn<bool>("isOn");
        QTest::newRow("not given") << QString() << false;
        QTest::newRow("alone") << QStringLiteral("--enable-fault-injection") << true;
        QTest::newRow("before another") << QStringLiteral("--enable-fault-injection --tokens 3") << true;
        QTest::newRow("true") << QStringLiteral("--enable-fault-injection=true") << true;
        QTest::newRow("false") << QStringLiteral("--enable-fault-injection=false") << false;
    }
    void aSwitchNeedsNoValueAndIsOffUnlessTold()
    {
        QFETCH(QString, given);
        const auto command = parse(least + given);
        QVERIFY2(command, command ? "" : qPrintable(command.error().message));
        QTEST(command->options.host.faultInjection, "isOn");
    }

    void aNewNodeMayWaitAndMayReplaceAnother()
    {
        const auto alone = parse(least);
        QVERIFY(alone && !alone->options.host.node.standby);
        QVERIFY(alone->options.host.node.replaces.isEmpty());
        const auto told = parse(least + QStringLiteral("--join h:1 --standby --replace n7"));
        QVERIFY2(told, told ? "" : qPrintable(told.error().message));
        QVERIFY(told->options.host.node.standby);
        QCOMPARE(told->options.host.node.replaces, QStringLiteral("n7"));
    }

    void whatIsSaidOfAbsenceIsUnderstood()
    {
        using namespace std::chrono_literals;
        QCOMPARE(parse(least)->options.host.node.autoRemoveAfter, Duration(0));
        QVERIFY(!parse(least)->options.rejoin);
        const auto told = parse(least + QStringLiteral("--auto-remove-after 10s --rejoin"));
        QVERIFY2(told, told ? "" : qPrintable(told.error().message));
        QCOMPARE(told->options.host.node.autoRemoveAfter, Duration(10s));
        QVERIFY(told->options.rejoin);
        QCOMPARE(parse(least + QStringLiteral("--auto-remove-after 30m"))->options.host.node.autoRemoveAfter,
                 Duration(30min));
        for (const char* wrong : {"9s", "600", "0s", "-1h", "1w", "m", "366d", "99999999999999999999s"}) {
            const auto refused =
                parse(least + QStringLiteral("--auto-remove-after ") + QString::fromLatin1(wrong));
            QVERIFY2(!refused && refused.error().message.startsWith(QStringLiteral("--auto-remove-after")),
                     wrong);
        }
    }

    void whatContradictsReplacingIsRefused_data()
    {
        QTest::addColumn<QString>("given");
        QTest::newRow("itself") << QStringLiteral("--join h:1 --replace n1");
        QTest::newRow("no name") << QStringLiteral("--join h:1 --replace a/b");
        QTest::newRow("tokens") << QStringLiteral("--join h:1 --replace n7 --tokens 3");
        QTest::newRow("positions") << QStringLiteral("--join h:1 --replace n7 --token-positions 3");
        QTest::newRow("nobody to ask") << QStringLiteral("--replace n7");
        QTest::newRow("nobody to wait for") << QStringLiteral("--standby");
    }
    void whatContradictsReplacingIsRefused()
    {
        QFETCH(QString, given);
        const auto command = parse(least + given);
        QVERIFY(!command);
        QVERIFY2(command.error().message.contains(given.contains(QStringLiteral("--replace"))
                                                      ? QStringLiteral("--replace")
                                                      : QStringLiteral("--standby")),
                 qPrintable(command.error().message));
    }

    void quorumsAreAMajorityUnlessTold_data()
    {
        QTest::addColumn<int>("replicas");
        QTest::addColumn<int>("quorum");
        for (const auto& [replicas, quorum] : {std::pair{1, 1}, {2, 2}, {3, 2}, {4, 3}, {5, 3}})
            QTest::addRow("%d replicas", replicas) << replicas << quorum;
    }
    void quorumsAreAMajorityUnlessTold()
    {
        QFETCH(int, replicas);
        QFETCH(int, quorum);
        const auto command = parse(least + QStringLiteral("--replicas %1").arg(replicas));
        QVERIFY(command);
        QCOMPARE(command->options.host.node.readQuorum, quorum);
        QCOMPARE(command->options.host.node.writeQuorum, quorum);
    }

    void theNearerWins()
    {
        const QString file =
            QStringLiteral("# ours\nname = file\ndata=file # here\n\ncluster = file\r\nzone = file\n");
        const Environment environment{{QStringLiteral("RINGNODE_NAME"), QStringLiteral("env")},
                                      {QStringLiteral("RINGNODE_DATA"), QStringLiteral("env")},
                                      {QStringLiteral("RINGNODE_READ_QUORUM"), QStringLiteral("3")},
                                      {QStringLiteral("RINGNODE_CONFIG"), QStringLiteral("node.conf")}};
        const auto command = parse(QStringLiteral("--name=line"), environment, file);
        QVERIFY2(command, command ? "" : qPrintable(command.error().message));
        QCOMPARE(command->options.host.node.name, QStringLiteral("line"));
        QCOMPARE(command->options.store.directory, QStringLiteral("env"));
        QCOMPARE(command->options.host.node.cluster, QStringLiteral("file"));
        QCOMPARE(command->options.host.node.readQuorum, 3);
        QCOMPARE(command->options.host.node.writeQuorum, 2);
    }

    void aMistakeIsNamed_data()
    {
        QTest::addColumn<QString>("line");
        QTest::addColumn<QStringList>("said");
        const auto row = [](const char* name, const char* line, const QStringList& said) {
            QTest::newRow(name) << QString::fromLatin1(line) << said;
        };
        const auto words = [](const char* text) { return QString::fromLatin1(text).split(QLatin1Char('|')); };
        row("unknown", "--htpp 127.0.0.1:1", words("--htpp|did you mean --http?"));
        row("unknown and unlike any", "--xyzzyplugh 1", words("Unknown option --xyzzyplugh"));
        row("no value", "--name n1 --data", words("--data needs a value"));
        row("an option for a value", "--name --data d", words("--name needs a value"));
        row("twice", "--name a --name b", words("--name is given twice"));
        row("no option", "--name a start", words("\"start\""));
        row("no name", "--data d", words("--name is missing"));
        row("no folder", "--name n1", words("--data is missing"));
        row("a name that is none", "--data d --name a/b", words("--name|\"a/b\""));
        row("no cluster name", "--name n1 --data d --cluster ,", words("--cluster"));
        row("quorum of 0", "--name n1 --data d --read-quorum 0", words("--read-quorum|quorum of 0|1 to 3"));
        row("quorum above N", "--name n1 --data d --write-quorum 4",
            words("--write-quorum|quorum of 4|1 to 3"));
        row("quorum above a smaller N", "--name n1 --data d --replicas 1 --read-quorum 2",
            words("--read-quorum|quorum of 2 cannot be had of 1"));
        row("no replicas", "--name n1 --data d --replicas 0", words("--replicas|\"0\""));
        row("not a number", "--name n1 --data d --replicas three", words("--replicas|\"three\""));
        row("no port", "--name n1 --data d --http localhost", words("--http|HOST:PORT"));
        row("port too large", "--name n1 --data d --http a:65536", words("--http|HOST:PORT"));
        row("no host", "--name n1 --data d --peer :7101", words("--peer|HOST:PORT"));
        row("IPv6 without brackets", "--name n1 --data d --peer ::1:7101", words("--peer|[::1]:8101"));
        row("the same address twice", "--name n1 --data d --http a:1 --peer a:1", words("--peer|a:1"));
        row("join nowhere", "--name n1 --data d --join a:1,b", words("--join|\"b\""));
        row("join port 0", "--name n1 --data d --join a:0", words("--join|\"a:0\""));
        row("partitioner", "--name n1 --data d --partitioner md6", words("--partitioner|did you mean md5?"));
        row("tokens both ways", "--name n1 --data d --tokens 4 --token-positions 1",
            words("--token-positions|--tokens"));
        row("no tokens", "--name n1 --data d --tokens 0", words("--tokens|\"0\""));
        row("no capacity", "--name n1 --data d --capacity 0", words("--capacity|\"0\"|0.01 to 100"));
        row("a capacity that is none", "--name n1 --data d --capacity nan", words("--capacity|\"nan\""));
        row("no positions", "--name n1 --data d --token-positions ,", words("--token-positions"));
        row("position too large", "--name n1 --data d --token-positions 65536",
            words("--token-positions|65535"));
        row("position too large there",
            "--name n1 --data d --partitioner md5-mod-10000 --token-positions 10000",
            words("--token-positions|9999"));
        row("position twice", "--name n1 --data d --token-positions 5,5", words("--token-positions|twice"));
        row("durability", "--name n1 --data d --durability maybe", words("--durability|fsync, relaxed"));
        row("reaping before it began", "--name n1 --data d --reap-after -1", words("--reap-after|\"-1\""));
        row("no quiet", "--name n1 --data d --reap-quiet 0", words("--reap-quiet|\"0\""));
        row("a limit below nothing", "--name n1 --data d --transfer-limit -1",
            words("--transfer-limit|\"-1\""));
        row("a limit without a number", "--name n1 --data d --transfer-limit fast",
            words("--transfer-limit|\"fast\""));
        row("value size", "--name n1 --data d --max-value-bytes 0", words("--max-value-bytes"));
        row("log format", "--name n1 --data d --log-format xml", words("--log-format|text, json"));
        row("no such file", "--name n1 --data d --config x.conf", words("--config|x.conf"));
    }
    void aMistakeIsNamed()
    {
        QFETCH(QString, line);
        QFETCH(QStringList, said);
        const auto command = parse(line);
        QVERIFY(!command);
        QCOMPARE(command.error().code, ErrorCode::Malformed);
        for (const QString& part : said)
            QVERIFY2(command.error().message.contains(part), qPrintable(command.error().message));
    }

    void aMistakeInAFileIsFound_data()
    {
        QTest::addColumn<QString>("file");
        QTest::addColumn<QString>("said");
        QTest::newRow("unknown key") << "\nhtpp = x\n"
                                     << "node.conf:2: unknown key \"htpp\"; did you mean http?";
        QTest::newRow("no equals sign") << "replicas 3"
                                        << "node.conf:1: \"replicas 3\"";
        QTest::newRow("twice") << "zone=a\nzone=b"
                               << "node.conf:2: zone is given twice";
        QTest::newRow("bad value") << "# x\n\nreplicas = many"
                                   << "node.conf:3: replicas: \"many\"";
        QTest::newRow("another file") << "config = y"
                                      << "node.conf:1: config";
    }
    void aMistakeInAFileIsFound()
    {
        QFETCH(QString, file);
        QFETCH(QString, said);
        const auto command = parse(least + QStringLiteral("--config node.conf"), {}, file);
        QVERIFY(!command);
        QVERIFY2(command.error().message.startsWith(said), qPrintable(command.error().message));
    }

    void aMistakeInTheEnvironmentIsFound()
    {
        const auto command = parse(least, {{QStringLiteral("RINGNODE_REPLICAS"), QStringLiteral("no")}});
        QVERIFY(!command);
        QVERIFY(command.error().message.startsWith(QStringLiteral("RINGNODE_REPLICAS: \"no\"")));
    }

    void anUnknownVariableIsOnlyWarnedOf()
    {
        const auto command = parse(least, {{QStringLiteral("RINGNODE_HTPP"), QStringLiteral("x")}});
        QVERIFY(command);
        QCOMPARE(command->warnings.size(), 1);
        QVERIFY(command->warnings.first().contains(QStringLiteral("RINGNODE_HTPP")));
    }

    void helpAndVersionNeedNothingElse()
    {
        QCOMPARE(parse(QStringLiteral("--help"))->action, NodeCommand::Action::ShowHelp);
        QCOMPARE(parse(QStringLiteral("--nonsense --help"))->action, NodeCommand::Action::ShowHelp);
        QCOMPARE(parse(QStringLiteral("--version"))->action, NodeCommand::Action::ShowVersion);
    }

    void helpTellsEveryOption()
    {
        const QString help = nodeHelp();
        for (const OptionSpec& spec : nodeOptionSpecs())
            QVERIFY2(help.contains(QStringLiteral("  --%1 %2").arg(spec.name, spec.argument)),
                     qPrintable(spec.name));
        for (const QString& line : help.split(QLatin1Char('\n')))
            QVERIFY2(line.size() <= 110, qPrintable(line));
    }

    void aLogLineIsOneLine()
    {
        const EventLog log(EventLog::Format::Text, EventLog::Level::Info, QStringLiteral("n1"));
        const QDateTime at(QDate(2026, 1, 1), QTime(12, 0, 0, 123), Qt::UTC);
        QCOMPARE(log.formatted(at, EventLog::Level::Info, QStringLiteral("listening"),
                               {{QStringLiteral("http"), QStringLiteral("127.0.0.1:8101")},
                                {QStringLiteral("why"), QStringLiteral("a \"b\"\n")}}),
                 QByteArray("2026-01-01T12:00:00.123Z info n1 listening http=127.0.0.1:8101 "
                            "why=\"a \\\"b\\\"\\u000a\"\n"));
    }

    void aLogLineMayBeJson()
    {
        const EventLog log(EventLog::Format::Json, EventLog::Level::Info, QStringLiteral("n1"));
        const QDateTime at(QDate(2026, 1, 1), QTime(12, 0), Qt::UTC);
        QCOMPARE(
            log.formatted(at, EventLog::Level::Warning, QStringLiteral("a\nb"),
                          {{QStringLiteral("x"), QStringLiteral("y")}}),
            QByteArray(
                R"({"event":"a\nb","level":"warning","node":"n1","time":"2026-01-01T12:00:00.000Z","x":"y"})"
                "\n"));
    }
};

QTEST_GUILESS_MAIN(RingnodeOptionsTest)
#include "ringnode_options_test.moc"
