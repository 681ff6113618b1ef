#!/usr/bin/env python3
"""200 clients pause, resume, stop, re-run and delete the same executions at the same time while the server is killed
(SIGKILL) in between. Goal: no answer is a 500, what was acknowledged stays so, nothing is stuck, and no step is there
twice. Method: seeded clients; the server dies whenever so many operations have been answered; in the end everything is
driven to its end and the rows are compared with what the workflow can make."""
import collections
import http.client
import json
import os
import pathlib
import random
import sys
import threading
import unittest
import uuid

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "e2e"))
import lib  # noqa: E402 - found through the path above

CLIENTS = 200
EXECUTIONS = 24
KILLS = 4
OPERATIONS_BETWEEN = 500
SEED = int(os.environ.get("FOEHN_STORM_SEED", "1"))
ENDED = ("SUCCESS", "ERROR", "CANCELLED")
# `check` fails until somebody re-runs it with another environment; `done` waits for all branches, which reach it by
# on-success, on-complete and on-error.
DEFINITIONS = """version: '2.0'
storm:
  tasks:
    begin: {action: std.noop, on-success: [slow, check, below, each, wrong]}
    slow: {action: std.sleep seconds=0.05, on-complete: done}
    wrong: {action: std.fail, on-error: done, on-skip: done}
    check: {action: std.noop, fail-on: "<% not env().get(ok, false) %>", on-success: done}
    below: {workflow: storm_below, on-success: done}
    each: {with-items: i in <% range(4) %>, concurrency: 2, action: std.sleep seconds=0.01, on-success: done}
    done: {join: all, action: std.noop}
storm_below:
  tasks:
    first: {action: std.sleep seconds=0.02, on-success: second}
    second: {action: std.noop, fail-on: "<% not env().get(ok, false) %>"}
"""
TASKS = {"storm": {"begin", "slow", "check", "below", "each", "wrong", "done"}, "storm_below": {"first", "second"}}
FINE = (200, 201, 204, 400, 403, 404, 409, 503)


class Storm:
    """What the clients share."""

    def __init__(self, server):
        self.server = server
        self.lock = threading.Lock()
        self.answered = 0
        self.faults = []
        self.statuses = collections.Counter()
        self.created = set()
        self.ids = [str(uuid.UUID(int=0x40008000 << 64 | SEED << 32 | n)) for n in range(EXECUTIONS)]
        self.over = threading.Event()
        self.more = threading.Condition(self.lock)

    def note(self, method, path, status, text):
        with self.lock:
            self.answered += 1
            self.statuses[f"{method} {status}"] += 1
            if status not in FINE:
                self.faults.append(f"{method} {path}: {status} {text[:500]}")
            self.more.notify_all()

    def wait_for_operations(self, count, seconds=120):
        with self.lock:
            wanted = self.answered + count
            if not self.more.wait_for(lambda: self.answered >= wanted or self.faults, seconds):
                raise AssertionError(f"only {self.answered} operations were answered within {seconds} s, wanted {wanted}")


class Client(threading.Thread):
    def __init__(self, storm, number):
        super().__init__(daemon=True)
        self.storm, self.random, self.connection = storm, random.Random(SEED * 1000 + number), None

    def ask(self, method, path, body=None):
        """The answer's status and text; None when the server is down. A broken answer is a fault."""
        try:
            if not self.connection:
                self.connection = http.client.HTTPConnection("127.0.0.1", self.storm.server.port, timeout=60)
            self.connection.request(method, path, None if body is None else json.dumps(body),
                                    {} if body is None else {"Content-Type": "application/json"})
            answer = self.connection.getresponse()
            status, text = answer.status, answer.read().decode(errors="replace")
        except (OSError, http.client.HTTPException):
            self.connection.close()
            self.connection = None
            self.storm.over.wait(0.02)  # the pace of asking a server that is down
            return None, ""
        self.storm.note(method, path.split("?")[0], status, text)
        return status, text

    def run(self):
        while not self.storm.over.is_set():
            self.operate(self.random.choice(self.storm.ids))
        if self.connection:
            self.connection.close()

    def operate(self, execution):
        kind = self.random.choices(["create", "pause", "resume", "stop", "rerun", "task", "items", "delete", "bulk", "read"],
                                   [12, 10, 16, 6, 14, 14, 4, 2, 4, 18])[0]
        getattr(self, kind)(execution)

    def create(self, execution):
        status, _ = self.ask("POST", "/v2/executions", {"id": execution, "workflow_name": "storm"})
        if status == 201:
            with self.storm.lock:
                self.storm.created.add(execution)

    def put(self, execution, state):
        self.ask("PUT", "/v2/executions/" + execution, {"state": state})

    def pause(self, execution):
        self.put(execution, "PAUSED")

    def resume(self, execution):
        self.put(execution, "RUNNING")

    def stop(self, execution):
        self.put(execution, self.random.choice(["CANCELLED", "ERROR"]))

    def rerun(self, execution):
        self.ask("POST", f"/foehn/v1/executions/{execution}/rerun",
                 {"set": "failed", "env": {"ok": self.random.random() < 0.5}})

    def task(self, execution):
        status, text = self.ask("GET", f"/v2/executions/{execution}/tasks?fields=id,state,name")
        failed = [one for one in json.loads(text)["tasks"] if one["state"] == "ERROR"] if status == 200 else []
        if failed:
            one = self.random.choice(failed)
            self.ask("PUT", "/v2/tasks/" + one["id"], self.random.choice([
                {"state": "RUNNING", "reset": True, "env": {"ok": True}}, {"state": "RUNNING", "reset": True},
                {"state": "SKIPPED"}]))

    def items(self, execution):
        status, text = self.ask("GET", f"/v2/executions/{execution}/tasks?name=each&fields=id")
        for one in json.loads(text)["tasks"] if status == 200 else []:
            self.ask("POST", f"/foehn/v1/tasks/{one['id']}/rerun", {"items": [self.random.randrange(4)]})

    def delete(self, execution):
        self.ask("DELETE", f"/v2/executions/{execution}?force=true")

    def bulk(self, execution):
        self.ask("POST", "/foehn/v1/executions/bulk",
                 {"operation": self.random.choice(["pause", "resume", "rerun"]), "query": {"workflow_name": "storm"}, "limit": 5})

    def read(self, execution):
        self.ask("GET", self.random.choice([f"/v2/executions/{execution}", f"/foehn/v1/executions/{execution}/why"]))


