#!/usr/bin/env python3
"""Tokens: two projects and an admin on one real server, each with the stock mistral client and ours – nobody sees what is
another's, public and shared workflows are seen, and somebody without a token nothing. Code that an admin has uploaded runs
as an action, confined, when the operator allows it, and says which option is missing when he does not."""
import contextlib
import json
import os
import pathlib
import shutil
import tempfile
import unittest

import lib

FLOW = "version: '2.0'\nflow: {tasks: {t: {action: std.noop}}}\n"
FORBIDDEN = "Operation forbidden (insufficient permissions)"
CODE = '''from mistral_lib import actions


class Sum(actions.Action):
    def __init__(self, a, b=10):
        self.sum = a + b

    def run(self, context):
        print("adding")
        return {"sum": self.sum, "workflow": context.execution.workflow_name}


class Loop(actions.Action):
    def run(self, context):
        print("ready", flush=True)
        while True:
            pass


class Gone(actions.Action):
    def run(self, context):
        import os
        os._exit(3)
'''
SCRIPTS = '''version: '2.0'
sum:
  input: [numbers]
  output: {sum: <% task(add).result.sum %>, length: <% task(text).result.len() %>}
  tasks:
    add:
      action: std.javascript
      input: {context: <% $.numbers %>, script: "return {sum: $.reduce((a, b) => a + b, 0)}"}
      on-success: text
    text: {action: std.js, input: {script: "return 'ä'.repeat(200000)"}}
wrong: {tasks: {t: {action: std.js, input: {script: "return $.a.b"}}}}
loop: {tasks: {t: {action: std.js, input: {script: "for (;;) {}"}}}}
'''
USE = '''version: '2.0'
use:
  output: {sum: <% task(add).result.sum %>, workflow: <% task(add).result.workflow %>}
  tasks:
    add: {action: my.sum a=1}
loop: {tasks: {loop: {action: my.loop}}}
gone: {tasks: {t: {action: my.gone}}}
wrong: {tasks: {add: {action: my.sum c=1}}}
direct:
  input: [id]
  tasks:
    add:
      action: foehn.python
      input: {action: x, class_name: Sum, code_source_id: <% $.id %>, input: {a: 1}}
'''


class TokenTest(unittest.TestCase):
    maxDiff = None
    options = ()

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="foehn-tokens-"))
        self.addCleanup(shutil.rmtree, self.folder)
        self.file = self.folder / "tokens"
        self.tokens = {}
        for name, more in (("red", ()), ("blue", ()), ("boss", ("--admin", "--remark", "who operates it"))):
            made = lib.foehn("token", "create", self.file, "--project", name, *more)
            self.assertEqual(0, made.code, made)
            self.assertIn(f"the only time that the token of project {name} is shown", made.err)
            self.tokens[name] = made.out.strip()
        self.server = lib.Server(options=["--tokens", str(self.file), *self.options])
        self.addCleanup(self.server.stop)
        self.server.start()

    @contextlib.contextmanager
    def project(self, name):
        self.server.token = self.tokens[name]
        yield self.server
        self.server.token = ""

    def mistral(self, name, *argv, code=0):
        with self.project(name) as server:
            done = server.mistral(*argv)
        self.assertEqual(code, done.code, done)
        return done.out if code == 0 else done.err

    def rows(self, name, *argv):
        return json.loads(self.mistral(name, *argv, "-f", "json"))

    def file_of(self, name, text):
        (self.folder / name).write_text(text)
        return str(self.folder / name)


