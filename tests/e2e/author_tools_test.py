#!/usr/bin/env python3
"""The author's tools from outside: lint, graph, schema, eval and test, and the manual page about them. The schema is
tried with a real JSON Schema validator on every definition of this repository and on ones that the compiler refuses."""
import json
import os
import pathlib
import re
import subprocess
import tempfile
import unittest
import xml.etree.ElementTree as ElementTree

import yaml

import lib

try:
    import jsonschema
except ImportError:
    lib.skip("python3-jsonschema is not installed")

SAMPLES = lib.ROOT / "samples"
SHIPPED = sorted((lib.ROOT / "workflows/builtin").rglob("*.yaml"))
SVG = "{http://www.w3.org/2000/svg}"


class Folder(unittest.TestCase):
    """A test with a folder of its own."""
    maxDiff = None

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="foehn-author-", dir="/var/tmp")
        self.addCleanup(folder.cleanup)
        self.folder = pathlib.Path(folder.name)

    def write(self, name, text):
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
        return str(path)

    def foehn(self, *argv, code=0, **options):
        done = lib.foehn(*argv, **options)
        self.assertEqual(code, done.code, repr(done))
        return done


class LintTest(Folder):
    BAD = "version: '2.0'\nw:\n  tasks:\n    a: {action: std.echo, on-success: bb}\n    b: {actoin: std.noop}\n"

    def test_what_is_shipped_is_clean(self):
        done = self.foehn("lint", str(SAMPLES), str(lib.ROOT / "workflows"))
        self.assertRegex(done.out, r"\A\d+ files: clean\n\Z")

    def test_text_and_exit_code(self):
        path = self.write("bad.yaml", self.BAD)
        done = self.foehn("lint", path, code=11)
        self.assertEqual("", done.err)
        self.assertIn(f"{path}:5:9: error: ", done.out)
        self.assertIn("Did you mean 'action'?", done.out)
        self.assertRegex(done.out.splitlines()[-1], r"\A1 file: [1-9]\d* errors?, \d+ warnings?\Z")

    def test_a_folder_is_read_without_what_is_no_definition(self):
        self.write("a.yaml", "version: '2.0'\na: {tasks: {t: {workflow: b}}}\n")
        self.write("deep/b.yml", "version: '2.0'\nb: {tasks: {t: {action: std.noop}}}\n")
        self.write("a_test.yaml", "workflow: a.yaml\ntests: []\n")
        self.write("other.yaml", "kind: Pod\n")
        self.assertEqual("2 files: clean\n", self.foehn("lint", str(self.folder)).out)

    def test_what_has_no_end_is_not_read_to_it(self):
        done = self.foehn("lint", "/dev/zero", code=2, seconds=20)
        self.assertEqual("foehn: /dev/zero is larger than 5 MB\n", done.err)

    def test_json_and_github(self):
        path = self.write("bad.yaml", self.BAD)
        data = json.loads(self.foehn("lint", "--format", "json", path, code=11).out)
        self.assertEqual(data["errors"] + data["warnings"], len(data["findings"]))
        self.assertEqual({"file", "line", "column", "severity", "code", "message", "hint"}, set(data["findings"][0]))
        lines = self.foehn("lint", "--format", "github", path, code=11).out.splitlines()
        self.assertEqual(len(data["findings"]), len(lines))
        first = data["findings"][0]
        self.assertTrue(lines[0].startswith(
            f"::{first['severity']} file={path},line={first['line']},col={first['column']},title={first['code']}::"))

    def test_sarif(self):
        path = self.write("bad file.yaml", self.BAD)
        log = json.loads(self.foehn("lint", "--format", "sarif", path, code=11).out)
        self.assertEqual(("2.1.0", 1), (log["version"], len(log["runs"])))
        run = log["runs"][0]
        rules = run["tool"]["driver"]["rules"]
        self.assertEqual("foehn", run["tool"]["driver"]["name"])
        self.assertGreater(len(run["results"]), 1)
        for result in run["results"]:
            self.assertEqual(result["ruleId"], rules[result["ruleIndex"]]["id"])
            self.assertIn(result["level"], ("error", "warning"))
            self.assertTrue(result["message"]["text"])
            place = result["locations"][0]["physicalLocation"]
            self.assertTrue(place["artifactLocation"]["uri"].endswith("/bad%20file.yaml"))
            self.assertGreaterEqual(place["region"]["startLine"], 1)
            self.assertGreaterEqual(place["region"]["startColumn"], 1)

    def test_wrong_use(self):
        self.assertIn("no-such-file", self.foehn("lint", "no-such-file.yaml", code=2).err)


