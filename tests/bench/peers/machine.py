# SPDX-License-Identifier: GPL-3.0-or-later
"""What the figures were measured on."""

import os
import pathlib
import platform
import statistics
import subprocess
import time


def first_line(command):
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=10)
        return (done.stdout or done.stderr).strip().splitlines()[0]
    except (OSError, IndexError, subprocess.TimeoutExpired):
        return "unknown"


def field(path, name):
    for line in pathlib.Path(path).read_text().splitlines():
        if line.startswith(name):
            return line.partition(":")[2].strip()
    return "unknown"


def fdatasync_ms(folder):
    """The median of 200 appends of 4 KiB, each forced to disk."""
    path = folder / "fdatasync"
    took = []
    with path.open("wb", buffering=0) as file:
        for _ in range(200):
            file.write(b"x" * 4096)
            start = time.monotonic()
            os.fdatasync(file.fileno())
            took.append((time.monotonic() - start) * 1000)
    path.unlink()
    return statistics.median(took)


def facts(folder):
    """Name and value, for a table."""
    memory = int(field("/proc/meminfo", "MemTotal").split()[0]) / 1024 / 1024
    return [
        ("date", time.strftime("%Y-%m-%d")),
        ("processor", f"{os.cpu_count()} cores, {field('/proc/cpuinfo', 'model name')}"),
        ("memory", f"{memory:.0f} GiB"),
        ("system", f"{field_of_release('PRETTY_NAME')}, Linux {platform.release()}"),
        ("disk", f"{first_line(['findmnt', '-n', '-o', 'FSTYPE', '-T', str(folder)])}, "
                 f"fdatasync of 4 KiB {fdatasync_ms(folder):.2f} ms"),
        ("etcd", first_line(["etcd", "--version"])),
        ("nginx", first_line(["/usr/sbin/nginx", "-v"])),
        ("wrk", first_line(["wrk", "--version"]).split(" Copyright")[0]),
    ]


def field_of_release(name):
    for line in pathlib.Path("/etc/os-release").read_text().splitlines():
        if line.startswith(name + "="):
            return line.partition("=")[2].strip('"')
    return "unknown"
