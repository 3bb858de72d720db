// SPDX-License-Identifier: GPL-3.0-or-later
// swimsim: clusters of many sizes in virtual time, and what it takes them to know who is there. Prints
// Markdown.
#include "tests/sim/swim/balance.h"
#include "tests/sim/swim/measures.h"

#include <QCommandLineParser>
#include <QCoreApplication>
#include <QTextStream>

#include <algorithm>

using namespace ringmaster;
using namespace ringmaster::sim;

namespace {

struct Options {
    std::vector<int> sizes;
    SwimRules rules;
    std::chrono::minutes time{60};
    quint64 seed = 1;
    int seeds = 3;
    QString only; // a table; empty: all
    bool wants(const QString& table) const { return only.isEmpty() || only == table; }
};

QString number(double value, int digits = 2)
{
    return QString::number(value, 'f', digits);
}

void printNews(const Options& options, QTextStream& out)
{
    out << "| nodes | news reaches all after, rounds | a join is known and all see one ring after, s | a "
           "death: first "
           "suspected, s "
           "| down with all, s | one node starved for 20 s: others declared down | it is back with all "
           "after, s |\n"
           "|---|---|---|---|---|---|---|\n";
    for (const int nodes : options.sizes) {
        const NewsMeasure news = measureNews(nodes, options.rules, options.seed, options.seeds);
        out << QStringLiteral("| %1 | %2 | %3 | %4 | %5 | %6 | %7 |")
                   .arg(nodes)
                   .arg(number(news.newsRounds, 1), number(news.joinKnownSeconds),
                        number(news.suspectedSeconds), number(news.downSeconds))
                   .arg(news.starvedAccuses)
                   .arg(number(news.starvedBackSeconds))
            << Qt::endl;
    }
}

// Returns the false deaths at up to 5 % loss.
int printLoss(const Options& options, QTextStream& out)
{
    int falseDeaths = 0;
    out << "\n| nodes | loss | false deaths in " << options.time.count()
        << " min | datagrams a node and second | bytes a node and second |\n|---|---|---|---|---|\n";
    for (const int nodes : options.sizes) {
        for (const double loss : {0.0, 0.01, 0.05, 0.2}) {
            const LossMeasure measure = measureLoss(nodes, options.rules, loss, options.time, options.seed);
            out << QStringLiteral("| %1 | %2 % | %3 | %4 | %5 |")
                       .arg(nodes)
                       .arg(loss * 100)
                       .arg(measure.falseDeaths)
                       .arg(number(measure.messagesPerSecond, 1), number(measure.bytesPerSecond, 0))
                << Qt::endl;
            if (loss <= 0.05)
                falseDeaths += measure.falseDeaths;
        }
    }
    return falseDeaths;
}

void printBalance(const Options& options, QTextStream& out)
{
    const std::vector<BalanceMeasure> all = measureBalance(options.sizes, options.seed);
    const auto row = [&out](const QString& name, const BalanceMeasure& measure) {
        out << QStringLiteral("| %1 | %2 | %3 | %4 |")
                   .arg(name, number(measure.primary, 3), number(measure.replica, 3),
                        number(measure.moved, 3))
            << Qt::endl;
    };
    out << "\n| nodes | primary load, largest / mean | replica load, largest / mean | slots copied by the "
           "join / least "
           "possible |\n|---|---|---|---|\n";
    BalanceMeasure worst;
    for (const BalanceMeasure& measure : all) {
        const bool isAsked =
            std::find(options.sizes.begin(), options.sizes.end(), measure.nodes) != options.sizes.end();
        if (isAsked)
            row(QString::number(measure.nodes), measure);
        if (measure.nodes > 100)
            continue;
        worst.nodes = measure.nodes;
        worst.primary = std::max(worst.primary, measure.primary);
        worst.replica = std::max(worst.replica, measure.replica);
        if (measure.nodes > 3) // before, there are fewer nodes than replicas
            worst.moved = std::max(worst.moved, measure.moved);
    }
    row(QStringLiteral("worst of 3 to %1").arg(worst.nodes), worst);
}

void printShares(const Options& options, QTextStream& out)
{
    const auto inZones = [](const std::vector<int>& sizes) {
        std::vector<PlacedNode> nodes;
        for (int i = 0; i < *std::max_element(sizes.begin(), sizes.end()); ++i) {
            for (size_t zone = 0; zone < sizes.size(); ++zone) {
                if (i < sizes[zone])
                    nodes.push_back({QString::number(zone), 1});
            }
        }
        return nodes;
    };
    std::vector<PlacedNode> oneLarge(10);
    oneLarge[3].capacity = 2;
    std::vector<PlacedNode> manyLarge(30);
    for (size_t i = 0; i < manyLarge.size(); i += 3)
        manyLarge[i].capacity = 2;
    struct Row {
        QString name;
        std::vector<PlacedNode> nodes;
        int replaced = 0;
    };
    const std::vector<Row> rows{
        {QStringLiteral("3 zones of 1"), inZones({1, 1, 1})},
        {QStringLiteral("3 zones of 2"), inZones({2, 2, 2})},
        {QStringLiteral("3 zones of 10"), inZones({10, 10, 10})},
        {QStringLiteral("3 zones of 33"), inZones({33, 33, 33})},
        {QStringLiteral("zones of 2 and 4"), inZones({2, 4})},
        {QStringLiteral("zones of 2, 3 and 4"), inZones({2, 3, 4})},
        {QStringLiteral("10, one of capacity 2"), oneLarge},
        {QStringLiteral("the same, after 5 have left and 5 joined"), oneLarge, 5},
        {QStringLiteral("30, every third of capacity 2"), manyLarge},
        {QStringLiteral("the same, after 15 have left and 15 joined"), manyLarge, 15},
    };
    out << "\n| cluster | primary load, largest / fair | replica load, largest / fair | smallest / fair | "
           "slots "
           "with two replicas in a zone needlessly |\n|---|---|---|---|---|\n";
    for (const Row& row : rows) {
        const ShareMeasure measure = measureShares(row.nodes, row.replaced, options.seed);
        out << QStringLiteral("| %1 | %2 | %3 | %4 | %5 |")
                   .arg(row.name, number(measure.primary, 3), number(measure.replica, 3),
                        number(measure.least, 3))
                   .arg(measure.crowded)
            << Qt::endl;
    }
}

bool take(const QCommandLineParser& parser, Options& options)
{
    bool sound = true;
    for (const QString& size : parser.value(QStringLiteral("nodes")).split(QLatin1Char(','))) {
        const int nodes = size.toInt(&sound);
        if (!sound || nodes < 3 || nodes > 5000)
            return false;
        options.sizes.push_back(nodes);
    }
    options.time = std::chrono::minutes(parser.value(QStringLiteral("minutes")).toInt(&sound));
    if (!sound || options.time.count() < 1)
        return false;
    options.seed = parser.value(QStringLiteral("seed")).toULongLong(&sound);
    if (!sound)
        return false;
    options.seeds = parser.value(QStringLiteral("seeds")).toInt(&sound);
    options.only = parser.value(QStringLiteral("only"));
    if (!QStringList{{}, QStringLiteral("news"), QStringLiteral("loss"), QStringLiteral("balance")}.contains(
            options.only))
        return false;
    if (parser.isSet(QStringLiteral("local")))
        options.rules = swimForOneMachine();
    return sound && options.seeds > 0;
}

} // namespace

