// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/ringctl/bench_cleanup.h"
#include "app/ringctl/command.h"
#include "app/ringctl/interrupt.h"
#include "app/ringctl/member_calls.h"
#include "app/ringctl/output.h"
#include "nodecore/client/cluster_picture.h"
#include "nodecore/client/load_generator.h"

#include <QJsonArray>
#include <QRandomGenerator>

#include <optional>

namespace ringmaster::ctl {

using namespace Qt::StringLiterals;

namespace {

QString ms(std::chrono::nanoseconds duration)
{
    return QString::number(static_cast<double>(duration.count()) / 1e6, 'f', 2);
}

QStringList row(const QString& name, const LoadHistogram& histogram, double seconds)
{
    return {name,
            QString::number(histogram.count()),
            QString::number(static_cast<double>(histogram.count()) / seconds, 'f', 0),
            ms(histogram.percentile(0.5)),
            ms(histogram.percentile(0.9)),
            ms(histogram.percentile(0.99)),
            ms(histogram.percentile(0.999)),
            ms(histogram.max())};
}

QJsonObject histogramJson(const LoadHistogram& histogram, double seconds)
{
    const auto number = [](std::chrono::nanoseconds d) { return static_cast<double>(d.count()) / 1e6; };
    return {{u"requests"_s, static_cast<qint64>(histogram.count())},
            {u"per_second"_s, static_cast<double>(histogram.count()) / seconds},
            {u"p50_ms"_s, number(histogram.percentile(0.5))},
            {u"p90_ms"_s, number(histogram.percentile(0.9))},
            {u"p99_ms"_s, number(histogram.percentile(0.99))},
            {u"p99_9_ms"_s, number(histogram.percentile(0.999))},
            {u"max_ms"_s, number(histogram.max())}};
}

Result<LoadSpec> specFrom(const Invocation& in)
{
    LoadSpec spec;
    const auto seconds = in.realValue(u"seconds"_s, 0.1, 86400);
    const auto ratio = in.realValue(u"read-ratio"_s, 0, 1);
    if (!seconds || !ratio)
        return tl::make_unexpected(seconds ? ratio.error() : seconds.error());
    spec.seconds = *seconds;
    spec.readRatio = *ratio;
    int seed = 1;
    for (const auto& [name, least, most, target] :
         {std::tuple{u"connections"_s, 1, 10000, &spec.connections},
          std::tuple{u"keys"_s, 1, 10000000, &spec.keys},
          std::tuple{u"value-size"_s, 0, 1024 * 1024, &spec.valueSize},
          std::tuple{u"seed"_s, 0, 2000000000, &seed}}) {
        const auto value = in.intValue(name, least, most);
        if (!value)
            return tl::make_unexpected(value.error());
        *target = *value;
    }
    spec.seed = static_cast<quint64>(seed);
    return spec;
}

// Every node that the cluster says is up; those given where they were given.
ClientResult<QList<QUrl>> nodesToLoad(const Invocation& in)
{
    const auto members = membersOf(in);
    if (!members)
        return tl::make_unexpected(members.error());
    if (in.nodesGiven)
        return in.nodes;
    QList<QUrl> nodes;
    for (const MemberSnapshot& member : *members) {
        const QUrl url = urlOfAddress(member.httpAddress);
        if (member.reachable && url.isValid())
            nodes.append(url);
    }
    return nodes.isEmpty() ? in.nodes : nodes;
}

// Its own for each run, so that no two write the same keys, and none those of the user.
QByteArray ownPrefix()
{
    return "ringctl-bench-" + QByteArray::number(QRandomGenerator::global()->generate64(), 16) + '-';
}

QString leftText(const LoadSpec& spec, const BenchCleanup& cleanup)
{
    return u"%1 could not be removed: %2 Find them with \"ringctl keys --prefix %3\"."_s.arg(
        counted(cleanup.left, u"key"_s), cleanup.problem, QString::fromLatin1(spec.keyPrefix));
}

// cleanup: nothing where the keys were kept.
ExitCode report(const Invocation& in, const LoadSpec& spec, const LoadResult& result,
                const std::optional<BenchCleanup>& cleanup)
{
    LoadHistogram all = result.reads;
    all.add(result.writes);
    const bool isClean = !cleanup || cleanup->left == 0;
    const ExitCode code = all.count() == 0 ? ExitCode::NoAnswer : isClean ? ExitCode::Ok : ExitCode::Failed;
    if (in.json) {
        QJsonObject errors;
        for (auto it = result.errors.begin(); it != result.errors.end(); ++it)
            errors.insert(it.key(), static_cast<qint64>(it.value()));
        printJson({{u"seconds"_s, result.seconds},
                   {u"reads"_s, histogramJson(result.reads, result.seconds)},
                   {u"writes"_s, histogramJson(result.writes, result.seconds)},
                   {u"all"_s, histogramJson(all, result.seconds)},
                   {u"absent"_s, static_cast<qint64>(result.absent)},
                   {u"errors"_s, errors},
                   {u"key_prefix"_s, QString::fromLatin1(spec.keyPrefix)},
                   {u"keys_removed"_s, cleanup ? cleanup->removed : 0},
                   {u"keys_left"_s, cleanup ? QJsonValue(cleanup->left) : QJsonValue()}});
        return code;
    }
    print(u"%1 s, %2, %3, %4 of %5 bytes"_s
              .arg(QString::number(result.seconds, 'f', 1), counted(spec.nodes.size(), u"node"_s),
                   counted(spec.connections, u"connection"_s), counted(spec.keys, u"key"_s))
              .arg(spec.valueSize));
    QList<QStringList> rows{row(u"reads"_s, result.reads, result.seconds),
                            row(u"writes"_s, result.writes, result.seconds),
                            row(u"all"_s, all, result.seconds)};
    print(table({u"ms"_s, u"COUNT"_s, u"PER SECOND"_s, u"p50"_s, u"p90"_s, u"p99"_s, u"p99.9"_s, u"MAX"_s},
                rows, {1, 2, 3, 4, 5, 6, 7}));
    if (result.absent > 0)
        print(u"%1 of the reads met a key that is not there."_s.arg(result.absent));
    for (auto it = result.errors.begin(); it != result.errors.end(); ++it)
        print(u"errors: %1 × %2"_s.arg(it.value()).arg(it.key()));
    if (!cleanup)
        print(u"The keys stay: ringctl keys --prefix %1"_s.arg(QString::fromLatin1(spec.keyPrefix)));
    else if (!isClean)
        note(u"ringctl: "_s + leftText(spec, *cleanup));
    return code;
}

ExitCode bench(const Invocation& in)
{
    auto spec = specFrom(in);
    if (!spec)
        return fail(spec.error(), in.json);
    const auto nodes = nodesToLoad(in);
    if (!nodes)
        return fail(nodes.error(), in.json);
    spec->nodes = *nodes;
    spec->keyPrefix = ownPrefix();
    LoadGenerator generator(*spec);
    Interrupt interrupt; // ends the load, and what it wrote is removed all the same
    QEventLoop loop;
    QObject::connect(&generator, &LoadGenerator::finished, &loop, &QEventLoop::quit);
    QObject::connect(&interrupt, &Interrupt::interrupted, &generator, &LoadGenerator::stop);
    generator.start();
    loop.exec();
    const auto cleanup =
        in.isSet(u"keep"_s) ? std::nullopt : std::optional(removeKeys(spec->nodes, generator.writtenKeys()));
    return report(in, *spec, generator.result(), cleanup);
}

} // namespace

QList<Command> benchCommands()
{
    return {{u"bench"_s,
             {},
             0,
             u"Load the cluster, and print throughput and percentiles."_s,
             u"All reachable nodes are loaded, or those of --url. The keys are new ones, which begin with "
             u"ringctl-bench- and a\nnumber of this run. Each write replaces what was written before it, so "
             u"that no siblings pile up. At the end the keys are\nremoved; after Ctrl-C too."_s,
             {{u"seconds"_s, u"How long (default 10)."_s, u"S"_s, u"10"_s},
              {u"connections"_s, u"Kept-alive connections, one request at a time each (default 64)."_s,
               u"C"_s, u"64"_s},
              {u"read-ratio"_s, u"The share of reads, 0 to 1 (default 0.5)."_s, u"X"_s, u"0.5"_s},
              {u"keys"_s, u"How many different keys (default 10000)."_s, u"N"_s, u"10000"_s},
              {u"value-size"_s, u"Bytes a value (default 100)."_s, u"B"_s, u"100"_s},
              {u"keep"_s, u"Leave the keys there."_s},
              {u"seed"_s, u"Chooses keys and operations; equal seeds choose alike (default 1)."_s, u"N"_s,
               u"1"_s}},
             bench}};
}

} // namespace ringmaster::ctl
