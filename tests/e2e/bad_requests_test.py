#!/usr/bin/env python3
"""Requests that are wrong: what Mistral's API names for them, or a 400 that says what and where. Method: tables over every
collection and every body of a real server; a refusal changes nothing."""
import json
import re

import lib

WORKFLOWS = """version: '2.0'
quick:
  input: [{a: 1}]
  output: {r: <% $.a %>}
  tasks:
    a: {action: std.noop}
broken:
  tasks:
    a: {action: std.fail}
"""
NIL = "00000000-0000-4000-8000-000000000000"
JSON = {"Content-Type": "application/json"}
COLLECTIONS = ("workflows", "workbooks", "actions", "executions", "tasks", "action_executions", "environments",
               "cron_triggers", "event_triggers")
NO_INTEGER = ("Invalid input for field/attribute limit. Value: '{0}'. unable to convert to int. Error: invalid literal for "
              "int() with base 10: '{0}'")
# Query → the whole text of the refusal with 400; {} stands for the rest of a list that differs.
QUERIES = {
    "bogus=1": 'Unknown argument: "bogus"',
    "%ff=1": 'The query parameter "\ufffd" is not valid UTF-8.',
    "name=%c3%28": 'The query parameter "name" is not valid UTF-8.',
    "limit=0": "Limit must be positive.",
    "limit=-1": "Limit must be positive.",
    "limit=-99999999999999999999": "Limit must be positive.",
    "limit=1.1": NO_INTEGER.format("1.1"),
    "limit=": NO_INTEGER.format(""),
    "limit=abc": NO_INTEGER.format("abc"),
    "fields=bogus": "Some fields do not exist  [bogus], please choose from [id, {}]",
    "fields=id,bogus,worse": "Some fields do not exist  [bogus, worse], please choose from [id, {}]",
    "sort_keys=bogus": "There is no column 'bogus' to sort by.",
    "sort_dirs=up": "Unknown sort direction, must be 'desc' or 'asc'.",
    "sort_dirs=asc,desc": "Length of sort_keys must be equal or greater than sort_dirs.",
    "&".join(["limit=1"] * 201): "The request has more than 200 query parameters.",
}
ACCEPTED = ("limit=1000000000", "limit=99999999999999999999", "marker=", "fields=", "fields=ID", "sort_keys=id,id",
            "created_at=gt:2020-01-01%2000:00:00")
# Of single collections: (path, refusal with 400).
MORE_QUERIES = (
    ("/v2/executions?state=BOGUS", "Invalid input for field/attribute state. Value: 'BOGUS'. Value should be one of: CANCELLED, "
     "DELAYED, ERROR, IDLE, PAUSED, RUNNING, SKIPPED, SUCCESS, WAITING"),
    ("/v2/executions?workflow_id=x", "Expected a uuid but received x."),
    ("/v2/executions?nulls=bogus", "'bogus' is not a valid field name."),
    ("/v2/executions?nulls=id", "The field 'id' can't hold None value."),
    ("/v2/executions?include_output=maybe",
     "Invalid input for field/attribute include_output. Value: 'maybe'. Value should be a boolean."),
    ("/v2/executions?created_at=bogus", "Filter 'created_at' needs a time as YYYY-MM-DD HH:MM:SS; 'bogus' is none."),
    ("/v2/tasks?processed=maybe", "Invalid input for field/attribute processed. Value: 'maybe'. Value should be a boolean."),
    ("/v2/tasks?state=in:RUNNING,X", "Invalid input for field/attribute state. Value: 'X'. Value should be one of: CANCELLED, "
     "DELAYED, ERROR, IDLE, PAUSED, RUNNING, SKIPPED, SUCCESS, WAITING"),
    ("/v2/workflows?scope=unique", "Invalid input for field/attribute scope. Value: 'unique'. Value should be one of: private, "
     "public"),
    ("/v2/executions/x/tasks", "Expected a uuid but received x."),
    ("/v2/workflows/%ff", "The {identifier} in the path is not valid UTF-8."),
)
NO_JSON = "Request is not in valid JSON format\n\n"
# Body → the text of the refusal, or how it begins.
BODIES = {
    b"": NO_JSON + "invalid JSON: parse error at line 1, column 1: ",
    b"{": NO_JSON + "invalid JSON: parse error at line 1, column 2: ",
    b"<a/>": NO_JSON + "invalid JSON: parse error at line 1, column 1: ",
    b'{"name": NaN}': NO_JSON + "invalid JSON: parse error at line 1, column 10: ",
    b'{"name": 1e400}': NO_JSON + "invalid JSON: number overflow parsing '1e400'",
    b'{"name": "a\xffb"}': NO_JSON + "invalid JSON: parse error at line 1, column 12: ",
    b'{"name": "\\ud800"}': NO_JSON + "invalid JSON: parse error at line 1, column ",
    b"[" * 100_000: NO_JSON + "JSON is nested deeper than 200 levels",
    b"[]": "Request must be a JSON dict",
    b"null": "Request must be a JSON dict",
    b"5": "Request must be a JSON dict",
    b'{"name": 9223372036854775808}': "The number 9223372036854775808 does not fit into 64 bits; pass it as a text.",
    b'{"name": -9223372036854775809}': "The number -9223372036854775809 does not fit into 64 bits; pass it as a text.",
    b'{"bogus": 1}': "Unknown attribute for argument ",
}
WRONG_TEXTS = {True: "True", 5: "5", 1.5: "1.5", 2**53 + 1: "9007199254740993"}


