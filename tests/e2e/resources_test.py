#!/usr/bin/env python3
"""Workbooks, ad-hoc actions, environments and maintenance of the real server: wrong input over real sockets leaves
nothing behind, what was stored is there after kill -9, and `foehn wb | action | env` do what they say."""
import http.client
import pathlib
import tempfile
import threading

import lib

BOOK = """version: '2.0'
name: book
actions:
  say: {base: std.echo, base-input: {output: "<% $.w %>"}, input: [w]}
workflows:
  talk:
    output: {said: <% task(t).result %>}
    tasks:
      t: {action: book.say w="<% env().who %>"}
"""
ACTION = "version: '2.0'\nglue: {base: std.echo, base-input: {output: '<% $.a %>'}, input: [a]}\n"
ZERO = "00000000-0000-0000-0000-000000000000"
LISTS = {"environments": "Environment not found [id=", "workbooks": "Workbook not found [workbook_id=",
         "workflows": "Workflow not found [workflow_id="}


class ResourcesTest(lib.ServerTest):
    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="foehn-resources-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        (self.folder / "book.yaml").write_text(BOOK)
        (self.folder / "glue.yaml").write_text(ACTION)

    def fault(self, method, path, status, body=None, headers=None):
        answer = self.server.request(method, path, body, headers)
        self.assertEqual(status, answer.status, f"{method} {path}: {answer.text}")
        return answer.json["faultstring"]

    def foehn(self, *argv, code=0):
        done = self.server.foehn(*argv)
        self.assertEqual(code, done.code, f"foehn {argv}: {done!r}")
        return done.out if code == 0 else done.err

    def test_lists_refuse_wrong_parameters(self):
        for plural, missing in LISTS.items():
            with self.subTest(plural):
                self.assertEqual('Unknown argument: "bogus"', self.fault("GET", f"/v2/{plural}?bogus=1", 400))
                self.assertEqual("Limit must be positive.", self.fault("GET", f"/v2/{plural}?limit=0", 400))
                self.assertEqual("Limit must be positive.", self.fault("GET", f"/v2/{plural}?limit=-1", 400))
                self.assertIn("unable to convert to int", self.fault("GET", f"/v2/{plural}?limit=1.1", 400))
                self.server.get(f"/v2/{plural}?limit=1000000000")
                self.assertIn("Some fields do not exist  [bogus]", self.fault("GET", f"/v2/{plural}?fields=bogus", 400))
                self.assertEqual(f"{missing}{ZERO}]", self.fault("GET", f"/v2/{plural}?marker={ZERO}", 404))
                self.assertEqual(f"{missing}x]", self.fault("GET", f"/v2/{plural}?marker=x", 404))
                self.assertEqual("Unknown sort direction, must be 'desc' or 'asc'.",
                                 self.fault("GET", f"/v2/{plural}?sort_dirs=up", 400))
                self.assertIn("Value should be one of: private, public",
                              self.fault("GET", f"/v2/{plural}?scope=unique", 400))

    def test_wrong_bodies_leave_nothing_behind(self):
        for content in ("application/xml", "text/xml", "application/atom+xml"):
            answer = self.server.request("POST", "/v2/environments", "<a/>", {"Content-Type": content})
            self.assertEqual((415, "XML request bodies are not supported."),
                             (answer.status, answer.headers["Server-Error-Message"]))
        json = {"Content-Type": "application/json"}
        for body in (b"", b"{", b'{"name": "\xff"}', b'{"name": "x", "variables": ' + b"[" * 100_000):
            self.assertIn("Request is not in valid JSON format\n\n", self.fault("POST", "/v2/environments", 400, body, json))
        for path in ("/v2/workbooks", "/v2/actions", "/v2/workflows"):
            with self.subTest(path):
                for body in (b"", b"\xff\xfe", b"[" * 10_000, b"version: '2.0'\n"):
                    self.assertTrue(self.fault("POST", path, 400, body))
                self.assertEqual('Unknown argument: "bogus"', self.fault("POST", path + "?bogus=1", 400, BOOK))
                self.assertEqual("Scope must be one of the following: {'private', 'public'}; actual: unique",
                                 self.fault("POST", path + "?scope=unique", 400, BOOK))
                self.assertEqual(413, self.server.request("POST", path, b"a" * 10_000_001).status)
        self.assertEqual([], self.server.get("/v2/environments")["environments"])
        self.assertEqual([], self.server.get("/v2/workbooks")["workbooks"])

    def test_commands(self):
        book, glue = self.folder / "book.yaml", self.folder / "glue.yaml"
        self.assertEqual(f"{book}: valid\n", self.foehn("wb", "validate", book))
        (self.folder / "bad.yaml").write_text("version: '2.0'\nworkflows: {}\n")
        self.foehn("wb", "validate", self.folder / "bad.yaml", code=11)
        self.assertRegex(self.foehn("wb", "create", book), r"\Acreated book [0-9a-f-]{36}\n\Z")
        self.assertEqual("book\n", self.foehn("wb", "list", "-q"))
        self.assertEqual(BOOK, self.foehn("wb", "get", "book", "-d"))
        self.assertRegex(self.foehn("wb", "update", book), r"\Aupdated book ")
        self.assertRegex(self.foehn("action", "create", glue), r"\Acreated glue ")
        self.assertEqual(f"{glue}: valid\n", self.foehn("action", "validate", glue))
        self.assertEqual(ACTION, self.foehn("action", "get", "glue", "-d"))
        self.assertIn("glue\n", self.foehn("action", "list", "-q"))
        self.assertRegex(self.foehn("action", "update", glue), r"\Aupdated glue ")
        self.assertRegex(self.foehn("env", "create", "mine", "-v", "who=me", "-v", "n=3"), r"\Acreated mine ")
        self.assertRegex(self.foehn("env", "get", "mine"), r"(?s)description +-\n.*\"n\": 3.*\"who\": \"me\"|\"who\": \"me\".*\"n\": 3")
        self.foehn("env", "update", "mine", "-d", "text")
        self.assertRegex(self.foehn("env", "list", "--no-headers"), r"\Amine +text +private ")
        execution = self.foehn("ex", "create", "book.talk", "-e", "mine", "--wait").split()[0]
        self.assertEqual('{\n  "said": "me"\n}\n', self.foehn("ex", "output", execution))
        self.assertIn("Environment is not found: none", self.foehn("ex", "create", "book.talk", "-e", "none", code=2))
        trigger = self.foehn("-q", "trigger", "create", "book.talk", "--exchange", "e", "--topic", "t", "--event", "x").strip()
        self.assertEqual(f"updated later {trigger}\n", self.foehn("trigger", "update", trigger, "--name", "later",
                                                                  "-p", 'env={"who": "me"}'))
        row = self.server.get("/v2/event_triggers/" + trigger)
        self.assertEqual(("later", '{"env": {"who": "me"}}', "x"), (row["name"], row["workflow_params"], row["event"]))
        self.assertEqual("foehn: nothing to change: give --name, --workflow, -i or -p\n",
                         self.foehn("trigger", "update", trigger, code=2))
        self.foehn("trigger", "delete", trigger, "--yes")
        self.assertEqual("would delete mine\n", self.foehn("env", "delete", "mine", "--dry-run"))
        self.assertEqual("deleted mine\n", self.foehn("env", "delete", "mine", "--yes"))
        self.assertEqual("deleted glue\n", self.foehn("action", "delete", "glue", "--yes"))
        self.assertEqual("deleted book\n", self.foehn("wb", "delete", "book", "--yes"))
        for argv in (["wb", "get", "book"], ["action", "get", "glue"], ["env", "get", "mine"]):
            self.foehn(*argv, code=5)

    def test_what_was_stored_is_there_after_a_kill(self):
        self.assertEqual(201, self.server.request("POST", "/v2/environments",
                                                  {"name": "kept", "variables": {"b": 1, "a": [1.5, "ü"]}}).status)
        self.assertEqual(201, self.server.request("POST", "/v2/actions", ACTION.replace("glue", "kept")).status)
        self.server.create_workflow("version: '2.0'\nwaits: {tasks: {t: {action: std.async_noop}}}\n")
        execution = self.server.start_execution("waits")
        self.assertEqual("PAUSING", self.server.request("PUT", "/maintenance", {"status": "PAUSED"}).json["status"])
        self.server.kill()
        self.server.start()
        self.assertEqual('{"b": 1, "a": [1.5, "\\u00fc"]}', self.server.get("/v2/environments/kept")["variables"])
        self.assertEqual("kept", self.server.get("/v2/actions/kept")["name"])
        self.assertEqual("PAUSED", self.server.execution(execution)["state"])
        answer = self.server.request("DELETE", "/v2/environments/kept")
        self.assertEqual((423, "Current Mistral state is PAUSING. Method is not allowed"),
                         (answer.status, answer.headers["Server-Error-Message"]))
        self.assertEqual(200, self.server.request("PUT", "/maintenance", {"status": "RUNNING"}).status)
        self.assertEqual("RUNNING", self.server.execution(execution)["state"])
        self.assertEqual(204, self.server.request("DELETE", "/v2/environments/kept").status)

    def test_maintenance_outlives_a_kill_in_the_middle(self):
        """A kill while executions are paused, and one while they are resumed: none stays behind, whatever was done."""
        count = 300
        self.server.create_workflow("version: '2.0'\nstays: {tasks: {t: {action: std.async_noop}}}\n")
        started = {self.server.start_execution("stays") for _ in range(count)}

        def of(state, limit=1000):
            rows = self.server.get("/v2/executions?fields=id&limit=%d&workflow_name=stays&state=%s" % (limit, state))
            return {row["id"] for row in rows["executions"]}

        def cut(status, seen):
            def put():
                try:
                    self.server.request("PUT", "/maintenance", {"status": status})
                except (OSError, http.client.HTTPException):
                    pass  # that is the kill
            asker = threading.Thread(target=put)
            asker.start()
            lib.wait_for("the first that is " + seen, lambda: of(seen, 1))
            self.server.kill()
            asker.join()
            self.server.start()

        cut("PAUSED", "PAUSED")
        self.assertEqual("PAUSING", self.server.get("/maintenance")["status"])  # what they started is not over
        self.assertEqual(started, of("PAUSED"))
        cut("RUNNING", "RUNNING")
        self.assertEqual("RUNNING", self.server.get("/maintenance")["status"])
        self.assertEqual(started, of("RUNNING"))


if __name__ == "__main__":
    lib.main()
