#!/usr/bin/env python3
"""`openstack workflow …` of Debian's python3-openstackclient and python3-mistralclient, unchanged: told the server's address and
that it needs no authentication, it stores, runs and removes a workflow; told a Keystone address and a token, every command
of it does what it is asked for, and shows what `mistral` shows. The real command takes seconds to start and is run a few
times only, the others in a process that has loaded it (stock_client.py)."""
import importlib.metadata
import json
import os
import shutil
import tempfile
import unittest

import lib
import stock_client

WORKFLOW = """version: '2.0'
os_talk:
  input: [who]
  output: {said: <% $.said %>}
  tasks:
    say: {action: std.echo output=<% $.who %>, publish: {said: <% task().result %>}, on-success: done}
    done: {action: std.noop, fail-on: <% $.who = nobody %>}
"""
FILES = {"flow": WORKFLOW,
         "held": "version: '2.0'\nos_held: {tasks: {t: {action: std.async_noop}}}\n",
         "book": "version: '2.0'\nname: os_book\nworkflows:\n  one: {tasks: {t: {action: std.noop}}}\n",
         "action": "version: '2.0'\nos_act: {base: std.noop}\n",
         "env": "name: os_env\ndescription: d\nvariables: {a: 1}\n",
         "code": "class Code: pass\n"}
# What a real Mistral refuses, too (testdata/mistral_cli.txt).
NEVER_SUCCEEDS = {"workflow engine service list": "Service API is not supported.\n"}


class OpenStackTest(lib.ServerTest):
    def openstack(self, *argv):
        clean = {name: "" for name in os.environ if name.startswith("OS_")}
        done = lib.run(["openstack", "--os-auth-type", "none", "--os-endpoint", self.server.url + "/v2", *argv, "-f", "json"],
                       env=clean)
        self.assertEqual((0, ""), (done.code, done.err), f"openstack {argv}: {done}")
        return json.loads(done.out)

    def test_a_workflow_by_the_real_command(self):
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
            file.write(WORKFLOW)
            file.flush()
            self.assertEqual(["os_talk"], [row["Name"] for row in self.openstack("workflow", "create", file.name)])
        started = self.openstack("workflow", "execution", "create", "os_talk", '{"who": "you"}')
        self.server.wait_execution(started["ID"])
        self.assertEqual("SUCCESS", self.openstack("workflow", "execution", "show", started["ID"])["State"])


