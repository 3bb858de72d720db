// SPDX-License-Identifier: GPL-3.0-or-later
#include "app/cli/node_option_specs.h"

namespace ringmaster::cli {

namespace {

const QList<OptionSpec>& clusterSpecs()
{
    static const QList<OptionSpec> specs{
        {QStringLiteral("name"), QStringLiteral("NAME"),
         QStringLiteral("who this node is; 1 to 64 of a-z A-Z 0-9 . _ -")},
        {QStringLiteral("data"), QStringLiteral("DIR"),
         QStringLiteral("the folder that its data is kept in; made where there is none")},
        {QStringLiteral("http"), QStringLiteral("HOST:PORT"),
         QStringLiteral("where it serves clients (127.0.0.1:8101); port 0: a free one")},
        {QStringLiteral("peer"), QStringLiteral("HOST:PORT"),
         QStringLiteral("where it meets other nodes (127.0.0.1:7101); port 0: a free one")},
        {QStringLiteral("advertise"), QStringLiteral("HOST"),
         QStringLiteral("the host that others are told, where it differs from the one listened on")},
        {QStringLiteral("join"), QStringLiteral("HOST:PORT,..."),
         QStringLiteral("peer addresses of members; none: a cluster of its own")},
        {QStringLiteral("cluster"), QStringLiteral("NAME"),
         QStringLiteral("the cluster's name (ringmaster); other clusters' nodes are refused")},
        {QStringLiteral("replicas"), QStringLiteral("N"),
         QStringLiteral("nodes that hold each key (3); the same on all nodes")},
        {QStringLiteral("read-quorum"), QStringLiteral("R"),
         QStringLiteral("replies that a read waits for, 1 to N (more than half)")},
        {QStringLiteral("write-quorum"), QStringLiteral("W"),
         QStringLiteral("replicas that a write waits for, 1 to N (more than half)")},
        {QStringLiteral("partitioner"), QStringLiteral("md5|md5-mod-10000"),
         QStringLiteral("how keys are placed (md5); the same on all nodes")},
    };
    return specs;
}

const QList<OptionSpec>& membershipSpecs()
{
    static const QList<OptionSpec> specs{
        {QStringLiteral("tokens"), QStringLiteral("T"),
         QStringLiteral("how many tokens to choose when joining (64), times the capacity")},
        {QStringLiteral("token-positions"), QStringLiteral("P,..."),
         QStringLiteral("tokens placed by hand instead: slots 0..65535,\nor 0..9999 with md5-mod-10000")},
        {QStringLiteral("standby"),
         {},
         QStringLiteral("a new node only forwards requests until it is asked to join\n"
                        "(ringctl cluster join)")},
        {QStringLiteral("replace"), QStringLiteral("NAME"),
         QStringLiteral("a new node takes over the tokens of this member, which is gone: a majority\n"
                        "of the ring's members cannot reach it. Else the node waits as STANDBY")},
        {QStringLiteral("rejoin"),
         {},
         QStringLiteral("this node was removed: give what it still holds to the members that own it\n"
                        "now, then join anew under its name, with the same folder. For one start")},
        {QStringLiteral("auto-remove-after"), QStringLiteral("DURATION"),
         QStringLiteral("remove a member that this node and a majority of the ring's members have\n"
                        "seen down for so long, such as 30m; 10s at the least. Off by default.\n"
                        "A node that reaches less than half of them acknowledges nothing by then")},
        {QStringLiteral("removed-may-return"), QStringLiteral("DURATION"),
         QStringLiteral("for so long a removed member may return and give back what it holds, and no\n"
                        "tombstone is reaped (24h)")},
        {QStringLiteral("zone"), QStringLiteral("ZONE"),
         QStringLiteral("where it stands; replicas go to distinct zones first.\n"
                        "A node that has tokens stays in its zone")},
        {QStringLiteral("capacity"), QStringLiteral("C"),
         QStringLiteral("its share of the load when it joins: 2 is twice that of 1 (1); 0.01 to 100")},
    };
    return specs;
}

const QList<OptionSpec>& processSpecs()
{
    static const QList<OptionSpec> specs{
        {QStringLiteral("durability"), QStringLiteral("fsync|relaxed"),
         QStringLiteral("fsync: acknowledged writes outlive a power cut (default).\n"
                        "relaxed: faster; a power cut may take the last ones")},
        {QStringLiteral("trust-copy"),
         {},
         QStringLiteral("the data folder was copied back on purpose, and nothing is newer: use it.\n"
                        "Without it a copy is set aside, and the other members fill the node")},
        {QStringLiteral("reap-after"), QStringLiteral("SECONDS"),
         QStringLiteral("how long a tombstone rests before it may go (600); 0: never")},
        {QStringLiteral("reap-quiet"), QStringLiteral("SECONDS"),
         QStringLiteral("between the two times that all members are asked about it (10)")},
        {QStringLiteral("scrub-days"), QStringLiteral("DAYS"),
         QStringLiteral("how long reading the whole disk for damage takes (7); 0: never")},
        {QStringLiteral("max-value-bytes"), QStringLiteral("BYTES"),
         QStringLiteral("the largest value (1048576), up to 16 MiB")},
        {QStringLiteral("cache-mb"), QStringLiteral("MIB"),
         QStringLiteral("memory for records that were read or written (64)")},
        {QStringLiteral("transfer-limit"), QStringLiteral("MIB"),
         QStringLiteral("MiB a second that repair may ask for and give (0: no limit)")},
        {QStringLiteral("allow-host"), QStringLiteral("HOST,..."),
         QStringLiteral("further names that clients may call it by (see Host in HTTP)")},
        {QStringLiteral("enable-fault-injection"),
         {},
         QStringLiteral("let clients cut links, fill the disk, pause the node (POST /api/v1/faults):\n"
                        "for demos and tests, off by default")},
        {QStringLiteral("config"), QStringLiteral("FILE"),
         QStringLiteral("a file with lines of the form: http = 127.0.0.1:8101")},
        {QStringLiteral("log-format"), QStringLiteral("text|json"),
         QStringLiteral("of the lines on standard error (text)")},
        {QStringLiteral("log-level"), QStringLiteral("debug|info|warning"),
         QStringLiteral("the least that is logged (info)")},
    };
    return specs;
}

} // namespace

const QList<OptionSpec>& nodeOptionSpecs()
{
    static const QList<OptionSpec> specs = clusterSpecs() + membershipSpecs() + processSpecs();
    return specs;
}

QString nodeHelp()
{
    return QStringLiteral("ringnode: one node of a Ringmaster cluster.\n"
                          "\n"
                          "  ringnode --name n1 --data DIR [--http HOST:PORT] [--peer HOST:PORT] "
                          "[--join HOST:PORT,...]\n"
                          "\n") +
           helpFor(nodeOptionSpecs()) +
           QStringLiteral(
               "  --help, --version\n"
               "\n"
               "Each option may stand in the configuration file (read-quorum = 2) and in the environment\n"
               "(RINGNODE_READ_QUORUM=2). The command line wins over the environment, that over the file.\n"
               "\n"
               "The log goes to standard error, one line an event. SIGTERM and SIGINT end the node cleanly, "
               "a\n"
               "second one at once.\n"
               "\n"
               "Exit codes:\n"
               "  0  ended as asked\n"
               "  2  a mistake in the command line, the environment or the configuration file\n"
               "  3  the data folder cannot be used: damaged, another node's or cluster's, of a newer "
               "version,\n"
               "     or in use by another process; nothing in it was changed\n"
               "  4  an address cannot be had (in use by another program, or not of this machine)\n"
               "  5  the disk failed while the node ran; what was acknowledged before is kept\n"
               "  6  the cluster refuses the node (another node has its name, another cluster, other "
               "settings)\n"
               "  7  this node was removed from its cluster, for good, and has given back what it held;\n"
               "     --rejoin lets it join anew\n"
               "  1  anything else\n");
}

} // namespace ringmaster::cli
