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
private:
  input: [password]
  output: {same: <% $.password = 'hunter2' %>}
  tasks:
    use: {action: std.echo, input: {output: 1}, publish: {length: 1}}
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

    def cli(self, *argv, code=0, stdin=""):
        done = self.server.foehn(*argv, stdin=stdin)
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

    def test_many_at_once_by_query_and_by_ids_on_standard_input(self):
        failed = {self.start("flaky") for _ in range(3)}
        for execution in failed:
            self.wait(execution, code=3)
        query = ["--query", "state=ERROR", "workflow_name=flaky"]
        preview = self.cli("-q", "ex", "rerun", *query, "--preview").out.split()
        self.assertLessEqual(failed, set(preview))
        rows = json.loads(self.cli("-o", "json", "ex", "rerun", *query).out)["executions"]
        self.assertEqual({True}, {row["done"] for row in rows})
        for execution in failed:
            self.wait(execution, code=3)  # it fails again
        self.assertIn("excludes", self.cli("ex", "rerun", *query, "--all", code=2).err)
        ids = "\n".join(sorted(failed)) + "\n"
        self.cli("ex", "rerun", "-", "-i", "output=2", stdin=ids)
        for execution in failed:
            self.wait(execution)
        self.assertEqual(len(failed), self.cli("ex", "get", "-", "-o", "jsonl", stdin=ids).out.count("SUCCESS"))
        done = ["--query", "state=SUCCESS", "workflow_name=flaky"]
        self.assertEqual("foehn: this deletes for good and nobody can be asked here: say --yes, or --preview to see what "
                         "it would delete\n", self.cli("ex", "delete", *done, code=2).err)
        self.assertLessEqual(failed, set(self.cli("-q", "ex", "delete", *done, "--preview").out.split()))
        self.cli("ex", "delete", *done, "--yes")
        for execution in failed:
            self.cli("ex", "get", execution, code=5)
        self.assertEqual(5, self.cli("ex", "delete", "-", stdin=ids, code=5).code)

    def test_a_failed_task_is_skipped(self):
        execution = self.start("flaky")
        self.wait(execution, code=3)
        self.assertRegex(self.cli("ex", "tree", execution).out, r"\A✖ ERROR +flaky  [0-9a-f-]+ .*\n  ✖ ERROR +check ")
        task = self.server.task(execution, "check")["id"]
        self.assertRegex(self.cli("task", "skip", task).out, r"SKIPPED +check  \(watch it: ")
        self.wait(execution)
        self.assertEqual(["SKIPPED", "SUCCESS"], [row["state"] for row in self.server.tasks(execution)])
        self.assertEqual(f"foehn: cannot skip task check ({task}): state is SKIPPED (only ERROR can be skipped)\n",
                         self.cli("task", "skip", task, code=6).err)

    def test_secrets_are_not_printed(self):
        made = self.cli("-o", "json", "ex", "create", "private", "-i", "password=hunter2", "-e", "api_token=hunter2").out
        execution = json.loads(made)["id"]
        self.wait(execution)
        texts = [made] + [self.cli("ex", *words, execution).out
                          for words in (["get"], ["input"], ["why"], ["tree"], ["logs"])]
        texts.append(self.cli("task", "list", execution).out)
        texts.append(json.dumps(self.server.get("/v2/action_executions")))
        self.assertNotIn("hunter2", "".join(texts))
        self.assertEqual({"password": "***"}, json.loads(texts[2]))
        clone = self.cli("-q", "ex", "clone", execution).out.strip()
        self.wait(clone)
        self.assertEqual({"same": True}, json.loads(self.cli("ex", "output", clone).out))

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
