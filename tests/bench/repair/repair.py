#!/usr/bin/env python3
# SPDX-License-Identifier: GPL-3.0-or-later
"""How fast two local nodes come together again: hints that go home, and keys that are missing.

Two ringnode processes, N=2, W=1, real fsync. (1) n2 is killed, keys are written, n2 starts again: from then on
until n1 keeps no hint. (2) n2 is killed and its data folder deleted: from its first key until it holds all.
With --foreground: the latencies of clients of three nodes (N=3), alone and while n3 is filled again.
"""

import argparse
import json
import os
import pathlib
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.request

SOURCE = pathlib.Path(__file__).resolve().parents[3]


def free_ports(count):
    held = [socket.socket() for _ in range(count)]
    for one in held:
        one.bind(("127.0.0.1", 0))
    ports = [one.getsockname()[1] for one in held]
    for one in held:
        one.close()
    return ports


class Node:
    def __init__(self, name, folder, programs, http, peer, join, quorums=("2", "1", "1")):
        self.data = folder / name
        self.url = f"http://127.0.0.1:{http}"
        self.arguments = [programs / "ringnode", "--name", name, "--data", self.data, "--http",
                          f"127.0.0.1:{http}", "--peer", f"127.0.0.1:{peer}", "--join", f"127.0.0.1:{join}",
                          "--replicas", quorums[0], "--read-quorum", quorums[1], "--write-quorum", quorums[2]]
        self.log = open(folder / f"{name}.log", "ab")
        self.process = None

    def start(self):
        self.process = subprocess.Popen(self.arguments, stderr=self.log)

    def kill(self):
        if self.process:
            self.process.send_signal(signal.SIGKILL)
            self.process.wait()
            self.process = None

    def cpu_seconds(self):
        with open(f"/proc/{self.process.pid}/stat") as stat:
            fields = stat.read().rsplit(")", 1)[1].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def ask(self, path):
        try:
            with urllib.request.urlopen(self.url + path, timeout=5) as answer:
                return json.load(answer)
        except OSError:
            return None


def until(condition, seconds=300):
    deadline = time.monotonic() + seconds
    while not condition():
        if time.monotonic() > deadline:
            sys.exit("gave up waiting")
        time.sleep(0.01)
    return time.monotonic()


def hints(node):
    stats = node.ask("/api/v1/stats") or {}
    return stats.get("repair", {}).get("hints")


def keys(node):
    stats = node.ask("/api/v1/stats") or {}
    return stats.get("keys", 0)


def write_keys(programs, node, count, value_bytes):
    value = "v" * value_bytes
    lines = "".join(f"key-{i:07}\t{value}\n" for i in range(count))
    subprocess.run([programs / "ringctl", "--url", node.url, "import", "-", "--format", "tsv",
                    "--on-conflict", "sibling"],
                   input=lines.encode(), check=True, stdout=subprocess.DEVNULL)


def report(what, count, seconds, cpu):
    print(f"{what:28} {count:>8} keys {seconds:7.2f} s {count / seconds:10.0f} keys/s, "
          f"{cpu:.2f} s of processor time", flush=True)


def measure(options, programs, folder):
    http1, http2, peer1, peer2 = free_ports(4)
    n1 = Node("n1", folder, programs, http1, peer1, peer1)
    n2 = Node("n2", folder, programs, http2, peer2, peer1)
    try:
        n1.start()
        until(lambda: n1.ask("/health"))
        n2.start()
        until(lambda: n2.ask("/health"))
        n2.kill()
        until(lambda: any(not m.get("reachable") for m in (n1.ask("/api/v1/members") or {}).get("members", [])))
        write_keys(programs, n1, options.keys, options.value_bytes)
        owed = hints(n1)
        n2.start()
        cpu = n1.cpu_seconds()
        began = until(lambda: (hints(n1) or 0) < owed)
        ended = until(lambda: hints(n1) == 0)
        report("hinted handoff", owed, ended - began, n1.cpu_seconds() - cpu + n2.cpu_seconds())

        until(lambda: keys(n2) == options.keys)
        n2.kill()
        shutil.rmtree(n2.data)
        n2.start()
        cpu = n1.cpu_seconds()
        began = until(lambda: keys(n2) > 0)
        ended = until(lambda: keys(n2) == options.keys)
        report("repair of missing keys", options.keys, ended - began, n1.cpu_seconds() - cpu + n2.cpu_seconds())
    finally:
        n1.kill()
        n2.kill()


def load(programs, node, seconds):
    answer = subprocess.run([programs / "ringctl", "--url", node.url, "bench", "--json", "--keep", "--connections", "4",
                             "--seconds", str(seconds)], check=True, capture_output=True)
    return json.loads(answer.stdout)


def measure_foreground(options, programs, folder):
    ports = free_ports(6)
    nodes = [Node(f"n{i + 1}", folder, programs, ports[i], ports[3 + i], ports[3], ("3", "2", "2"))
             for i in range(3)]
    try:
        for node in nodes:
            node.start()
            until(lambda node=node: node.ask("/health"))
        write_keys(programs, nodes[0], options.keys, options.value_bytes)
        until(lambda: all(keys(node) == options.keys for node in nodes))
        load(programs, nodes[0], 2)
        held = keys(nodes[0])
        alone = load(programs, nodes[0], 5)
        nodes[2].kill()
        shutil.rmtree(nodes[2].data)
        nodes[2].start()
        began = until(lambda: keys(nodes[2]) > 0)
        beside = load(programs, nodes[0], 5)
        filled = keys(nodes[2])
        until(lambda: keys(nodes[2]) >= held)
        print("alone:", json.dumps(alone))
        print("beside repair:", json.dumps(beside))
        print(f"{filled} of {held} keys after the load, all after {time.monotonic() - began:.1f} s", flush=True)
    finally:
        for node in nodes:
            node.kill()


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--keys", type=int, default=100_000)
    parser.add_argument("--value-bytes", type=int, default=100)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--foreground", action="store_true")
    parser.add_argument("--build", default=SOURCE / "build/release", type=pathlib.Path)
    options = parser.parse_args()
    for _ in range(options.rounds):
        with tempfile.TemporaryDirectory() as folder:
            run = measure_foreground if options.foreground else measure
            run(options, options.build / "bin", pathlib.Path(folder))


if __name__ == "__main__":
    main()
