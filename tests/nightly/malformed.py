#!/usr/bin/env python3
"""Requests that no good client sends, against a real server: broken HTTP, broken bodies, clients that stall, vanish or
send too much. Goal: every complete request is answered with a status below 500 (501 and 503 aside) and, when it is
refused, a body that says why; nothing crashes, nothing leaks memory, descriptors or threads, and the server works as before
afterwards. Then 1,000 connections that say nothing and bodies of 10 MB: what they took is given back. Method: a seeded generator over the routes of /openapi.json; a failing request is printed with its number.

usage: malformed.py FOEHN_BINARY [--count N] [--seed N|today] [--only NUMBER] [--sanitized]

100,000 requests every night (tests/nightly.cmake). --sanitized: AddressSanitizer keeps freed memory for a while, so that its
own report of leaks stands for the bound of resident memory.
"""
import argparse
import json
import os
import pathlib
import random
import re
import select
import socket
import struct
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "e2e"))
import lib  # noqa: E402 - its folder is none of ours

ANSWER_S = 15
GROWTH_MB_MAX = 32          # resident memory after the first tenth of the requests, once free memory has been given back
SETTLE_S = 30
STEADY_S = 7                # longer than the server leaves free memory (api/server/serve.cc)
FDS_MAX = 24                # more than before: connections of the store are opened when they are first needed
HANDLERS_MAX = 32           # threads that are started when they are first needed
IDLE_CONNECTIONS = 1_000
LARGE_BODIES = 40           # every night; a third of them in a short run
SHORT_RUN = 10_000
BODY_MAX = 10_000_000       # engine/base/limits.h: kRequestBodyBytesMax
WORKFLOW = "version: '2.0'\nquick:\n  tasks:\n    a: {action: std.noop}\n"
UUID = "00000000-0000-4000-8000-000000000000"
# Well-formed requests to these would do real work that outlives the test: boxes, a server in maintenance.
WORKING = ("/overclouds", "/maintenance")

BAD_TEXT = [b"\xff\xfe", b"\xc3\x28", b"\xed\xa0\x80", b"\xf0\x9f\x98", b"%ff", b"%00", b"%zz", b"%", b"\xe2\x82\xac",
            b"..", b"%2e%2e%2f", b"'", b"\"", b"{}", b"${x}", b"<% $.x %>", b"a" * 300, b"0", b"-1", b"null", b"%0d%0aX:1"]
BAD_JSON = [b"", b"{", b"[", b"}", b"nul", b"[1,]", b"{\"a\":1,}", b"{'a': 1}", b"NaN", b"[Infinity]", b"\"\xff\"",
            b"{\"\xff\": 1}", b"\"\\ud800\"", b"\"\\u00\"", b"\xef\xbb\xbf{}", b"{\"a\": 1} x", b"[1]", b"1", b"\"text\"",
            b"null", b"true", b"<xml/>", b"\x00\x01\x02", b"[" * 100_000, b"{\"a\":" * 50_000, b"{\"a\": 1e400}",
            b"{\"name\": 9007199254740993}", b"{\"id\": 123456789012345678901234567890}", b"{\"a\":1,\"a\":2}",
            b"-", b"01", b"1.e", b"\"\n\"", b"{\"a\"}", b"/* */ {}", b"{\"\": {\"\": {\"\": []}}}"]
BAD_VALUES = [None, True, False, 0, -1, 2**53 + 1, 2**64, 1.5, 1e308, "", "x", "\u0000", "\ud83d\ude00", "x" * 5000, [],
              [1], {}, {"a": 1}, {"a": {"a": {"a": []}}}, "RUNNING", "SUCCESS", "ERROR", "PAUSED", UUID, "std.noop", "quick",
              "<% $ %>", "{{ _ }}", "{\"a\": 1}"]
