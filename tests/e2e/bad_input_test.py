#!/usr/bin/env python3
"""Bad input and bad surroundings from outside: a refusal says everything in one answer and leaves nothing behind; a
server that cannot start says why in one line."""
import json
import os
import pathlib
import shutil
import tempfile
import time
import unittest

import lib

# Name → (definition, texts its refusal must have; every one of them, in one answer).
DEFINITIONS = {
    "yaml that does not parse": (
        "version: '2.0'\nbad:\n  tasks:\n    a: {action: std.noop\n    b: [\n", ["Definition could not be parsed"]),
    "unknown tasks": (
        "version: '2.0'\nbad:\n  tasks:\n    first:\n      action: std.noop\n      on-success: secnd\n"
        "      on-error: [third]\n    second:\n      action: std.noop\n",
        ["Task 'secnd' not found.", "Task 'third' not found.", ":6:19: error", ":7:18: error", "\n  6 |       on-success: secnd\n",
         "    |                   ^", "Did you mean 'second'?"]),
    "wrong types": (
        "version: '2.0'\nbad:\n  input: nothing\n  tasks:\n    a:\n      action: 5\n      retry: {count: some}\n"
        "      wait-before: soon\n      join: some\n",
        [":3:10: error", ":6:15: error", ":7:7: error", ":7:22: error", ":8:20: error", ":9:13: error"]),
    "unknown attributes": (
        "version: '2.0'\nbad:\n  tasks:\n    a: {action: std.noop, on-succes: b}\n    b: {action: std.noop}\n",
        ["on-succes", "Did you mean 'on-success'?"]),
    "bad expressions": (
        "version: '2.0'\nbad:\n  tasks:\n    a:\n      action: std.echo output=<% $. %>\n      publish: {x: <% * %>}\n",
        [":5:", ":6:", "    |"]),
    "no tasks": ("version: '2.0'\nbad:\n  description: empty\n", ["'tasks' is a required property"]),
    "nothing": ("", []),
}

TASK = "version: '2.0'\nbad:\n  tasks:\n    t:\n      action: std.noop\n"
# The largest a request may carry, and worse (more in tests/unit/dsl/flood_test.cc). Name → body, a text of the answer.
FLOODS = {
    "one byte too many": (b"#" * 5_000_001, "it has 5000001 bytes"),
    "too many bytes for a request": (b"#" * 10_000_001, ""),
    "100,000 tasks": (
        "version: '2.0'\nbad:\n tasks:\n" + "".join(f"  t{i}: {{action: std.noop}}\n" for i in range(100_000)), "E109"),
    "100,000 wrong tasks": (
        "version: '2.0'\nbad:\n tasks:\n" + "".join(f"  t{i}: {{on-success: n}}\n" for i in range(100_000)), "E109"),
    "50,000 wrong tasks": (
        "version: '2.0'\nbad:\n tasks:\n" + "".join(f"  t{i}: {{on-success: n}}\n" for i in range(50_000)),
        "Task 'n' not found."),
    "50,000 tasks and one mistake": (
        "version: '2.0'\nbad:\n tasks:\n" + "".join(f"  t{i}: {{on-success: t{i + 1}}}\n" for i in range(50_000)),
        "Task 't50000' not found."),
    "100,000 workflows": (
        "version: '2.0'\n" + "".join(f"w{i}: {{tasks: {{t: {{action: a}}}}}}\n" for i in range(100_000)), "E108"),
    "nested braces": (TASK + "      input: " + "{a: " * 10_000, "nested deeper than 64"),
    "nested brackets": (TASK + "      input: {a: " + "[" * 10_000, "nested deeper than 64"),
    "nested mappings": ("version: '2.0'\n" + "".join(" " * i + "a:\n" for i in range(2_000)), "nested deeper than 64"),
    "a text of 1 MB": (TASK + "      timeout: " + "x" * 1_000_000 + "\n", "is not valid under any of the given schemas"),
    "a key of 1 MB": (TASK + "      ? " + "k" * 1_000_000 + "\n      : 1\n", "Additional properties are not allowed"),
    "a name of 1 MB": ("version: '2.0'\n? " + "n" * 1_000_000 + "\n: {tasks: {t: {action: std.noop}}}\n",
                       "must not exceed 255 symbols"),
    "invalid UTF-8": (TASK.encode() + b"      description: a\xffb\n", "invalid UTF-8 (byte 0xFF)"),
    "a NUL byte": (TASK.encode() + b"      description: a\0b\n", "special characters are not allowed (U+0000)"),
    "an unclosed quote of 5 MB": (TASK + "      description: '" + "x" * 4_900_000, "found unexpected end of stream"),
    "YAQL <% * %>": (TASK + "      publish: {x: <% * %>}\n", ":"),
    "Jinja {{ * }}": (TASK + "      publish: {x: '{{ * }}'}\n", ":"),
    "an unclosed condition": (TASK + "      on-success: [{t: '<% $.a'}]\n", "A condition is one whole expression"),
    "an unclosed text in YAQL of 1 MB": (TASK + "      publish: {x: \"<% '" + "a" * 1_000_000 + " %>\"}\n", "E404"),
    "an unclosed block in Jinja of 1 MB": (TASK + "      publish: {x: '{% if a %}" + "a" * 1_000_000 + "'}\n", "E404"),
    "100,000 wrong expressions": (
        TASK + "      publish:\n" + "".join(f"        v{i}: <% * %>\n" for i in range(100_000)), "E401"),
    "10,000 mistakes": (
        "version: '2.0'\nbad:\n  tasks:\n" + "".join(f"    t{i}: {{unknown{i}: {i}}}\n" for i in range(10_000)), "E202"),
    "a circle of required tasks": (
        "version: '2.0'\nbad:\n  type: reverse\n  tasks:\n" +
        "".join(f"    t{i}: {{requires: [t{(i + 1) % 10_000}]}}\n" for i in range(10_000)), "in a circle"),
}
ANSWER_BYTES_MAX = 300_000  # 100 messages, each as text and as data
# The largest documents, of 5 MB with 100,000 tasks, need 260 MB while they are looked at; 30 to 120 MB stay for the next
# one until the server rests.
PEAK_GROWTH_MAX, RESIDENT_GROWTH_MAX = 350_000_000, 200_000_000

