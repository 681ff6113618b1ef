#!/usr/bin/env python3
"""Triggers and webhooks of a real server: cron triggers whose server is killed around their firing start exactly as many
executions as they should; CloudEvents over HTTP; a receiver that fails before it accepts; expiration; the commands."""
import hashlib
import hmac
import http.server
import json
import pathlib
import queue
import tempfile
import threading
import unittest

import lib

NOOP = "version: '2.0'\nwf:\n  input:\n    - who: nobody\n  tasks:\n    a:\n      action: std.noop\n"


class Receiver:
    """An HTTP server that refuses the first `failures` requests and keeps the bodies of the others."""

    def __init__(self, failures, port=0):
        self.bodies, self.headers, self.texts, self.refused = queue.Queue(), queue.Queue(), queue.Queue(), 0
        receiver = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_POST(self):
                body = self.rfile.read(int(self.headers["Content-Length"]))
                accepted = receiver.refused >= failures
                receiver.refused += 0 if accepted else 1
                self.send_response(200 if accepted else 503)
                self.end_headers()
                if accepted:
                    receiver.headers.put(dict(self.headers))
                    receiver.texts.put(body)
                    receiver.bodies.put(json.loads(body))

            def log_message(self, *_):
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/hook"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def until(self, wanted, seconds=30):
        """The first body that `wanted` says yes to."""
        while True:
            body = self.bodies.get(timeout=seconds)
            if wanted(body):
                return body

    def stop(self):
        self.server.shutdown()
        self.server.server_close()


