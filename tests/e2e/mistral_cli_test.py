#!/usr/bin/env python3
"""The stock `mistral` client of Debian, told nothing but the server's address, does what it does against a real Mistral.

testdata/mistral_cli.txt is a transcript recorded against Mistral 15.0.0. Every command of it is run here in the same
order and its output compared as a whole text; a command that the transcript marks as not built must give another answer
than Mistral's, so that no mark outlives its reason. Ids, times and durations differ by nature: ids are numbered in the order
in which they appear (so the same id has to stand in the same places), times and durations become a pattern.

`foehn mistral` plays the same session, and on one server both show everything in every form: byte by byte the same."""
import json
import os
import re
import shlex
import tempfile
import unittest

import lib

DATA = lib.ROOT / "tests/e2e/testdata"
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
TIME = re.compile(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d")
DURATION = re.compile(r"\b\d:\d\d:\d\d\b")
CUT_ID = re.compile(r"action_ex_id=[0-9a-f-]+\.\.\.")
RUN_LINE = re.compile(r"(.*\[action_ex_id=)(id-\d+)(, idx=)\d+(\]: .*)")


def with_ordered_runs(text):
    """Mistral lists the runs of a failed task by id, which is random; here they are put in the order of their numbers."""
    lines = text.split("\n")
    places = [place for place, line in enumerate(lines) if RUN_LINE.fullmatch(line)]
    runs = sorted((RUN_LINE.fullmatch(lines[place]).groups() for place in places), key=lambda parts: parts[1])
    for index, (place, parts) in enumerate(zip(places, runs)):
        lines[place] = f"{parts[0]}{parts[1]}{parts[2]}{index}{parts[3]}"
    return "\n".join(lines)


class Side:
    """One side of the comparison: gives each id its number."""

    def __init__(self):
        self.labels = {}

    def label(self, identifier):
        # As long as an id, so that the tables keep their shape.
        return self.labels.setdefault(identifier, f"id-{len(self.labels) + 1:033d}")

    def normal(self, text):
        text = UUID.sub(lambda found: self.label(found.group(0)), CUT_ID.sub("action_ex_id=an id that is cut", text))
        text = with_ordered_runs(text)
        text = TIME.sub("YYYY-MM-DD hh:mm:ss", text)
        return DURATION.sub("h:mm:ss", text).rstrip("\n")

    def id_of(self, label):
        return next(identifier for identifier, known in self.labels.items() if known == label)


ENTRY = re.compile(r"((?:^# .*\n)*)^\$ mistral (.*)\n((?:.*\n)*?)\[exit (\d+)\]\n", re.M)


def transcript():
    """(mark, command's words, output, exit code) of each entry; mark: the comment lines above it."""
    text = (DATA / "mistral_cli.txt").read_text()
    entries = [(mark, [word.strip("'") for word in re.findall(r"'[^']*'|\S+", command)], output, int(code))
               for mark, command, output, code in ENTRY.findall(text)]
    if len(entries) != text.count("$ mistral "):
        raise AssertionError("the transcript could not be read")
    return entries


class MistralCliTest(lib.ServerTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        os.chdir(DATA)  # where cli.yaml is

    def mistral(self, *argv, code=0):
        done = self.server.mistral(*argv)
        self.assertEqual(code, done.code, f"mistral {shlex.join(argv)}: {done}")
        return done.out

    def column(self, *argv):
        return self.mistral(*argv, "-f", "value").split("\n")

    def test_transcript(self):
        self.play(self.server.mistral_command)

    def test_transcript_by_foehn_mistral(self):
        self.play(lambda *argv: self.server.foehn("mistral", *argv))

    def play(self, client):
        """Compares what a client says with the transcript."""
        theirs, ours = Side(), Side()
        differences = []
        for mark, words, output, code in transcript():
            command = shlex.join(words)
            if mark.startswith("# not built: "):
                done = client(*words)
                same = (Side().normal(output), code) == (Side().normal(done.out + done.err), done.code)
                self.assertFalse(same, f"mistral {command}: answered as Mistral does, so the mark is stale: {mark}")
                continue
            argv = [UUID.sub(lambda found: ours.id_of(theirs.label(found.group(0))), word) for word in words]
            done = client(*argv)
            expected, actual = theirs.normal(output), ours.normal(done.out + done.err)
            if (expected, code) != (actual, done.code):
                differences.append(f"$ mistral {command}\n-- Mistral, exit {code}\n{expected}\n"
                                   f"-- Foehn, exit {done.code}\n{actual}\n")
            # The transcript was written by hand, slowly: what was started had ended before the next command.
            if argv[0] == "execution-create":
                self.server.wait_execution(field("ID", done.out))
            if argv[0] == "task-rerun":
                self.server.wait_execution(field("Workflow Execution ID", done.out))
        self.assertEqual("", "\n".join(differences))

    def test_actions(self):
        header = ["ID", "Name", "Is system", "Input", "Description", "Tags", "Created at", "Updated at"]
        rows = [[cell.strip() for cell in line.strip("|").split("|")]
                for line in self.mistral("action-list").split("\n") if line.startswith("|")]
        self.assertEqual(header, rows[0])
        inputs = {row[1]: row[3] for row in rows[1:]}
        for name, signature in {"std.noop": "", "std.echo": "output, delay=0", "std.fail": "error_data=null",
                                "std.sleep": "seconds=1", "std.async_noop": ""}.items():
            self.assertEqual(signature, inputs[name], name)
        # The client cuts long texts in lists.
        self.assertEqual('url, method="GET", params=null, body=null, json=null, headers=null, cookies=null, auth=null, '
                         "timeout=null, allow_redirects=null, proxies=null, verify=null",
                         self.column("action-get", "std.http", "-c", "Input")[0])
        self.assertEqual('cmd, host, username, password="", private_key_filename=null, private_key=null, '
                         "return_result_on_error=false", self.column("action-get", "std.ssh", "-c", "Input")[0])
        fields = [line.split("|")[1].strip() for line in self.mistral("action-get", "std.echo").split("\n")
                  if line.startswith("|")]
        self.assertEqual(["Field"] + header, fields)
        self.assertIn("not found", self.server.mistral("action-get", "std.nothing").err)

    def test_items_rerun_repeats_only_what_failed(self):
        """task-rerun --resume on a with-items task; the item that failed fails again, the others are not touched."""
        self.server.create_workflow("version: '2.0'\nsome_fail:\n  tasks:\n    each:\n"
                                    "      with-items: n in [1, 2, 3]\n"
                                    "      action: <% switch($.n = 2 => 'std.fail', true => 'std.noop') %>\n")
        execution = self.column("execution-create", "some_fail", "-c", "ID")[0]
        self.server.wait_execution(execution)
        task = self.column("task-list", execution, "-c", "ID")[0]
        before = {run["id"]: (run["state"], run["accepted"]) for run in self.server.runs(task)}
        self.assertEqual([("ERROR", True), ("SUCCESS", True), ("SUCCESS", True)], sorted(before.values()))
        self.mistral("task-rerun", task, "--resume")
        self.server.wait_execution(execution)
        after = {run["id"]: (run["state"], run["accepted"]) for run in self.server.runs(task)}
        failed = [identifier for identifier, (state, _) in before.items() if state == "ERROR"]
        self.assertEqual({**before, failed[0]: ("ERROR", False)}, {i: after[i] for i in before})
        self.assertEqual([("ERROR", True)], [value for i, value in after.items() if i not in before])

    def test_validate_prints_every_mistake(self):
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
            file.write("version: '2.0'\nwrong:\n  tasks:\n    a:\n      action: std.noop\n      on-success: nowhere\n"
                       "    b:\n      wait-before: soon\n")
            file.flush()
            out = self.mistral("workflow-validate", file.name)
        self.assertIn("| Valid | False", out)
        self.assertIn("nowhere", out)
        self.assertIn("wait-before", out)


WORKBOOK = """version: '2.0'
name: cli_book
tags: [x]
actions:
  say: {base: std.echo, base-input: {output: "<% $.w %>"}, input: [w]}
workflows:
  talk:
    output: {said: <% task(t).result %>}
    tasks:
      t: {action: cli_book.say w="<% env().who %>", publish: {heard: <% task(t).result %>}}
"""
ACTION = "version: '2.0'\ncli_said: {base: std.noop, description: nothing}\n"
SUCCEEDED = set()  # every command of the stock client that has done what it was asked for
# What cannot succeed with a real Mistral either. The transcript shows it.
NEVER_SUCCEEDS = {"service-list": "ERROR (app) Service API is not supported."}


def noted(run):
    """Server.mistral or mistral_command, noting the command when it succeeds."""
    def mistral(server, *argv, **options):
        done = run(server, *argv, **options)
        if done.code == 0:
            SUCCEEDED.add(argv[0])
        return done
    return mistral


lib.Server.mistral = noted(lib.Server.mistral)
lib.Server.mistral_command = noted(lib.Server.mistral_command)


class MistralDefinitionsTest(lib.ServerTest):
    """The commands that the transcript has not, on one server: what is created is shown, changed and deleted."""

    def mistral(self, *argv, code=0):
        done = self.server.mistral(*argv)
        self.assertEqual(code, done.code, f"mistral {shlex.join(argv)}: {done}")
        return done.out

    def refused(self, *argv):
        done = self.server.mistral(*argv)
        self.assertEqual(1, done.code, f"mistral {shlex.join(argv)}: {done}")
        return done.err

    def fields(self, *argv):
        """What a command of one object shows, by name."""
        rows = [line.strip("|").split("|", 1) for line in self.mistral(*argv).split("\n") if line.startswith("|")]
        return {row[0].strip(): row[1].strip() for row in rows[1:]}

    def names(self, command, column="Name", *argv):
        return self.mistral(command, *argv, "-f", "value", "-c", column).split()

    def file(self, text):
        handle = tempfile.NamedTemporaryFile("w", suffix=".yaml")
        self.addCleanup(handle.close)
        handle.write(text)
        handle.flush()
        return handle.name

    def test_triggers(self):
        workflow = self.server.create_workflow("version: '2.0'\ncli_fired: {input: [a], tasks: {t: {action: std.noop}}}\n"
                                               )[0]["id"]
        self.mistral("cron-trigger-create", "cli_cron", "cli_fired", '{"a": 1}', "--pattern", "0 0 1 1 *", "--count", "3")
        shown = self.fields("cron-trigger-get", "cli_cron")
        self.assertEqual(["cli_cron", "cli_fired", "0 0 1 1 *", "3"],
                         [shown[name] for name in ("Name", "Workflow", "Pattern", "Remaining executions")])
        self.mistral("cron-trigger-delete", "cli_cron")
        self.assertIn("Cron trigger not found [identifier=cli_cron]", self.refused("cron-trigger-get", "cli_cron"))
        made = self.fields("event-trigger-create", "cli_event", workflow, "ex", "top", "ev", '{"a": 1}',
                           "--params", '{"env": {"x": 1}}')
        self.assertEqual(["cli_event", workflow, '{"env": {"x": 1}}', "ex", "top", "ev"],
                         [made[name] for name in ("Name", "Workflow ID", "Params", "Exchange", "Topic", "Event")])
        self.assertEqual(made, self.fields("event-trigger-get", made["ID"]))
        self.assertEqual([made["ID"]], self.names("event-trigger-list", "ID"))
        self.mistral("event-trigger-delete", made["ID"])
        self.assertEqual("", self.mistral("event-trigger-list", "-f", "value").strip())
        self.assertIn(f"Event trigger not found [id={made['ID']}]", self.refused("event-trigger-get", made["ID"]))

    def test_what_needs_no_server(self):
        self.assertIn("workflow-create", self.mistral("help"))
        self.assertIn("workflow-create", self.mistral("bash-completion"))
        self.assertIn("_mistral", self.mistral("complete"))

    def test_workbooks(self):
        book = self.file(WORKBOOK)
        self.assertEqual("True", self.fields("workbook-validate", book)["Valid"])
        self.assertEqual("False", self.fields("workbook-validate", self.file("version: '2.0'\n"))["Valid"])
        made = self.fields("workbook-create", book)
        self.assertEqual(["cli_book", "x", "private"], [made[name] for name in ("Name", "Tags", "Scope")])
        self.assertIn("cli_book", self.names("workbook-list"))
        self.assertEqual("cli_book", self.fields("workbook-get", "cli_book")["Name"])
        self.assertEqual(WORKBOOK.strip(), self.mistral("workbook-get-definition", "cli_book").strip())
        self.fields("workbook-update", self.file(WORKBOOK.replace("[x]", "[y]")))
        self.assertEqual("y", self.fields("workbook-get", "cli_book")["Tags"])
        self.assertIn("Duplicate entry for WorkbookDefinition", self.refused("workbook-create", book))
        self.mistral("workbook-create", book, "--namespace", "space")
        self.assertEqual("space", self.fields("workbook-get", "cli_book", "--namespace", "space")["Namespace"])
        self.mistral("workbook-delete", "cli_book", "--namespace", "space")
        self.mistral("workbook-delete", "cli_book")
        self.assertIn("Workbook not found [workbook_name=cli_book, namespace=]", self.refused("workbook-get", "cli_book"))

    def test_actions(self):
        file = self.file(ACTION)
        self.assertEqual("True", self.fields("action-validate", file)["Valid"])
        self.assertEqual(["cli_said"], self.names("action-create", "Name", file))
        self.assertEqual(ACTION.strip(), self.mistral("action-get-definition", "cli_said").strip())
        self.assertEqual(["cli_said"], self.names("action-update", "Name",
                                                  self.file(ACTION.replace("nothing", "less"))))
        self.assertEqual("less", self.fields("action-get", "cli_said")["Description"])
        self.assertIn("cli_said", self.names("action-list"))
        self.mistral("action-delete", "cli_said")
        self.assertIn("Action not found [name=cli_said, namespace=]", self.refused("action-get", "cli_said"))

    def test_an_execution_with_a_stored_environment(self):
        first = self.file('{"name": "cli_who", "description": "d", "variables": {"who": "nobody"}}')
        self.assertEqual("cli_who", self.fields("environment-create", first)["Name"])
        second = self.file("name: cli_who\ndescription: e\nvariables: {who: you}\n")
        self.assertEqual("e", self.fields("environment-update", second)["Description"])
        self.assertEqual(["cli_who"], self.names("environment-list"))
        self.mistral("workbook-create", self.file(WORKBOOK.replace("cli_book", "env_book")))
        started = self.fields("execution-create", "env_book.talk", "{}", '{"env": "cli_who"}')
        execution = self.server.wait_execution(started["ID"])
        self.assertEqual('{"said": "you"}', execution["output"])
        self.assertEqual({}, json.loads(self.mistral("execution-get-published", started["ID"])))
        self.assertEqual([started["ID"]], self.names("execution-get-sub-executions", "ID", started["ID"]))
        task = self.names("task-list", "ID", started["ID"])[0]
        self.assertEqual([], self.names("task-get-sub-executions", "ID", task))
        run = self.names("action-execution-list", "ID", task)[0]
        self.assertEqual({"w": "you"}, json.loads(self.mistral("action-execution-get-input", run)))
        self.assertIn("Unable to delete the specified action execution(s).", self.refused("action-execution-delete", run))
        self.mistral("environment-delete", "cli_who")
        self.assertIn("Environment not found [name=cli_who]", self.refused("environment-get", "cli_who"))

    def test_the_result_of_an_asynchronous_action(self):
        self.server.create_workflow("version: '2.0'\ncli_async: {tasks: {t: {action: std.async_noop}}}\n")
        started = self.fields("execution-create", "cli_async")
        task = self.names("task-list", "ID", started["ID"])[0]
        run = self.names("action-execution-list", "ID", task)[0]
        self.assertEqual("SUCCESS", self.fields("action-execution-update", run, "--state", "SUCCESS", "--output",
                                                '{"a": 1}')["State"])
        self.assertEqual("SUCCESS", self.server.wait_execution(started["ID"])["state"])

    def test_what_needs_authentication_or_an_admin_is_refused_as_by_mistral(self):
        workflow = self.server.create_workflow("version: '2.0'\ncli_own: {tasks: {t: {action: std.noop}}}\n")[0]["id"]
        for argv in (["member-list", workflow, "workflow"], ["member-get", workflow, "workflow", "-m", "m"],
                     ["member-create", workflow, "workflow", "m"],
                     ["member-update", workflow, "workflow", "-m", "m"]):
            with self.subTest(argv[0]):
                self.assertIn("Resource sharing feature can only be supported with authentication enabled.",
                              self.refused(*argv))
        code = self.file("class A: pass\n")
        for argv in (["code-source-list"], ["code-source-get", "x"], ["code-source-get-content", "x"],
                     ["code-source-create", "x", code], ["code-source-update", "x", code], ["dynamic-action-list"],
                     ["dynamic-action-get", "x"], ["dynamic-action-create", "x", "A", "x"],
                     ["dynamic-action-update", "x", "--class-name", "A"]):
            with self.subTest(argv[0]):
                self.assertIn("Operation forbidden (insufficient permissions)", self.refused(*argv))
        # Of several refused deletions the client tells the reasons on standard output only.
        for argv, what in ((["member-delete", workflow, "workflow", "m"], "member"),
                           (["code-source-delete", "x"], "code source(s)"),
                           (["dynamic-action-delete", "x"], "dynamic action(s)")):
            self.assertIn(f"Unable to delete the specified {what}.", self.refused(*argv))


PARALLEL = """version: '2.0'
cli_both:
  tags: [one, two, a tag that is rather long]
  input: [who, {n: 3}, {words: "long and more of it"}]
  output: {said: <% $.said %>, list: [1, 2.5, null, true]}
  tasks:
    hello: {action: std.echo output="<% $.words %>", publish: {said: <% task().result %>}, on-success: below}
    below: {workflow: cli_below}
cli_below:
  tasks:
    boom: {action: std.fail}
"""


class BothClientsTest(lib.ServerTest):
    """`mistral` and `foehn mistral` on one server."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        folder = tempfile.TemporaryDirectory(prefix="foehn-both-", dir="/var/tmp")
        cls.addClassCleanup(folder.cleanup)
        cls.folder = folder.name
        for name, text in (("flow", PARALLEL), ("book", WORKBOOK), ("act", ACTION),
                           ("env", "name: cli_both\ndescription: d\nvariables: {b: [1, null], a: \u00fc}\n")):
            with open(f"{cls.folder}/{name}.yaml", "w") as file:
                file.write(text)
        both = cls.server
        made = [both.foehn("mistral", *argv) for argv in (
            ["workflow-create", cls.path("flow")], ["workbook-create", cls.path("book")],
            ["action-create", cls.path("act")], ["environment-create", cls.path("env")],
            ["cron-trigger-create", "c", "cli_both", '{"who": "c"}', "--pattern", "0 3 * * *", "--count", "3"])]
        workflow = both.get("/v2/workflows/cli_both")["id"]
        made.append(both.foehn("mistral", "event-trigger-create", "e", workflow, "ex", "to", "ev", '{"who": "e"}'))
        made.append(both.foehn("mistral", "execution-create", "cli_both", '{"who": "me"}', '{"env": {"x": 1}}', "-d",
                               "t \u4e16\u754c"))
        if any(done.code for done in made):
            raise AssertionError(made)
        cls.execution = field("ID", made[-1].out)
        both.wait_execution(cls.execution)
        cls.task = next(task["id"] for task in both.tasks(cls.execution) if task["name"] == "hello")
        cls.action_run = both.runs(cls.task)[0]["id"]
        cls.event = field("ID", made[-2].out)

    @classmethod
    def path(cls, name):
        return f"{cls.folder}/{name}.yaml"

    def same(self, *commands, parsed=lambda text: text):
        """Both clients answer alike: exit code, errors and output, or what `parsed` makes of the output."""
        for argv in commands:
            theirs, ours = self.server.mistral(*argv), self.server.foehn("mistral", *argv)
            with self.subTest(argv):
                self.assertEqual((theirs.code, parsed(theirs.out), theirs.err), (ours.code, parsed(ours.out), ours.err))

    def test_everything_is_shown_alike(self):
        self.same(["workflow-list", "--filter", "scope=private"], ["workflow-get", "cli_both"],
                  ["workflow-get-definition", "cli_both"], ["workflow-validate", self.path("flow")],
                  ["workflow-validate", self.path("act")], ["workbook-list"], ["workbook-get", "cli_book"],
                  ["workbook-get-definition", "cli_book"], ["workbook-validate", self.path("book")],
                  ["action-list", "--limit", "5"], ["action-get", "cli_said"], ["action-get", "std.http"],
                  ["action-get-definition", "cli_said"], ["action-validate", self.path("act")],
                  ["execution-list"], ["execution-list", "--oldest", "--limit", "1"],
                  ["execution-list", "--rootsonly", "--sort_keys", "id"], ["execution-get", self.execution],
                  ["execution-get-input", self.execution], ["execution-get-output", self.execution],
                  ["execution-get-published", self.execution], ["execution-get-report", self.execution],
                  ["execution-get-report", self.execution, "--no-errors-only", "--max-depth", "0"],
                  ["execution-get-report", self.execution, "--statistics-only"],
                  ["execution-get-sub-executions", self.execution], ["task-list", self.execution], ["task-list"],
                  ["task-get", self.task], ["task-get-result", self.task], ["task-get-published", self.task],
                  ["task-get-sub-executions", self.task], ["action-execution-list", self.task],
                  ["action-execution-get", self.action_run], ["action-execution-get-input", self.action_run],
                  ["action-execution-get-output", self.action_run], ["environment-list"], ["environment-get", "cli_both"],
                  ["environment-get", "cli_both", "--export"], ["cron-trigger-list"], ["cron-trigger-get", "c"],
                  ["event-trigger-list"], ["event-trigger-get", self.event])

    def test_every_form_of_output_is_alike(self):
        lists, one = ["cron-trigger-list"], ["execution-get", self.execution]
        self.same([*lists, "-f", "json"], [*lists, "-f", "value"], [*one, "-f", "json", "-c", "State info", "-c", "ID"],
                  [*one, "-f", "value"], ["environment-get", "cli_both", "-f", "json", "--noindent"],
                  ["execution-list", "-f", "csv"], ["task-get", self.task, "-f", "shell"],
                  ["workflow-list", "-c", "Name", "-c", "Tags"])
        try:
            import yaml
        except ImportError:
            print("not compared: -f yaml (no module yaml for this python3)")
            return
        self.same([*lists, "-f", "yaml"], [*one, "-f", "yaml"], parsed=yaml.safe_load)

    def test_refusals_are_alike(self):
        missing = "00000000-0000-4000-8000-000000000000"
        self.same(["workflow-get", "none"], ["workflow-create", self.path("flow")], ["execution-get", missing],
                  ["execution-create", "none"], ["execution-create"], ["execution-update", missing, "-s", "PAUSED"],
                  ["execution-delete", missing], ["task-rerun", self.task], ["environment-get", "none"],
                  ["action-execution-update", self.action_run], ["workflow-list", "--filter", "a"],
                  ["workflow-list", "--filter", "bogus=1"], ["cron-trigger-create", "x", "none", "--pattern", "* * * * *"],
                  ["workflow-delete", "none", "other"], ["workflow-get", "cli_both", "-c", "Nme"], ["service-list"],
                  ["member-list", missing, "workflow"], ["member-create", missing, "workflow", "m"],
                  ["member-delete", missing, "workflow", "m"], ["member-update", missing, "workflow", "-m", "m"],
                  ["code-source-list"], ["code-source-get", "x"], ["code-source-create", "x", self.path("act")],
                  ["code-source-delete", "x", "y"], ["dynamic-action-create", "x", "A", "x"],
                  ["dynamic-action-delete", "x"])

    def test_what_changes_things(self):
        def mistral(*argv, code=0):
            done = self.server.foehn("mistral", *argv)
            self.assertEqual(code, done.code, f"{argv}: {done}")
            return done.out
        started = field("ID", mistral("execution-create", "-s", self.execution, "-d", "again"))
        self.server.wait_execution(started)
        mistral("execution-update", started, "-d", "changed")
        self.assertEqual("changed", self.server.execution(started)["description"])
        below = next(row for row in self.server.get("/v2/executions")["executions"]
                     if row["root_execution_id"] == started)["id"]
        boom = self.server.task(below, "boom")["id"]
        self.same(["task-rerun", boom, "--resume"])  # only of with-items tasks
        self.assertEqual("RUNNING", field("State", mistral("task-rerun", boom, "-e", "{x: 2}")))
        self.server.wait_execution(started)
        self.assertEqual(2, len(self.server.runs(boom)))
        self.assertEqual('{"result": "hi"}\n', mistral("run-action", "std.echo", '{"output": "hi"}'))
        self.assertEqual("std.noop", field("Name", mistral("run-action", "-s", "std.noop")))
        self.server.create_workflow("version: '2.0'\nheld: {tasks: {t: {action: std.async_noop}}}\n")
        held = field("ID", mistral("execution-create", "held"))
        mistral("execution-update", held, "-s", "PAUSED")
        mistral("execution-update", held, "-s", "RUNNING", "-e", '{"y": 1}')
        run = self.server.runs(self.server.tasks(held)[0]["id"])[0]["id"]
        mistral("action-execution-update", run, "--state", "SUCCESS", "--output", '{"a": 1}')
        self.assertEqual("SUCCESS", self.server.wait_execution(held)["state"])
        for argv in (["execution-delete", started, held], ["execution-delete", "--force", self.server.start_execution("held")],
                     ["workflow-update", self.path("flow")], ["workbook-update", self.path("book")],
                     ["action-update", self.path("act")], ["environment-update", self.path("env")]):
            mistral(*argv)
        self.same(["workflow-update", self.path("flow"), "--public"])  # only an admin may
        for first in ("2030-01-01 10:00", "2030-01-01 10:00 --utc"):
            mistral("cron-trigger-create", "once", "held", "--first-time", *first.split(" --utc")[:1],
                    *(["--utc"] if "--utc" in first else []))
            self.assertTrue(self.server.get("/v2/cron_triggers/once")["next_execution_time"].startswith("2030-01-01"))
            self.assertEqual("Request to delete cron trigger once has been accepted.\n",
                             mistral("cron-trigger-delete", "once"))
        self.assertIn("does not match format", self.server.foehn(
            "mistral", "cron-trigger-create", "never", "held", "--first-time", "tomorrow").err)


class MistralAdminTest(unittest.TestCase):
    """The commands that need authentication, an admin, or an operator who allows them: a server with tokens."""
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        folder = tempfile.TemporaryDirectory(prefix="foehn-admin-", dir="/var/tmp")
        cls.addClassCleanup(folder.cleanup)
        cls.folder = folder.name
        made = {name: lib.foehn("token", "create", cls.folder + "/tokens", "--project", name, *more)
                for name, more in (("red", ()), ("blue", ()), ("boss", ("--admin",)))}
        cls.tokens = {name: done.out.strip() for name, done in made.items()}
        cls.server = lib.Server(options=["--tokens", cls.folder + "/tokens", "--allow-action-execution-deletion"])
        cls.addClassCleanup(cls.server.stop)
        cls.server.start()

    def client(self, *argv):
        return self.server.mistral(*argv)

    def mistral(self, project, *argv, code=0):
        self.server.token = self.tokens[project]
        self.addCleanup(setattr, self.server, "token", "")
        done = self.client(*argv)
        self.assertEqual(code, done.code, f"mistral {shlex.join(argv)}: {done}")
        return done.out if code == 0 else done.err

    def shown(self, project, *argv):
        """What a command of one object or of several shows, without ids and times, which differ by nature."""
        shown = json.loads(self.mistral(project, *argv, "-f", "json"))
        for row in shown if isinstance(shown, list) else [shown]:
            for name in ("Created at", "Updated at"):
                self.assertRegex(str(row.pop(name)), rf"\A(None|{TIME.pattern})\Z")
        return shown

    def file(self, text):
        with open(f"{self.folder}/code.py", "w") as file:
            file.write(text)
        return file.name

    def test_members(self):
        flow = self.file("version: '2.0'\nshared: {tasks: {t: {action: std.noop}}}\n")
        workflow = json.loads(self.mistral("red", "workflow-create", flow, "-f", "json"))[0]["ID"]
        member = {"Resource ID": workflow, "Resource Type": "workflow", "Resource Owner": "red", "Member ID": "blue",
                  "Status": "pending"}
        self.assertEqual(member, self.shown("red", "member-create", workflow, "workflow", "blue"))
        self.assertEqual(member, self.shown("red", "member-get", workflow, "workflow", "-m", "blue"))
        self.assertEqual(member, self.shown("blue", "member-get", workflow, "workflow", "-m", "blue"))
        accepted = {**member, "Status": "accepted"}
        self.assertEqual(accepted, self.shown("blue", "member-update", workflow, "workflow", "-m", "blue"))
        self.assertEqual([accepted], self.shown("red", "member-list", workflow, "workflow"))
        self.mistral("red", "member-delete", workflow, "workflow", "blue")
        self.assertEqual("", self.mistral("red", "member-list", workflow, "workflow", "-f", "value").strip())
        self.assertIn(f"Resource member not found [resource_id={workflow}, member_id=blue]",
                      self.mistral("red", "member-get", workflow, "workflow", "-m", "blue", code=1))

    def test_code_sources_and_dynamic_actions(self):
        first, second = "class First: pass\n", "class Second: pass\n"
        source = self.shown("boss", "code-source-create", "cli_code", self.file(first))
        identifier = source["ID"]
        self.assertEqual({"ID": identifier, "Name": "cli_code", "Namespace": "", "Project ID": "boss", "Scope": "private"},
                         source)
        self.assertEqual(source, self.shown("boss", "code-source-get", "cli_code"))
        self.assertEqual([source], self.shown("boss", "code-source-list"))
        self.assertEqual(first.strip(), self.mistral("boss", "code-source-get-content", "cli_code").strip())
        self.assertEqual(source, self.shown("boss", "code-source-update", "cli_code", self.file(second)))
        self.assertEqual(second.strip(), self.mistral("boss", "code-source-get-content", "cli_code").strip())
        action = self.shown("boss", "dynamic-action-create", "cli_dynamic", "First", "cli_code")
        self.assertEqual({"ID": action["ID"], "Name": "cli_dynamic", "Class": "First", "Code source ID": identifier,
                          "Code source name": "cli_code", "Project ID": "boss", "Scope": "private"}, action)
        self.assertEqual(action, self.shown("boss", "dynamic-action-get", "cli_dynamic"))
        changed = {**action, "Class": "Second"}
        self.assertEqual(changed, self.shown("boss", "dynamic-action-update", "cli_dynamic", "--class-name", "Second"))
        self.assertEqual([changed], self.shown("boss", "dynamic-action-list"))
        self.mistral("boss", "dynamic-action-delete", "cli_dynamic")
        self.mistral("boss", "code-source-delete", "cli_code")
        for command in ("code-source-list", "dynamic-action-list"):
            self.assertEqual("", self.mistral("boss", command, "-f", "value").strip())

    def test_a_direct_run_is_deleted(self):
        run = json.loads(self.mistral("red", "run-action", "-s", "std.noop", "-f", "json"))["ID"]
        lib.wait_for("it ended", lambda: '"SUCCESS"' in self.mistral("red", "action-execution-get", run, "-f", "json"))
        self.mistral("red", "action-execution-delete", run)
        self.assertIn(f"ActionExecution not found [id={run}]", self.mistral("red", "action-execution-get", run, code=1))


class FoehnMistralAdminTest(MistralAdminTest):
    """The same by `foehn mistral`; what reads is shown by both, byte by byte the same."""

    def client(self, *argv):
        done = self.server.foehn("mistral", *argv)
        if argv[0].endswith(("-list", "-get", "-get-content")) and done.code == 0:
            has_forms = "-f" not in argv and not argv[0].endswith("-content")
            for form in [[*argv], *([[*argv, "-f", "value"]] if has_forms else [])]:
                theirs, ours = self.server.mistral(*form), self.server.foehn("mistral", *form)
                self.assertEqual((theirs.code, theirs.out, theirs.err), (ours.code, ours.out, ours.err), form)
        return done

    def test_whose_membership_is_said(self):
        self.assertEqual("ERROR (app) Whose membership? Give --member-id PROJECT, or set OS_PROJECT_ID.\n",
                         self.mistral("red", "member-get", "x", "workflow", code=1))


class MistralEveryCommandTest(unittest.TestCase):
    """Run behind the other classes (in the order of their names): looks at what they have run."""

    def test_every_command_of_the_client_has_succeeded(self):
        if not {"execution-create", "member-list"} <= SUCCEEDED:
            self.skipTest("only a part of this file is run")
        listed = lib.run(["mistral", "help"])
        commands = set(re.findall(r"^  ([a-z][a-z-]+)  ", listed.out.partition("Commands")[2], re.M))
        self.assertGreater(len(commands), 70, listed)
        self.assertEqual(set(NEVER_SUCCEEDS), commands - SUCCEEDED)
        recorded = {words[0]: (output.strip(), code) for _, words, output, code in transcript()}
        for command, said in NEVER_SUCCEEDS.items():
            self.assertEqual((said, 1), recorded[command], "what a real Mistral says")


def field(name, table):
    return next(line.split("|")[2].strip() for line in table.split("\n") if line.startswith(f"| {name} "))


if __name__ == "__main__":
    if not lib.has_mistral():
        lib.skip("no mistral command (Debian: python3-mistralclient)")
    lib.main()