BAD_YAML = [b"", b"\x00", b"\xff\xfe", b"version: '2.0'", b"version: '2.0'\n\xff: 1", b"- a\n- b", b"a: &a [*a, *a]",
            b"a: *b", b"[" * 2000, b"{" * 2000, b"? " * 2000, b"a:\n" + b" " * 5000 + b"b: 1", b"%YAML 9.9\n---\na",
            b"--- \n---\n---\n", b"version: '2.0'\nw:\n  tasks:\n    a: {action: 'std.noop x='}",
            b"a: &a [1,1,1,1,1,1]\nb: &b [*a,*a,*a,*a,*a,*a]\nc: &c [*b,*b,*b,*b,*b,*b]\nd: [*c,*c,*c,*c,*c,*c]",
            b"version: '2.0'\nw:\n  tasks:\n    a: {publish: {x: '<% $.a.b( %>'}}", b"!!python/object:os.system {}"]


class Case:
    """What is sent, and how many answers must come: None when the request is so broken that the server may just close."""

    def __init__(self, name, data, answers=None, close=True, reset=False, head=False):
        self.name, self.data, self.answers, self.close, self.reset, self.head = name, data, answers, close, reset, head


class Generator:
    def __init__(self, seed, routes):
        self.seed, self.routes = seed, routes
        self.kinds = [getattr(self, name) for name in sorted(dir(self)) if name.startswith("make_")]

    def case(self, number):
        self.random = random.Random(self.seed * 1_000_003 + number)
        return self.random.choice(self.kinds)()

    # -- pieces

    def bad_text(self):
        return self.random.choice(BAD_TEXT)

    def path(self, template):
        return re.sub(rb"\{[^}]*\}", lambda _: self.random.choice([UUID.encode(), b"quick", self.url_text()]),
                      template.encode())

    def url_text(self):
        return re.sub(rb"[\x00-\x20]", b"", self.bad_text()) or b"x"

    def query(self, operation):
        names = [one["name"] for one in operation.get("parameters", []) if one.get("in") == "query"] + ["limit", "bogus"]
        values = [b"0", b"-1", b"1000000000", b"99999999999999999999", b"abc", b"", b"eq:", b"bogus:1", b"in:", b"id,bogus",
                  UUID.encode(), b"true", b"maybe", self.url_text()]
        count = self.random.choice([1, 1, 2, 3, 500])
        return b"&".join(self.random.choice(names).encode() + b"=" + self.random.choice(values) for _ in range(count))

    def route(self, methods=None):
        while True:
            method, template, operation = self.random.choice(self.routes)
            if not methods or method in methods:
                return method, template, operation

    def request(self, method, target, headers=(), body=None, version=b"HTTP/1.1"):
        lines = [method + b" " + target + b" " + version, b"Host: localhost", *headers]
        if body is not None:
            lines.append(b"Content-Length: %d" % len(body))
        return b"\r\n".join(lines) + b"\r\n\r\n" + (body or b"")

    # -- kinds

    def make_method(self):
        method = self.random.choice([b"FOO", b"get", b"PATCH", b"TRACE", b"OPTIONS", b"CONNECT", b"G\x00T", b"", b"A" * 5000,
                                     b"G(T", b"PROPFIND", b"\xff"])
        return Case("method", self.request(method, self.random.choice([b"/v2/executions", b"*", b"/", b"/nowhere"])))

    def make_request_line(self):
        line = self.random.choice([
            b"GET /v2/executions", b"GET /v2/executions HTTP/0.9", b"GET /v2/executions HTTP/3.7", b"GET", b"GET  / HTTP/1.1",
            b"GET / HTTP/1.1 x", b" GET / HTTP/1.1", b"GET /\x00 HTTP/1.1", b"GET /\xff HTTP/1.1", b"GET / http/1.1",
            b"GET v2 HTTP/1.1", b"GET http://other/v2 HTTP/1.1", b"GET http:// HTTP/1.1", b"OPTIONS * HTTP/1.1",
            b"CONNECT a:1 HTTP/1.1", b"GET ? HTTP/1.1", b"GET /" + b"a" * 20_000 + b" HTTP/1.1", b"\x16\x03\x01\x02\x00\x01",
            b"PRI * HTTP/2.0", b"GET /v2/executions?" + b"a=1&" * 3000 + b" HTTP/1.1", b"GET /#x HTTP/1.1",
            b"GET /%zz/%00 HTTP/1.1", b"GET //v2//executions// HTTP/1.1", b"GET /v2/../../etc/passwd HTTP/1.1"])
        return Case("request line", line + b"\r\nHost: localhost\r\n\r\n")

    def make_headers(self):
        header = self.random.choice([
            [b"X: y"] * 3000, [b"X: " + b"y" * 20_000], [b"no colon"], [b": empty"], [b"X: a", b" folded"], [b"X y: z"],
            [b"Content-Length: 1", b"Content-Length: 2"], [b"Content-Length: -1"], [b"Content-Length: 1e3"],
            [b"Content-Length: 99999999999999999999999"], [b"Content-Length: 5", b"Transfer-Encoding: chunked"],
            [b"Transfer-Encoding: gzip"], [b"Transfer-Encoding: chunked, chunked"], [b"X: \xff\xfe"], [b"X: \x00"],
            [b"Host: a", b"Host: b"], [b"Expect: 200-maybe"], [b"Connection: \xff"], [b"Authorization: \xff" * 100],
            [b"Content-Type: \xff/\xff"], [b"Content-Length: 11000000"], [b"Last-Event-ID: \xff"]])
        return Case("headers", self.request(b"GET", b"/v2/workflows", header))

    def make_chunks(self):
        chunks = self.random.choice([
            b"0\r\n\r\n", b"5\r\nhello\r\n0\r\n\r\n", b"FFFFFFFFFFFFFFFFF\r\n", b"FFFFFFFFFFFFFFFF\r\nx", b"-1\r\n", b"zz\r\n",
            b"5\r\nhel", b"5\r\nhelloX\r\n0\r\n\r\n", b"5;a=b\r\nhello\r\n0\r\nTrailer: x\r\n\r\n", b"\r\n", b"5\nhello\n0\n\n",
            b"1\r\na\r\n" * 3000 + b"0\r\n\r\n", b"7fffffff\r\n", b"5;" + b"e" * 20_000 + b"\r\nhello\r\n0\r\n\r\n"])
        return Case("chunks", b"POST /v2/workflows HTTP/1.1\r\nHost: x\r\nContent-Type: text/plain\r\n"
                    b"Transfer-Encoding: chunked\r\n\r\n" + chunks)

    def make_query(self):
        method, template, operation = self.route({"get"})
        if "event-stream" in json.dumps(operation) or template == "/docs/api":
            return self.make_path()
        return Case("query", self.request(b"GET", self.path(template) + b"?" + self.query(operation)), 1)

    def make_path(self):
        method = self.random.choice([b"GET", b"HEAD", b"DELETE"])
        target = b"/" + b"/".join(self.random.choice([b"v2", b"foehn", b"v1", b"executions", b"tasks", self.url_text()])
                                  for _ in range(self.random.randint(1, 6)))
        return Case("path", self.request(method, target), None if b"%0d" in target else 1, head=method == b"HEAD")

    def make_json(self):
        method, template, operation = self.route({"post", "put"})
        body = self.random.choice(BAD_JSON)
        if template.startswith(WORKING) and body.removeprefix(b"\xef\xbb\xbf")[:1] == b"{":
            body = b"[]"
        kind = self.random.choice([b"application/json", b"text/plain", b"application/xml", b"", b"application/json; charset=x"])
        return Case("json", self.request(method.upper().encode(), self.path(template), [b"Content-Type: " + kind], body), 1)

    def make_attributes(self):
        method, template, operation = self.route({"post", "put"})
        if template.startswith(WORKING):
            return self.make_json()
        content = operation.get("requestBody", {}).get("content", {}).get("application/json", {})
        names = [*content.get("schema", {}).get("properties", {}), "bogus", "name", "id"]
        body = {name: self.random.choice(BAD_VALUES) for name in self.random.sample(names, self.random.randint(1, len(names)))}
        text = json.dumps(body, ensure_ascii=self.random.random() < 0.5).encode("utf-8", "surrogatepass")
        return Case("attributes", self.request(method.upper().encode(), self.path(template),
                                               [b"Content-Type: application/json"], text), 1)

    def make_yaml(self):
        target = self.random.choice([b"/v2/workflows", b"/v2/workbooks", b"/v2/actions", b"/v2/workflows/validate"])
        body = self.random.choice(BAD_YAML)
        if self.random.random() < 0.3:
            body = bytearray(WORKFLOW.encode())
            for _ in range(self.random.randint(1, 8)):
                body[self.random.randrange(len(body))] = self.random.randrange(256)
        return Case("yaml", self.request(b"POST", target, [b"Content-Type: text/plain"], bytes(body)), 1)

    def make_pipeline(self):
        good = self.request(b"GET", b"/v2/workflows?limit=1")
        count = self.random.randint(2, 20)
        broken = self.random.random() < 0.5
        return Case("pipeline", good * count + (b"BROKEN\r\n\r\n" if broken else b""), None if broken else count)

    def make_cut(self):
        """Half a request, and the client sends no more, which it is told; or it goes with a reset."""
        whole, reset = self.make_attributes().data, self.random.random() < 0.5
        return Case("cut", whole[:self.random.randrange(1, len(whole))], None if reset else 1, True, reset)

    def make_gone(self):
        """A whole request whose answer nobody takes."""
        target = self.random.choice([b"/v2/actions", b"/openapi.json", b"/foehn/v1/events", b"/v2/executions?limit=1000"])
        return Case("gone", self.request(b"GET", target), None, True, True)

    def make_upgrade(self):
        header = self.random.choice([[b"Upgrade: websocket", b"Connection: Upgrade", b"Sec-WebSocket-Key: x"],
                                     [b"Upgrade: h2c", b"Connection: Upgrade, HTTP2-Settings", b"HTTP2-Settings: AAMA"]])
        return Case("upgrade", self.request(b"GET", b"/v2/workflows", header), 1)

    def make_large(self):
        if self.random.random() < 0.95:  # costs as much as a hundred others
            return self.make_headers()
        size = self.random.choice([BODY_MAX + 1, BODY_MAX, 2 * BODY_MAX])
        return Case("large", self.request(b"POST", b"/v2/executions", [b"Content-Type: application/json"], b"[" * size), 1)

    def make_noise(self):
        return Case("noise", bytes(self.random.randrange(256) for _ in range(self.random.randint(1, 400))))