class KilledServerTest(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.server = lib.Server()
        self.addCleanup(self.server.stop)
        self.server.start()
        self.server.create_workflow(NOOP)

    def executions(self):
        return self.server.get("/v2/executions")["executions"]

    def test_cron_fires_exactly_once_per_due_time(self):
        made = self.server.request("POST", "/v2/cron_triggers", {
            "name": "each_second", "workflow_name": "wf", "pattern": "* * * * * *", "remaining_executions": 8})
        self.assertEqual(201, made.status, made.text)
        for _ in range(4):
            known = len(self.executions())
            lib.wait_for("the next firing", lambda: len(self.executions()) > known)
            self.server.kill()  # just after a firing: the record may or may not have been written
            self.server.start()
        lib.wait_for("the trigger has gone", lambda: not self.server.get("/v2/cron_triggers")["cron_triggers"])
        rows = self.executions()
        self.assertEqual(8, len(rows))
        self.assertEqual({made.json["id"]}, {json.loads(row["description"])["triggered_by"]["id"] for row in rows})
        for row in rows:
            self.assertEqual("SUCCESS", self.server.wait_execution(row["id"])["state"])

    def test_a_subscription_is_told_after_a_crash(self):
        port = lib.free_port()  # nobody listens there yet
        made = self.server.request("POST", "/foehn/v1/subscriptions", {
            "name": "s", "url": f"http://127.0.0.1:{port}/hook", "event_types": ["WORKFLOW_SUCCEEDED"]})
        self.assertEqual(201, made.status, made.text)
        execution = self.server.start_execution("wf")
        self.server.wait_execution(execution)
        self.server.kill()
        receiver = Receiver(failures=1, port=port)
        self.addCleanup(receiver.stop)
        self.server.start()
        event = receiver.until(lambda body: body["data"]["id"] == execution)
        self.assertEqual("foehn.workflow.succeeded", event["type"])


class SignedTest(unittest.TestCase):
    def test_what_is_sent_is_signed_and_the_operators_list_is_told_of_everything(self):
        everything, own = Receiver(failures=0), Receiver(failures=0)
        self.addCleanup(everything.stop)
        self.addCleanup(own.stop)
        server = lib.Server()
        self.addCleanup(server.stop)
        notify = pathlib.Path(server.data, "notify.json")
        notify.write_text(json.dumps([{"type": "webhook", "url": everything.url, "headers": {"X-Key": "k"},
                                       "event_types": ["WORKFLOW_SUCCEEDED"], "secret": "of the operator"}]))
        server.options = ["--notify", str(notify)]
        server.start()
        server.create_workflow(NOOP)
        done = server.foehn("subscription", "create", "s", "http://127.0.0.1:9/nobody", "-t", "WORKFLOW_SUCCEEDED",
                            "--secret-file", "-", stdin="It's a Secret to Everybody\n")
        self.assertEqual(0, done.code, done)
        changed = server.request("PUT", "/foehn/v1/subscriptions/s", {"url": own.url})
        self.assertEqual((200, True), (changed.status, changed.json["signed"]), changed.text)
        for path in ("/foehn/v1/subscriptions", "/foehn/v1/subscriptions/s"):
            self.assertNotIn("Everybody", server.request("GET", path).text + changed.text)
        server.start_execution("wf")
        for receiver, secret in ((everything, b"of the operator"), (own, b"It's a Secret to Everybody")):
            headers, text = receiver.headers.get(timeout=30), receiver.texts.get(timeout=30)
            expected = "sha256=" + hmac.new(secret, text, hashlib.sha256).hexdigest()
            self.assertEqual(expected, headers["X-Hub-Signature-256"])
        self.assertEqual("WORKFLOW_SUCCEEDED", everything.bodies.get(timeout=30)["event"])
        self.assertEqual("foehn.workflow.succeeded", own.bodies.get(timeout=30)["type"])
        server.stop()

    def test_a_wrong_list_is_refused_with_its_place(self):
        with tempfile.NamedTemporaryFile("w", suffix=".json") as file:
            for entry, why in (({"type": "mail", "url": "http://h"}, "type: only webhook is known"),
                               ({"type": "webhook", "url": "h"}, "url: an http:// or https:// address is expected"),
                               ({"type": "webhook", "url": "http://h", "event_types": ["X"]}, "event_types: 'X' is none"),
                               ({"type": "webhook", "url": "http://h", "sekret": "x"}, "there is no 'sekret'; known are")):
                file.seek(0)
                file.truncate()
                file.write(json.dumps([{"type": "webhook", "url": "http://h"}, entry]))
                file.flush()
                done = lib.foehn("serve", "--data", "/nonexistent", "--listen", "127.0.0.1:0", "--notify", file.name)
                self.assertEqual(2, done.code, done)
                self.assertIn(f"{file.name}: entry 2: {why}", done.err)


class TriggersTest(lib.ServerTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.workflow = cls.server.create_workflow(NOOP)[0]["id"]

    def post(self, body, headers, path="/foehn/v1/events"):
        return self.server.request("POST", path, body, headers)

    def test_events_start_workflows_once(self):
        made = self.server.request("POST", "/v2/event_triggers", {
            "name": "t", "workflow_id": self.workflow, "exchange": "/shop", "topic": "*", "event": "order.*",
            "workflow_input": {"who": "<% $.data.name %>"}})
        self.assertEqual(201, made.status, made.text)
        structured = {"specversion": "1.0", "id": "1", "source": "/shop", "type": "order.paid", "data": {"name": "Ada"}}
        kind = {"Content-Type": "application/cloudevents+json"}
        first = self.post(structured, kind).json
        self.assertEqual((1, made.json["id"], False, None), (
            first["events"], first["triggered"][0]["trigger_id"], first["triggered"][0]["existed"],
            first["triggered"][0]["error"]))
        execution = first["triggered"][0]["execution_id"]
        row = self.server.wait_execution(execution)
        self.assertEqual({"who": "Ada"}, json.loads(row["input"]))
        self.assertEqual("order.paid", json.loads(row["params"])["event_params"]["type"])
        again = self.post(json.dumps({"name": "Ada"}), {
            "ce-specversion": "1.0", "ce-id": "1", "ce-source": "/shop", "ce-type": "order.paid",
            "Content-Type": "application/json"}).json
        self.assertEqual((execution, True), (again["triggered"][0]["execution_id"], again["triggered"][0]["existed"]))
        batch = self.post([{**structured, "id": "2"}, {**structured, "id": "3", "type": "other"}],
                          {"Content-Type": "application/cloudevents-batch+json"}).json
        self.assertEqual((2, ["2"]), (batch["events"], [one["event_id"] for one in batch["triggered"]]))
        self.assertEqual(204, self.server.request("DELETE", "/v2/event_triggers/" + made.json["id"]).status)

    def test_wrong_events_are_refused_as_a_whole(self):
        kind = {"Content-Type": "application/cloudevents-batch+json"}
        refused = self.post([{"specversion": "1.0", "id": "1", "source": "/", "type": "t"}, {"id": "2"}], kind)
        self.assertEqual(400, refused.status)
        self.assertEqual("Event 1 of the batch: The CloudEvents attribute 'specversion' is required.",
                         refused.json["error"]["message"])
        self.assertEqual(400, self.post("{", {"Content-Type": "application/cloudevents+json"}).status)
        self.assertEqual("CloudEvents are taken as JSON: application/cloudevents+json.",
                         self.post("x", {"Content-Type": "application/cloudevents+avro"}).json["error"]["message"])

    def test_notify_reaches_a_receiver_that_fails_twice(self):
        receiver = Receiver(failures=2)
        self.addCleanup(receiver.stop)
        started = self.server.request("POST", "/v2/executions", {"workflow_name": "wf", "params": {"notify": [
            {"type": "webhook", "url": receiver.url, "headers": {"X-Key": "k"}}]}})
        self.assertEqual(201, started.status, started.text)
        told = []
        receiver.until(lambda body: told.append(body["event"]) or body["event"] == "WORKFLOW_SUCCEEDED")
        self.assertEqual(["WORKFLOW_LAUNCHED", "TASK_LAUNCHED", "TASK_SUCCEEDED", "WORKFLOW_SUCCEEDED"],
                         list(dict.fromkeys(told)))
        self.assertEqual("k", receiver.headers.get()["X-Key"])
        self.assertEqual(2, receiver.refused)

    def test_the_sample(self):
        folder = lib.ROOT / "samples/triggers"
        self.assertEqual(0, self.server.foehn("wf", "create", folder / "on_upload.yaml").code)
        made = self.server.foehn("-q", "trigger", "create", "on_upload", "--exchange", "/shop", "--topic", "*", "--event",
                                 "file.*", "-i", "file=<% $.data.name %>")
        self.assertEqual(0, made.code, made)
        sent = lib.run(["curl", "-s", "-H", "Content-Type: application/cloudevents+json",
                        self.server.url + "/foehn/v1/events", "-d", f"@{folder / 'event.json'}"])
        execution = json.loads(sent.out)["triggered"][0]["execution_id"]
        self.assertEqual({"handled": "a.txt"}, json.loads(self.server.wait_execution(execution)["output"]))
        alone = lib.foehn("-o", "json", "run", folder / "on_upload.yaml", "-i", "file=a.txt")
        self.assertEqual({"handled": "a.txt"}, json.loads(alone.out))
        self.assertEqual(0, self.server.foehn("trigger", "delete", made.out.strip(), "--yes").code)

    def test_commands(self):
        done = self.server.foehn("cron", "create", "nightly", "wf", "--pattern", "0 3 * * *", "--zone", "Asia/Kolkata",
                                 "-i", "who=Ada")
        self.assertEqual((0, "created nightly"), (done.code, done.out.rsplit(" ", 1)[0]), done)
        row = json.loads(self.server.foehn("-o", "json", "cron", "get", "nightly").out)
        self.assertEqual(("Asia/Kolkata", "21:30:00"), (row["time_zone"], row["next_execution_time"].split()[1]))
        listed = self.server.foehn("cron", "list").out
        self.assertIn("nightly", listed)
        self.assertEqual("deleted nightly\n", self.server.foehn("cron", "delete", "nightly", "--yes").out)
        self.assertEqual(5, self.server.foehn("cron", "get", "nightly").code)
        made = self.server.foehn("-q", "trigger", "create", "wf", "--exchange", "x", "--topic", "t", "--event", "e")
        self.assertEqual(0, made.code, made)
        self.assertIn(made.out.strip(), self.server.foehn("trigger", "list").out)
        self.assertEqual(0, self.server.foehn("trigger", "delete", made.out.strip(), "--yes").code)
        made = self.server.foehn("subscription", "create", "pager", "http://127.0.0.1:9/x", "-t", "WORKFLOW_FAILED",
                                 "-H", "X-Key: secret")
        self.assertEqual(0, made.code, made)
        self.assertNotIn("secret", self.server.foehn("-o", "json", "subscription", "get", "pager").out)
        self.assertEqual("deleted pager\n", self.server.foehn("subscription", "delete", "pager", "--yes").out)


if __name__ == "__main__":
    lib.main()
