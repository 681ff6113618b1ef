#!/usr/bin/env python3
"""The event stream over 100 kills of the server (SIGKILL). Goal: a client that comes back with Last-Event-ID has, in the
end, every transition of every execution and task exactly once, with ids that neither repeat nor leave one out, and was
never told of a gap. Method: workflows with sub-workflows are started in every life; a life ends as soon as the client
has heard so many events of it (seeded; often none), so that kills fall into all parts of a run. What there is to hear
is taken from the rows of all executions in the end."""
import collections
import http.client
import json
import os
import random
import shutil
import threading
import unittest

import lib

KILLS = int(os.environ.get("FOEHN_EVENT_KILLS", "100"))
STARTS = 2  # workflows a life
SEED = int(os.environ.get("FOEHN_EVENT_SEED", "1"))
DEFINITIONS = """version: '2.0'
told:
  tasks:
    first: {action: std.noop, on-success: [slow, below]}
    slow: {action: std.sleep seconds=0.02, on-success: last}
    below: {workflow: told_middle, on-success: last}
    last: {join: all, action: std.noop}
told_middle:
  tasks:
    lower: {workflow: told_leaf}
told_leaf:
  tasks:
    one: {action: std.sleep seconds=0.01, on-success: two}
    two: {action: std.noop}
"""


class Listener(threading.Thread):
    """Reads the stream, and comes back with the id of the last event whenever it breaks off."""

    def __init__(self, server):
        super().__init__(daemon=True)
        self.server = server
        self.changed = threading.Condition()
        self.events = []  # (id, kind, data)
        self.odd = []     # what must not be there
        self.lives = 0    # streams that were opened
        self.over = False

    def run(self):
        while not self.over:
            try:
                self.read()
            except (OSError, http.client.HTTPException):
                with self.changed:
                    self.changed.wait(0.01)  # the pace of a retry, not a synchronisation

    def read(self):
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=60)
        try:
            connection.request("GET", "/foehn/v1/events", headers=(
                {"Last-Event-ID": self.events[-1][0]} if self.events else {}))
            answer = connection.getresponse()
            if answer.status != 200:
                self.odd.append(f"{answer.status}: {answer.read()}")
                return
            with self.changed:
                self.lives += 1
                self.changed.notify_all()
            fields = {}
            for line in iter(answer.readline, b""):
                name, _, value = line.decode().rstrip("\n").partition(": ")
                if name:
                    fields[name] = value
                    continue
                self.take(fields)
                fields = {}
        finally:
            connection.close()

    def take(self, fields):
        if "event" not in fields:
            return  # the greeting, a comment
        with self.changed:
            if "id" not in fields:
                self.odd.append(fields)
            else:
                self.events.append((fields["id"], fields["event"], json.loads(fields["data"])))
            self.changed.notify_all()

    def wait(self, what, check):
        with self.changed:
            if not self.changed.wait_for(check, 30):
                raise AssertionError(f"not within 30 s: {what}; {len(self.events)} events, odd: {self.odd[:3]}")