SSH = """version: '2.0'
ssh_once:
  input: [host, port, private_key, {host_key: null}]
  tasks:
    try_it:
      action: ssh.run
      input:
        host: <% $.host %>
        port: <% $.port %>
        username: nobody
        private_key: <% $.private_key %>
        cmd: id
        connect_timeout_s: 1
      retry: {count: 2, delay: 0}
"""


class MeteredTest(lib.ServerTest):
    def processor_seconds(self):
        fields = pathlib.Path(f"/proc/{self.server.process.pid}/stat").read_text().rpartition(")")[2].split()
        return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")

    def send(self, method, path, body):
        """(answer, seconds of processor the server took: those of the clock tell of what else the machine does)"""
        began = self.processor_seconds()
        return self.server.request(method, path, body), self.processor_seconds() - began


class ManyDefinitions(MeteredTest):
    """As many as one text may hold: stored in a second, the first time and again."""

    def test_as_many_as_one_text_may_hold(self):
        if "/dev/" in lib.binary():
            self.skipTest("minutes under sanitizers")
        flows = "".join(f"  w{i}: {{tasks: {{t: {{action: std.noop}}}}}}\n" for i in range(5_000))
        texts = {
            "/v2/workflows": "version: '2.0'\n" + flows.replace("\n  ", "\n").removeprefix("  "),
            "/v2/actions": "version: '2.0'\n" + "".join(f"a{i}: {{base: a{i // 2}_{i}}}\n" for i in range(5_000)),
            "/v2/workbooks": "version: '2.0'\nname: book\nworkflows:\n" + flows,
        }
        for path, text in texts.items():
            for method, status in (("POST", 201), ("PUT", 200)):
                with self.subTest(f"{method} {path}"):
                    answer, seconds = self.send(method, path, text)
                    self.assertEqual(status, answer.status, answer.text[:2000])
                    self.assertLess(seconds, 1 if "release" in lib.binary() else 60)
        revisions = self.server.get("/foehn/v1/workflows/w4999/revisions")["revisions"]
        self.assertEqual([1], [one["revision"] for one in revisions], "the same text again is no new revision")


