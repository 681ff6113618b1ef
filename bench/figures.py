#!/usr/bin/env python3
"""Measures the figures a user notices and prints them beside their targets. Needs only the standard library.

usage: figures.py FOEHN_BINARY [--json FILE] [--no-overcloud]

Every figure is the median of several runs (the count is printed). Cold start: process start to /readyz. POST → SUCCESS:
one keep-alive connection, from sending POST /v2/executions to knowing the state SUCCESS. OverCloud: `foehn oc create` and
`oc destroy` with one Post and three clusters on local boxes (root only). Data directories are on the disk of /var/tmp, so
the commits are real ones.
"""
import http.client
import json
import os
import pathlib
import shutil
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time

WORKFLOW = "version: '2.0'\nbench_noop:\n  tasks:\n    only: {action: std.noop}\n"


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Server:
    def __init__(self, binary, data):
        self.port, self.began = free_port(), time.perf_counter()
        self.log = open(pathlib.Path(data) / "server.log", "ab")
        self.process = subprocess.Popen(
            [binary, "serve", "--data", data, "--listen", f"127.0.0.1:{self.port}"], stderr=self.log)
        self.ready_ms = self.wait_ready()

    def wait_ready(self):
        while time.perf_counter() - self.began < 30:
            if self.process.poll() is not None:
                raise SystemExit("the server ended while starting; see its log")
            try:
                connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=5)
                connection.request("GET", "/readyz")
                if connection.getresponse().status == 200:
                    return (time.perf_counter() - self.began) * 1000
            except OSError:
                time.sleep(0.001)  # the pace of a poll, not a synchronisation
        raise SystemExit("the server did not become ready in 30 s")

    def rss_mb(self):
        for line in open(f"/proc/{self.process.pid}/status"):
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
        raise SystemExit("no VmRSS")

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        self.process.wait(timeout=30)
        self.log.close()


def median(values):
    return statistics.median(values)


def cold_start(binary, rounds):
    """Times to ready, and memory then."""
    times, sizes = [], []
    for _ in range(rounds):
        with tempfile.TemporaryDirectory(dir="/var/tmp") as data:
            server = Server(binary, data)
            times.append(server.ready_ms)
            sizes.append(server.rss_mb())
            server.stop()
    return times, sizes


def noop_latency(port, rounds):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    connection.connect()
    connection.sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def call(method, path, body=None, kind="application/json"):
        connection.request(method, path, body, {"Content-Type": kind} if body else {})
        answer = connection.getresponse()
        text = answer.read()
        if answer.status >= 300:
            raise SystemExit(f"{method} {path}: {answer.status} {text[:200]}")
        return json.loads(text)

    call("POST", "/v2/workflows", WORKFLOW, "text/plain")
    times = []
    for number in range(rounds + 50):
        began = time.perf_counter()
        row = call("POST", "/v2/executions", '{"workflow_name": "bench_noop"}')
        while row["state"] != "SUCCESS":
            row = call("GET", "/v2/executions/" + row["id"])
        if number >= 50:  # the first ones warm caches
            times.append((time.perf_counter() - began) * 1000)
    return times


def overcloud(binary, port, rounds):
    environment = dict(os.environ, FOEHN_SERVER=f"http://127.0.0.1:{port}", NO_COLOR="1")
    creates, destroys = [], []
    for _ in range(rounds):
        began = time.perf_counter()
        made = subprocess.run([binary, "oc", "create", "-q"], env=environment, capture_output=True, text=True)
        creates.append(time.perf_counter() - began)
        if made.returncode != 0:
            raise SystemExit("oc create failed: " + made.stderr)
        began = time.perf_counter()
        subprocess.run([binary, "oc", "destroy", "-q", "--yes", made.stdout.split()[-1]], env=environment, check=True,
                       capture_output=True)
        destroys.append(time.perf_counter() - began)
    return creates, destroys


def main():
    binary = str(pathlib.Path(sys.argv[1]).resolve())
    figures = []

    def add(name, values, unit, target):
        value = median(values)
        figures.append({"figure": name, "median": round(value, 3), "min": round(min(values), 3),
                        "max": round(max(values), 3), "unit": unit, "runs": len(values), "target": target,
                        "met": value < target})
        print(f"{name:<44} {value:>9.2f} {unit:<3} target < {target:<6g} {'ok' if value < target else 'MISSED':<7}"
              f" (median of {len(values)}, {min(values):.2f}–{max(values):.2f})", flush=True)

    times, sizes = cold_start(binary, 11)
    add("cold start to ready", times, "ms", 100)
    add("server idle RSS", sizes, "MB", 30)
    data = tempfile.mkdtemp(dir="/var/tmp")
    server = Server(binary, data)
    try:
        add("std.noop workflow POST to SUCCESS", noop_latency(server.port, 500), "ms", 3)
        if "--no-overcloud" not in sys.argv:
            if os.geteuid() == 0:
                creates, destroys = overcloud(binary, server.port, 3)
                add("local OverCloud 1+3 created", creates, "s", 20)
                add("local OverCloud 1+3 destroyed", destroys, "s", 10)
            else:
                print("local OverCloud: not measured, boxes with namespaces need root")
    finally:
        server.stop()
        shutil.rmtree(data, ignore_errors=True)
    if "--json" in sys.argv:
        pathlib.Path(sys.argv[sys.argv.index("--json") + 1]).write_text(json.dumps(figures, indent=2) + "\n")
    return 0 if all(row["met"] for row in figures) else 1


sys.exit(main())