class ProjectsTest(TokenTest):
    def test_nothing_without_a_token(self):
        for headers in ({}, {"X-Auth-Token": "x"}, {"Authorization": "Bearer nothing"}):
            answer = self.server.request("GET", "/v2/workflows", headers=headers)
            self.assertEqual(401, answer.status)
        self.assertIn("Authentication required", self.server.request("GET", "/foehn/v1/events").text)
        for path in ("/healthz", "/readyz", "/metrics", "/openapi.json", "/v2"):
            self.assertEqual(200, self.server.request("GET", path).status, path)
        done = self.server.foehn("wf", "list")
        self.assertEqual(4, done.code, done)
        done = self.server.foehn("wf", "list", env={"FOEHN_TOKEN": self.tokens["red"]})
        self.assertEqual(0, done.code, done)
        secret = self.file_of("secret", self.tokens["red"] + "\n")
        done = self.server.foehn("wf", "list", env={"FOEHN_TOKEN_FILE": secret})
        self.assertEqual(0, done.code, done)
        self.assertNotIn(self.tokens["red"], self.file.read_text() + self.server.log_text())
        self.assertEqual(0o600, os.stat(self.file).st_mode & 0o777)

    def status(self, token):
        return self.server.request("GET", "/v2/workflows", headers={"X-Auth-Token": token})

    def test_the_file_of_tokens_counts_as_it_is_changed(self):
        made = lib.foehn("token", "create", self.file, "--project", "green", "--expires", "30d")
        self.assertRegex(self.file.read_text().splitlines()[-1], r"\A[0-9a-f]{64} green member expires=20\d\d-.*Z\Z")
        lib.wait_for("the new token counts", lambda: self.status(made.out.strip()).status == 200)
        self.assertIn(f"tokens_read file={self.file} count=4", self.server.log_text())
        short = lib.foehn("token", "create", self.file, "--project", "green", "--expires", "5s").out.strip()
        lib.wait_for("the token has expired", lambda: "The token has expired at 20" in self.status(short).text)
        self.assertEqual(401, self.status(short).status)
        whole = self.file.read_text()
        self.file.write_text(whole + "nonsense\n")
        lib.wait_for("the mistake is told", lambda: "tokens_refused" in self.server.log_text())
        self.assertIn(f"{self.file}:6: a line is SHA256 PROJECT member|admin", self.server.log_text())
        self.assertEqual(200, self.status(self.tokens["red"]).status)
        self.file.write_text("".join(line for line in whole.splitlines(True) if " red " not in line))
        lib.wait_for("the token is taken away", lambda: self.status(self.tokens["red"]).status == 401)
        self.assertEqual(200, self.status(self.tokens["blue"]).status)
        for given, wanted in (("soon", "--expires must be as in 12h or 30d, or a time as in 2027-01-31T00:00:00Z, not 'soon'"),
                              ("2020-01-01T00:00:00Z", "--expires 2020-01-01T00:00:00Z has passed already")):
            done = lib.foehn("token", "create", self.file, "--project", "green", "--expires", given)
            self.assertEqual(2, done.code, done)
            self.assertIn(wanted, done.err)

    def test_a_server_for_others_needs_tokens(self):
        done = lib.foehn("serve", "--data", self.folder / "data", "--listen", "0.0.0.0:0")
        self.assertEqual(2, done.code, done)
        self.assertIn("on 0.0.0.0 everybody who reaches this server could run commands with its rights", done.err)
        self.assertIn("--without-tokens", done.err)
        os.chmod(self.file, 0o660)
        done = lib.foehn("serve", "--data", self.folder / "data", "--tokens", self.file)
        self.assertEqual(4, done.code, done)
        self.assertIn("may be written by others than its owner", done.err)

    @unittest.skipUnless(lib.has_mistral(), "the mistral client is not installed")
    def test_two_projects_and_an_admin_with_the_stock_client(self):
        flow = self.file_of("flow.yaml", FLOW)
        for name in ("red", "blue"):
            self.mistral(name, "workflow-create", flow)
            self.mistral(name, "execution-create", "flow")
        for name, seen in (("red", {"red"}), ("blue", {"blue"}), ("boss", {"red", "blue"})):
            listed = self.rows(name, "workflow-list")
            self.assertEqual(seen, {row["Project ID"] for row in listed if row["Name"] == "flow"})
            self.assertEqual(len(seen), len(self.rows(name, "execution-list")))
            self.assertEqual(len(seen), len(self.rows(name, "task-list")))
        other = self.rows("blue", "execution-list")[0]["ID"]
        self.assertIn(f"WorkflowExecution not found [id={other}]", self.mistral("red", "execution-get", other, code=1))
        self.assertIn("Unable to delete", self.mistral("red", "execution-delete", other, code=1))
        self.assertIn(FORBIDDEN, self.mistral("red", "workflow-create", flow, "--public", code=1))
        self.assertIn(FORBIDDEN, self.mistral("red", "code-source-list", code=1))
        self.mistral("boss", "execution-delete", other)

    @unittest.skipUnless(lib.has_mistral(), "the mistral client is not installed")
    def test_public_and_shared_workflows(self):
        private, public = self.file_of("a.yaml", FLOW), self.file_of("b.yaml", FLOW.replace("flow:", "all:"))
        self.mistral("boss", "workflow-create", public, "--public")
        self.mistral("red", "workflow-create", private)
        identifier = next(row["ID"] for row in self.rows("red", "workflow-list") if row["Name"] == "flow")
        self.mistral("blue", "execution-create", "all")
        self.assertIn("Workflow not found", self.mistral("blue", "execution-create", "flow", code=1))
        self.mistral("red", "member-create", identifier, "workflow", "blue")
        self.assertIn("Workflow not found", self.mistral("blue", "execution-create", identifier, code=1))
        self.mistral("blue", "member-update", identifier, "workflow", "-m", "blue", "-s", "accepted")
        self.mistral("blue", "execution-create", "flow")
        self.mistral("blue", "execution-create", identifier)
        self.assertIn("flow", [row["Name"] for row in self.rows("blue", "workflow-list")])
        self.assertEqual({"accepted"}, {row["Status"] for row in self.rows("red", "member-list", identifier, "workflow")})
        self.mistral("red", "member-delete", identifier, "workflow", "blue")
        self.assertIn("Workflow not found", self.mistral("blue", "execution-create", "flow", code=1))

    def test_the_identity_that_clients_ask_for(self):
        asked = {"auth": {"identity": {"methods": ["token"], "token": {"id": self.tokens["boss"]}}}}
        answer = self.server.request("POST", "/v3/auth/tokens", asked)
        self.assertEqual((201, self.tokens["boss"]), (answer.status, answer.headers["X-Subject-Token"]))
        token = answer.json["token"]
        self.assertEqual(("boss", ["member", "admin"]), (token["project"]["id"], [r["name"] for r in token["roles"]]))
        self.assertEqual({self.server.url + "/v2"}, {e["url"] for e in token["catalog"][0]["endpoints"]})
        asked = {"auth": {"identity": {"methods": ["password"],
                                       "password": {"user": {"name": "x", "password": self.tokens["red"]}}}}}
        answer = self.server.request("POST", "/v3/auth/tokens", asked)
        self.assertEqual("red", answer.json["token"]["project"]["id"])
        for body in ({}, {"auth": 1}, {"auth": {"identity": {"token": {"id": "x"}}}}, {"auth": {"identity": []}}):
            answer = self.server.request("POST", "/v3/auth/tokens", body)
            self.assertEqual((401, "Unauthorized"), (answer.status, answer.json["error"]["title"]), body)
        self.assertEqual(400, self.server.request("POST", "/v3/auth/tokens", "x").status)
        self.assertEqual("v3.14", self.server.get("/v3")["version"]["id"])


