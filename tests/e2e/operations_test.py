#!/usr/bin/env python3
"""Operations from outside: why, re-runs of what failed, clones, many executions at once, revisions; by the CLI on a real
server with the SQLite store, which is restarted in between."""
import json
import pathlib
import tempfile

import lib

DEFINITIONS = """version: '2.0'
flaky:
  input: [{code: 1}]
  tasks:
    check: {action: std.echo, input: {output: <% $.code %>}, fail-on: <% task().result = 1 %>, on-success: after}
    after: {description: last}
slow:
  tasks:
    held: {action: std.async_noop}
"""


class Operations(lib.ServerTest):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        folder = tempfile.TemporaryDirectory(prefix="foehn-operations-", dir="/var/tmp")
        cls.addClassCleanup(folder.cleanup)
        cls.folder = pathlib.Path(folder.name)
        path = cls.folder / "definitions.yaml"
        path.write_text(DEFINITIONS)
        cls.server.foehn("wf", "create", str(path))

    def cli(self, *argv, code=0):
        done = self.server.foehn(*argv)
        self.assertEqual(code, done.code, repr(done))
        return done

    def start(self, workflow):
        return self.cli("-q", "ex", "create", workflow).out.strip()

    def wait(self, execution, code=0):
        self.cli("ex", "wait", execution, "--timeout", "20", code=code)

    def test_why_names_what_is_waited_for(self):
        execution = self.start("slow")
        text = self.cli("ex", "why", execution).out
        self.assertIn("task held", text)
        self.assertIn("its result is reported from outside: foehn action complete ", text)
        self.assertTrue(text.endswith("nothing is stuck.\n"), text)
        self.cli("ex", "pause", execution)
        self.assertIn(f"go on with: foehn ex resume {execution}", self.cli("ex", "why", execution).out)
        self.cli("ex", "cancel", execution)

    def test_what_failed_is_re_run_with_an_edited_input(self):
        execution = self.start("flaky")
        self.wait(execution, code=3)
        why = self.cli("ex", "why", execution).out
        self.assertIn("check  ERROR · action std.echo", why)
        self.assertIn(f"all of it again: foehn ex rerun {execution} --only-failed", why)
        preview = self.cli("ex", "rerun", execution, "--preview").out
        self.assertRegex(preview, r"\Awould run +check  \([0-9a-f-]+, was ERROR\)\nmay follow +after\n\Z")
        self.cli("ex", "rerun", execution, "-i", "output=2")
        self.wait(execution)
        self.cli("ex", "rerun", execution, "--all", code=6)
        clone = self.cli("-q", "ex", "clone", execution, "-i", "code=5").out.strip()
        self.wait(clone)
        self.assertEqual({"code": 5}, json.loads(self.cli("ex", "input", clone).out))

    def test_a_task_is_re_run_by_another_revision_after_a_restart(self):
        path = self.folder / "rev.yaml"
        path.write_text("version: '2.0'\nrev:\n  tasks:\n    a: {action: std.fail}\n")
        self.cli("wf", "create", str(path))
        execution = self.start("rev")
        self.wait(execution, code=3)
        path.write_text("version: '2.0'\nrev:\n  tasks:\n    a: {action: std.noop, on-success: b}\n"
                        "    b: {description: x}\n")
        self.cli("wf", "update", str(path))
        self.assertEqual("4- " + "    a: {action: std.fail}\n" + "4+ " + "    a: {action: std.noop, on-success: b}\n"
                         "5+     b: {description: x}\n", self.cli("wf", "diff", "rev", "1").out)
        task = json.loads(self.cli("-o", "json", "task", "list", execution).out)["tasks"][0]["id"]
        self.cli("task", "rerun", task, "--revision", "2")
        self.wait(execution)
        self.server.kill()
        self.server.start()
        self.assertEqual(["SUCCESS", "SUCCESS"], [one["state"] for one in json.loads(
            self.cli("-o", "json", "task", "list", execution).out)["tasks"]])
        self.cli("wf", "rollback", "rev", "1")
        rows = self.cli("wf", "history", "rev").out.splitlines()
        self.assertEqual(4, len(rows), rows)
        self.assertTrue(rows[3].rstrip().endswith("current"), rows)

    def test_many_at_once(self):
        executions = [self.start("slow") for _ in range(3)]
        query = ["--query", "workflow_name=slow", "--query", "state=RUNNING"]
        self.assertEqual(3, self.cli("ex", "cancel", *query, "--preview").out.count("RUNNING"))
        self.assertEqual(3, self.cli("ex", "cancel", *query).out.count("done"))
        for execution in executions:
            self.wait(execution, code=8)
        self.assertIn("not PAUSED", self.cli("ex", "resume", "--query", "ids=" + json.dumps(executions), code=6).out)
        self.cli("ex", "cancel", code=2)


if __name__ == "__main__":
    lib.main()