class OpenStackEveryCommandTest(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        made = tempfile.TemporaryDirectory(prefix="foehn-openstack-", dir="/var/tmp")
        cls.addClassCleanup(made.cleanup)
        cls.folder = made.name
        for name, text in FILES.items():
            with open(f"{cls.folder}/{name}", "w") as file:
                file.write(text)
        token = lib.foehn("token", "create", cls.folder + "/tokens", "--project", "boss", "--admin")
        cls.server = lib.Server(options=["--tokens", cls.folder + "/tokens", "--allow-action-execution-deletion"])
        cls.server.token = token.out.strip()
        cls.addClassCleanup(cls.server.stop)
        cls.server.start()
        cls.client = stock_client.StockClient("openstack")
        cls.addClassCleanup(cls.client.close)

    def setUp(self):
        self.succeeded = set()
        commands = importlib.metadata.entry_points(group="openstack.workflow_engine.v2")
        self.commands = {command.name.replace("_", " ") for command in commands}
        self.assertGreater(len(self.commands), 65)

    def path(self, name):
        return f"{self.folder}/{name}"

    def openstack(self, command, *argv, code=0):
        self.assertIn(command, self.commands)
        told = ["--os-auth-type", "v3token", "--os-auth-url", self.server.url + "/v3", "--os-token", self.server.token]
        clean = {name: text for name, text in os.environ.items() if not name.startswith("OS_")}
        done = lib.Run(*self.client.run([*told, *command.split(), *argv], {**clean, "COLUMNS": "1000"}, 60))
        self.assertEqual(code, done.code, f"openstack {command} {argv}: {done}")
        if code == 0:
            self.succeeded.add(command)
        return done

    def made(self, command, *argv):
        """The id of what a command has made."""
        rows = json.loads(self.openstack(command, *argv, "-f", "json").out)
        return (rows[0] if isinstance(rows, list) else rows)["ID"]

    def same(self, command, mistral, *argv):
        """Shows what the `mistral` command shows."""
        done = self.server.mistral(mistral, *argv)
        self.assertEqual((0, done.out), (done.code, self.openstack(command, *argv).out), f"{command} {argv}")

    def test_every_command_succeeds(self):
        self.definitions()
        self.triggers()
        self.executions()
        self.actions_of_executions()
        self.sharing_and_code()
        for command, text in NEVER_SUCCEEDS.items():
            self.assertEqual(text, self.openstack(command, code=1).err)
        self.assertEqual(set(NEVER_SUCCEEDS), self.commands - self.succeeded)

    def definitions(self):
        for kind, mistral, name, file in (("workflow", "workflow", "os_talk", "flow"), ("workbook", "workbook", "os_book", "book"),
                                          ("action definition", "action", "os_act", "action")):
            if kind != "action definition":
                self.same(kind + " validate", mistral + "-validate", self.path(file))
            self.openstack(kind + " create", self.path(file))
            self.openstack(kind + " update", self.path(file))
            self.same(kind + " list", mistral + "-list")
            self.same(kind + " show", mistral + "-get", name)
            self.same(kind + " definition show", mistral + "-get-definition", name)
        self.openstack("workbook delete", "os_book")
        self.openstack("action definition delete", "os_act")
        self.openstack("workflow create", self.path("held"))
        self.openstack("workflow env create", self.path("env"))
        self.openstack("workflow env update", self.path("env"))
        self.same("workflow env list", "environment-list")
        self.same("workflow env show", "environment-get", "os_env")
        self.openstack("workflow env delete", "os_env")

    def triggers(self):
        self.openstack("cron trigger create", "os_cron", "os_held", "{}", "--pattern", "0 3 * * *")
        self.same("cron trigger list", "cron-trigger-list")
        self.same("cron trigger show", "cron-trigger-get", "os_cron")
        self.openstack("cron trigger delete", "os_cron")
        workflow = self.server.get("/v2/workflows/os_held")["id"]
        event = self.made("event trigger create", "os_event", workflow, "ex", "to", "ev")
        self.same("event trigger list", "event-trigger-list")
        self.same("event trigger show", "event-trigger-get", event)
        self.openstack("event trigger delete", event)

    def executions(self):
        execution = self.made("workflow execution create", "os_talk", '{"who": "nobody"}')
        self.server.wait_execution(execution)
        say, done = (self.server.task(execution, name)["id"] for name in ("say", "done"))
        self.same("workflow execution list", "execution-list")
        for what in ("", "input ", "output ", "published ", "report "):
            self.same(f"workflow execution {what}show", "execution-get" + ("-" + what.strip() if what else ""), execution)
        self.same("task execution list", "task-list", execution)
        for what in ("", "result ", "published "):
            self.same(f"task execution {what}show", "task-get" + ("-" + what.strip() if what else ""), say)
        self.openstack("task execution rerun", done)
        self.server.wait_execution(execution)
        self.assertEqual(2, len(self.server.runs(done)))
        self.openstack("workflow execution update", execution, "-d", "changed")
        self.assertEqual("changed", self.server.execution(execution)["description"])
        self.openstack("workflow execution delete", execution)

    def actions_of_executions(self):
        held = self.made("workflow execution create", "os_held")
        task = self.server.task(held, "t")["id"]
        run = self.server.runs(task)[0]["id"]
        self.same("action execution list", "action-execution-list", task)
        for what in ("", "input ", "output "):
            self.same(f"action execution {what}show", "action-execution-get" + ("-" + what.strip() if what else ""), run)
        self.openstack("action execution update", run, "--state", "SUCCESS")
        self.assertEqual("SUCCESS", self.server.wait_execution(held)["state"])
        direct = self.made("action execution run", "-s", "std.noop")
        lib.wait_for("it ended", lambda: self.server.get("/v2/action_executions/" + direct)["state"] == "SUCCESS")
        self.openstack("action execution delete", direct)
        self.openstack("workflow delete", "os_held")

    def sharing_and_code(self):
        shared = [self.server.get("/v2/workflows/os_talk")["id"], "workflow"]
        self.openstack("resource member create", *shared, "boss")
        self.same("resource member list", "member-list", *shared)
        self.same("resource member show", "member-get", *shared, "-m", "boss")
        self.openstack("resource member update", *shared, "-m", "boss")
        self.openstack("resource member delete", *shared, "boss")
        self.openstack("code source create", "os_code", self.path("code"))
        self.openstack("code source update", "os_code", self.path("code"))
        self.same("code source list", "code-source-list")
        self.same("code source show", "code-source-get", "os_code")
        self.same("code source content show", "code-source-get-content", "os_code")
        self.openstack("dynamic action create", "os_dynamic", "Code", "os_code")
        self.openstack("dynamic action update", "os_dynamic", "--class-name", "Code")
        self.same("dynamic action list", "dynamic-action-list")
        self.same("dynamic action show", "dynamic-action-get", "os_dynamic")
        self.openstack("dynamic action delete", "os_dynamic")
        self.openstack("code source delete", "os_code")


if __name__ == "__main__":
    if shutil.which("openstack") is None:
        lib.skip("no openstack command (Debian: python3-openstackclient)")
    lib.main()