@unittest.skipUnless(lib.has_mistral(), "the mistral client is not installed")
class CodeTest(TokenTest):
    options = ("--allow-python-actions", "--python", "/usr/bin/python3")

    def upload(self):
        self.mistral("boss", "code-source-create", "code", self.file_of("code.py", CODE), "--public")
        self.mistral("boss", "dynamic-action-create", "my.sum", "Sum", "code", "--public")
        self.mistral("boss", "dynamic-action-create", "my.loop", "Loop", "code", "--public")
        self.mistral("boss", "dynamic-action-create", "my.gone", "Gone", "code", "--public")
        with self.project("red") as server:
            server.create_workflow(USE)

    @unittest.skipUnless(os.geteuid() == 0, "code is only run by a server that is root")
    def test_uploaded_classes_are_actions(self):
        self.upload()
        with self.project("red") as server:
            execution = server.wait_execution(server.start_execution("use"))
            self.assertEqual({"sum": 11, "workflow": "use"}, json.loads(execution["output"]), execution)
            run = server.runs(server.task(execution["id"], "add")["id"])[0]
            self.assertEqual("my.sum", run["name"])
            self.assertIn("adding", server.request("GET", f"/foehn/v1/action_runs/{run['id']}/log").text)
            execution = server.wait_execution(server.start_execution("wrong"))
            self.assertIn("unexpected keyword argument 'c'", server.tasks(execution["id"])[0]["state_info"])
            execution = server.wait_execution(server.start_execution("gone"))
            self.assertIn("The process of action 'my.gone' ended with exit code 3",
                          server.tasks(execution["id"])[0]["state_info"])
        self.assertEqual({"result": {"sum": 3, "workflow": None}},
                         json.loads(self.mistral("red", "run-action", "my.sum", '{"a": 1, "b": 2}')))
        row = next(row for row in self.rows("red", "action-list") if row["Name"] == "my.sum")
        self.assertEqual("a, b=10", row["Input"])
        # The next run takes the new code.
        self.mistral("boss", "code-source-update", "code", self.file_of("code.py", CODE.replace("a + b", "a - b")))
        self.assertIn('"sum": -1', self.mistral("red", "run-action", "my.sum", '{"a": 1, "b": 2}'))
        self.mistral("boss", "dynamic-action-delete", "my.sum")
        self.assertIn("Failed to find action", self.mistral("red", "run-action", "my.sum", '{"a": 1}', code=1))

    @unittest.skipUnless(os.geteuid() == 0, "code is only run by a server that is root")
    def test_a_cancel_ends_it(self):
        self.upload()
        with self.project("red") as server:
            execution = server.start_execution("loop")
            run = lib.wait_for("the run", lambda: server.runs(server.task(execution, "loop")["id"]))[0]["id"]
            lib.wait_for("it runs", lambda: "ready" in server.request("GET", f"/foehn/v1/action_runs/{run}/log").text)
            server.request("PUT", "/v2/executions/" + execution, {"state": "CANCELLED"})
            lib.wait_for("no process is left", lambda: not [
                pid for pid in lib.children_of(server.process.pid)
                if b"code_source" in lib.command_of(pid)])

    def test_only_dynamic_actions_reach_it(self):
        self.upload()
        source = self.rows("boss", "code-source-list")[0]["ID"]
        with self.project("red") as server:
            row = server.wait_execution(server.start_execution("direct", id=source))
            self.assertIn("Failed to find action [action_name=foehn.python]", row["state_info"])
            answer = server.request("POST", "/v2/action_executions", {"name": "foehn.python", "input": {}})
            self.assertEqual((400, "Failed to find action [action_name=foehn.python]"),
                             (answer.status, answer.json["faultstring"]))
            self.assertEqual(404, server.request("GET", "/v2/actions/foehn.python").status)