class EventsKillTest(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.server = lib.Server()
        self.addCleanup(self.server.stop)
        self.server.start()
        self.server.create_workflow(DEFINITIONS)
        self.listener = Listener(self.server)
        self.listener.start()
        self.listener.wait("the stream is open", lambda: self.listener.lives == 1)

    def test_a_hundred_kills(self):
        draw = random.Random(SEED)
        roots = []
        for _ in range(KILLS):
            heard = len(self.listener.events)
            roots += [self.server.start_execution("told") for _ in range(STARTS)]
            wanted = heard + draw.choice((0, 0, 1, 3, 6, 10, 15, 20, 30))
            self.listener.wait("events of this life", lambda least=wanted: len(self.listener.events) >= least)
            self.server.kill()
            self.server.start()
        for root in roots:
            self.assertEqual("SUCCESS", self.server.wait_execution(root)["state"])
        expected = self.expected(len(roots))
        self.listener.wait("all events", lambda: len(self.listener.events) >= sum(expected.values()))
        self.compare(expected)
        self.subtrees(roots[0])

    def expected(self, roots):
        """(kind, id, state) → how often: RUNNING and SUCCESS of every execution and every task, once."""
        found = collections.Counter()
        executions, tasks = self.all_of("executions"), self.all_of("tasks")
        self.assertEqual((3 * roots, 7 * roots), (len(executions), len(tasks)))
        for kind, rows in (("execution", executions), ("task", tasks)):
            for row in rows:
                self.assertEqual("SUCCESS", row["state"], row)
                states = ["RUNNING", "SUCCESS"]
                if row.get("name") == "last":
                    states.insert(0, "WAITING")
                for state in states:
                    found[kind, row["id"], state] += 1
        return found

    def all_of(self, kind):
        rows, path = [], f"/v2/{kind}?limit=500"
        while True:
            page = self.server.get(path + (f"&marker={rows[-1]['id']}" if rows else ""))[kind]
            if not page:
                return rows
            rows += page

    def compare(self, expected):
        events = self.listener.events
        self.assertEqual([], self.listener.odd)
        self.assertGreaterEqual(self.listener.lives, KILLS // 2, "the client came back")
        ids = [int(event[0]) for event in events]
        self.assertEqual(list(range(ids[0], ids[0] + len(ids))), ids, "ids in order, none twice, none left out")
        told = collections.Counter(
            (kind, data["execution_id" if kind == "execution" else "task_execution_id"], data["state"])
            for _, kind, data in events)
        self.assertEqual({}, dict(expected - told), "never told")
        self.assertEqual({}, dict(told - expected), "told too often")
        self.assertEqual([event[0] for event in events], [event[2]["id"] for event in events])
        last = {}
        for _, _, data in events:
            key = data.get("task_execution_id", data["execution_id"])
            if last.get(key) == "SUCCESS":
                self.fail(f"told after its end: {data}")
            last[key] = data["state"]

    def subtrees(self, root):
        """The stream of an execution in the middle of a tree, from the beginning: its own events and those below it."""
        middle = self.server.tree(root)["tasks"]
        middle = next(task for task in middle if task["name"] == "below")["children"][0]
        leaf = middle["tasks"][0]["children"][0]
        own = [event for event in self.listener.events if event[2]["execution_id"] in (middle["id"], leaf["id"])]
        first = int(self.listener.events[0][0])
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=30)
        self.addCleanup(connection.close)
        # Of the two first events none is theirs: behind the first one they are all there.
        connection.request("GET", f"/foehn/v1/events?execution={middle['id']}&last_event_id={first}")
        answer = connection.getresponse()
        heard = []
        while len(heard) < len(own):
            line = answer.readline().decode()
            if line.startswith("data: "):
                heard.append(json.loads(line[6:]))
        self.assertEqual([event[2] for event in own], heard)
        self.assertEqual(2 * (1 + 1 + 1 + 2), len(own), "two executions and three tasks, RUNNING and SUCCESS")


class RestoredBackupTest(unittest.TestCase):
    """An older state of the data directory is put back while a client knows newer events."""

    def told(self, server, last_id, end):
        """Lines of the stream up to the one that holds `end`."""
        connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60)
        self.addCleanup(connection.close)
        connection.request("GET", "/foehn/v1/events?type=execution", headers={"Last-Event-ID": last_id})
        answer, lines = connection.getresponse(), []
        while not lines or end not in lines[-1]:
            lines.append(answer.readline().decode().strip())
            self.assertTrue(lines[-1] or answer.fp, lines)
        return lines

    def test_a_client_that_knows_more_than_the_server_is_told_to_reset(self):
        server = lib.Server()
        self.addCleanup(server.stop)
        backup = server.data + "-backup"
        self.addCleanup(shutil.rmtree, backup, ignore_errors=True)
        server.start().create_workflow("version: '2.0'\nbacked: {tasks: {t: {action: std.noop}}}\n")
        kept = server.wait_execution(server.start_execution("backed"))["id"]
        server.kill()
        shutil.copytree(server.data, backup)
        server.start()
        lost = server.wait_execution(server.start_execution("backed"))["id"]
        lines = self.told(server, "0", lost)
        newest = [line for line in lines if line.startswith("id: ")][-1].removeprefix("id: ")
        server.kill()
        shutil.rmtree(server.data)
        shutil.copytree(backup, server.data)
        server.start()
        lines = self.told(server, newest, kept)
        self.assertIn("event: reset", lines)
        self.assertNotIn("event: gap", lines)
        data = json.loads(next(line for line in lines if line.startswith("data: ")).removeprefix("data: "))
        self.assertEqual(newest, data["last_event_id"])
        self.assertEqual(404, server.request("GET", "/v2/executions/" + lost).status)


if __name__ == "__main__":
    lib.main()
