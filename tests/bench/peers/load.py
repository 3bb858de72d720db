# SPDX-License-Identifier: GPL-3.0-or-later
"""Loading a server with wrk: 64 connections that are kept open, from one thread."""

import dataclasses
import json
import pathlib
import signal
import statistics
import subprocess

import servers

CONNECTIONS = 64
SCRIPT = pathlib.Path(__file__).with_name("load.lua")


@dataclasses.dataclass
class Sample:
    """One round of one measure."""
    per_second: float
    p50_ms: float
    p99_ms: float
    errors: int


class Series(list):
    """The rounds of one measure. With an error in any of them it is no figure."""

    def median(self, field="per_second"):
        return statistics.median(getattr(each, field) for each in self)

    def errors(self):
        return sum(each.errors for each in self)

    def counts(self):
        return bool(self) and self.errors() == 0


def run(url, template, mode, tag, keys, seconds):
    """One run of wrk; see load.lua for mode, tag and template. A fill ends as soon as it is done."""
    command = ["wrk", "--threads", "1", "--connections", str(CONNECTIONS), "--duration", f"{seconds}s",
               "--timeout", "10s", "--script", str(SCRIPT), url, "--", mode, tag, str(keys), template]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True) as wrk:
        lines = []
        for line in wrk.stdout:
            lines.append(line)
            if line == "filled\n":
                wrk.send_signal(signal.SIGINT)
    if wrk.returncode != 0 or not lines or not lines[-1].startswith("{"):
        raise servers.ServerFailed(f"wrk failed on {url}:\n{''.join(lines)}")
    said = json.loads(lines[-1])
    return Sample(said["requests"] / (said["microseconds"] / 1e6), said["p50_ms"], said["p99_ms"],
                  said["refused"] + said["broken"])


def fill(url, template, tag, keys):
    """Writes all keys of a tag once. Two minutes are the limit of patience, not an expectation."""
    return run(url, template, "fill", tag, keys, 120)