class Definitions(MeteredTest):
    def names(self):
        return [row["name"] for row in self.server.get("/v2/workflows?sort_keys=name")["workflows"]]

    def test_definitions(self):
        before = self.names()
        for name, (text, wanted) in DEFINITIONS.items():
            with self.subTest(name), tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
                file.write(text)
                file.flush()
                answer = self.server.request("POST", "/v2/workflows", text)
                self.assertEqual(400, answer.status, answer.text)
                self.assertTrue(answer.json["faultstring"])
                checked = lib.foehn("validate", file.name)
                self.assertEqual(11, checked.code, repr(checked))
                created = self.server.foehn("wf", "create", file.name)
                self.assertEqual((2, ""), (created.code, created.out), repr(created))
                for fragment in wanted:
                    self.assertIn(fragment.removeprefix(":"), answer.json["faultstring"])
                    self.assertIn(fragment, checked.err)
                    self.assertIn(fragment.removeprefix(":"), created.err)
                for one in answer.json["diagnostics"]:
                    self.assertTrue(one["message"] and one["code"], one)
                verdict = self.server.request("POST", "/v2/workflows/validate", text)
                self.assertEqual((200, False), (verdict.status, verdict.json["valid"]))
                self.assertEqual(before, self.names(), "nothing is stored")

    def post(self, path, body, wanted):
        answer, seconds = self.send("POST", path, body)
        self.assertIn(wanted, answer.text[:ANSWER_BYTES_MAX])
        return answer, seconds

    def resident_bytes(self, which="VmRSS"):
        """Now; VmHWM: the most there ever was."""
        status = pathlib.Path(f"/proc/{self.server.process.pid}/status").read_text()
        return int(status.split(which + ":")[1].split()[0]) * 1024

    def test_floods(self):
        if "/dev/" in lib.binary():
            self.skipTest("minutes under sanitizers; the fuzz targets look there")
        before, resident = self.names(), self.resident_bytes()
        bound = 1 if "release" in lib.binary() else 60
        for name, (body, wanted) in FLOODS.items():
            with self.subTest(name):
                answer, seconds = self.post("/v2/workflows", body, wanted)
                self.assertIn(answer.status, (400, 413), answer.text[:2000])
                self.assertLess(len(answer.text), ANSWER_BYTES_MAX)
                self.assertLess(seconds, bound)
                self.assertEqual(before, self.names(), "nothing is stored")
        self.assertLess(self.resident_bytes("VmHWM") - resident, PEAK_GROWTH_MAX)
        self.assertLess(self.resident_bytes() - resident, RESIDENT_GROWTH_MAX)

    def test_ad_hoc_actions_that_are_based_on_each_other(self):
        text = "version: '2.0'\n" + "".join(f"a{i}: {{base: a{(i + 1) % 5_000}}}\n" for i in range(5_000))
        before = self.server.get("/v2/actions?fields=name")
        answer, seconds = self.post("/v2/actions", text, "Found a cycle in an ad-hoc action chain")
        self.assertEqual(400, answer.status, answer.text[:2000])
        self.assertLess(seconds, 1 if "release" in lib.binary() else 60)
        self.assertEqual(before, self.server.get("/v2/actions?fields=name"))

    def test_a_workflow_that_calls_itself(self):
        """Allowed, and Mistral's users rely on it; the depth is bounded when it runs."""
        name = self.server.create_workflow("version: '2.0'\nagain:\n  tasks:\n    t: {workflow: again}\n")[0]["name"]
        row = self.server.wait_execution(self.server.start_execution(name))
        self.addCleanup(self.server.request, "DELETE", f"/v2/executions/{row['id']}?force=true")
        self.addCleanup(self.server.request, "DELETE", f"/v2/workflows/{name}")
        self.assertEqual("ERROR", row["state"])
        self.assertLess(len(row["state_info"]), 65_536)
        count = len(self.server.get("/v2/executions?limit=1000&fields=id")["executions"])
        self.assertLessEqual(count, 60, "kSubworkflowDepthMax and the first one")

    def test_one_wrong_workflow_refuses_the_whole_text(self):
        before = self.names()
        text = "version: '2.0'\ngood:\n  tasks:\n    a: {action: std.noop}\nbad:\n  tasks:\n    a: {on-success: nowhere}\n"
        self.assertEqual(400, self.server.request("POST", "/v2/workflows", text).status)
        self.assertEqual(before, self.names())

    def test_overcloud_requests(self):
        allowed = {"number": "number must be an integer from 1 to 100, not ", "provider": "providers: local",
                   "size": "sizes: box"}
        for key, value in (("number", 0), ("number", "0"), ("number", -1), ("number", "abc"), ("number", 10**6),
                           ("number", 1.5), ("provider", "nimbus"), ("size", "huge")):
            body = {"provider": "local", "number": 3, "size": "box", key: value}
            answer = self.server.request("POST", "/overclouds", body)
            self.assertEqual(400, answer.status, f"{body}: {answer.text}")
            self.assertIn(allowed[key], answer.json["error"]["message"], body)
        answer = self.server.request("POST", "/overclouds", "{not json", {"Content-Type": "application/json"})
        self.assertEqual(400, answer.status)
        done = self.server.foehn("oc", "create", "--number", "0")
        self.assertEqual((2, "", 'foehn: number must be an integer from 1 to 100, not "0"\n'),
                         (done.code, done.out, done.err))
        self.assertEqual([], self.server.get("/v2/executions")["executions"], "no execution is started")
        self.assertEqual([], self.server.get("/overclouds?deleted=true"))
        self.assertEqual(404, self.server.request("DELETE", "/overclouds/nope").status)
        self.assertEqual(400, self.server.request("DELETE", "/overclouds").status)


