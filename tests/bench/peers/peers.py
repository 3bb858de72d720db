# SPDX-License-Identifier: GPL-3.0-or-later
"""Compares three nodes of ours with etcd, nginx and a bare Qt HttpServer, on one machine, in one run.

Each server is loaded in turn, for several rounds, so that what else the machine does falls on all alike. Prints
markdown: medians, ratios against the targets, and the machine. ../README.md says how to read it.
"""

import argparse
import contextlib
import dataclasses
import pathlib
import signal
import statistics
import sys
import tempfile
import time
import typing

import load
import machine
import servers

SOURCE = pathlib.Path(__file__).resolve().parents[3]
KEYS = 100_000
FILLED = "filled"


@dataclasses.dataclass
class Measure:
    """A load that is repeated: which server, what is asked of it, and of which keys."""
    name: str
    title: str
    server: str
    template: typing.Callable
    mode: str


MEASURES = [
    Measure("put", "ringnode PUT, W=2, fsync", "ring", lambda ring: ring.put(), "fresh"),
    Measure("etcd-put", "etcd put", "etcd", lambda etcd: etcd.put(), "fresh"),
    Measure("get2", "ringnode GET, R=2", "ring", lambda ring: ring.get(2), "random"),
    Measure("etcd-range", "etcd range, linearizable", "etcd", lambda etcd: etcd.range(False), "random"),
    Measure("etcd-serial", "etcd range, serializable", "etcd", lambda etcd: etcd.range(True), "random"),
    Measure("get1", "ringnode GET, R=1, held locally", "ring", lambda ring: ring.get(1), "random"),
    Measure("hello", "Qt HttpServer, constant", "hello", lambda hello: hello.get(), "random"),
    Measure("nginx", "nginx, constant", "nginx", lambda nginx: nginx.get(), "random"),
]

# (ours, theirs, at least that many times as much)
RATIOS = [("put", "etcd-put", 1.5), ("get2", "etcd-range", 3.0), ("get1", "hello", 0.5)]

# name, title, unit, at most
NODE_TARGETS = [
    ("memory", "a node idle: resident", "MB", 40.0),
    ("cpu", "a node idle: of a core", "%", 0.5),
    ("start", "start to serving, median", "ms", 300.0),
]


def parse_arguments():
    names = [each.name for each in MEASURES] + ["idle", "start"]
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--rounds", type=int, default=5, help="how often each is measured (default 5)")
    parser.add_argument("--seconds", type=int, default=5, help="how long each time (default 5)")
    parser.add_argument("--only", nargs="+", choices=names, metavar="NAME", default=names,
                        help=f"some of: {' '.join(names)}")
    parser.add_argument("--bin", type=pathlib.Path, default=SOURCE / "build/release/bin",
                        help="where ringnode and http_hello are")
    parser.add_argument("--folder", type=pathlib.Path, default=SOURCE / "build",
                        help="the data of all servers goes into a new folder in it; it should be on a disk")
    return parser.parse_args()


def start_servers(options, folder, stack):
    """Those that the measures need, by name. The stack stops them."""
    wanted = {each.server for each in MEASURES if each.name in options.only}
    if {"idle", "start"} & set(options.only):
        wanted.add("ring")
    makers = {"ring": lambda: servers.Ring(options.bin, folder), "etcd": lambda: servers.Etcd(folder),
              "hello": lambda: servers.Hello(options.bin, folder), "nginx": lambda: servers.Nginx(folder)}
    running = {}
    for name in sorted(wanted, key=list(makers).index):
        say(f"starting {name}")
        running[name] = makers[name]()
        stack.callback(running[name].stop)
        running[name].start()
    return running


def measure_idle(ring, seconds=10):
    """The node that needs most, of three that nobody asks anything."""
    say(f"watching idle nodes for {seconds} s")
    before = [node.cpu_ticks() for node in ring.nodes]
    time.sleep(seconds)
    ticks = max(node.cpu_ticks() - was for node, was in zip(ring.nodes, before))
    return {"memory": max(node.resident_mb() for node in ring.nodes), "cpu": ticks / seconds}