class Answers:
    """Reads answers off a connection."""

    def __init__(self, connection):
        self.connection, self.buffer, self.ended = connection, b"", False

    def fill(self, deadline):
        left = deadline - time.monotonic()
        if left <= 0 or not select.select([self.connection], [], [], left)[0]:
            raise AssertionError(f"no answer within {ANSWER_S} s; so far {self.buffer[:200]!r}")
        try:
            data = self.connection.recv(65_536)
        except ConnectionError:
            data = b""
        self.ended = not data
        self.buffer += data

    def one(self, head):
        """(status, body); None when the connection ended before an answer."""
        deadline = time.monotonic() + ANSWER_S
        while b"\r\n\r\n" not in self.buffer:
            if self.ended:
                if self.buffer:
                    raise AssertionError(f"half an answer: {self.buffer[:200]!r}")
                return None
            self.fill(deadline)
        header, _, rest = self.buffer.partition(b"\r\n\r\n")
        status = int(re.match(rb"HTTP/1\.[01] (\d{3}) ", header).group(1))
        if status == 100:
            self.buffer = rest
            return self.one(head)
        length = re.search(rb"(?i)\r\ncontent-length: (\d+)", header)
        wanted = int(length.group(1)) if length and not head else 0
        if b"event-stream" in header:
            self.buffer, self.ended = b"", True
            return status, b""
        while len(rest) < wanted and not self.ended:
            self.buffer = b""
            self.fill(deadline)
            rest += self.buffer
        self.buffer = rest[wanted:]
        return status, rest[:wanted]


