#!/usr/bin/env python3
"""Every file in samples/ is run as its first comment says, by the real binary, and its answer is compared as a whole.
A sample without a case here fails the test, and so does one whose comment does not name its own file."""
import http.server
import json
import re
import tempfile
import threading
import unittest

import lib

SAMPLES = lib.ROOT / "samples"

# File → (arguments of `foehn run`, expected output) pairs. The special ones have a method of their own.
PLAIN = {
    "hello.yaml": [
        (["-i", "name=Ada"], {"greeting": "Hello Ada"}),
        ([], {"greeting": "Hello World"}),
    ],
    "fan_out_join.yaml": [
        (["-i", "price=20", "-i", "count=3"], {"total": 66, "text": "3 pieces at 20 are 60, with tax 66"}),
    ],
    "reverse.yaml": [
        (["-t", "package"], {"result": "package(compile(fetch) test(compile(fetch)))"}),
        (["-t", "compile"], {"result": "compile(fetch)"}),
    ],
    "with_items.yaml": [
        (["-i", 'hosts=["alpha","beta","gamma"]'],
         {"checked": ["alpha:22 ok", "beta:22 ok", "gamma:22 ok"], "how_many": 3}),
    ],
    "sub_workflow.yaml": [
        (["-i", 'names=["web","db"]'],
         {"machines": [{"name": "web", "address": "web.example"}, {"name": "db", "address": "db.example"}]}),
    ],
    "policies.yaml": [
        ([], {"slow": "ERROR", "strict": "Failed by 'fail-on' policy"}),
    ],
    "scopes.yaml": [
        ([], {"left_sees": {"note": "left only", "count": 3}, "right_sees": {"note": "none", "count": 3}}),
    ],
    "jinja.yaml": [
        (["-i", 'people=[{"name":"ada","age":36},{"name":"alan","age":41}]'],
         {"names": "ADA, ALAN", "oldest": 41, "first": "ada"}),
    ],
}
SPECIAL = {"retry_and_errors.yaml", "ssh_script.yaml", "http.yaml", "approval.yaml"}

FAIL_TEXT = "The action raised an exception [action=Fail action, action_ex_id=ID, msg='Fail action expected exception.']"
UUID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")


class Status(http.server.BaseHTTPRequestHandler):
    """/status answers with JSON, everything else with 404."""

    def do_GET(self):  # noqa: N802 - the library's name
        body = json.dumps({"state": "green"}).encode() if self.path == "/status" else b"no such page"
        self.send_response(200 if self.path == "/status" else 404)
        self.send_header("Content-Type", "application/json" if self.path == "/status" else "text/plain")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class SamplesTest(unittest.TestCase):
    maxDiff = None

    def sample(self, name, *options):
        return lib.foehn("-o", "json", "run", str(SAMPLES / name), *options)

    def expect(self, name, options, output):
        done = self.sample(name, *options)
        self.assertEqual((0, ""), (done.code, done.err), f"{name} {options}: {done}")
        self.assertEqual(output, json.loads(done.out), name)

    def test_every_sample_has_a_case_and_a_comment(self):
        files = {path.name for path in SAMPLES.glob("*.yaml")}
        self.assertEqual(files, set(PLAIN) | SPECIAL)
        for name in files:
            head = (SAMPLES / name).read_text().split("\nversion:")[0]
            self.assertRegex(head, r"\A# .+", name)
            self.assertIn("samples/" + name, head, name)
            self.assertIn("#   prints  ", head, name)

    def test_validate(self):
        files = sorted(str(path) for path in SAMPLES.glob("*.yaml"))
        done = lib.foehn("validate", *files)
        self.assertEqual((0, ""), (done.code, done.err), repr(done))
        counts = {str(SAMPLES / "sub_workflow.yaml"): "2 workflows"}
        self.assertEqual("".join(f"{name}: ok ({counts.get(name, '1 workflow')})\n" for name in files), done.out)

    def test_plain_samples(self):
        for name, cases in PLAIN.items():
            for options, output in cases:
                with self.subTest(sample=name, options=options):
                    self.expect(name, options, output)

    def test_retry_and_errors(self):
        done = self.sample("retry_and_errors.yaml")
        self.assertEqual((0, ""), (done.code, done.err), repr(done))
        self.assertEqual({"answer": "from the copy", "trouble": FAIL_TEXT}, json.loads(UUID.sub("ID", done.out)))
        done = self.sample("retry_and_errors.yaml", "-i", "copy_works=false")
        self.assertEqual((3, ""), (done.code, done.out), repr(done))
        self.assertIn("the copy is broken", done.err)

    def test_ssh_script(self):
        with tempfile.TemporaryDirectory(prefix="foehn-sshd-", dir="/var/tmp") as folder:
            sshd = lib.OpenSsh(folder).start()
            self.addCleanup(sshd.stop)
            options = ["-i", "host=127.0.0.1", "-i", f"port={sshd.port}", "-i", f"username={sshd.user}",
                       "-i", f"private_key=@{folder}/client_key"]
            self.expect("ssh_script.yaml", options,
                        {"system": "Linux", "said": f"hello from {sshd.user}", "exit_code": 0})
            odd = "it's \"$HOME\" `id`"
            done = self.sample("ssh_script.yaml", *options, "-i", "greeting=" + json.dumps(odd.replace('"', "")))
            self.assertEqual(0, done.code, repr(done))
            self.assertEqual(f"it's $HOME `id` from {sshd.user}", json.loads(done.out)["said"])
            sshd.stop()

    def test_http(self):
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Status)
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        base = f"http://127.0.0.1:{server.server_port}"
        self.expect("http.yaml", ["-i", f"url={base}/status"], {"status": 200, "state": "green"})
        self.expect("http.yaml", ["-i", f"url={base}/other"], {"status": 404, "state": "unknown"})
        done = self.sample("http.yaml", "-i", f"url=http://127.0.0.1:{lib.free_port()}/status")
        self.assertEqual((3, ""), (done.code, done.out), repr(done))
        self.assertIn("Failed to send HTTP request", done.err)

    def test_approval(self):
        server = lib.Server()
        self.addCleanup(server.stop)
        server.start()
        self.assertEqual(0, server.foehn("wf", "create", str(SAMPLES / "approval.yaml")).code)
        created = server.foehn("ex", "create", "approval", "-i", "change=rename")
        self.assertEqual(0, created.code, repr(created))
        identifier = created.out.strip()
        lib.wait_for("the execution waits", lambda: server.execution(identifier)["state"] == "PAUSED")
        self.assertEqual("IDLE", server.task(identifier, "apply")["state"])
        self.assertEqual(0, server.foehn("ex", "resume", "@last").code)
        waited = server.foehn("ex", "wait", "@last")
        self.assertEqual((0, "", ""), (waited.code, waited.out, waited.err))
        self.assertEqual({"done": "rename"}, json.loads(server.foehn("ex", "output", "@last").out))


if __name__ == "__main__":
    lib.main()
