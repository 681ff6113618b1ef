#!/usr/bin/env python3
"""Operations from outside: why, re-runs of what failed, clones, many executions at once, revisions; by the CLI on a real
server with the SQLite store, which is restarted in between."""
import json
import pathlib
import sqlite3
import tempfile
import unittest
import uuid

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
twice:
  tasks:
    first: {action: std.async_noop}
    below: {workflow: slow}
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
        self.cli("--ascii", "ex", "why", execution).out.encode("ascii")
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
        self.assertEqual(5, self.cli("ex", "delete", "-", "--yes", stdin=ids, code=5).code)

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

    def test_an_action_that_waits_is_approved(self):
        self.cli("ex", "approve", self.start("flaky"), code=6)
        execution = self.start("twice")
        lib.wait_for("both wait", lambda: self.cli("ex", "why", execution).out.count("reported from outside") == 2)
        self.assertEqual("foehn: several tasks wait for an approval, name one: first, below/held\n",
                         self.cli("ex", "approve", execution, code=2).err)
        self.assertEqual("foehn: no task none waits for an approval; those that do: first, below/held\n",
                         self.cli("ex", "approve", execution, "none", code=5).err)
        self.assertRegex(self.cli("ex", "approve", execution, "below/held", "--result", '{"by": "me"}').out,
                         r"\A✔ SUCCESS +std.async_noop  Completed by hand: approved\n\Z")
        self.cli("ex", "approve", execution, "-m", "looks good")
        self.wait(execution)
        task = self.server.task(execution, "first")["id"]
        self.assertEqual("Completed by hand: looks good", self.server.runs(task)[0]["state_info"])

    def test_timeline_and_export(self):
        execution = self.start("twice")
        lib.wait_for("both wait", lambda: self.cli("ex", "why", execution).out.count("reported from outside") == 2)
        for task in ("first", "below/held"):
            self.cli("ex", "approve", execution, task, "--result", '{"by": "me"}')
        self.wait(execution)
        lines = self.cli("ex", "timeline", execution).out.splitlines()
        self.assertEqual(["TASK", "STATE", "BEGAN", "TOOK"], lines[0].split())
        self.assertEqual(["below", "below/held", "first"], sorted(line.split()[0] for line in lines[1:]))
        for line in lines[1:]:
            self.assertRegex(line, r"\A\S+ +✔ SUCCESS +\+\d+\.\ds +\d+\.\ds +█+\Z")
        self.cli("--ascii", "ex", "timeline", execution).out.encode("ascii")
        document = json.loads(self.cli("ex", "export", execution).out)
        self.assertEqual(("foehn.execution/1", "twice", execution),
                         (document["format"], document["workflow"]["name"], document["execution"]["id"]))
        tasks = {task["name"]: task for task in document["execution"]["tasks"]}
        self.assertEqual({"by": "me"}, tasks["first"]["action_executions"][0]["output"]["result"])
        self.assertEqual("SUCCESS", tasks["below"]["executions"][0]["tasks"][0]["action_executions"][0]["state"])
        text = document["workflow"]["definition"]
        self.assertIn("twice", text)
        self.assertEqual((1, True), (document["workflow"]["revision"], document["workflow"]["current"]))
        self.server.request("PUT", "/v2/workflows", text + "# changed\n")
        changed = json.loads(self.cli("ex", "export", execution).out)["workflow"]
        self.assertEqual((text, 1, False), (changed["definition"], changed["revision"], changed["current"]))
        self.cli("wf", "delete", "gone", "--yes", code=5)

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

    def test_an_execution_goes_on_by_the_chosen_revision_after_a_kill(self):
        path = self.folder / "later.yaml"
        path.write_text("version: '2.0'\nlater:\n  tasks:\n    b: {action: std.fail}\n")
        self.cli("wf", "create", str(path))
        execution = self.start("later")
        self.wait(execution, code=3)
        path.write_text("version: '2.0'\nlater:\n  tasks:\n    b: {action: std.noop, on-success: c}\n"
                        "    c: {action: std.async_noop, on-success: d}\n    d: {action: std.noop}\n")
        self.cli("wf", "update", str(path))
        self.cli("ex", "rerun", execution, "--revision", "latest")
        run = self.server.get("/v2/action_executions?state=RUNNING&name=std.async_noop")["action_executions"][0]
        self.server.kill()
        self.server.start()
        self.assertEqual(2, self.server.get(f"/foehn/v1/executions/{execution}/definition")["revision"])
        self.cli("action", "complete", run["id"], "--reason", "the work is done")
        self.wait(execution)
        self.assertEqual({"b", "c", "d"}, {one["name"] for one in json.loads(
            self.cli("-o", "json", "task", "list", execution).out)["tasks"]})

    def test_an_execution_that_cannot_be_read_stops_nobody(self):
        path = self.folder / "lost.yaml"
        path.write_text("version: '2.0'\nlost:\n  tasks:\n    n: {wait-before: 1}\n    h: {action: std.async_noop}\n"
                        "fine: {tasks: {t: {action: std.noop}}}\n")
        self.cli("wf", "create", str(path))
        slow = self.start("slow")
        self.cli("ex", "cancel", slow)
        execution = self.start("lost")
        self.server.kill()
        with sqlite3.connect(next(pathlib.Path(self.server.data).glob("*.db"))) as rows:
            rows.execute("UPDATE executions SET definition_hash = (SELECT definition_hash FROM executions WHERE "
                         "workflow_name = 'slow' LIMIT 1) WHERE id = ?", [uuid.UUID(execution).bytes])
        rows.close()
        self.server.start()
        told = f"Execution {execution} has a task 'n' that its stored definition"
        lib.wait_for("the server tells of it", lambda: told in self.server.log_text())
        self.wait(self.start("fine"))
        self.assertIn(told, self.cli("ex", "cancel", execution, code=1).err)
        self.assertEqual(200, self.server.request("GET", "/readyz").status)
        self.cli("ex", "delete", execution, "--force", "--yes")
        self.assertEqual(404, self.server.request("GET", f"/v2/executions/{execution}").status)

    def test_many_at_once(self):
        executions = [self.start("slow") for _ in range(3)]
        query = ["--query", "workflow_name=slow", "--query", "state=RUNNING"]
        self.assertEqual(3, self.cli("ex", "cancel", *query, "--preview").out.count("RUNNING"))
        self.assertEqual(3, self.cli("ex", "cancel", *query).out.count("done"))
        for execution in executions:
            self.wait(execution, code=8)
        self.assertIn("not PAUSED", self.cli("ex", "resume", "--query", "ids=" + json.dumps(executions), code=6).out)
        self.cli("ex", "cancel", code=2)