class GraphTest(Folder):
    def svg(self, *argv):
        return ElementTree.fromstring(self.foehn("graph", *argv).out)

    def test_every_definition_is_drawn(self):
        for path in [*sorted(SAMPLES.glob("*.yaml")), *SHIPPED]:
            with self.subTest(path=path.name):
                root = self.svg(str(path))
                titles = [title.text for title in root.iter(SVG + "title")]
                for name, workflow in definitions(path).items():
                    self.assertIn(name, [text.text for text in root.iter(SVG + "text")])
                    for task in workflow["tasks"]:
                        self.assertTrue(any(title.split("\n")[0] == task for title in titles), task)

    def test_formats(self):
        path = str(SAMPLES / "fan_out_join.yaml")
        self.assertTrue(self.foehn("graph", "--mermaid", path).out.startswith("flowchart TD\n"))
        self.assertTrue(self.foehn("graph", "--dot", path).out.startswith("digraph workflow {\n"))
        self.assertEqual(self.foehn("graph", path).out, self.foehn("graph", "--svg", path).out)

    def test_one_workflow_and_a_workbook(self):
        book = self.write("book.yaml", "version: '2.0'\nname: book\nworkflows:\n  one: {tasks: {a: {workflow: two}}}\n"
                                       "  two: {tasks: {b: {action: std.noop}}}\n")
        both = self.foehn("graph", "--mermaid", book).out
        self.assertIn('subgraph w0["book.one"]', both)
        self.assertIn("w0n0 -.-o w1", both)
        self.assertNotIn("book.one", self.foehn("graph", "--mermaid", "-w", "two", book).out)
        done = self.foehn("graph", "-w", "three", book, code=2)
        self.assertEqual(f"foehn: no workflow 'three' in {book}; there are: book.one, book.two\n", done.err)

    def test_a_definition_with_mistakes_is_not_drawn(self):
        path = self.write("bad.yaml", LintTest.BAD)
        done = self.foehn("graph", path, code=2)
        self.assertEqual("", done.out)
        self.assertIn(f"{path}:5:9: error: ", done.err)

    def test_thousands_of_tasks(self):
        tasks = "".join(f"    t{i}: {{action: std.noop, on-success: [t{i + 1}, t{min(i + 7, 3000)}]}}\n"
                        if i + 1 != min(i + 7, 3000) else f"    t{i}: {{action: std.noop, on-success: t{i + 1}}}\n"
                        for i in range(3000))
        path = self.write("big.yaml", f"version: '2.0'\nbig:\n  tasks:\n{tasks}    t3000: {{action: std.noop}}\n")
        self.assertEqual(3001, sum(1 for r in self.svg(path).iter(SVG + "rect") if r.get("class") == "n"))


def definitions(path):
    """The workflows of a file as PyYAML reads them."""
    document = yaml.safe_load(path.read_text())
    return {name: body for name, body in document.items() if name != "version"}


class Loader(yaml.SafeLoader):
    """Times stay texts, as in Foehn."""


Loader.yaml_implicit_resolvers = {
    first: [one for one in resolvers if one[0] != "tag:yaml.org,2002:timestamp"]
    for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()}


def with_text_keys(value):
    if isinstance(value, dict):
        return {str(key): with_text_keys(one) for key, one in value.items()}
    return [with_text_keys(one) for one in value] if isinstance(value, list) else value


