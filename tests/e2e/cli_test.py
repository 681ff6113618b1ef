#!/usr/bin/env python3
"""The command line from outside: output, exit codes (docs/cli.md), the live view on a terminal, plain lines elsewhere."""
import fcntl
import json
import os
import pathlib
import pty
import re
import resource
import select
import shlex
import signal
import struct
import subprocess
import tempfile
import termios
import time
import unittest

import lib

DEFINITIONS = """version: '2.0'
steps:
  description: two steps, the second as long as wanted
  input: [seconds]
  output: {said: <% $.said %>}
  tasks:
    one:
      action: std.echo output="first"
      publish: {said: <% task(one).result %>}
      on-success: two
    two: {action: std.sleep seconds=<% $.seconds %>}
broken:
  tasks:
    bad: {action: std.fail}
"""
MORE = """version: '2.0'
backward:
  type: reverse
  tasks:
    lay: {action: std.noop}
    build: {action: std.noop, requires: [lay]}
asks:
  tasks:
    deep: {workflow: asks_below}
asks_below:
  tasks:
    question: {action: std.async_noop}
pauses:
  tasks:
    before: {action: std.noop, on-success: after}
    after: {action: std.noop, pause-before: true}
environment:
  output: {where: <% env().where %>, many: <% env().many %>}
  tasks:
    a: {action: std.noop}
"""
# A failure three executions deep, twice, on a machine that runs commands.
DEEP = """version: '2.0'
outer:
  input: [port, user, key, script]
  tasks:
    all_of_them:
      workflow: middle
      input: {port: <% $.port %>, user: <% $.user %>, key: <% $.key %>, script: <% $.script %>}
middle:
  input: [port, user, key, script]
  tasks:
    each:
      with-items: number in [1, 2]
      workflow: inner
      input: {port: <% $.port %>, user: <% $.user %>, key: <% $.key %>, script: <% $.script %>}
inner:
  input: [port, user, key, script]
  tasks:
    step:
      action: ssh.run
      input:
        host: 127.0.0.1
        port: <% $.port %>
        username: <% $.user %>
        private_key: <% $.key %>
        cmd: <% $.script %>
"""
WRONG = """version: '2.0'
wrong:
  tasks:
    first:
      action: std.noop
      on-success: secnd
    second:
      action: std.nop
      wait-before: soon
"""
FAIL_TEXT = "The action raised an exception [action=Fail action, action_ex_id=ID, msg='Fail action expected exception.']"
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
CLOCK = re.compile(r"^\d\d:\d\d:\d\d", re.M)


def normal(text):
    return CLOCK.sub("hh:mm:ss", UUID.sub("ID", text))


def settled(text):
    """Without the lines of tasks under way: whether one is seen depends on when the server is asked."""
    return "".join(line for line in normal(text).splitlines(keepends=True) if "▶ RUNNING" not in line)


