#!/usr/bin/env python3
"""Measures the REST API of the real binary under load and prints the figures beside their targets. Needs only the
standard library.

usage: http_bench.py FOEHN_BINARY [--json FILE] [--stored N] [--only mistral|rate|list|listeners]

One thread drives all connections (select), prebuilt requests and no JSON on the way, so that the client takes a small
share of one core. Lists: one connection, time of each request. POST at a rate: requests leave by the clock whether or
not earlier ones were answered, and their time counts from when they should have left. Listeners: memory of the server
after so many event streams were opened, and the time until the last of them has an event. `--json` adds the figures to
those that are in the file.
"""
import json
import os
import pathlib
import resource
import selectors
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

WORKFLOWS = ("version: '2.0'\nbench_noop:\n  tasks:\n    only: {action: std.noop}\n",
             "version: '2.0'\nbench_five:\n  tasks:\n" + "".join(
                 f"    t{i}:\n      action: std.noop\n" + (f"      on-success: t{i + 1}\n" if i < 5 else "")
                 for i in range(1, 6)))
MISTRAL_LIST_MS = 65.0      # a real Mistral: GET /v2/executions?limit=100 with 1,000 stored
MISTRAL_FIVES_PER_S = 6.3   # and five-task workflows
FACTOR = 30
LISTING = "/v2/executions?limit=100"


class Server:
    def __init__(self, binary):
        self.data = tempfile.mkdtemp(prefix="foehn-bench-", dir="/var/tmp")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.log = open(pathlib.Path(self.data) / "server.log", "ab")
        self.process = subprocess.Popen(
            [binary, "serve", "--data", self.data, "--listen", f"127.0.0.1:{self.port}"], stderr=self.log)
        deadline = time.monotonic() + 30
        while not self.ready():
            if self.process.poll() is not None or time.monotonic() > deadline:
                raise SystemExit("the server did not start; see " + self.log.name)
            time.sleep(0.01)  # the pace of a poll, not a synchronisation
        for text in WORKFLOWS:
            Client(self.port).ask(message("POST", "/v2/workflows", text, "text/plain"))

    def ready(self):
        try:
            return Client(self.port).ask(message("GET", "/readyz"))[0] == 200
        except OSError:
            return False

    def memory_mb(self):
        for line in open(f"/proc/{self.process.pid}/status"):
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
        raise SystemExit("no VmRSS")

    def cpu_s(self):
        fields = open(f"/proc/{self.process.pid}/stat").read().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=60)
        self.log.close()
        shutil.rmtree(self.data, ignore_errors=True)


def message(method, path, body="", kind="application/json"):
    data = body.encode()
    head = f"{method} {path} HTTP/1.1\r\nHost: bench\r\n"
    if data:
        head += f"Content-Type: {kind}\r\nContent-Length: {len(data)}\r\n"
    return head.encode() + b"\r\n" + data


class Client:
    """One keep-alive connection; `parse` tells when a whole answer is there."""

    def __init__(self, port):
        self.socket = socket.create_connection(("127.0.0.1", port), 60)
        self.socket.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        self.buffer, self.since = b"", 0.0

    def take(self):
        """(status, body) once it is complete."""
        self.buffer += self.socket.recv(262_144)
        end = self.buffer.find(b"\r\n\r\n")
        if end < 0:
            return None
        at = self.buffer.find(b"Content-Length: ", 0, end)
        length = int(self.buffer[at + 16:self.buffer.find(b"\r\n", at)]) if at >= 0 else 0
        if len(self.buffer) < end + 4 + length:
            return None
        body, status = self.buffer[end + 4:end + 4 + length], int(self.buffer[9:12])
        self.buffer = self.buffer[end + 4 + length:]
        return status, body

    def ask(self, data):
        self.socket.sendall(data)
        while True:
            answer = self.take()
            if answer:
                return answer


def drive(port, data, count, connections, rate=None):
    """Sends `data` `count` times; the time of each in ms and the bodies. With a rate: by the clock, else as fast as the
    answers come."""
    selector, idle, times, bodies, sent = selectors.DefaultSelector(), [], [], [], 0
    for _ in range(connections):
        client = Client(port)
        selector.register(client.socket, selectors.EVENT_READ, client)
        idle.append(client)
    began = time.perf_counter()
    while len(times) < count:
        now = time.perf_counter()
        while sent < count and idle and (rate is None or began + sent / rate <= now):
            client = idle.pop()
            client.since = now if rate is None else began + sent / rate
            client.socket.sendall(data)
            sent += 1
        wait = None if rate is None or sent == count or not idle else max(0.0, began + sent / rate - time.perf_counter())
        for key, _ in selector.select(wait):
            answer = key.data.take()
            if not answer:
                continue
            if answer[0] >= 300:
                raise SystemExit(f"{data[:60]!r}: {answer[0]} {answer[1][:300]!r}")
            times.append((time.perf_counter() - key.data.since) * 1000)
            bodies.append(answer[1])
            idle.append(key.data)
    for key in list(selector.get_map().values()):
        key.fileobj.close()
    return times, bodies


def start(name):
    return message("POST", "/v2/executions", json.dumps({"workflow_name": name}))


def wait_all(port, seconds=120):
    """Until no execution is RUNNING any more."""
    client, deadline = Client(port), time.monotonic() + seconds
    while left := json.loads(client.ask(message("GET", "/v2/executions?state=RUNNING&limit=1&fields=id"))[1])["executions"]:
        if time.monotonic() > deadline:
            raise SystemExit(f"executions still run after {seconds} s, {left[0]['id']} for one")
        time.sleep(0.001)  # the pace of a poll: the server is what is measured