class ExplainTest(Folder):
    def test_codes_attributes_and_neither(self):
        page = (lib.ROOT / "docs/diagnostics.md").read_text()
        listed = self.foehn("explain").out.splitlines()
        self.assertEqual(re.findall(r"^## ([EWT]\d+)$", page, re.M), sorted((line.split()[0] for line in listed),
                         key=lambda code: page.index(f"## {code}\n")))
        self.assertTrue(self.foehn("explain", "E301").out.startswith("E301\n\nA task that is named but not defined.\n"))
        self.assertTrue(self.foehn("explain", "retry").out.startswith("retry of a task\n"))
        done = self.foehn("explain", "E999", code=5)
        self.assertEqual("", done.out)
        self.assertTrue(done.err.startswith("foehn: there is no code or attribute 'E999'\n"), done.err)

    def test_a_terminal_is_told_where_to_read_on(self):
        path = self.write("bad.yaml", LintTest.BAD)
        for command in ("lint", "validate"):
            self.assertNotIn("see: foehn explain", repr(self.foehn(command, path, code=11)))
            master, slave = os.openpty()
            with subprocess.Popen([lib.binary(), command, path], stdout=slave, stderr=slave) as process:
                os.close(slave)
                shown = b""
                try:
                    while piece := os.read(master, 65536):
                        shown += piece
                except OSError:
                    pass  # the end of a terminal whose other side is closed
                os.close(master)
            self.assertEqual(11, process.returncode)
            self.assertEqual(1, shown.count(b"see: foehn explain W308 E301 E202\r\n"), shown)