class BadRequests(lib.ServerTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server.create_workflow(WORKFLOWS)
        cls.ended = cls.server.start_execution("quick")
        cls.failed = cls.server.start_execution("broken")
        for one in (cls.ended, cls.failed):
            cls.server.wait_execution(one)
        cls.task = cls.server.task(cls.failed, "a")["id"]
        cls.action_run = cls.server.runs(cls.task)[0]["id"]

    def refused(self, method, path, wanted, body=None, status=400, whole=True):
        answer = self.server.request(method, path, body, None if body is None else JSON)
        self.assertEqual(status, answer.status, answer.text[:1000])
        text = answer.json.get("faultstring") or answer.json["error"]["message"]
        if whole:
            self.assertRegex(text, r"\A" + re.escape(wanted).replace(r"\{\}", ".*") + r"\Z")
        else:
            self.assertEqual(wanted, text[:len(wanted)])

    def test_queries_of_every_collection(self):
        for name in COLLECTIONS:
            for query, wanted in QUERIES.items():
                with self.subTest(f"{name}?{query[:60]}"):
                    if query.startswith("name=") and name in ("executions",):
                        continue  # it has no name
                    self.refused("GET", f"/v2/{name}?{query}", wanted)
            for query in ACCEPTED:
                with self.subTest(f"{name}?{query}"):
                    answer = self.server.request("GET", f"/v2/{name}?{query}")
                    self.assertEqual(200, answer.status, answer.text[:500])
                    self.assertNotIn("next", answer.json)

    def test_markers_that_are_gone(self):
        for name in COLLECTIONS:
            if name != "actions":  # its marker is a name, where the page begins
                for marker in (NIL, "bogus"):
                    with self.subTest(f"{name} {marker}"):
                        answer = self.server.request("GET", f"/v2/{name}?marker={marker}")
                        self.assertEqual(404, answer.status, answer.text)
                        self.assertRegex(answer.json["faultstring"], rf"\A[A-Za-z ]+ not found \[\w+={marker}\]\Z")

    def test_queries_of_single_collections(self):
        for path, wanted in MORE_QUERIES:
            with self.subTest(path):
                self.refused("GET", path, wanted)

    def bodies(self):
        return (("POST", "/v2/executions"), ("PUT", "/v2/executions/" + self.ended), ("PUT", "/v2/tasks/" + self.task),
                ("POST", "/v2/action_executions"), ("PUT", "/v2/action_executions/" + self.action_run), ("POST", "/v2/environments"),
                ("PUT", "/v2/environments"), ("POST", "/v2/cron_triggers"), ("POST", "/v2/event_triggers"),
                ("PUT", "/maintenance"), ("POST", "/foehn/v1/subscriptions"), ("POST", "/foehn/v1/executions/bulk"),
                ("POST", f"/foehn/v1/executions/{self.ended}/eval"), ("POST", f"/foehn/v1/executions/{self.failed}/rerun"),
                ("POST", f"/foehn/v1/executions/{self.ended}/clone"), ("POST", f"/foehn/v1/tasks/{self.task}/rerun"),
                ("POST", f"/foehn/v1/action_runs/{self.action_run}/complete"), ("POST", f"/foehn/v1/action_runs/{self.action_run}/fail"))

    def test_bodies_of_every_kind(self):
        before = len(self.server.get("/v2/executions")["executions"])
        for method, path in self.bodies():
            for body, wanted in BODIES.items():
                with self.subTest(f"{method} {path} {body[:40]}"):
                    self.refused(method, path, wanted, body, whole=False)
            with self.subTest(f"{method} {path} XML"):
                answer = self.server.request(method, path, "<a/>", {"Content-Type": "application/xml"})
                self.assertEqual((415, "XML request bodies are not supported."),
                                 (answer.status, answer.headers["Server-Error-Message"]))
                if path.startswith("/foehn"):
                    self.assertEqual("unsupported_media_type", answer.json["error"]["code"])
        self.assertEqual(before, len(self.server.get("/v2/executions")["executions"]), "nothing was started")

    def test_texts_of_the_wrong_type(self):
        for path, attribute, rest in (("/v2/executions", "workflow_name", {}), ("/v2/executions", "description", {"workflow_name": "quick"}),
                                      ("/v2/action_executions", "name", {}), ("/v2/environments", "name", {}),
                                      ("/v2/environments", "scope", {"name": "x"}), ("/v2/cron_triggers", "name", {})):
            for value, shown in WRONG_TEXTS.items():
                with self.subTest(f"{path} {attribute} {value}"):
                    self.refused("POST", path, f"Invalid input for field/attribute {attribute}. Value: '{shown}'. Value should "
                                 "be a string.", json.dumps({**rest, attribute: value}))

    def test_objects_of_the_wrong_type(self):
        for value, shown in {5: "5", True: "True", "[1]": "[1]"}.items():
            for path, attribute, rest in (("/v2/executions", "input", {"workflow_name": "quick"}),
                                          ("/v2/executions", "params", {"workflow_name": "quick"}),
                                          ("/v2/action_executions", "input", {"name": "std.noop"}),
                                          ("/v2/environments", "variables", {"name": "x"})):
                with self.subTest(f"{path} {attribute} {value}"):
                    self.refused("POST", path, f"JsonType field value must be a dictionary [actual={shown}]",
                                 json.dumps({**rest, attribute: value}))

    def test_a_task_is_named_by_its_path(self):
        body = {"state": "RUNNING", "reset": True}
        self.refused("PUT", "/v2/tasks/" + self.task, "Task id does not match.", json.dumps({**body, "id": NIL}))
        self.refused("PUT", "/v2/tasks/" + self.task, "Invalid input for field/attribute id. Value: '5'. Value should be a string.",
                     json.dumps({**body, "id": 5}))
        self.refused("PUT", "/v2/tasks/" + self.task, "Task name does not match.", json.dumps({**body, "name": "b"}))

    def test_what_is_large_and_fine_arrives_as_it_was(self):
        for value in (2**53 + 1, 2**63 - 1, -2**63, "\u0000", "\U0001F600", [[[]]], {"": {}}):
            execution = self.server.start_execution("quick", a=value)
            row = self.server.wait_execution(execution)
            self.assertEqual({"r": value}, json.loads(row["output"]))
            self.server.request("DELETE", "/v2/executions/" + execution)

    def test_the_last_of_two_equal_keys_counts(self):
        body = '{"workflow_name": "nowhere", "workflow_name": "quick", "input": {"a": 1, "a": 2}}'
        answer = self.server.request("POST", "/v2/executions", body, JSON)
        self.assertEqual(201, answer.status, answer.text)
        self.assertEqual({"a": 2}, json.loads(answer.json["input"]))
        self.server.wait_execution(answer.json["id"])
        self.server.request("DELETE", "/v2/executions/" + answer.json["id"])


if __name__ == "__main__":
    lib.main()