class Sync(lib.ServerTest):
    """`foehn sync` and `foehn wf diff FILE`; a server of its own, because what no file has is deleted."""
    maxDiff = None

    def cli(self, *argv, code=0, stdin=""):
        done = self.server.foehn(*argv, stdin=stdin)
        self.assertEqual(code, done.code, repr(done))
        return done

    def test_definitions_of_a_folder(self):
        made = tempfile.TemporaryDirectory(prefix="foehn-sync-", dir="/var/tmp")
        self.addCleanup(made.cleanup)
        folder = pathlib.Path(made.name)
        (folder / "below").mkdir(parents=True)
        (folder / "flows.yaml").write_text("version: '2.0'\nsync_a: {tasks: {t: {action: std.noop}}}\n"
                                           "sync_b: {tasks: {t: {action: std.noop}}}\n")
        (folder / "below" / "act.yml").write_text("version: '2.0'\nsync_act: {base: std.noop}\n")
        (folder / "book.yaml").write_text("version: '2.0'\nname: sync_book\nworkflows:\n"
                                          "  inner: {tasks: {t: {action: std.noop}}}\n")
        (folder / "values.yaml").write_text("a: 1\n")
        rows = [("create", "action", "sync_act"), ("create", "workbook", "sync_book"), ("create", "workflow", "sync_a"),
                ("create", "workflow", "sync_b")]

        def sync(*argv, code=0):
            done = self.cli("sync", str(folder), *argv, "-o", "json", code=code)
            return [(row["change"], row["kind"], row["name"]) for row in json.loads(done.out)["changes"]]
        self.assertEqual(rows, sync("--plan"))
        self.cli("wf", "get", "sync_a", code=5)
        self.assertEqual([("created", *row[1:]) for row in rows], sync())
        self.assertEqual([("unchanged", *row[1:]) for row in rows], sync())
        text = (folder / "flows.yaml").read_text().replace("std.noop", "std.fail", 1)
        (folder / "flows.yaml").write_text(text)
        diff = self.cli("wf", "diff", str(folder / "flows.yaml"))
        self.assertEqual("workflow sync_a differs\nworkflow sync_b is the same\n", diff.err)
        self.assertRegex(diff.out, r"\A\d+- +action: std.noop\n\d+\+ +action: std.fail\n\Z")
        self.assertEqual(["unchanged", "unchanged", "updated", "unchanged"], [row[0] for row in sync()])
        self.assertEqual("workflow new is new\n", self.cli("wf", "diff", "-", stdin="version: '2.0'\nnew: {tasks: {t: {action: std.noop}}}\n").err)
        (folder / "flows.yaml").unlink()
        self.cli("wb", "create", "--namespace", "other", str(folder / "book.yaml"))
        gone = [("delete", "workflow", "sync_a"), ("delete", "workflow", "sync_b")]
        self.assertEqual(gone, sync("--prune", "--plan")[-2:])
        self.assertEqual(4, len(sync("--prune", "--plan")), "nothing shipped, of a workbook or in a namespace")
        self.assertEqual("foehn: this deletes for good and nobody can be asked here: say --yes, or --plan to see what it "
                         "would delete\n", self.cli("sync", str(folder), "--prune", code=2).err)
        (folder / "wrong.yaml").write_text("version: '2.0'\nw: {tasks: {t: {action: 1}}}\n")
        self.assertIn("wrong.yaml has mistakes; nothing was changed", self.cli("sync", str(folder), code=2).err)
        (folder / "wrong.yaml").write_text((folder / "below" / "act.yml").read_text())
        self.assertIn(f"action sync_act is in {folder}/below/act.yml and in {folder}/wrong.yaml",
                      self.cli("sync", str(folder), code=2).err)
        (folder / "wrong.yaml").unlink()
        self.assertEqual([("deleted", *row[1:]) for row in gone], sync("--prune", "--yes")[-2:])
        self.cli("wf", "get", "sync_a", code=5)
        self.cli("wf", "get", "sync_book.inner")
        self.assertEqual(2, len(sync("--prune")), "there is nothing left to ask for")
        self.server.create_workflow("version: '2.0'\nlate: {tasks: {t: {action: std.noop}}}\n")
        self.server.foehn("cron", "create", "uses", "late", "--pattern", "0 0 1 1 *")
        self.assertEqual(("refused", "workflow", "late"), sync("--prune", "-y", code=2)[-1])


class Masking(unittest.TestCase):
    """`foehn serve --mask`: what scripts that were written for Mistral may read."""

    def test_values_that_are_merely_named_like_a_secret_are_shown_when_the_operator_says_so(self):
        server = lib.Server(options=["--mask", "declared"])
        self.addCleanup(server.stop)
        server.start().create_workflow("version: '2.0'\nwf: {input: [password], tasks: {t: {action: std.noop}}}\n")
        self.assertIn(" mask=declared ", server.log_text())
        execution = server.start_execution("wf", password="hunter2")
        self.assertEqual('{"password": "hunter2"}', server.wait_execution(execution)["input"])
        self.assertEqual("hunter2", server.foehn("eval", "--execution", execution, "<% $.password %>").out.strip())
        refused = lib.foehn("serve", "--data", server.data + "-none", "--mask", "everything")
        self.assertEqual((2, "foehn: --mask: everything not in {named,declared}\n  see: foehn serve --help\n"),
                         (refused.code, refused.err))


if __name__ == "__main__":
    lib.main()