class SchemaTest(Folder):
    REFUSED = [
        "w: {}", "w: {tasks: {}}", "w: {tasks: {t: {}}}", "w: {tasks: {t: {action: 1}}}", "w: {tasks: [a]}",
        "w: {tasks: {t: {action: a, workflow: b}}}", "w: {tasks: {t: {actoin: a}}}", "w: {output: x, tasks: {t: {action: a}}}",
        "w: {type: sideways, tasks: {t: {action: a}}}", "w: {tasks: {t: {join: some}}}", "w: {tasks: {t: {join: -1}}}",
        "w: {tasks: {t: {retry: {count: 1}}}}", "w: {tasks: {t: {wait-before: soon}}}", "w: {tasks: {t: {requires: [x]}}}",
        "w: {type: reverse, tasks: {t: {on-success: x}}}", "w: {tasks: {t: {on-success: {next: x, other: y}}}}",
        "w: {tasks: {t: {on-success: [a, a]}, a: {action: b}}}", "w: {tasks: {t: {on-success: [{a: yes}]}, a: {action: b}}}",
        "w: {tasks: {t: {on-success: 'two words'}}}", "w: {input: {a: 1}, tasks: {t: {action: a}}}",
        "w: {tasks: {t: {with-items: 'x of y'}}}", "w: {tasks: {t: {publish: []}}}", "w: {tags: [a, a], tasks: {t: {action: a}}}",
        "a b: {tasks: {t: {action: a}}}", "w: {tasks: {t: {pause-before: maybe}}}",
        "w: {tasks: {t: {on-success: {publish: {x: 1}}}}}", "9dd4a8b4-5a5b-4d3c-8f3c-2f4d8a5b6c7d: {tasks: {t: {action: a}}}"]

    def validator(self, kind):
        schema = json.loads(self.foehn("schema", kind).out)
        jsonschema.Draft202012Validator.check_schema(schema)
        return jsonschema.Draft202012Validator(schema)

    @staticmethod
    def mistakes(validator, text):
        return [f"{'/'.join(map(str, error.absolute_path))}: {error.message[:200]}"
                for error in validator.iter_errors(with_text_keys(yaml.load(text, Loader)))]

    def test_accepts_every_workflow_there_is(self):
        validator = self.validator("workflow")
        texts = {path.name: path.read_text() for path in [*sorted(SAMPLES.glob("*.yaml")), *SHIPPED]}
        for path in sorted((lib.ROOT / "tests/conformance").glob("*.yaml")):
            for case in yaml.load(path.read_text(), Loader).get("cases", []):
                if isinstance(case.get("workflow"), str):
                    texts[f"{path.name} {case['name']}"] = case["workflow"]
        readable = {name: text for name, text in texts.items() if self.is_readable(text)}
        self.assertGreater(len(readable), 200)
        found = {name: self.mistakes(validator, text) for name, text in readable.items()}
        self.assertEqual({}, {name: mistakes for name, mistakes in found.items() if mistakes})

    @staticmethod
    def is_readable(text):
        """Foehn reads a little more than YAML: anchors as texts, say."""
        try:
            yaml.load(text, Loader)
        except yaml.YAMLError:
            return False
        return True

    # Mistakes of form. Expressions, names that must fit together and one-line texts are beyond a schema.
    FORM = {"E201", "E202", "E203", "E204", "E205", "E206", "E208", "E211", "E213"}

    def test_agrees_with_the_cases_of_the_language(self):
        validators = {name: self.validator(kind) for name, kind in
                      {"workflows": "workflow", "actions": "action", "workbook": "workbook"}.items()}
        accepted, wrong, forms, missed = 0, {}, 0, []
        paths = sorted((lib.ROOT / "tests/conformance/static").glob("*.yaml"))
        if not paths:
            self.skipTest("tests/conformance/static is not there")
        for path in paths:
            for case in yaml.load(path.read_text(), Loader)["cases"]:
                if not self.is_readable(case["definition"]):
                    continue
                mistakes = self.mistakes(validators[case.get("document", "workflows")], case["definition"])
                if case["valid"]:
                    accepted += 1
                    if mistakes:
                        wrong[f"{path.name} {case['name']}"] = mistakes
                elif (case.get("at") or ["?"])[0].split()[0] in self.FORM:
                    forms += 1
                    missed += [] if mistakes else [f"{path.name} {case['name']}"]
        self.assertEqual({}, wrong)
        self.assertGreater(accepted, 200)
        self.assertGreater(forms, 200)
        self.assertLess(len(missed) / forms, 0.05, missed)

    def test_refuses_what_the_compiler_refuses(self):
        validator = self.validator("workflow")
        for text in self.REFUSED:
            with self.subTest(text=text):
                document = "version: '2.0'\n" + text + "\n"
                self.assertNotEqual([], self.mistakes(validator, document))
                self.assertNotEqual(0, lib.foehn("validate", "-", stdin=document).code)

    def test_workbooks_and_actions(self):
        book = self.validator("wb")
        good = ("version: '2.0'\nname: b\nactions: {a: {base: std.echo output='x', input: [p, {q: 1}]}}\n"
                "workflows: {version: '2.0', w: {tasks: {t: {action: a}}}}\n")
        self.assertEqual([], self.mistakes(book, good))
        for bad in ("version: '2.0'\n", good.replace("name: b\n", ""), good.replace("base", "bass"),
                    good.replace("'2.0'\nname", "'1.0'\nname"), good.replace(" w:", " 'w.x':")):
            self.assertNotEqual([], self.mistakes(book, bad), bad)
        action = self.validator("action")
        self.assertEqual([], self.mistakes(action, "version: '2.0'\na: {base: std.noop, output: <% $ %>}\n"))
        self.assertNotEqual([], self.mistakes(action, "version: '2.0'\na: {output: x}\n"))

    def test_attributes_have_help(self):
        task = self.validator("workflow").schema["$defs"]["task"]["properties"]
        self.assertEqual("Seconds to wait before the task starts.", task["wait-before"]["description"])
        self.assertEqual("wait-before", task["wait-before"]["title"])


