# SPDX-License-Identifier: GPL-3.0-or-later
"""The servers that are compared: started on free ports and in a temporary folder, ended always."""

import base64
import json
import pathlib
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request

LOOPBACK = "127.0.0.1"
VALUE = "v" * 100


class ServerFailed(Exception):
    """A server could not be started; the message says which, and where its log is."""


def free_ports(count):
    """That many different ports; all are held until the last is found."""
    sockets = [socket.socket() for _ in range(count)]
    try:
        for each in sockets:
            each.bind((LOOPBACK, 0))
        return [each.getsockname()[1] for each in sockets]
    finally:
        for each in sockets:
            each.close()


def program(name, hint):
    found = shutil.which(name, path="/usr/sbin:/usr/bin:/usr/local/bin") if "/" not in str(name) else name
    if not found or not pathlib.Path(found).exists():
        raise ServerFailed(f"{name} is not there: {hint}")
    return str(found)


def answers(url, body=None):
    """What url answers, parsed; None while it does not answer 200."""
    try:
        with urllib.request.urlopen(urllib.request.Request(url, data=body), timeout=2) as reply:
            return reply.read()
    except (urllib.error.URLError, OSError):
        return None


class Process:
    """One program, its log in a file. It does not outlive this script, even if that is killed."""

    def __init__(self, name, command, folder, environment=None):
        folder.mkdir(parents=True, exist_ok=True)
        self.name = name
        self.log = folder / f"{name}.log"
        with self.log.open("ab") as log:
            self.started = time.monotonic()
            self.popen = subprocess.Popen(
                ["setpriv", "--pdeathsig", "KILL", *command], stdin=subprocess.DEVNULL, stdout=log,
                stderr=log, env=environment, start_new_session=True)

    @property
    def pid(self):
        return self.popen.pid

    def wait_until(self, condition, seconds=20):
        """Milliseconds from the start until the condition held."""
        while time.monotonic() < self.started + seconds:
            if condition():
                return (time.monotonic() - self.started) * 1000
            if self.popen.poll() is not None:
                break
            time.sleep(0.001)
        tail = "\n".join(self.log.read_text(errors="replace").splitlines()[-5:])
        self.stop()
        raise ServerFailed(f"{self.name} did not begin to serve. The end of its log:\n{tail}")

    def stop(self):
        if self.popen.poll() is None:
            self.popen.terminate()
            try:
                self.popen.wait(10)
            except subprocess.TimeoutExpired:
                self.popen.kill()
                self.popen.wait()

    def resident_mb(self):
        for line in pathlib.Path(f"/proc/{self.pid}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) * 1024 / 1e6
        return 0.0

    def cpu_ticks(self):
        """User and system time in ticks of 10 ms."""
        fields = pathlib.Path(f"/proc/{self.pid}/stat").read_text().rpartition(")")[2].split()
        return int(fields[11]) + int(fields[12])


def http_request(method, target, port, body=""):
    """A whole request for load.lua. A {key64} in it stands for 20 characters, a {key} for 15."""
    length = len(body.replace("{key64}", "k" * 20))
    head = f"{method} {target} HTTP/1.1\r\nHost: {LOOPBACK}:{port}\r\n"
    if body:
        head += f"Content-Type: application/json\r\nContent-Length: {length}\r\n"
    return head + "\r\n" + body


class Ring:
    """Three nodes of ours, N=3, every group of writes on disk before it is acknowledged."""

    def __init__(self, bin_folder, folder):
        self.program = program(bin_folder / "ringnode", "build it with ./packaging/test or ninja ringnode")
        self.folder = folder / "ring"
        ports = free_ports(6)
        self.http, self.peer = ports[:3], ports[3:]
        self.nodes = [None, None, None]
        self.start_ms = []

    def start(self):
        for index in range(3):
            self.start_node(index)
        self.nodes[2].wait_until(self.all_see_three)

    def start_node(self, index):
        name = f"n{index + 1}"
        command = [self.program, "--name", name, "--data", str(self.folder / name), "--cluster", "bench",
                   "--http", f"{LOOPBACK}:{self.http[index]}", "--peer", f"{LOOPBACK}:{self.peer[index]}"]
        if index > 0:
            command += ["--join", f"{LOOPBACK}:{self.peer[0]}"]
        self.nodes[index] = Process(name, command, self.folder)
        self.start_ms.append(self.nodes[index].wait_until(
            lambda: answers(f"http://{LOOPBACK}:{self.http[index]}/health") is not None))

    def restart_last(self):
        self.nodes[2].stop()
        self.start_node(2)
        self.nodes[2].wait_until(self.all_see_three)

    def all_see_three(self):
        for port in self.http:
            reply = answers(f"http://{LOOPBACK}:{port}/api/v1/members")
            members = json.loads(reply)["members"] if reply else []
            if sum(each["state"] == "READY" and each["reachable"] for each in members) != 3:
                return False
        return True

    def stop(self):
        for node in self.nodes:
            if node:
                node.stop()

    def url(self):
        return f"http://{LOOPBACK}:{self.http[0]}"

    def put(self):
        return http_request("PUT", "/api/v1/kv/{key}?w=2", self.http[0], VALUE)

    def get(self, quorum):
        return http_request("GET", f"/api/v1/kv/{{key}}?r={quorum}", self.http[0])


class Etcd:
    """Three members of etcd; the load goes to the leader, which is the shortest way for it."""

    def __init__(self, folder):
        self.program = program("etcd", "install etcd-server")
        self.folder = folder / "etcd"
        ports = free_ports(6)
        self.client, self.peer = ports[:3], ports[3:]
        self.members = []
        self.leader = self.client[0]

    def start(self):
        cluster = ",".join(f"e{i + 1}=http://{LOOPBACK}:{port}" for i, port in enumerate(self.peer))
        for index in range(3):
            name = f"e{index + 1}"
            client = f"http://{LOOPBACK}:{self.client[index]}"
            peer = f"http://{LOOPBACK}:{self.peer[index]}"
            command = [self.program, "--name", name, "--data-dir", str(self.folder / name),
                       "--listen-client-urls", client, "--advertise-client-urls", client,
                       "--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer,
                       "--initial-cluster", cluster, "--initial-cluster-state", "new",
                       "--logger", "zap", "--log-level", "error"]
            self.members.append(Process(name, command, self.folder))
        self.members[-1].wait_until(self.find_leader)

    def find_leader(self):
        for port in self.client:
            reply = answers(f"http://{LOOPBACK}:{port}/v3/maintenance/status", b"{}")
            status = json.loads(reply) if reply else {}
            if status.get("leader") and status["leader"] == status["header"]["member_id"]:
                self.leader = port
                return True
        return False

    def stop(self):
        for member in self.members:
            member.stop()

    def url(self):
        return f"http://{LOOPBACK}:{self.leader}"

    def count(self, prefix):
        """How many keys begin so."""
        first = prefix.encode()
        last = first[:-1] + bytes([first[-1] + 1])
        body = {"key": base64.b64encode(first).decode(), "range_end": base64.b64encode(last).decode(),
                "count_only": True}
        reply = answers(self.url() + "/v3/kv/range", json.dumps(body).encode())
        return int(json.loads(reply).get("count", 0)) if reply else 0

    def put(self):
        value = base64.b64encode(VALUE.encode()).decode()
        return http_request("POST", "/v3/kv/put", self.leader, f'{{"key":"{{key64}}","value":"{value}"}}')

    def range(self, serializable):
        option = ',"serializable":true' if serializable else ""
        return http_request("POST", "/v3/kv/range", self.leader, f'{{"key":"{{key64}}"{option}}}')


class Nginx:
    """One worker that returns a constant: what an HTTP server can do at most."""

    def __init__(self, folder):
        self.program = program("nginx", "install nginx-light")
        self.folder = folder / "nginx"
        self.port = free_ports(1)[0]
        self.process = None

    def start(self):
        self.folder.mkdir(parents=True)
        temporary = "".join(f"{kind}_temp_path {self.folder}/{kind};"
                            for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi"))
        (self.folder / "nginx.conf").write_text(f"""
            daemon off; worker_processes 1; pid {self.folder}/pid; error_log stderr warn;
            events {{ worker_connections 1024; }}
            http {{
                access_log off; keepalive_requests 1000000000; {temporary}
                server {{ listen {LOOPBACK}:{self.port}; location / {{ return 200 "{VALUE}"; }} }}
            }}""")
        self.process = Process("nginx", [self.program, "-c", str(self.folder / "nginx.conf")], self.folder)
        self.process.wait_until(lambda: answers(self.url()) is not None)

    def stop(self):
        if self.process:
            self.process.stop()

    def url(self):
        return f"http://{LOOPBACK}:{self.port}"

    def get(self):
        return http_request("GET", "/{key}", self.port)


class Hello:
    """A constant from Qt HttpServer alone: what a node could do if it did nothing."""

    def __init__(self, bin_folder, folder):
        self.program = program(bin_folder / "http_hello", "build it with ninja http_hello")
        self.folder = folder / "hello"
        self.port = free_ports(1)[0]
        self.process = None

    def start(self):
        self.process = Process("http_hello", [self.program, str(self.port)], self.folder)
        self.process.wait_until(lambda: answers(self.url()) is not None)

    def stop(self):
        if self.process:
            self.process.stop()

    def url(self):
        return f"http://{LOOPBACK}:{self.port}"

    def get(self):
        return http_request("GET", "/?{key}", self.port)