class StormTest(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.server = lib.Server()
        self.addCleanup(self.server.stop)
        self.server.start()
        self.server.create_workflow(DEFINITIONS)

    def test_operations_on_the_same_executions(self):
        storm = Storm(self.server)
        clients = [Client(storm, number) for number in range(CLIENTS)]
        for client in clients:
            client.start()
        try:
            for _ in range(KILLS):
                storm.wait_for_operations(OPERATIONS_BETWEEN)
                self.server.kill()
                self.server.start()
            storm.wait_for_operations(OPERATIONS_BETWEEN)
        finally:
            storm.over.set()
            for client in clients:
                client.join(90)
        self.assertFalse([client for client in clients if client.is_alive()], "a client was never answered")
        self.assertEqual([], storm.faults[:5])
        print(f"  {storm.answered} operations of seed {SEED}: {dict(sorted(storm.statuses.items()))}", flush=True)
        self.assertEqual(set(storm.ids), storm.created)
        for execution in storm.ids:
            self.drive_to_the_end(execution)
        self.nothing_is_twice()
        self.what_failed_can_be_repaired()
        self.deleted_stay_deleted(storm.ids)

    def drive_to_the_end(self, execution):
        """Nothing may wait for anybody once it is resumed."""
        def ended():
            answer = self.server.request("GET", "/v2/executions/" + execution)
            if answer.status == 404:
                return True
            if answer.json["state"] == "PAUSED":
                self.server.request("PUT", "/v2/executions/" + execution, {"state": "RUNNING"})
            return answer.json["state"] in ENDED
        try:
            lib.wait_for(f"execution {execution} ends", ended, 60)
        except AssertionError as error:
            why = self.server.request("GET", f"/foehn/v1/executions/{execution}/why").text
            raise AssertionError(f"{error}; it waits for {why}") from error

    def nothing_is_twice(self):
        for row in self.server.get("/v2/executions?limit=1000")["executions"]:
            self.assertIn(row["state"], ENDED, row)
            tasks = self.server.tasks(row["id"])
            names = collections.Counter(task["name"] for task in tasks)
            self.assertLessEqual(set(names), TASKS[row["workflow_name"]])
            self.assertEqual({}, {name: count for name, count in names.items() if count > 1}, f"steps of {row}")
            for task in tasks:
                if row["state"] == "SUCCESS":
                    self.assertIn(task["state"], (*ENDED, "SKIPPED"), task)
                if task["type"] == "WORKFLOW":
                    continue
                accepted = [run for run in self.server.runs(task["id"]) if run["accepted"] and run["state"] == "SUCCESS"]
                self.assertLessEqual(len(accepted), 4 if task["name"] == "each" else 1, f"{task['name']} of {row['id']}")
                if task["name"] == "each" and task["state"] == "SUCCESS":
                    self.assertEqual(4, len(accepted), accepted)

    def what_failed_can_be_repaired(self):
        failed = [row["id"] for row in self.server.get("/v2/executions?workflow_name=storm&limit=1000")["executions"]
                  if row["state"] == "ERROR"]
        for execution in failed:
            answer = self.server.request("POST", f"/foehn/v1/executions/{execution}/rerun",
                                         {"set": "failed", "env": {"ok": True}})
            if answer.status != 200:  # stopped by hand before anything failed
                self.assertEqual(409, answer.status, answer.text)
                continue
            row = self.server.wait_execution(execution)
            self.assertEqual("SUCCESS", row["state"], f"{row} {self.server.request('GET', f'/foehn/v1/executions/{execution}/why').text}")
        self.nothing_is_twice()

    def deleted_stay_deleted(self, ids):
        for execution in ids:
            self.assertIn(self.server.request("DELETE", f"/v2/executions/{execution}?force=true").status, (204, 404))
        self.server.kill()
        self.server.start()
        for path in ("/v2/executions", "/v2/tasks", "/v2/action_executions"):
            self.assertEqual([], self.server.get(path)[path.rpartition("/")[2]], "nothing is left of what was deleted")


if __name__ == "__main__":
    lib.main()