class Ssh(lib.ServerTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.folder = tempfile.mkdtemp(prefix="foehn-sshd-", dir="/var/tmp")
        cls.addClassCleanup(shutil.rmtree, cls.folder)
        cls.sshd = lib.OpenSsh(cls.folder).start()
        cls.addClassCleanup(cls.sshd.stop)
        cls.server.create_workflow(SSH.replace("nobody", cls.sshd.user))

    def run_once(self, host="127.0.0.1", port=None, private_key=None):
        """(execution, task, the task's error as data, number of runs)"""
        identifier = self.server.start_execution("ssh_once", host=host, port=port or self.sshd.port,
                                                 private_key=private_key or self.sshd.key())
        row = self.server.wait_execution(identifier)
        task = self.server.task(identifier, "try_it")
        task = self.server.get("/v2/tasks/" + task["id"])
        result = json.loads(task["result"]) or {}
        return row, task, result.get("error"), len(self.server.runs(task["id"]))

    def expect_error(self, error_class, phase, runs, host="127.0.0.1", **options):
        row, task, error, count = self.run_once(host=host, **options)
        port = options.get("port") or self.sshd.port
        self.assertEqual("ERROR", row["state"])
        self.assertEqual({"class": error_class, "host": host, "port": port, "user": self.sshd.user, "phase": phase},
                         {name: error[name] for name in ("class", "host", "port", "user", "phase")})
        for text in (host, str(port), error_class):
            self.assertIn(text, error["message"])
        self.assertIn(error_class, task["state_info"])
        self.assertEqual(runs, count, f"{error_class}: runs with retry count=2")

    def test_refused(self):
        self.expect_error("refused", "connect", 3, port=lib.free_port())

    def test_unreachable(self):
        row, _, error, count = self.run_once(host="no-such-host.invalid")
        self.assertEqual(("ERROR", "unreachable", "resolve", 3), (row["state"], error["class"], error["phase"], count))

    def test_wrong_key(self):
        self.expect_error("auth", "authenticate", 1, private_key=self.sshd.key("other_key"))

    def test_changed_host_key(self):
        with tempfile.TemporaryDirectory(prefix="foehn-sshd-", dir="/var/tmp") as folder:
            other = lib.OpenSsh(folder).start()
            try:
                where = {"port": other.port, "private_key": other.key()}
                row, _, _, _ = self.run_once(**where)
                self.assertEqual("SUCCESS", row["state"], "the first contact is remembered")
                other.change_host_key()
                self.expect_error("host_key", "handshake", 1, **where)
            finally:
                other.stop()


class Start(unittest.TestCase):
    """A server that cannot start: one line on standard error and nothing else, and the exit code of docs/cli.md."""

    def serve(self, code, *argv, prefix=()):
        done = lib.run([*prefix, lib.binary(), "serve", *argv], seconds=30)
        self.assertEqual((code, ""), (done.code, done.out), repr(done))
        self.assertRegex(done.err, r"\Afoehn: [^\n]+\n\Z")
        return done.err.rstrip("\n")

    def folder(self):
        path = tempfile.mkdtemp(prefix="foehn-e2e-", dir="/var/tmp")
        self.addCleanup(shutil.rmtree, path, True)
        return path

    def test_port_in_use(self):
        server = lib.Server()
        self.addCleanup(server.stop)
        server.start()
        folder = self.folder()
        line = self.serve(6, "--data", folder, "--listen", f"127.0.0.1:{server.port}")
        self.assertEqual(f"foehn: cannot listen on 127.0.0.1:{server.port}: Address already in use; choose another with "
                         "--listen ADDRESS:PORT", line)
        self.assertEqual([], os.listdir(folder), "nothing was opened, so nothing can have run")

    def test_port_in_use_leaves_the_data_alone(self):
        """A second server must not take up the work of a data directory that it cannot serve."""
        first, second = lib.Server(), lib.Server()
        for server in (first, second):
            self.addCleanup(server.stop)
            server.start()
        second.create_workflow("version: '2.0'\nlong:\n  tasks:\n    a: {action: std.sleep seconds=0.1, on-success: b}\n"
                               "    b: {action: std.noop, wait-before: 1}\n")
        identifier = second.start_execution("long")
        second.kill()
        before = {path: (path.stat().st_size, path.stat().st_mtime_ns)
                  for path in pathlib.Path(second.data).rglob("*") if path.is_file()}
        self.serve(6, "--data", second.data, "--listen", f"127.0.0.1:{first.port}")
        after = {path: (path.stat().st_size, path.stat().st_mtime_ns)
                 for path in pathlib.Path(second.data).rglob("*") if path.is_file()}
        self.assertEqual(before, after)
        second.start()
        self.assertEqual("SUCCESS", second.wait_execution(identifier)["state"])

    def test_data_directory_in_use(self):
        server = lib.Server()
        self.addCleanup(server.stop)
        server.start()
        line = self.serve(6, "--data", server.data, "--listen", "127.0.0.1:0")
        self.assertEqual(f"foehn: data directory {server.data} is in use by process {server.process.pid}", line)

    def test_data_directory_that_cannot_be_made(self):
        file = pathlib.Path(self.folder(), "file")
        file.write_text("")
        line = self.serve(1, "--data", str(file / "data"), "--listen", "127.0.0.1:0")
        self.assertIn(str(file / "data"), line)

    def test_data_directory_not_writable(self):
        folder = self.folder()
        if os.geteuid() != 0:
            folder = "/usr/share"  # one's own would be made writable by the server
            line = self.serve(1, "--data", folder, "--listen", "127.0.0.1:0")
        else:  # nothing but a read-only file system stops root
            line = self.serve(1, "--data", folder, "--listen", "127.0.0.1:0",
                              prefix=["unshare", "-m", "sh", "-c", f'mount -t tmpfs -o ro none {folder} && exec "$@"', "sh"])
        self.assertIn(folder, line)
        self.assertIn("not writable", line)

    def test_bad_address(self):
        self.assertIn("'nowhere:x'", self.serve(2, "--data", self.folder(), "--listen", "nowhere:x"))
        for address in ("nowhere:1", "203.0.113.1:1"):  # no address; none of this machine
            self.assertIn(address, self.serve(2, "--data", self.folder(), "--listen", address, "--without-tokens"))


@unittest.skipUnless(os.geteuid() == 0, "mounting a small file system needs root")
class DiskFull(unittest.TestCase):
    """The data directory is a small file system of its own, seen by the server alone."""

    def small(self, size):
        folder = tempfile.mkdtemp(prefix="foehn-e2e-", dir="/var/tmp")
        self.addCleanup(shutil.rmtree, folder, True)
        return folder, ["unshare", "-m", "sh", "-c", f'mount -t tmpfs -o size={size} none {folder} && exec "$@"', "sh"]

    def test_start(self):
        folder, prefix = self.small("64k")
        done = lib.run([*prefix, lib.binary(), "serve", "--data", folder, "--listen", "127.0.0.1:0"], seconds=30)
        self.assertEqual((1, ""), (done.code, done.out), repr(done))
        self.assertRegex(done.err, r"\Afoehn: [^\n]*(full|space)[^\n]*\n\Z")

    def test_while_running(self):
        folder, prefix = self.small("8m")
        server = lib.Server(prefix)
        shutil.rmtree(server.data)
        server.data = folder
        self.addCleanup(server.stop)
        server.start()
        text = "version: '2.0'\n{}:\n  description: " + "x" * 100_000 + "\n  tasks:\n    a: {{action: std.noop}}\n"
        self.assertEqual(201, server.request("POST", "/v2/workflows", text.format("before")).status)
        inside = pathlib.Path(f"/proc/{server.process.pid}/root{folder}")
        with open(inside / "filler", "wb", buffering=0) as filler:  # else the rest of a refused write fails the close
            try:
                while True:
                    filler.write(b"x" * 65_536)
            except OSError:
                pass
        refused = None
        for number in range(50):  # until the log has used up what was set aside for it
            answer = server.request("POST", "/v2/workflows", text.format(f"full_{number}"))
            if answer.status != 201:
                refused = answer
                break
        self.assertIsNotNone(refused, "a full disk is noticed")
        self.assertIn(refused.status, (500, 503), refused.text)
        self.assertRegex(refused.text, "full|space")
        stored = {row["name"] for row in server.get("/v2/workflows")["workflows"]}
        self.assertNotIn(f"full_{number}", stored, "nothing half-written is shown")
        (inside / "filler").unlink()
        deadline = time.monotonic() + 10
        while server.request("POST", "/v2/workflows", text.format("after")).status != 201:
            self.assertLess(time.monotonic(), deadline, "the server takes work again when there is room")
        self.assertEqual(stored | {"after"}, {row["name"] for row in server.get("/v2/workflows")["workflows"]})


if __name__ == "__main__":
    lib.main()