int main(int argc, char** argv)
{
    const QCoreApplication app(argc, argv);
    QCommandLineParser parser;
    parser.setApplicationDescription(QStringLiteral(
        "Measures SWIM, and the balance of rings, on clusters of many sizes in virtual time."));
    parser.addHelpOption();
    parser.addOptions({
        {QStringLiteral("nodes"), QStringLiteral("The sizes, 3 to 5000."), QStringLiteral("A,B,…"),
         QStringLiteral("3,10,30,100,300,1000")},
        {QStringLiteral("minutes"), QStringLiteral("Virtual time for each loss."), QStringLiteral("M"),
         QStringLiteral("60")},
        {QStringLiteral("seed"), QStringLiteral("The first."), QStringLiteral("S"), QStringLiteral("1")},
        {QStringLiteral("seeds"), QStringLiteral("How many, where the worst counts."), QStringLiteral("K"),
         QStringLiteral("3")},
        {QStringLiteral("only"), QStringLiteral("One table: news, loss or balance."),
         QStringLiteral("TABLE")},
        {QStringLiteral("local"), QStringLiteral("With the rules for one machine, not those for a LAN.")},
    });
    parser.process(app);
    QTextStream out(stdout);
    Options options;
    if (!take(parser, options)) {
        QTextStream(stderr) << "That makes no sense; see swimsim --help." << Qt::endl;
        return 2;
    }
    out << QStringLiteral("seeds %1..%2\n\n")
               .arg(options.seed)
               .arg(options.seed + quint64(options.seeds) - 1);
    if (options.wants(QStringLiteral("news")))
        printNews(options, out);
    const int falseDeaths = options.wants(QStringLiteral("loss")) ? printLoss(options, out) : 0;
    if (options.wants(QStringLiteral("balance"))) {
        printBalance(options, out);
        printShares(options, out);
    }
    return falseDeaths == 0 ? 0 : 1;
}