def check_answer(case, status, body):
    if status >= 500 and status not in (501, 503):
        raise AssertionError(f"answered {status}: {body[:500]!r}")
    if status >= 400 and not case.head:
        said = json.loads(body)
        text = said.get("faultstring") or said.get("error", {}).get("message")
        if not text:
            raise AssertionError(f"answered {status} without a reason: {body[:500]!r}")


def play(port, case):
    connection = socket.create_connection(("127.0.0.1", port), ANSWER_S)
    try:
        try:
            connection.sendall(case.data)
            if case.reset:
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
                return
            if case.close:
                connection.shutdown(socket.SHUT_WR)
        except ConnectionError:
            pass  # refused while we were sending
        answers, count = Answers(connection), 0
        while answer := answers.one(case.head):
            count += 1
            check_answer(case, *answer)
        if case.answers is not None and count != case.answers:
            raise AssertionError(f"{count} answers instead of {case.answers}")
    finally:
        connection.close()


def vitals(pid):
    pages = int(pathlib.Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGESIZE") / 2**20, len(os.listdir(f"/proc/{pid}/fd"))


def threads(pid):
    return len(os.listdir(f"/proc/{pid}/task"))


def settled(pid, wanted=0):
    """Resident MB once they are below `wanted`, or have not fallen for a while: what bursts leave free goes back to the
    system every few seconds (api/server/serve.cc)."""
    least, since, began = vitals(pid)[0], time.monotonic(), time.monotonic()
    while least > wanted and time.monotonic() - since < STEADY_S and time.monotonic() - began < SETTLE_S:
        time.sleep(0.2)  # the pace of a poll
        now = vitals(pid)[0]
        if now < least - 0.5:
            least, since = now, time.monotonic()
    return least


def slow_clients(port):
    """Connections that stay open through the whole run: silent ones, and some in the middle of a request."""
    starts = [b"", b"GET /v2", b"GET / HTTP/1.1\r\nHost: x\r\nX-Slow: ",
              b"POST /v2/workflows HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nver"]
    held = []
    for number in range(200):
        connection = socket.create_connection(("127.0.0.1", port), ANSWER_S)
        connection.sendall(starts[number % len(starts)])
        held.append(connection)
    return held


def crowd(port, pid, bodies):
    """Many connections that say nothing, and large bodies meanwhile: taken, of the right size, refused, sent in part. Fails
    when a thread is started for any of them."""
    before, fds = threads(pid), vitals(pid)[1]
    idle = [socket.create_connection(("127.0.0.1", port), ANSWER_S) for _ in range(IDLE_CONNECTIONS)]
    lib.wait_for("all connections are taken", lambda: vitals(pid)[1] >= fds + IDLE_CONNECTIONS)
    value = b'{"name": "large", "variables": {"a": "' + b"x" * (BODY_MAX - 40) + b'"}}'
    head = b"PUT /v2/environments HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: %d\r\n"
    partial = []
    for number in range(bodies):
        size = BODY_MAX if number % 2 else BODY_MAX + 1
        connection = socket.create_connection(("127.0.0.1", port), ANSWER_S)
        try:
            connection.sendall(head % size + b"Connection: close\r\n\r\n" + value.ljust(size, b" "))
        except ConnectionError:
            pass  # refused while we were sending
        status = Answers(connection).one(False)[0]
        connection.close()
        if status not in ((400, 404, 413) if size <= BODY_MAX else (413,)):
            raise AssertionError(f"a body of {size} bytes was answered with {status}")
        if number < bodies // 4:
            partial.append(socket.create_connection(("127.0.0.1", port), ANSWER_S))
            partial[-1].sendall(head % BODY_MAX + b"\r\n" + value[:BODY_MAX // 2])
    if threads(pid) > before + HANDLERS_MAX:
        raise AssertionError(f"{threads(pid) - before} threads more for {IDLE_CONNECTIONS} connections")
    for connection in idle + partial:
        connection.close()


def run(server, options):
    document = server.get("/openapi.json")
    routes = [(method, path, operation) for path, methods in document["paths"].items()
              for method, operation in methods.items()]
    server.create_workflow(WORKFLOW)
    generator = Generator(options.seed, routes)
    if options.only is not None:
        case = generator.case(options.only)
        print(case.name, case.data[:2000])
        return play(server.port, case)
    pid, failures, kinds = server.process.pid, 0, {}
    fds, tasks = vitals(pid)[1], threads(pid)
    held = slow_clients(server.port)
    began, baseline = time.monotonic(), None
    for number in range(options.count):
        if number == options.count // 10:
            baseline = settled(pid)
        case = generator.case(number)
        kinds[case.name] = kinds.get(case.name, 0) + 1
        try:
            play(server.port, case)
        except (AssertionError, ValueError, OSError) as error:
            failures += 1
            print(f"request {number} ({case.name}): {error}\n  sent {case.data[:400]!r}", flush=True)
            if failures >= 10 or server.process.poll() is not None:
                break
    if server.process.poll() is not None:
        raise AssertionError(f"the server ended with {server.process.returncode}:\n{server.log_text()[-4000:]}")
    for connection in held:
        connection.close()
    lib.wait_for("the descriptors of gone clients are closed", lambda: vitals(pid)[1] <= fds + FDS_MAX, 30)
    requests_s, rss = time.monotonic() - began, settled(pid, baseline + GROWTH_MB_MAX)
    bodies = LARGE_BODIES if options.count >= SHORT_RUN else LARGE_BODIES // 3
    crowd(server.port, pid, bodies)
    lib.wait_for("the descriptors of the crowd are closed", lambda: vitals(pid)[1] <= fds + FDS_MAX, 30)
    after = settled(pid, baseline + GROWTH_MB_MAX)
    print(f"{sum(kinds.values())} requests of seed {options.seed} in {requests_s:.1f} s, {failures} failed; "
          f"resident {baseline:.0f} MB after a tenth, {rss:.0f} MB at the end, {after:.0f} MB after {IDLE_CONNECTIONS} idle "
          f"connections and {bodies} bodies of 10 MB; {tasks} threads at first, {threads(pid)} at last; {kinds}")
    if threads(pid) > tasks + HANDLERS_MAX:
        raise AssertionError(f"threads grew from {tasks} to {threads(pid)}")
    rss = max(rss, after)
    if rss - baseline > GROWTH_MB_MAX and not options.sanitized:
        raise AssertionError(f"memory grew from {baseline:.0f} to {rss:.0f} MB")
    if failures:
        raise AssertionError(f"{failures} requests failed; repeat one with --seed {options.seed} --only NUMBER")
    server.create_workflow(WORKFLOW.replace("quick", "afterwards"))
    ended = server.wait_execution(server.start_execution("afterwards"))
    if ended["state"] != "SUCCESS":
        raise AssertionError(f"afterwards a workflow ends with {ended['state']}: {ended['state_info']}")


def seed(text):
    return int(time.strftime("%Y%m%d") if text == "today" else text)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("binary")
    parser.add_argument("--count", type=int, default=2_000)
    parser.add_argument("--seed", type=seed, default=1)
    parser.add_argument("--only", type=int, help="play one request of the seed")
    parser.add_argument("--sanitized", action="store_true", help="the binary has AddressSanitizer")
    options = parser.parse_args()
    os.environ["FOEHN"] = os.path.abspath(options.binary)
    server = lib.Server()
    try:
        server.start()
        run(server, options)
    finally:
        server.stop()


if __name__ == "__main__":
    main()
