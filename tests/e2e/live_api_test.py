#!/usr/bin/env python3
"""What operators and tools read of a real server: metrics count what happened, log streams are resumed to the byte, and
many idle connections harm nobody."""
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import stat
import subprocess
import tempfile
import unittest

import lib

MANIFEST = "name: test.talk\ninput: [until]\ncommand: [./talk.sh]\n"
# Says a line at once and another when the file named by its input is there.
PROGRAM = """#!/bin/sh
until=$(sed 's/.*"until":"\\([^"]*\\)".*/\\1/')
printf 'one ä\\n' >&2
while [ ! -e "$until" ]; do sleep 0.02; done
printf 'two\\n' >&2
printf '{"result": 1}'
"""
WORKFLOW = """version: '2.0'
talk:
  input: [until]
  tasks:
    say: {action: test.talk, input: {until: <% $.until %>}}
outer:
  input: [until]
  tasks:
    each: {with-items: "i in [1, 2]", workflow: talk, input: {until: <% $.until %>}}
quick:
  tasks:
    a: {action: std.noop}
    b: {action: std.fail}
"""


class LiveApiTest(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.folder = pathlib.Path(tempfile.mkdtemp(prefix="foehn-e2e-", dir="/var/tmp"))
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        (cls.folder / "talk.action.yaml").write_text(MANIFEST)
        (cls.folder / "talk.sh").write_text(PROGRAM)
        os.chmod(cls.folder / "talk.sh", stat.S_IRWXU)
        cls.server = lib.Server(options=["--actions-dir", str(cls.folder)])
        cls.addClassCleanup(cls.server.stop)
        cls.server.start()
        cls.server.create_workflow(WORKFLOW)

    # -- the page

    def test_the_page_needs_nothing_from_elsewhere(self):
        answer = self.server.request("GET", "/docs/api")
        self.assertEqual((200, "text/html; charset=utf-8"), (answer.status, answer.headers["Content-Type"]))
        self.assertEqual([], re.findall(r'(?:src|href|url\()=?["\']?(?:https?:)?//[^"\' )]*', answer.text))

    # -- metrics

    def samples(self):
        """{'name{labels}': value} of a scrape, and its type lines; every line of the format is understood."""
        answer = self.server.request("GET", "/metrics")
        self.assertEqual((200, "text/plain; version=0.0.4; charset=utf-8"), (answer.status, answer.headers["Content-Type"]))
        values, types = {}, {}
        for line in answer.text.splitlines():
            if line.startswith("# TYPE "):
                _, _, name, kind = line.split()
                self.assertNotIn(name, types, "a family twice")
                types[name] = kind
            elif not line.startswith("# HELP "):
                found = re.fullmatch(r'([a-zA-Z_:][\w:]*(?:\{[^{}]*(?:\{[^{}]*\}[^{}]*)*\})?) (\S+)', line)
                self.assertIsNotNone(found, line)
                values[found.group(1)] = float(found.group(2))
        return values, types

    def test_metrics_count_what_happened(self):
        before, _ = self.samples()
        ended = self.server.wait_execution(self.server.start_execution("quick"))
        self.assertEqual("ERROR", ended["state"])
        self.server.request("GET", "/nowhere")

        # The engine tells its figures when it has answered everybody.
        def scraped():
            values, kinds = self.samples()
            told = values["foehn_transitions_total"] >= before["foehn_transitions_total"] + 2
            return (values, kinds) if told else None
        after, types = lib.wait_for("the engine's figures count the execution", scraped)

        def grown(name):
            return after.get(name, 0) - before.get(name, 0)
        self.assertGreaterEqual(grown("foehn_commits_total"), 1)
        self.assertEqual(grown("foehn_commit_seconds_count"), grown("foehn_commits_total"))
        self.assertEqual(1, grown('foehn_actions_total{action="std.noop",state="success"}'))
        self.assertEqual(1, grown('foehn_actions_total{action="std.fail",state="error"}'))
        self.assertEqual(1, grown('foehn_http_request_seconds_count{method="POST",route="/v2/executions",status="2xx"}'))
        self.assertEqual(1, grown('foehn_http_request_seconds_count{method="",route="none",status="4xx"}'))
        self.assertEqual(0, after["foehn_store_failures_total"])
        for queue in ("inbox", "ready", "in_flight", "handlers"):
            self.assertIn(f'foehn_queue_depth{{queue="{queue}"}}', after)
        memory = int(pathlib.Path(f"/proc/{self.server.process.pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE")
        self.assertAlmostEqual(memory, after["process_resident_memory_bytes"], delta=32 * 2**20)
        self.assertEqual("histogram", types["foehn_commit_seconds"])
        # The last bucket of every histogram holds all.
        for name, value in after.items():
            if 'le="+Inf"' in name:
                labels = name.replace('_bucket', '_count').replace(',le="+Inf"', '').replace('{le="+Inf"}', '')
                self.assertEqual(value, after[labels], name)

    def test_every_metric_is_in_the_manual(self):
        page = (lib.ROOT / "docs/operations.md").read_text()
        _, types = self.samples()
        self.assertEqual([], [name for name in types if f"`{name}`" not in page])

    def test_logs_of_one_item(self):
        gate = self.folder / "gate-of-items"
        gate.write_text("")
        execution = self.server.start_execution("outer", until=str(gate))
        self.server.wait_execution(execution)
        one = ["--task", "each", "--item", "1", execution]
        self.assertEqual("each[1]/say | one ä\neach[1]/say | two\n", self.server.foehn("ex", "logs", *one).out)
        done = self.server.foehn("ex", "logs", "-f", "--timestamps", *one)
        self.assertRegex(done.out, r"\A\d{4}-\d\d-\d\dT[0-9:.]+Z  each\[1\]/say \| one ä\n[^\n]*Z  each\[1\]/say \| two\n\Z")
        self.assertEqual(0, done.code)
        recent = self.server.foehn("ex", "logs", "-f", "--since", "1h", *one)
        self.assertEqual((0, "each[1]/say | one ä\neach[1]/say | two\n"), (recent.code, recent.out))
        self.assertEqual((2, "foehn: --since must be as in 90s, 30m, 12h or 7d, not 'soon'\n"),
                         (lambda wrong: (wrong.code, wrong.err))(self.server.foehn("ex", "logs", "-f", "--since", "soon", *one)))

    # -- log streams

    def follow(self, run, headers=None, offset=None):
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=30)
        self.addCleanup(connection.close)
        suffix = "" if offset is None else f"?offset={offset}"
        connection.request("GET", f"/foehn/v1/action_runs/{run}/log/stream{suffix}", headers=headers or {})
        answer = connection.getresponse()
        self.assertEqual((200, "text/event-stream"), (answer.status, answer.getheader("Content-Type")))
        return answer

    def events(self, answer, until):
        """(event, data) up to one of the kind `until`."""
        found, fields = [], {}
        while not found or found[-1][0] != until:
            line = answer.readline().decode()
            self.assertTrue(line, f"the stream ended after {found}")
            name, _, value = line.rstrip("\n").partition(": ")
            if name:
                fields[name] = value
            elif "event" in fields:
                found.append((fields["event"], json.loads(fields["data"]), int(fields["id"])))
                fields = {}
            else:
                fields = {}
        return found

    def test_a_log_is_followed_to_the_end_of_its_run(self):
        until = self.folder / "go"
        execution = self.server.start_execution("talk", until=str(until))
        task = lib.wait_for("the task runs", lambda: self.server.tasks(execution))[0]
        run = lib.wait_for("the run exists", lambda: self.server.runs(task["id"]))[0]["id"]
        first, second = self.follow(run), self.follow(run, offset=4)
        self.assertEqual([("log", {"offset": 0, "end": 7, "text": "one ä\n"}, 7)], self.events(first, "log"))
        self.assertEqual([("log", {"offset": 4, "end": 7, "text": "ä\n"}, 7)], self.events(second, "log"))
        until.touch()
        rest = [("log", {"offset": 7, "end": 11, "text": "two\n"}, 11), ("end", {"state": "SUCCESS", "end": 11}, 11)]
        self.assertEqual(rest, self.events(first, "end"))
        self.assertEqual(b"", first.read(), "the stream is closed")
        self.assertEqual(rest, self.events(second, "end"))
        self.assertEqual(rest, self.events(self.follow(run, {"Last-Event-ID": "7"}, offset=0), "end"))
        lib.wait_for("the streams are gone", lambda: self.samples()[0]["foehn_log_listeners"] == 0)

    def test_logs_of_a_tree_are_followed_to_its_end(self):
        until = self.folder / "go_on"
        execution = self.server.start_execution("outer", until=str(until))
        follower = subprocess.Popen([lib.binary(), "--server", self.server.url, "ex", "logs", "-f", execution],
                                    stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        self.addCleanup(follower.kill)
        self.addCleanup(follower.communicate)
        begun = {follower.stdout.readline(), follower.stdout.readline()}
        self.assertEqual({"each[0]/say | one ä\n", "each[1]/say | one ä\n"}, begun)
        until.touch()
        self.assertEqual({"each[0]/say | two\n", "each[1]/say | two\n"}, set(follower.stdout))
        self.assertEqual(0, follower.wait(20))
        again = self.server.foehn("ex", "logs", "-f", execution, "--task", "each[1]", "--no-prefix")
        self.assertEqual((0, "one ä\ntwo\n"), (again.code, again.out))
        task = self.server.task(execution, "each")["id"]
        self.assertEqual(4, len(self.server.foehn("task", "logs", task).out.splitlines()))
        last = self.server.foehn("ex", "logs", execution, "--tail", "1")
        self.assertEqual(["each[0]/say | two", "each[1]/say | two"], last.out.splitlines())

    def test_waiting_for_the_end_is_told_by_the_server(self):
        until = self.folder / "at_last"
        execution = self.server.start_execution("talk", until=str(until))
        command = [lib.binary(), "--server", self.server.url, "ex", "wait", execution]
        seen = self.requests_begun("/foehn/v1/executions/{id}/tree")
        given_up = subprocess.Popen(command, stderr=subprocess.PIPE, text=True)
        self.addCleanup(given_up.communicate)
        lib.wait_for("it waits", lambda: self.requests_begun("/foehn/v1/executions/{id}/tree") > seen)
        given_up.send_signal(signal.SIGINT)
        self.assertEqual(130, given_up.wait(20))
        waiter = subprocess.Popen(command)
        until.touch()
        self.assertEqual(0, waiter.wait(20))

    def requests_begun(self, route):
        return sum(value for name, value in self.samples()[0].items() if route in name and "_count" in name)

    def test_logs_that_cannot_be_followed(self):
        path = "/foehn/v1/action_runs/00000000-0000-4000-8000-000000000000/log/stream"
        answer = self.server.request("GET", path)
        self.assertEqual((404, "There is no action run 00000000-0000-4000-8000-000000000000."),
                         (answer.status, answer.json["error"]["message"]))
        for target, headers in ((path + "?offset=-1", {}), (path + "?offset=x", {}), (path, {"Last-Event-ID": "x"}),
                                (path + "?bogus=1", {})):
            self.assertEqual(400, self.server.request("GET", target, headers=headers).status, target)

    # -- connections

    def test_many_idle_connections(self):
        held = []
        try:
            for _ in range(1_500):  # more than the usual soft limit of descriptors
                held.append(socket.create_connection(("127.0.0.1", self.server.port), 10))
            self.assertEqual(200, self.server.request("GET", "/healthz").status)
            lib.wait_for("they are counted", lambda: self.samples()[0]["foehn_http_connections"] >= 1_500)
        finally:
            for connection in held:
                connection.close()
        lib.wait_for("they are gone", lambda: self.samples()[0]["foehn_http_connections"] < 100)


if __name__ == "__main__":
    lib.main()