class EvalTest(Folder):
    def test_languages_and_mixed_text(self):
        data = self.write("data.json", '{"list": [1, 2, 3], "name": "Ada", "__env": {"e": 1}}')
        for argv, out in {
            ("$.list.where($ > 1)",): "[\n  2,\n  3\n]\n",
            ("<% $.name %> has <% $.list.len() %>",): "Ada has 3\n",
            ("--jinja", "_.list | sum"): "6\n",
            ("{{ _.name }}",): "Ada\n",
            ("$.name", "-o", "json"): '"Ada"\n',
            ("env().e",): "1\n",
            ("$",): json.dumps(json.loads(pathlib.Path(data).read_text()), indent=2) + "\n",
        }.items():
            with self.subTest(argv=argv):
                done = self.foehn("eval", *argv, "--data", data)
                self.assertEqual((out, ""), (done.out, done.err))

    def test_standard_input_and_no_data(self):
        self.assertEqual("2\n", self.foehn("eval", "$.a.b", "--data", "-", stdin="a: {b: 2}").out)
        self.assertEqual("{}\n", self.foehn("eval", "$").out)

    def test_a_mistake_has_a_caret(self):
        done = self.foehn("eval", "$.a +", code=2)
        self.assertEqual("", done.out)
        self.assertRegex(done.err, r"\A1:6: error: .*\n  1 \| \$\.a \+\n    \|      \^\n")

    def test_clock_and_chance_are_there(self):
        self.assertEqual("true\n", self.foehn("eval", "now() > datetime(2020, 1, 1)").out)
        self.assertEqual("7\n", self.foehn("eval", "random(7, 7)").out)
        self.assertEqual("true\n", self.foehn("eval", "random() < 1").out)

    def test_several_lines_are_one_expression(self):
        self.assertEqual("3\n", self.foehn("eval", "1 +\n  2\n").out)
        for text in ("'a %> b'", "'a\nb'"):
            done = self.foehn("eval", text, code=2)
            self.assertEqual("", done.out)
            self.assertIn("a text in quotes cannot hold a line break or %> in an expression: write '%' + '>', or give it", done.err)

    def test_what_needs_an_execution_says_so(self):
        done = self.foehn("eval", "task().result", code=2)
        self.assertIn("task() needs an execution: evaluate it there with --execution and --task", done.err)


class ServerTest(Folder):
    """What looks at an execution of a server."""

    def setUp(self):
        super().setUp()
        self.server = lib.Server()
        self.addCleanup(self.server.stop)
        self.server.start()
        self.server.create_workflow(
            "version: '2.0'\nwf:\n  input: [n]\n  tasks:\n    a: {action: std.echo output=<% $.n + 1 %>, publish: {b: <% "
            "task().result %>}, on-success: [{c: <% $.b > 100 %>}]}\n    c: {action: std.noop}\n    d: {action: std.fail}\n")
        self.id = self.server.start_execution("wf", n=5)
        self.server.wait_execution(self.id)

    def test_eval_in_the_context_of_a_task(self):
        for argv, out in {("$.b > 100", "--task", "a"): "false\n", ("'n' + str($.n)", "--task", "d"): "n5\n",
                          ("execution().name",): "wf\n", ("--jinja", "task('a').result"): "6\n"}.items():
            done = self.server.foehn("eval", *argv, "--execution", self.id[:8])
            self.assertEqual((0, out, ""), (done.code, done.out, done.err), argv)
        done = self.server.foehn("eval", "1", "--execution", "@last", "--task", "aa")
        self.assertEqual((5, ""), (done.code, done.out), repr(done))
        self.assertIn("The execution has no task 'aa'", done.err)

    def test_graph_of_an_execution(self):
        done = self.server.foehn("graph", "--mermaid", "--execution", "@last")
        self.assertEqual((0, ""), (done.code, done.err), repr(done))
        self.assertIn('w0n0["a<br/>std.echo<br/>SUCCESS"]', done.out)
        self.assertIn('w0n1["c<br/>std.noop"]', done.out)
        self.assertIn('w0n2["d<br/>std.fail<br/>ERROR"]', done.out)