def on_terminal(argv, env, until=None, keys=b"", seconds=30):
    """Runs a program on a terminal of 100 × 30; (exit code, everything it drew). `until`: text after which `keys` are
    typed."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 30, 100, 0, 0))
    process = subprocess.Popen([str(a) for a in argv], stdin=slave, stdout=slave, stderr=slave, close_fds=True,
                               start_new_session=True, preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),
                               env={**os.environ, "TERM": "xterm", **env})
    os.close(slave)
    drawn, deadline = b"", time.monotonic() + seconds
    while time.monotonic() < deadline:
        if select.select([master], [], [], 0.05)[0]:
            try:
                part = os.read(master, 65536)
            except OSError:  # the other side is closed
                part = b""
            if not part:
                break
            drawn += part
        if until and until in drawn:
            os.write(master, keys)
            until = None
    code = process.wait(max(0.1, deadline - time.monotonic()))
    os.close(master)
    return code, drawn.decode()


class Offline(unittest.TestCase):
    """What needs no server."""
    maxDiff = None

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="foehn-cli-")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)
        (self.folder / "good.yaml").write_text(DEFINITIONS)
        (self.folder / "wrong.yaml").write_text(WRONG)

    def test_usage(self):
        self.assertRegex(lib.foehn("version").out, r"\Afoehn \d+\.\d+\.\d+\n\Z")
        self.assertEqual(lib.foehn("version").out, lib.foehn("--version").out)
        for argv in ([], ["fly"], ["run"], ["ex"], ["serve", "--log-level", "loud"]):
            done = lib.foehn(*argv)
            self.assertEqual((2, ""), (done.code, done.out), f"{argv}: {done}")
            self.assertIn("--help", done.err)
        for argv, text in ((["ex", "lst"], "unknown command 'lst'; did you mean 'list'?\n  see: foehn ex --help"),
                           (["verson"], "unknown command 'verson'; did you mean 'version'?\n  see: foehn --help"),
                           (["boxes", "fly"], "unknown command 'fly'; commands: list, clean\n  see: foehn boxes --help"),
                           (["boxes"], "a command is missing: list, clean\n  see: foehn boxes --help"),
                           (["ex", "list", "--stat", "ERROR"],
                            "unknown option --stat; did you mean --state?\n  see: foehn ex list --help"),
                           (["version", "now"], "unexpected argument 'now'\n  see: foehn version --help"),
                           (["ex", "get"], "id is required\n  see: foehn ex get --help")):
            done = lib.foehn(*argv)
            self.assertEqual((2, "", f"foehn: {text}\n"), (done.code, done.out, done.err))
        for command in ("serve", "run", "validate", "wf", "ex", "task", "oc", "boxes", "api", "completion"):
            done = lib.foehn(command, "--help")
            self.assertEqual((0, ""), (done.code, done.err), command)
            self.assertIn("Usage: ", done.out)

    def test_help(self):
        """The whole text that each command has in testdata/help.txt."""
        text = (lib.ROOT / "tests/e2e/testdata/help.txt").read_text()
        blocks = re.findall(r"^\$ foehn (.*) --help\n((?:(?!\$ ).*\n)*)", text, re.M)
        self.assertEqual(text.count("$ foehn "), len(blocks))
        for command, expected in blocks:
            with self.subTest(command):
                done = lib.foehn(*command.split(), "--help")
                self.assertEqual((0, "", expected.rstrip()), (done.code, done.err, done.out.rstrip()))

    def test_validate(self):
        good, wrong = str(self.folder / "good.yaml"), str(self.folder / "wrong.yaml")
        done = lib.foehn("validate", good)
        self.assertEqual((0, f"{good}: ok (2 workflows)\n", ""), (done.code, done.out, done.err))
        done = lib.foehn("validate", good, wrong)
        self.assertEqual(11, done.code, "findings")
        done = lib.foehn("validate", good, wrong, "/no/such/file")
        self.assertEqual(2, done.code, "a file that cannot be read is worse than findings")
        self.assertEqual(f"{good}: ok (2 workflows)\n{wrong}: 3 problems\n", done.out)
        # Every mistake at once, each with its place, the line, a caret and a hint where there is one.
        for text in (f"{wrong}:6:19: error: ", "  6 |       on-success: secnd\n", "Did you mean 'second'?",
                     f"{wrong}:8:15: warning: ", "  8 |       action: std.nop\n", "Did you mean 'std.noop'?",
                     f"{wrong}:9:20: error: ", "  9 |       wait-before: soon\n",
                     "foehn: cannot read /no/such/file\n"):
            self.assertIn(text, done.err)
        self.assertEqual(3, len(re.findall(r"^    \| +\^$", done.err, re.M)), done.err)

    def test_validate_a_folder(self):
        (self.folder / "below").mkdir()
        (self.folder / "below" / "more.yml").write_text(MORE)
        (self.folder / "below" / "notes.txt").write_text("no YAML")
        (self.folder / "wrong.yaml").unlink()
        done = lib.foehn("validate", self.folder)
        self.assertEqual((0, f"{self.folder}/below/more.yml: ok (5 workflows)\n{self.folder}/good.yaml: ok (2 workflows)\n"),
                         (done.code, done.out))
        (self.folder / "empty").mkdir()
        done = lib.foehn("validate", self.folder / "empty")
        self.assertEqual((2, "", f"foehn: no *.yaml or *.yml below {self.folder}/empty\n"), (done.code, done.out, done.err))
        done = lib.foehn("run", self.folder)
        self.assertEqual((2, "", f"foehn: cannot read {self.folder}: it is a folder\n"), (done.code, done.out, done.err))

    def test_run_says_what_it_needs(self):
        more = self.folder / "more.yaml"
        more.write_text(MORE)
        for argv, text in (
                (["-w", "backward"], "a reverse workflow needs -t TASK; tasks of backward: lay, build"),
                (["-w", "backward", "-t", "roof"], "there is no task 'roof' in backward; a reverse workflow needs -t TASK; "
                                                   "tasks of backward: lay, build"),
                (["-w", "backwards"], f"there is no workflow 'backwards' in {more}; it has: backward, asks, asks_below, "
                                      "pauses, environment\n  Did you mean 'backward'?")):
            done = lib.foehn("run", more, *argv)
            self.assertEqual((2, "", f"foehn: {text}\n"), (done.code, done.out, done.err))
        self.assertEqual(0, lib.foehn("run", more, "-w", "backward", "-t", "build").code)
        done = lib.foehn("-q", "run", more, "-w", "environment", "--env", "where=here", "-e", '{"many": [1]}')
        self.assertEqual((0, {"where": "here", "many": [1]}), (done.code, json.loads(done.out)))
        done = lib.foehn("run", "-w", "environment", "-e", "where=here", "-e", "many=2", more)
        self.assertEqual(0, done.code, "the file may stand last: " + repr(done))

    def test_run_that_waits_for_the_outside(self):
        more = self.folder / "more.yaml"
        more.write_text(MORE)
        hint = ("waiting: task deep/question waits for a report from outside about its action std.async_noop (ID)\n"
                "  nobody can report to a workflow in this process: end it with Ctrl-C, or give it to a server "
                "(foehn serve, foehn wf create, foehn ex create)\n")
        done = lib.foehn("run", more, "-w", "asks", "--timeout", "2.5")
        self.assertEqual((7, hint + "foehn: execution ID is still RUNNING; it ran in this process and is gone\n"),
                         (done.code, normal(done.err)), "said once")
        code, drawn = on_terminal([lib.binary(), "run", more, "-w", "asks"], {}, until=b"end it with Ctrl-C", keys=b"\x03")
        self.assertEqual(130, code, drawn)
        self.assertIn("interrupted; the workflow ran in this process and is gone", drawn)
        done = lib.foehn("run", more, "-w", "pauses")
        self.assertEqual(9, done.code, repr(done))
        self.assertEqual("foehn: the workflow is PAUSED and nobody can resume it in this process.\n"
                         "  To answer a pause, give it to a server: foehn serve, foehn wf create, foehn ex create\n", done.err)

    def test_start_up_is_quick(self):
        """Processor time, because the machine may be busy; the best of many."""
        if "/dev/" in lib.binary():
            self.skipTest("a sanitizer's start-up is its own")
        best = 1.0
        for _ in range(20):
            before = resource.getrusage(resource.RUSAGE_CHILDREN)
            lib.foehn("version")
            after = resource.getrusage(resource.RUSAGE_CHILDREN)
            best = min(best, after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime)
        self.assertLess(best, 0.020)

    def test_run(self):
        good = str(self.folder / "good.yaml")
        done = lib.foehn("run", good, "-i", "seconds=0")
        self.assertEqual((0, ""), (done.code, done.err), repr(done))
        lines = settled(done.out).split("\n", 2)
        self.assertEqual(["hh:mm:ss  ✔ SUCCESS    one", "hh:mm:ss  ✔ SUCCESS    two"], lines[:2])
        self.assertEqual({"said": "first"}, json.loads(lines[2]))
        done = lib.foehn("run", good, "-w", "broken")
        self.assertEqual((3, "hh:mm:ss  ✖ ERROR      bad  " + FAIL_TEXT + "\n"), (done.code, normal(done.out)))
        self.assertEqual(f"\n✖ ERROR\n  task    bad  (ID)\n  action  std.fail\n  cause   {FAIL_TEXT}\n", normal(done.err))
        done = lib.foehn("run", good, "-i", "seconds=60", "--timeout", "0.2")
        self.assertEqual(7, done.code, repr(done))
        done = lib.foehn("run", good)
        self.assertEqual((2, "", "foehn: Invalid input [name=steps, class=DirectWorkflowSpec, missing=['seconds']]\n"),
                         (done.code, done.out, done.err))
        self.assertEqual(2, lib.foehn("run", str(self.folder / "wrong.yaml")).code)
        done = lib.foehn("-o", "json", "run", "-", "-i", "seconds=0", stdin=DEFINITIONS)
        self.assertEqual((0, {"said": "first"}), (done.code, json.loads(done.out)))

    def test_no_server(self):
        done = lib.foehn("--server", f"http://127.0.0.1:{lib.free_port()}", "ex", "list")
        self.assertEqual((69, ""), (done.code, done.out))
        self.assertIn("foehn: cannot reach the server at ", done.err)

    def test_boxes_of_a_stopped_server(self):
        server = lib.Server()
        self.addCleanup(server.stop)
        server.start()
        done = lib.foehn("boxes", "clean", "--data", server.data)
        self.assertEqual(6, done.code, "a running server's boxes are not to be touched: " + repr(done))
        self.assertEqual("", done.out)
        server.process.send_signal(signal.SIGTERM)
        self.assertEqual(0, server.process.wait(20))
        done = lib.foehn("boxes", "list", "--data", server.data)
        self.assertEqual((0, "BOX  STATE  ADDRESS  PID  OVERCLOUD\n", ""), (done.code, done.out, done.err))
        done = lib.foehn("boxes", "clean", "--data", server.data)
        self.assertEqual((0, "", ""), (done.code, done.out, done.err))
        for command in ("list", "clean"):
            done = lib.foehn("boxes", command, "--data", self.folder / "missing")
            self.assertEqual((5, "", f"foehn: there is no data directory {self.folder}/missing; name the one that the server "
                              "was started with: --data DIR\n"), (done.code, done.out, done.err))
            self.assertFalse((self.folder / "missing").exists())


class Online(lib.ServerTest):
    """What asks a server."""
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server.create_workflow(DEFINITIONS)
        cls.server.create_workflow(MORE)

    def foehn(self, *argv, code=0, **options):
        done = self.server.foehn(*argv, **options)
        self.assertEqual(code, done.code, f"foehn {argv}: {done}")
        return done

    def start(self, workflow="steps", seconds=0):
        return self.foehn("ex", "create", workflow, *(["-i", f"seconds={seconds}"] if workflow == "steps" else []))\
            .out.strip()

    def test_workflows(self):
        names = self.foehn("-q", "wf", "list").out.split()
        self.assertEqual(["asks", "asks_below", "backward", "broken", "environment", "overcloud.box_bring_up",
                          "overcloud.create", "overcloud.create_reverse", "overcloud.destroy", "overcloud.rollback",
                          "pauses", "steps"], names)
        row = json.loads(self.foehn("-o", "json", "wf", "get", "steps").out)
        self.assertEqual(("steps", "seconds"), (row["name"], row["input"]))
        text = "version: '2.0'\nextra:\n  tasks:\n    a: {action: std.noop}\n"
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
            file.write(text)
            file.flush()
            self.assertEqual("created extra ID\n", normal(self.foehn("wf", "create", file.name).out))
            self.foehn("wf", "create", file.name, code=6)
            self.assertEqual("updated extra ID\n", normal(self.foehn("wf", "update", file.name).out))
        self.assertEqual(text, self.foehn("wf", "get", "-d", "extra").out)
        self.assertEqual("deleted extra\n", self.foehn("wf", "delete", "--yes", "extra").out)
        self.foehn("wf", "delete", "--yes", "extra", code=5)

    def test_workflows_in_a_namespace(self):
        there = ["--namespace", "apart"]
        with tempfile.TemporaryDirectory() as folder:
            first, second = pathlib.Path(folder, "1.yaml"), pathlib.Path(folder, "2.yaml")
            first.write_text("version: '2.0'\nonly_apart: {tasks: {t: {action: std.noop}}}\n")
            second.write_text("version: '2.0'\nonly_apart: {tasks: {t: {action: std.async_noop}}}\n")
            self.assertEqual("created only_apart ID\n", normal(self.foehn("wf", "create", first, *there).out))
            self.foehn("wf", "update", second, code=5)
            self.assertEqual("updated only_apart ID\n", normal(self.foehn("wf", "update", second, *there).out))
            self.assertEqual(("", "workflow only_apart is the same\n"),
                             (lambda done: (done.out, done.err))(self.foehn("wf", "diff", second, *there)))
        self.foehn("wf", "get", "only_apart", code=5)
        row = json.loads(self.foehn("wf", "get", "only_apart", *there, "-o", "json").out)
        self.assertEqual("apart", row["namespace"])
        self.assertEqual(2, len(json.loads(self.foehn("wf", "history", "only_apart", *there, "-o", "json")
                                           .out)["revisions"]))
        self.assertIn("async_noop", self.foehn("wf", "diff", "only_apart", "1", *there).out)
        self.foehn("wf", "rollback", "only_apart", "1", code=5)
        self.assertIn("only_apart is at revision 3 ", self.foehn("wf", "rollback", "only_apart", "1", *there).out)
        self.foehn("ex", "create", "only_apart", code=5)
        execution = self.foehn("ex", "create", "only_apart", *there).out.strip()
        self.assertEqual("apart", self.server.execution(execution)["workflow_namespace"])
        self.foehn("cron", "create", "apart_daily", "only_apart", "--pattern", "@daily", code=5)
        self.foehn("cron", "create", "apart_daily", "only_apart", "--pattern", "@daily", *there)
        self.assertEqual(row["id"], self.server.get("/v2/cron_triggers/apart_daily")["workflow_id"])
        self.foehn("cron", "delete", "--yes", "apart_daily")
        self.foehn("wf", "delete", "--yes", "only_apart", code=5)
        self.assertEqual("deleted only_apart\n", self.foehn("wf", "delete", "--yes", "only_apart", *there).out)

    def test_who_paused(self):
        execution = self.start(seconds=30)
        self.foehn("ex", "pause", execution)
        self.assertRegex(self.foehn("ex", "why", execution).out, r"paused for [0-9.]+m?s by hand\n")
        self.foehn("ex", "cancel", execution)

    def test_executions_and_tasks(self):
        identifier = self.start()
        self.foehn("ex", "wait", identifier)
        self.assertEqual({"said": "first"}, json.loads(self.foehn("ex", "output", identifier[:8]).out))
        self.assertEqual({"seconds": 0}, json.loads(self.foehn("ex", "input", identifier).out))
        self.assertIn(identifier, self.foehn("-q", "ex", "list", "--workflow", "steps").out.split())
        rows = [line.split() for line in self.foehn("task", "list", identifier).out.strip().split("\n")]
        self.assertEqual(["ID", "NAME", "TYPE", "STATE", "TOOK", "INFO"], rows[0])
        self.assertEqual([["one", "ACTION", "✔", "SUCCESS"], ["two", "ACTION", "✔", "SUCCESS"]],
                         [row[1:5] for row in rows[1:]])
        task = json.loads(self.foehn("-o", "json", "task", "get", rows[1][0]).out)
        self.assertEqual(("one", '"first"'), (task["name"], task["result"]))
        self.foehn("task", "get", "nope", code=5)
        self.foehn("ex", "get", "0000", code=5)
        self.foehn("ex", "create", "nope", code=5)
        self.assertEqual(f"deleted {identifier}\n", self.foehn("ex", "delete", "--yes", identifier).out)
        self.foehn("ex", "get", identifier, code=5)

    def test_exit_codes_of_wait(self):
        self.foehn("ex", "wait", self.start(), code=0)
        failed = self.start("broken")
        done = self.foehn("ex", "wait", failed, code=3)
        task = self.server.task(failed, "bad")["id"]
        self.assertEqual("", done.out)
        self.assertTrue(done.err.endswith(f"  again   foehn task rerun {task}\n"), done.err)
        self.foehn("task", "rerun", task)
        self.foehn("ex", "wait", failed, code=3)
        self.assertEqual(2, len(self.server.runs(task)))
        long = self.start(seconds=60)
        self.foehn("ex", "wait", long, "--timeout", "0.1", code=7)
        self.assertIn("PAUSED", self.foehn("ex", "pause", long).out)
        done = self.foehn("ex", "delete", "--yes", long, code=6)
        self.assertEqual(f"foehn: cannot delete {long}: state is PAUSED (only a finished execution can be deleted).\n"
                         f"  Cancel it first: foehn ex cancel {long}\n  or delete it as it is: foehn ex delete --force {long}\n",
                         done.err)
        self.foehn("ex", "cancel", long, "-m", "enough")
        done = self.foehn("ex", "wait", long, code=8)
        self.assertIn("enough", done.err)

    def test_watch_in_plain_lines(self):
        for env in ({}, {"NO_COLOR": "1"}):
            done = self.foehn("ex", "watch", self.start(), env=env)
            self.assertEqual("hh:mm:ss  ✔ SUCCESS    one\nhh:mm:ss  ✔ SUCCESS    two\n", settled(done.out))
        done = self.foehn("ex", "create", "broken", "--watch", code=3)
        self.assertEqual("hh:mm:ss  ✖ ERROR      bad  " + FAIL_TEXT + "\n", normal(done.out))

    def test_watch_on_a_terminal(self):
        argv = [lib.binary(), "--server", self.server.url, "ex", "watch", self.start(seconds=1)]
        code, drawn = on_terminal(argv, {})
        self.assertEqual(0, code, drawn)
        self.assertRegex(drawn, r"\x1b\[\d+A", "it redraws in place")
        self.assertIn("\x1b[36m▶ RUNNING", drawn)
        last = re.split(r"\x1b\[\d+A", drawn)[-1]
        plain = re.sub(r"\x1b\[[0-9;]*[A-Za-z]", "", last).replace("\r", "")
        self.assertRegex(plain, r"\A✔ SUCCESS    steps  [0-9a-f-]{36}  \d+\.\ds\n"
                                r"  ✔ SUCCESS    one +\d+\.\ds\n  ✔ SUCCESS    two +\d+\.\ds\n\Z")
        self.assertIn("\x1b[32m✔ SUCCESS", last)

    def test_watch_on_a_terminal_without_colour(self):
        argv = [lib.binary(), "--server", self.server.url, "ex", "watch", self.start()]
        for env, glyph in (({"NO_COLOR": "1"}, "✔ SUCCESS"), ({"NO_COLOR": "1", "LC_ALL": "C"}, "+ SUCCESS")):
            code, drawn = on_terminal(argv, env)
            self.assertEqual(0, code, drawn)
            self.assertIn(glyph, drawn)
            self.assertNotRegex(drawn, r"\x1b\[[0-9;]*m", "no colour is asked for")

    def test_interrupt_leaves_the_execution_alone(self):
        identifier = self.start(seconds=60)
        code, drawn = on_terminal([lib.binary(), "--server", self.server.url, "ex", "watch", identifier], {},
                                  until="RUNNING".encode(), keys=b"\x03")
        self.assertEqual(130, code, drawn)
        self.assertIn(f"Come back with: foehn ex watch {identifier}", drawn)
        self.assertEqual("RUNNING", self.server.execution(identifier)["state"])
        self.foehn("ex", "cancel", identifier)

    def test_wrong_state(self):
        """What, why, and what to do: nothing that has ended is changed, and it is not silently accepted."""
        done, failed, cancelled = self.start(), self.start("broken"), self.start(seconds=60)
        for identifier in (done, failed):
            self.server.wait_execution(identifier)
        self.foehn("ex", "cancel", cancelled)
        task = self.server.task(failed, "bad")["id"]
        again = "To run it again: foehn ex "
        for verb, identifier, text in (
                ("resume", done, f"state is SUCCESS (only PAUSED can be resumed).\n  {again}clone {done}"),
                ("pause", done, f"state is SUCCESS (only RUNNING can be paused).\n  {again}clone {done}"),
                ("cancel", done, "state is SUCCESS (it has ended already)."),
                ("resume", failed, "state is ERROR (only PAUSED can be resumed).\n  To run the failed task again and go on: "
                                   f"foehn task rerun {task}\n  {again}clone {failed}"),
                ("resume", cancelled, "state is CANCELLED (only PAUSED can be resumed).\n  "
                                      f"{again}clone {cancelled}"),
                ("cancel", cancelled, "state is CANCELLED (it has ended already).")):
            answer = self.foehn("ex", verb, identifier, code=6)
            self.assertEqual(("", f"foehn: cannot {verb} {identifier}: {text}\n"), (answer.out, answer.err))
        shown = self.foehn("ex", "create", "steps", "-i", "@-", stdin=self.foehn("ex", "input", done).out)
        self.assertEqual("SUCCESS", self.server.wait_execution(shown.out.strip())["state"], "the advice works")
        ended = self.server.task(done, "one")["id"]
        self.assertEqual(f"foehn: cannot rerun task one ({ended}): state is SUCCESS (only ERROR can be run again)\n",
                         self.foehn("task", "rerun", ended, code=6).err)

    def test_exit_codes(self):
        """The table of docs/cli.md, but for what has tests of its own: 1 and `serve` (bad_input_test), 9, 69 and 130."""
        missing = "00000000-0000-4000-8000-000000000000"
        paused = self.start(seconds=60)
        self.foehn("ex", "pause", paused)
        finished = self.start()
        self.server.wait_execution(finished)
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as wrong:
            wrong.write(WRONG)
            wrong.flush()
            for code, argv in (
                    (0, ["ex", "list"]), (0, ["ex", "wait", finished]), (0, ["api", "GET", "/v2/workflows"]),
                    (2, ["ex", "list", "--limit", "none"]), (2, ["ex", "create", "steps"]), (2, ["ex", "get", "abc"]),
                    (2, ["wf", "create", wrong.name]), (2, ["wf", "create", "/no/such/file"]), (2, ["api", "FLY", "/"]),
                    (2, ["api", "POST", "/v2/workflows", "-d", "{}"]), (2, ["ex", "create", "backward"]),
                    (3, ["ex", "create", "broken", "--wait"]), (3, ["ex", "create", "broken", "--watch"]),
                    (4, ["api", "GET", "/v2/code_sources"]),
                    (5, ["ex", "get", missing]), (5, ["ex", "create", "nope"]), (5, ["wf", "get", "nope"]),
                    (5, ["task", "get", missing]), (5, ["oc", "get", "nope"]), (5, ["api", "GET", "/v2/nope"]),
                    (6, ["ex", "resume", finished]), (6, ["ex", "delete", "--yes", paused]),
                    (7, ["ex", "wait", paused, "--timeout", "0.1"]),
                    (7, ["ex", "create", "asks", "--wait", "--timeout", "0.1"]),
                    (11, ["validate", wrong.name])):
                done = self.server.foehn(*argv)
                self.assertEqual(code, done.code, f"foehn {argv}: {done}")
                if code:
                    self.assertTrue(done.err, argv)
        self.foehn("ex", "cancel", paused)
        self.foehn("ex", "wait", paused, code=8)

    def test_start_with_environment(self):
        argv = ["ex", "create", "--wait", "--timeout", "30", "-e", "where=here", "--env", "many=[1, 2]", "environment"]
        identifier = self.foehn(*argv).out.strip()
        self.assertEqual({"where": "here", "many": [1, 2]}, json.loads(self.foehn("ex", "output", identifier).out))
        self.assertEqual("foehn: a reverse workflow needs -t TASK; tasks of backward: lay, build\n",
                         self.foehn("ex", "create", "backward", code=2).err)

    def test_forms_of_output(self):
        identifier = self.start()
        self.server.wait_execution(identifier)
        self.assertEqual("one\ntwo\n", self.foehn("-o", "name", "task", "list", identifier).out)
        rows = [json.loads(line) for line in self.foehn("-o", "jsonl", "task", "list", identifier).out.splitlines()]
        self.assertEqual(["one", "two"], [row["name"] for row in rows])
        self.assertEqual("".join(row["id"] + "\n" for row in rows), self.foehn("-q", "task", "list", identifier).out)
        self.assertEqual(2, len(self.foehn("--no-headers", "task", "list", identifier).out.splitlines()))
        self.assertEqual(3, len(self.foehn("task", "list", identifier).out.splitlines()))
        self.assertEqual(1, len(self.foehn("-o", "jsonl", "ex", "get", identifier).out.splitlines()))
        for argv in (["ex", "get", identifier], ["ex", "list", "--limit", "1"], ["ex", "get", "@last"]):
            self.assertEqual(identifier + "\n", self.foehn("-q", *argv).out)
        self.assertRegex(self.foehn("ex", "get", identifier).out, r"\nstate +✔ SUCCESS\n")
        self.assertRegex(self.foehn("--ascii", "ex", "get", identifier).out, r"\nstate +\+ SUCCESS\n")
        self.assertIn("\x1b[32m✔ SUCCESS", self.foehn("--color", "always", "ex", "get", identifier).out)
        self.assertNotIn("\x1b", self.foehn("ex", "get", identifier, env={"NO_COLOR": "1", "CLICOLOR_FORCE": "1"}).out)
        for argv in (["ex", "list"], ["ex", "get", identifier], ["task", "list", identifier], ["wf", "list"],
                     ["wf", "get", "steps"], ["oc", "list"], ["ex", "input", identifier], ["ex", "logs", identifier]):
            done = self.foehn("-o", "json", *argv)
            json.loads(done.out)
            self.assertEqual("", done.err)
            self.foehn("--ascii", *argv).out.encode("ascii")

    def test_every_form_of_every_command(self):
        """-o json, yaml, csv, jsonpath and template of all that lists or shows; nothing on standard error."""
        identifier = self.start()
        self.server.wait_execution(identifier)
        task = self.server.task(identifier, "one")["id"]
        run = self.server.runs(task)[0]["id"]
        shows = [["ex", "list"], ["wf", "list"], ["wb", "list"], ["env", "list"], ["action", "list"], ["cron", "list"],
                 ["trigger", "list"], ["subscription", "list"], ["oc", "list"], ["ex", "get", identifier],
                 ["ex", "tree", identifier], ["ex", "why", identifier], ["ex", "timeline", identifier],
                 ["ex", "export", identifier], ["ex", "logs", identifier], ["task", "list", identifier],
                 ["task", "get", task], ["wf", "get", "steps"], ["wf", "history", "steps"], ["action", "get", "std.echo"],
                 ["api", "GET", "/v2/action_executions/" + run], ["eval", "{a => [1, 2]}"]]
        for argv in shows:
            with self.subTest(argv):
                done = self.foehn("-o", "json", *argv)
                value = json.loads(done.out)
                self.assertEqual("", done.err)
                if argv != ["oc", "list"] and argv[1] not in ("export", "why", "tree"):  # they have the time of asking
                    key, expected = next(iter(value.items()))
                    if not isinstance(expected, str):
                        expected = json.dumps(expected, ensure_ascii=False, separators=(",", ":"))
                    self.assertEqual(expected, self.foehn("-o", "jsonpath={." + key + "}", *argv).out)
                self.assertNotIn("\x1b", self.foehn("-o", "yaml", *argv).out)
                self.foehn("-o", "csv", *argv)
                self.foehn("-o", "wide", *argv)

    def test_forms_for_scripts(self):
        identifier = self.start()
        self.server.wait_execution(identifier)
        self.assertEqual("SUCCESS", self.foehn("ex", "get", identifier, "-o", "jsonpath={.state}").out)
        self.assertEqual("one SUCCESS\ntwo SUCCESS\n", self.foehn(
            "task", "list", identifier, "-o", "template={{range .tasks}}{{.name}} {{.state}}{{\"\\n\"}}{{end}}").out)
        lines = self.foehn("task", "list", identifier, "-o", "csv").out.splitlines()
        self.assertEqual("ID,NAME,TYPE,STATE,STARTED,TOOK,INFO", lines[0])
        self.assertRegex(lines[1], r"\A[0-9a-f-]{36},one,ACTION,SUCCESS,\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ,\d+\.\ds,\Z")
        self.assertIn("name: steps\n", self.foehn("wf", "get", "steps", "-o", "yaml").out)
        self.assertRegex(self.foehn("ex", "list", "--limit", "1").out, r" \d+s ago ")
        self.assertRegex(self.foehn("ex", "list", "--limit", "1", "--utc").out, r" \d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ ")
        local = self.foehn("ex", "list", "--limit", "1", "--local", env={"TZ": "Asia/Kathmandu"}).out
        self.assertRegex(local, r" \d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+05:45 ")
        self.assertRegex(self.foehn("--local", "ex", "get", identifier, env={"TZ": "UTC"}).out,
                         r"\ncreated_at +\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\+00:00\n")
        self.assertEqual(["ID", "WORKFLOW", "STATE", "CREATED", "TOOK", "DESCRIPTION", "STARTED", "BY", "INFO"],
                         self.foehn("ex", "list", "-o", "wide").out.splitlines()[0].split())
        for form, text in (("xml", "--output: -o xml: the forms are table, wide, json, jsonl, yaml, csv, name, "
                                   "jsonpath='{.state}' and template='{{.state}}'"),
                           ("jsonpath={..a}", "--output: -o jsonpath: '.a' is not understood in '..a'")):
            done = self.foehn("ex", "list", "-o", form, code=2)
            self.assertEqual(("", f"foehn: {text}\n  see: foehn ex list --help\n"), (done.out, done.err))
        done = self.foehn("ex", "list", "-o", "jsonpath={.executions[5000].id}", code=2)
        self.assertIn("is beyond the end of a list of", done.err)

    def test_output_file(self):
        with tempfile.TemporaryDirectory() as folder:
            path = pathlib.Path(folder, "out")
            done = self.foehn("wf", "get", "steps", "-o", "name", "--output-file", path)
            self.assertEqual(("", "", "steps\n"), (done.out, done.err, path.read_text()))
            self.foehn("wf", "get", "nope", "--output-file", path, code=5)
            self.assertEqual("steps\n", path.read_text(), "a command that fails leaves what was there")
            self.assertEqual(["out"], os.listdir(folder))
            done = self.foehn("wf", "list", "--output-file", f"{folder}/none/out", code=2)
            self.assertEqual(f"foehn: cannot write {folder}/none/out.part: No such file or directory\n", done.err)
        self.assertEqual("foehn: cannot write /dev/full: No space left on device\n",
                         self.foehn("wf", "list", "--output-file", "/dev/full", code=1).err)

    def test_progress(self):
        rows = [json.loads(line) for line in self.foehn("ex", "watch", self.start(), "--progress", "json").out.splitlines()]
        self.assertEqual(("two", "SUCCESS"), (rows[-1]["task"], rows[-1]["state"]))
        self.assertEqual("", self.foehn("ex", "watch", self.start(), "--progress", "none").out)
        self.assertIn("\x1b[J", self.foehn("ex", "watch", self.start(), "--progress", "tty").out)
        argv = [lib.binary(), "--server", self.server.url, "ex", "watch", self.start(), "--progress", "plain"]
        self.assertNotIn("\x1b[J", on_terminal(argv, {})[1])

    def test_dry_run(self):
        identifier = self.start()
        self.server.wait_execution(identifier)
        for noun, name in (("wf", "steps"), ("ex", identifier)):
            self.assertEqual(f"would delete {name}\n", self.foehn(noun, "delete", name, "--dry-run").out)
            self.foehn(noun, "get", name)
        for noun in ("wf", "wb", "env", "action", "cron", "trigger", "subscription"):
            self.foehn(noun, "delete", "nope", "--dry-run", code=5)
        argv = [lib.binary(), "--server", self.server.url, "--no-input", "ex", "delete", "--query", "state=SUCCESS"]
        code, drawn = on_terminal(argv, {})
        self.assertEqual((2, True), (code, "nobody can be asked here" in drawn), drawn)

    def test_delete_asks(self):
        text = "".join(f"asked_{one}:\n  tasks:\n    a: {{action: std.noop}}\n" for one in range(3))
        self.foehn("wf", "create", "-", stdin="version: '2.0'\n" + text)
        execution = self.start()
        self.server.wait_execution(execution)
        refused = ("foehn: this deletes for good and nobody can be asked here: say --yes, or --dry-run to see what it would "
                   "delete\n")
        for noun, name in (("wf", "asked_0"), ("ex", execution)):
            done = self.foehn(noun, "delete", name, code=2)
            self.assertEqual(("", refused), (done.out, done.err))
        for noun in ("wb", "env", "action", "cron", "trigger", "subscription"):
            self.assertEqual(refused, self.foehn(noun, "delete", "nope", code=2).err)
            self.foehn(noun, "delete", "nope", "--yes", code=5)
        self.assertEqual(refused, self.foehn("ex", "delete", "-", stdin=execution + "\n", code=2).err, "once for all of them")
        self.assertEqual("asked_0\n", self.foehn("-q", "wf", "get", "asked_0").out)

        def asked(typed, *argv):
            return on_terminal([lib.binary(), "--server", self.server.url, *argv], {}, until=b"[y/N] ", keys=typed)
        question = f"delete execution {execution} and everything below it? [y/N] "
        self.assertEqual((0, question + "n\r\nfoehn: nothing was deleted\r\n"), asked(b"n\n", "ex", "delete", execution))
        self.assertEqual((0, question + f"y\r\ndeleted {execution}\r\n"), asked(b"y\n", "ex", "delete", execution))
        self.foehn("ex", "get", execution, code=5)
        self.assertEqual((0, "delete asked_0? [y/N] \r\nfoehn: nothing was deleted\r\n"), asked(b"\n", "wf", "delete", "asked_0"))
        self.assertEqual((0, "delete asked_0? [y/N] yes\r\ndeleted asked_0\r\n"), asked(b"yes\n", "wf", "delete", "asked_0"))
        self.assertEqual((0, "deleted asked_1\r\n"), asked(b"", "wf", "delete", "-y", "asked_1"))
        self.assertEqual((2, refused.replace("\n", "\r\n")), asked(b"", "--no-input", "wf", "delete", "asked_2"))
        self.foehn("wf", "delete", "--yes", "asked_2")

    def test_ids(self):
        parent = self.foehn("ex", "create", "asks").out.strip()
        child = lib.wait_for("the sub-workflow has begun", lambda: self.server.tree(parent)["tasks"][0]["children"])[0]["id"]
        self.assertEqual(parent, self.foehn("-q", "ex", "get", "@last").out.strip(), "not an execution that another started")
        self.assertEqual(child, self.foehn("-q", "ex", "get", child[:13]).out.strip())
        task = self.server.tasks(parent)[0]["id"]
        self.assertEqual(task, self.foehn("-q", "task", "get", task[:13]).out.strip())
        self.foehn("ex", "cancel", parent)

    def test_report_from_outside(self):
        parent = self.foehn("ex", "create", "asks").out.strip()
        done = self.foehn("ex", "wait", parent, "--timeout", "2", code=7)
        self.assertRegex(done.err, r"\Awaiting: task deep/question waits for a report from outside about its action "
                                   r"std.async_noop \([0-9a-f-]{36}\)\n  to report: foehn api PUT [^\n]*\n"
                                   r"foehn: execution [0-9a-f-]{36} is still RUNNING and goes on. [^\n]*\n\Z")
        self.assertEqual("", self.foehn("-q", "ex", "wait", parent, "--timeout", "1.5", code=7).err.split("foehn: ")[0])
        advice = re.search(r"to report: foehn (.*)\n", done.err).group(1)
        self.foehn(*shlex.split(advice))
        self.foehn("ex", "wait", parent)

    def test_raw_calls(self):
        self.assertEqual("steps", json.loads(self.foehn("api", "GET", "/v2/workflows/steps").out)["name"])
        done = self.foehn("api", "GET", "v2/workflows/nope", code=5)
        self.assertIn("faultstring", json.loads(done.out))
        self.assertEqual("foehn: GET /v2/workflows/nope: the server answered 404\n", done.err)
        text = "version: '2.0'\nraw:\n  tasks:\n    a: {action: std.noop}\n"
        self.foehn("api", "POST", "/v2/workflows", "-d", "@-", stdin=text)
        self.assertEqual("", self.foehn("api", "DELETE", "/v2/workflows/raw").out)

    def test_address_from_the_environment(self):
        for name, value in (("FOEHN_SERVER", self.server.url), ("OS_MISTRAL_URL", self.server.url + "/v2")):
            self.assertEqual(0, lib.foehn("-q", "wf", "list", env={name: value}).code, name)


class Failures(unittest.TestCase):
    """How a failure deep inside is told."""
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.server = lib.Server()
        cls.addClassCleanup(cls.server.stop)
        cls.server.start()
        cls.server.create_workflow(DEEP)
        folder = tempfile.TemporaryDirectory(prefix="foehn-sshd-", dir="/var/tmp")
        cls.addClassCleanup(folder.cleanup)
        cls.sshd = lib.OpenSsh(folder.name).start()
        cls.addClassCleanup(cls.sshd.stop)

    def run_deep(self, script):
        identifier = self.server.start_execution("outer", port=self.sshd.port, user=self.sshd.user, key=self.sshd.key(),
                                                 script=script)
        self.server.wait_execution(identifier)
        return identifier

    def test_innermost_causes(self):
        identifier = self.run_deep("echo to begin with >&2; echo no room left >&2; exit 7")
        where = f"{self.sshd.user}@127.0.0.1:{self.sshd.port}"
        cause = "".join(f"""  task    all_of_them/each[{number}]/step  (ID)
  host    {where}
  action  ssh.run, phase run, exit code 7
  cause   cmd 'echo to begin with >&2; echo no room left >&2; exit 7' on {where} exited with code 7
  stderr  to begin with
          no room left
  again   foehn task rerun ID
{separator}""" for number, separator in ((0, chr(10)), (1, "")))
        shown = self.server.foehn("ex", "get", identifier)
        self.assertEqual(cause, normal(shown.out).split("\nfailed\n")[1])
        self.assertNotIn("Failure caused by", shown.out)
        done = self.server.foehn("ex", "wait", identifier)
        self.assertEqual((3, "\n✖ ERROR\n" + cause), (done.code, normal(done.err)))
        raw = json.loads(self.server.foehn("-o", "json", "ex", "get", identifier).out)
        self.assertIn("Failure caused by error in tasks: all_of_them", raw["state_info"])
        self.assertNotIn("Failure caused by", self.server.foehn("ex", "list", "--all").out)
        task = self.server.task(identifier, "all_of_them")["id"]
        self.assertNotIn("Failure caused by", self.server.foehn("task", "get", task).out)

    def test_logs_of_sub_workflows(self):
        identifier = self.run_deep("echo hello; exit 0")
        done = self.server.foehn("ex", "logs", identifier)
        self.assertEqual((0, ["all_of_them/each[0]/step | hello", "all_of_them/each[1]/step | hello"]),
                         (done.code, [line for line in done.out.splitlines() if line.endswith("| hello")]), repr(done))
        rows = [json.loads(line) for line in self.server.foehn("-o", "jsonl", "ex", "logs", identifier).out.splitlines()]
        self.assertEqual(["all_of_them/each[0]/step", "all_of_them/each[1]/step"], [row["path"] for row in rows])


if __name__ == "__main__":
    lib.main()