NODE = "/usr/bin/node"


class JavascriptTest(unittest.TestCase):
    def serve(self, *options):
        server = lib.Server(options=["--allow-javascript", *options])
        self.addCleanup(server.stop)
        server.start()
        server.create_workflow(SCRIPTS)
        return server

    @unittest.skipUnless(os.path.exists(NODE), NODE + " is not there (apt-get install nodejs)")
    @unittest.skipUnless(os.geteuid() == 0, "code is only run by a server that is root")
    def test_scripts_are_actions(self):
        server = self.serve()
        done = server.wait_execution(server.start_execution("sum", numbers=[1, 2, 3.5]))
        self.assertEqual({"sum": 6.5, "length": 200000}, json.loads(done["output"]), done)
        done = server.wait_execution(server.start_execution("wrong"))
        self.assertIn("JavaScriptAction failed: TypeError: Cannot read properties of null (reading 'a')",
                      server.tasks(done["id"])[0]["state_info"])
        execution = server.start_execution("loop")
        lib.wait_for("the script runs", lambda: self.interpreters(server))
        server.request("PUT", "/v2/executions/" + execution, {"state": "CANCELLED"})
        lib.wait_for("no interpreter is left", lambda: not self.interpreters(server))

    @staticmethod
    def interpreters(server):
        return [pid for pid in lib.children_of(server.process.pid) if lib.command_of(pid).startswith(NODE.encode())]

    def test_an_interpreter_that_is_not_there(self):
        server = self.serve("--javascript", "/no/node")
        done = server.wait_execution(server.start_execution("wrong"))
        self.assertIn("JavaScript needs /no/node, which is not there; its operator can name another: foehn serve "
                      "--javascript PATH", server.tasks(done["id"])[0]["state_info"])


class CodeNotAllowedTest(TokenTest):
    def test_it_says_which_option_is_missing(self):
        with self.project("boss") as server:
            made = server.request("POST", "/v2/code_sources?name=code", CODE)
            self.assertEqual(201, made.status, made.text)
            made = server.request("POST", "/v2/dynamic_actions",
                                  {"name": "my.sum", "class_name": "Sum", "code_source_name": "code"})
            self.assertEqual(201, made.status, made.text)
            server.create_workflow(USE)
            row = server.wait_execution(server.start_execution("use"))
            self.assertIn("Python code is not allowed on this server; its operator can allow it: foehn serve "
                          "--allow-python-actions", row["state_info"])
            answer = server.request("POST", "/v2/action_executions", {"name": "std.js", "input": {"script": "return 1"}})
            self.assertIn("foehn serve --allow-javascript", answer.json["output"])


if __name__ == "__main__":
    lib.main()