class TestTest(Folder):
    WORKFLOW = "version: '2.0'\nw: {tasks: {a: {action: std.http url='x', on-error: b}, b: {wait-before: 3600}, c: {join: all}}}\n"

    def test_the_samples_pass(self):
        done = self.foehn("test", str(SAMPLES / "tests"))
        self.assertEqual("", done.err)
        self.assertRegex(done.out, r"\n\d\d tests: \d\d passed, 0 failed\n\Z")
        self.assertNotIn("✖", done.out)

    def failing(self):
        self.write("w.yaml", self.WORKFLOW.replace(", c: {join: all}", ""))
        return self.write("w_test.yaml", "workflow: w.yaml\ntests:\n- name: good\n  given: {actions: {std.http: {error: x}}}\n"
                                         "  expect: {tasks: {b: SUCCESS}, seconds: 3600}\n- name: bad\n  expect: {order: [b, a]}\n")

    def test_a_failure_is_told(self):
        path = self.failing()
        done = self.foehn("test", path, code=11)
        self.assertEqual(
            f"{path}\n  ✔ good\n  ✖ bad  (line 6)\n"
            "      order: 'a' started too early; tasks started: a, b\n"
            "      task 'a' of workflow 'w' runs std.http, which reaches outside: script it under given.tasks.a or "
            "given.actions.std.http\n\n"
            "all tasks ran in 1 of 1 workflow\n\n2 tests: 1 passed, 1 failed\n", done.out)

    def test_reports(self):
        path = self.failing()
        report = self.folder / "report.xml"
        data = json.loads(self.foehn("-o", "json", "test", "--junit", str(report), str(self.folder), code=11).out)
        self.assertEqual((1, 1, 0), (data["passed"], data["failed"], data["broken"]))
        self.assertEqual(3600, data["tests"][0]["virtual_seconds"])
        root = ElementTree.parse(report).getroot()
        self.assertEqual(("2", "1", "0"), tuple(root.get(key) for key in ("tests", "failures", "errors")))
        self.assertEqual(["good", "bad"], [case.get("name") for case in root.iter("testcase")])
        self.assertEqual({path}, {case.get("classname") for case in root.iter("testcase")})
        self.assertEqual("1 test: 1 passed, 0 failed", self.foehn("test", "--filter", "good", path).out.splitlines()[-1])

    def test_a_broken_file_is_told_with_its_place(self):
        self.write("w.yaml", self.WORKFLOW)
        path = self.write("x_test.yaml", "workflow: w.yaml\ntests: [{exepct: {}}]\n")
        done = self.foehn("test", path, code=2)
        self.assertIn(f"{path}:2:10: error: A test has no 'exepct' [T103]\n", done.out)
        self.assertIn("hint: Did you mean 'expect'?", done.out)
        path = self.write("y_test.yaml", "workflow: w.yaml\ntests: [{expect: {}}]\n")
        self.assertIn(f"{self.folder}/w.yaml:2:", self.foehn("test", path, code=2).out)
        self.assertIn("nothing.yaml", self.foehn("test", self.write("z_test.yaml", "workflow: nothing.yaml\ntests: [{expect: {}}]\n"),
                                                 code=2).out)

    def test_no_tests(self):
        self.assertEqual(f"foehn: no *_test.yaml below {self.folder}\n", self.foehn("test", str(self.folder), code=2).err)


class ManualTest(Folder):
    """docs/authoring.md: files are saved under the name that the text before them gives, commands are run in order, and
    what they print is what the page shows ("…" stands for anything)."""
    PAGE = lib.ROOT / "docs/authoring.md"

    def test_the_page_is_true(self):
        page = self.PAGE.read_text()
        (self.folder / "bin").mkdir()
        (self.folder / "bin/foehn").symlink_to(lib.binary())
        commands = 0
        for before, kind, body in re.findall(r"([^\n]*)\n\n```(yaml|console)\n(.*?)```", page, re.S):
            if kind == "yaml":
                self.write(re.search(r"`([\w.]+\.yaml)`:?\Z", before).group(1), body)
                continue
            for command, shown in re.findall(r"^\$ ([^\n]*)\n(.*?)(?=^\$ |\Z)", body, re.S | re.M):
                commands += 1
                self.assertEqual(shown, self.shell(command, shown), command)
        self.assertGreater(commands, 10)

    def shell(self, command, shown):
        """What the command prints; lines that the page cuts are cut in the same way."""
        done = subprocess.run(["bash", "-c", command], cwd=self.folder, capture_output=True, text=True, timeout=60,
                              env={"PATH": f"{self.folder}/bin:/usr/bin:/bin", "LC_ALL": "C.UTF-8"}, check=False)
        out = re.sub(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", "ID", done.stdout + done.stderr)
        pattern = "".join(".*" if part == "…" else re.escape(part) for part in re.split("(…)", shown))
        return shown if re.fullmatch(pattern, out, re.S) else out


if __name__ == "__main__":
    lib.main()