def percentile(values, share):
    return sorted(values)[min(len(values) - 1, round(share * (len(values) - 1)))]


def listeners(server, count):
    """(MB of the server with `count` open event streams and one event sent to all, ms until the last has it)"""
    selector, request = selectors.DefaultSelector(), message("GET", "/foehn/v1/events?type=execution")
    sockets = []
    for _ in range(count):
        connection = socket.create_connection(("127.0.0.1", server.port), 60)
        connection.sendall(request)
        sockets.append(connection)
    for connection in sockets:
        text = b""
        while b"retry:" not in text:
            text += connection.recv(4096)
        selector.register(connection, selectors.EVENT_READ)
    began, left = time.perf_counter(), set(sockets)
    Client(server.port).ask(start("bench_noop"))
    while left:
        for key, _ in selector.select(60):
            if b"SUCCESS" in key.fileobj.recv(65_536):
                left.discard(key.fileobj)
    last_ms = (time.perf_counter() - began) * 1000
    memory = server.memory_mb()
    for connection in sockets:
        connection.close()
    return memory, last_ms


class Report:
    def __init__(self):
        self.figures = []

    def add(self, name, values, unit, target, value=None):
        """The median of `values`, or another `value` of them, beside its target; that value."""
        value = statistics.median(values) if value is None else value
        met = value < target
        self.figures.append({"figure": name, "median": round(value, 3), "min": round(min(values), 3),
                             "max": round(max(values), 3), "unit": unit, "runs": len(values), "target": target, "met": met})
        print(f"{name:<52} {value:>8.2f} {unit:<3} target < {target:<6.4g} {'ok' if met else 'MISSED':<7}"
              f" ({len(values)} values, {min(values):.2f}–{max(values):.2f})", flush=True)
        return value


def against_mistral(server, report):
    """What a real Mistral was measured with, too: a list with 1,000 stored executions, and five-task workflows."""
    drive(server.port, start("bench_noop"), 1_000, 16)
    wait_all(server.port)
    listing = drive(server.port, message("GET", LISTING), 200, 1)[0]
    took = report.add("GET /v2/executions?limit=100, 1,000 stored", listing, "ms", MISTRAL_LIST_MS / FACTOR)
    print(f"  {MISTRAL_LIST_MS / took:.0f} times as fast as a real Mistral ({MISTRAL_LIST_MS:g} ms); wanted: {FACTOR}")
    rounds, used, own = [], server.cpu_s(), time.process_time()
    whole = time.perf_counter()
    for _ in range(5):
        began = time.perf_counter()
        drive(server.port, start("bench_five"), 500, 16)
        wait_all(server.port)
        rounds.append((time.perf_counter() - began) * 1000 / 500)
    whole = time.perf_counter() - whole
    took = report.add("a five-task workflow, 16 at once", rounds, "ms", 1000 / (MISTRAL_FIVES_PER_S * FACTOR))
    print(f"  {1000 / took:.0f}/s, {1000 / took / MISTRAL_FIVES_PER_S:.0f} times as many as a real Mistral "
          f"({MISTRAL_FIVES_PER_S}/s); wanted: {FACTOR}. The server used {(server.cpu_s() - used) / whole:.2f} cores, this "
          f"client {(time.process_time() - own) / whole:.2f}")


def option(name, otherwise):
    return sys.argv[sys.argv.index(name) + 1] if name in sys.argv else otherwise


def main():
    binary, stored = str(pathlib.Path(sys.argv[1]).resolve()), int(option("--stored", "100000"))
    only, report = option("--only", ""), Report()
    hard = resource.getrlimit(resource.RLIMIT_NOFILE)[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))
    server = Server(binary)
    try:
        if not only or only == "mistral":
            against_mistral(server, report)
        if not only or only == "rate":
            used = server.cpu_s()
            times = drive(server.port, start("bench_noop"), 10_000, 64, rate=1_000)[0]
            report.add("POST /v2/executions at 1,000/s, median", times, "ms", 20)
            report.add("POST /v2/executions at 1,000/s, p99", times, "ms", 20, percentile(times, 0.99))
            print(f"  the server used {(server.cpu_s() - used) / 10:.2f} cores")
        if not only or only == "list":
            began = time.perf_counter()
            drive(server.port, start("bench_noop"), stored, 64)
            wait_all(server.port)
            print(f"  {stored} executions stored in {time.perf_counter() - began:.1f} s")
            report.add(f"GET /v2/executions?limit=100, {stored:,} stored", drive(server.port, message("GET", LISTING), 300, 1)[0], "ms", 3)
        if not only or only == "listeners":
            server.stop()
            server = Server(binary)  # its memory is to be that of the listeners alone
            count = min(10_000, hard - 500)
            memory, last_ms = listeners(server, count)
            report.add(f"{count:,} event listeners, resident memory", [memory], "MB", 200)
            report.add(f"{count:,} event listeners, last one told", [last_ms], "ms", 1_000)
    finally:
        server.stop()
    target = option("--json", "")
    if target:
        path = pathlib.Path(target)
        known = json.loads(path.read_text()) if path.exists() else []
        path.write_text(json.dumps(known + report.figures, indent=2) + "\n")
    return 0 if all(row["met"] for row in report.figures) else 1


sys.exit(main())
