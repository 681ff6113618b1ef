#!/usr/bin/env python3
"""The command line from outside: output, exit codes (docs/cli.md), the live view on a terminal, plain lines elsewhere."""
import fcntl
import json
import os
import pathlib
import pty
import re
import select
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
        for command in ("serve", "run", "validate", "wf", "ex", "task", "oc", "boxes"):
            done = lib.foehn(command, "--help")
            self.assertEqual((0, ""), (done.code, done.err), command)
            self.assertIn("Usage: ", done.out)

    def test_validate(self):
        good, wrong = str(self.folder / "good.yaml"), str(self.folder / "wrong.yaml")
        done = lib.foehn("validate", good)
        self.assertEqual((0, f"{good}: ok (2 workflows)\n", ""), (done.code, done.out, done.err))
        done = lib.foehn("validate", good, wrong, "/no/such/file")
        self.assertEqual(1, done.code)
        self.assertEqual(f"{good}: ok (2 workflows)\n{wrong}: 3 problems\n", done.out)
        # Every mistake at once, each with its place, the line, a caret and a hint where there is one.
        for text in (f"{wrong}:6:19: error: ", "  6 |       on-success: secnd\n", "Did you mean 'second'?",
                     f"{wrong}:8:15: warning: ", "  8 |       action: std.nop\n", "Did you mean 'std.noop'?",
                     f"{wrong}:9:20: error: ", "  9 |       wait-before: soon\n",
                     "foehn: cannot read /no/such/file\n"):
            self.assertIn(text, done.err)
        self.assertEqual(3, len(re.findall(r"^    \| +\^$", done.err, re.M)), done.err)

    def test_run(self):
        good = str(self.folder / "good.yaml")
        done = lib.foehn("run", good, "-i", "seconds=0")
        self.assertEqual((0, ""), (done.code, done.err), repr(done))
        lines = settled(done.out).split("\n", 2)
        self.assertEqual(["hh:mm:ss  ✔ SUCCESS    one", "hh:mm:ss  ✔ SUCCESS    two"], lines[:2])
        self.assertEqual({"said": "first"}, json.loads(lines[2]))
        done = lib.foehn("run", good, "-w", "broken")
        self.assertEqual((3, "hh:mm:ss  ✖ ERROR      bad  " + FAIL_TEXT + "\n"), (done.code, normal(done.out)))
        self.assertEqual(f"\n✖ ERROR    \n  task   bad  (ID)\n  cause  {FAIL_TEXT}\n", normal(done.err))
        done = lib.foehn("run", good, "-i", "seconds=60", "--timeout", "0.2")
        self.assertEqual(7, done.code, repr(done))
        done = lib.foehn("run", good)
        self.assertEqual((1, "", "foehn: Invalid input [name=steps, class=DirectWorkflowSpec, missing=['seconds']]\n"),
                         (done.code, done.out, done.err))
        self.assertEqual(1, lib.foehn("run", str(self.folder / "wrong.yaml")).code)
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
        self.assertNotEqual(0, done.code, "a running server's boxes are not to be touched: " + repr(done))
        self.assertEqual("", done.out)
        server.process.send_signal(signal.SIGTERM)
        self.assertEqual(0, server.process.wait(20))
        done = lib.foehn("boxes", "list", "--data", server.data)
        self.assertEqual((0, "BOX  STATE  ADDRESS  PID  OVERCLOUD\n", ""), (done.code, done.out, done.err))
        done = lib.foehn("boxes", "clean", "--data", server.data)
        self.assertEqual((0, "", ""), (done.code, done.out, done.err))


class Online(lib.ServerTest):
    """What asks a server."""
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.server.create_workflow(DEFINITIONS)

    def foehn(self, *argv, code=0, **options):
        done = self.server.foehn(*argv, **options)
        self.assertEqual(code, done.code, f"foehn {argv}: {done}")
        return done

    def start(self, workflow="steps", seconds=0):
        return self.foehn("ex", "create", workflow, *(["-i", f"seconds={seconds}"] if workflow == "steps" else []))\
            .out.strip()

    def test_workflows(self):
        names = self.foehn("-q", "wf", "list").out.split()
        self.assertEqual(["broken", "overcloud.box_bring_up", "overcloud.create", "overcloud.create_reverse",
                          "overcloud.destroy", "overcloud.rollback", "steps"], names)
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
        self.assertEqual("deleted extra\n", self.foehn("wf", "delete", "extra").out)
        self.foehn("wf", "delete", "extra", code=5)

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
        self.assertEqual(f"deleted {identifier}\n", self.foehn("ex", "delete", identifier).out)
        self.foehn("ex", "get", identifier, code=5)

    def test_exit_codes_of_wait(self):
        self.foehn("ex", "wait", self.start(), code=0)
        failed = self.start("broken")
        done = self.foehn("ex", "wait", failed, code=3)
        task = self.server.task(failed, "bad")["id"]
        self.assertEqual("", done.out)
        self.assertTrue(done.err.endswith(f"  to run it again when the cause is mended: foehn task rerun {task}\n"))
        self.foehn("task", "rerun", task)
        self.foehn("ex", "wait", failed, code=3)
        self.assertEqual(2, len(self.server.runs(task)))
        long = self.start(seconds=60)
        self.foehn("ex", "wait", long, "--timeout", "0.1", code=7)
        self.assertIn("PAUSED", self.foehn("ex", "pause", long).out)
        self.foehn("ex", "delete", long, code=4)
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

    def test_address_from_the_environment(self):
        for name, value in (("FOEHN_SERVER", self.server.url), ("OS_MISTRAL_URL", self.server.url + "/v2")):
            self.assertEqual(0, lib.foehn("-q", "wf", "list", env={name: value}).code, name)


if __name__ == "__main__":
    lib.main()