def measure_starts(ring, times=7):
    say(f"starting a node {times} times")
    ring.start_ms.clear()
    for _ in range(times):
        ring.restart_last()
    return {"start": statistics.median(ring.start_ms)}


def fill(running, only):
    """Gives the reads something to find."""
    for name, reads in (("ring", {"get1", "get2"}), ("etcd", {"etcd-range", "etcd-serial"})):
        if name in running and reads & set(only):
            say(f"filling {name} with {KEYS} keys")
            server = running[name]
            sample = load.fill(server.url(), server.put(), FILLED, KEYS)
            if sample.errors:
                say(f"  {sample.errors} errors: some keys will be missing")
    if "etcd" in running and {"etcd-range", "etcd-serial"} & set(only):
        # A missing key is no error there, so it is counted.
        count = running["etcd"].count(FILLED + "000")
        if count < KEYS:
            raise servers.ServerFailed(f"only {count} of {KEYS} keys are in etcd")


def measure_loads(options, running):
    """A Series by the name of a measure."""
    chosen = [each for each in MEASURES if each.name in options.only]
    results = {each.name: load.Series() for each in chosen}
    for number in range(options.rounds):
        for each in chosen:
            server = running[each.server]
            tag = FILLED if each.mode == "random" else f"put{number:03}"
            sample = load.run(server.url(), each.template(server), each.mode, tag, KEYS, options.seconds)
            results[each.name].append(sample)
            errors = f", {sample.errors} errors" if sample.errors else ""
            say(f"round {number + 1}: {each.title}: {sample.per_second:,.0f}/s{errors}")
    return results


def print_loads(results):
    """Medians over the rounds."""
    if results:
        print("| load | requests/s | p50 ms | p99 ms | lowest to highest | errors |")
        print("|---|--:|--:|--:|--:|--:|")
    for each in MEASURES:
        series = results.get(each.name)
        if series:
            rates = [sample.per_second for sample in series]
            print(f"| {each.title} | {series.median():,.0f} | {series.median('p50_ms'):.2f} | "
                  f"{series.median('p99_ms'):.2f} | {min(rates):,.0f} to {max(rates):,.0f} | {series.errors()} |")
    print()


def ratio_rows(results):
    """A figure with errors is none."""
    titles = {each.name: each.title for each in MEASURES}
    for ours, theirs, wanted in RATIOS:
        if not (results.get(ours) and results.get(theirs)):
            continue
        name = f"{titles[ours]} ÷ {titles[theirs]}"
        if results[ours].counts() and results[theirs].counts():
            ratio = results[ours].median() / results[theirs].median()
            yield name, f"≥ {wanted} ×", f"{ratio:.2f} ×", "met" if ratio >= wanted else "**not met**"
        else:
            yield name, f"≥ {wanted} ×", "none: there were errors", "**not met**"


def node_rows(figures):
    for name, title, unit, most in NODE_TARGETS:
        if name in figures:
            verdict = "met" if figures[name] <= most else "**not met**"
            yield title, f"≤ {most:g} {unit}", f"{figures[name]:.1f} {unit}", verdict


def print_targets(results, node_figures):
    rows = [*ratio_rows(results), *node_rows(node_figures)]
    if rows:
        print("| target | wanted | measured | |")
        print("|---|--:|--:|---|")
        for row in rows:
            print(f"| {' | '.join(row)} |")
        print()


def print_machine(folder):
    print("| machine | |")
    print("|---|---|")
    for name, value in machine.facts(folder):
        print(f"| {name} | {value} |")


def say(text):
    print(text, file=sys.stderr, flush=True)


def main():
    options = parse_arguments()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    options.folder.mkdir(parents=True, exist_ok=True)
    with contextlib.ExitStack() as stack:
        folder = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="peers-", dir=options.folder)))
        running = start_servers(options, folder, stack)
        node_figures = {}
        if "idle" in options.only:
            node_figures |= measure_idle(running["ring"])
        if "start" in options.only:
            node_figures |= measure_starts(running["ring"])
        fill(running, options.only)
        results = measure_loads(options, running)
        print_loads(results)
        print_targets(results, node_figures)
        print_machine(folder)


if __name__ == "__main__":
    try:
        main()
    except servers.ServerFailed as problem:
        sys.exit(f"Nothing was measured. {problem}")
