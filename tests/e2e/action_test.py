#!/usr/bin/env python3
"""Actions without a workflow and actions that are programs, on the real server: started by its API, its CLI and the stock
client, stopped, timed out, and overtaken by a crash of the server, after which no process may be left and no run RUNNING."""
import email
import email.policy
import json
import os
import pathlib
import shutil
import socket
import tempfile
import threading
import unittest

import lib

RUNS = "/v2/action_executions"
LOST = "The engine was restarted while this action ran; its outcome is unknown and it is not safe to run it again"


def is_alive(pid):
    try:
        return pathlib.Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] != "Z"
    except (FileNotFoundError, ProcessLookupError):
        return False


class MailServer:
    """SMTP, just enough for one mail after the other: keeps who it is for and what it says."""

    def __init__(self):
        self.socket = socket.create_server(("127.0.0.1", 0))
        self.address = "127.0.0.1:%d" % self.socket.getsockname()[1]
        self.mails = []
        threading.Thread(target=self.serve, daemon=True).start()

    def serve(self):
        while True:
            connection, _ = self.socket.accept()
            with connection, connection.makefile("rwb") as stream:
                self.talk(stream)

    def talk(self, stream):
        def say(text):
            stream.write(text + b"\r\n")
            stream.flush()
        say(b"220 test")
        recipients = []
        for line in stream:
            word = line.strip().upper()
            if word.startswith(b"RCPT TO:"):
                recipients.append(line.strip()[8:].decode())
            if word.startswith(b"RCPT TO:<NOBODY"):
                say(b"550 no such user")
            elif word == b"DATA":
                say(b"354 go on")
                text = b""
                while not text.endswith(b"\r\n.\r\n"):
                    text += stream.readline()
                self.mails.append((recipients, text[:-3].decode()))
                say(b"250 kept")
            elif word == b"QUIT":
                return say(b"221 bye")
            else:
                say(b"250 test")


class ActionTest(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="foehn-actions-"))
        self.addCleanup(shutil.rmtree, self.folder)
        for path in (lib.ROOT / "samples/actions").iterdir():
            shutil.copy(path, self.folder)
        self.program("site.stay", "echo $$ > stay.pid; echo '{' >> stay.count; exec sleep 1000")
        self.program("site.again", "echo x >> again.count; while [ ! -e go ]; do sleep 0.05; done; echo '{\"result\": 5}'",
                     safe_rerun=True)
        self.server = lib.Server(options=["--actions-dir", str(self.folder), "--allow-action-execution-deletion"])
        self.addCleanup(self.server.stop)

    def program(self, name, script, **more):
        (self.folder / f"{name}.sh").write_text(f"#!/bin/sh\n{script}\n")
        os.chmod(self.folder / f"{name}.sh", 0o755)
        manifest = {"name": name, "command": [f"./{name}.sh"], **more}
        (self.folder / f"{name}.action.yaml").write_text(json.dumps(manifest))

    def post(self, name, status=201, params=None, **values):
        answer = self.server.request("POST", RUNS, {"name": name, "input": values, "params": params or {}})
        self.assertEqual(status, answer.status, answer.text)
        return answer.json

    def ended(self, identifier):
        def look():
            row = self.server.get(f"{RUNS}/{identifier}")
            return row if row["state"] in ("SUCCESS", "ERROR", "CANCELLED") else None
        return lib.wait_for("the run ends", look)

    def foehn(self, *argv):
        return lib.foehn("--server", self.server.url, *argv)

    def test_a_program_is_an_action_like_any_other(self):
        self.server.start()
        row = self.post("sample.word_count", text="to be or not to be", least=2)
        self.assertEqual({"result": {"to": 2, "be": 2}}, json.loads(row["output"]))
        self.assertIn("missing=['text'], unexpected=['txt']", self.post("sample.word_count", 400, txt="x")["faultstring"])
        shown = self.server.get("/v2/actions/sample.word_count")
        self.assertEqual("text, least=1", shown["input"])
        self.server.create_workflow("version: '2.0'\ncount:\n  input: [text]\n  output: {n: <% task(a).result.get(x) %>}\n"
                                    "  tasks: {a: {action: sample.word_count text=<% $.text %>}}\n")
        execution = self.server.start_execution("count", text="x y x")
        self.assertEqual({"n": 2}, json.loads(self.server.wait_execution(execution)["output"]))
        run = self.server.runs(self.server.task(execution, "a")["id"])[0]["id"]
        self.assertIn("2 different words", self.server.request("GET", f"/foehn/v1/action_runs/{run}/log").text)

    def test_the_command_line(self):
        self.server.start()
        done = self.foehn("action", "run", "std.echo", "output=hello")
        self.assertEqual((0, '"hello"\n'), (done.code, done.out), done)
        done = self.foehn("action", "run", "sample.word_count", "text=a b a", "least=2", "--save")
        self.assertEqual((0, '{\n  "a": 2\n}\n'), (done.code, done.out), done)
        done = self.foehn("action", "run", "std.fail")
        self.assertEqual(3, done.code, done)
        self.assertIn("Fail action expected exception.", done.err)
        self.assertEqual(2, self.foehn("action", "run", "no.such").code)
        run = self.foehn("-q", "action", "run", "std.async_noop").out.strip()
        done = self.foehn("action", "complete", run, "--result", '{"a": 1}', "--reason", "seen")
        self.assertEqual(0, done.code, done)
        self.assertIn("Completed by hand: seen", done.out)
        self.assertEqual({"result": {"a": 1}}, json.loads(self.ended(run)["output"]))
        self.assertEqual(6, self.foehn("action", "fail", run, "--reason", "late").code)
        self.assertIn("action_run_ended_by_hand", self.server.log_text())
        self.assertIn("sample.word_count", self.foehn("action", "list").out)

    @unittest.skipUnless(lib.has_mistral(), "the mistral client is not installed")
    def test_the_stock_client(self):
        self.server.start()
        self.assertEqual('{"result": null}\n', self.server.mistral("run-action", "std.noop").out)
        table = self.server.mistral("run-action", "std.echo", '{"output": 1}', "--save-result")
        self.assertIn("| State              | RUNNING", table.out, table)
        wrong = self.server.mistral("run-action", "std.async_noop", "--run-sync")
        self.assertIn("Action does not support synchronous execution.", wrong.err)
        done = self.server.mistral("run-action", "std.sleep", '{"seconds": 100}', "--timeout", "1")
        if "unrecognized arguments" not in done.err:
            self.assertEqual('{"result": "Timeout after 1 seconds"}\n', done.out, done)

    def test_a_timeout_ends_the_run(self):
        self.server.start()
        row = self.post("site.stay", params={"timeout": 1})
        self.assertEqual(("ERROR", {"result": "Timeout after 1 seconds"}), (row["state"], json.loads(row["output"])))
        pid = int((self.folder / "stay.pid").read_text())
        lib.wait_for("its process ends", lambda: not is_alive(pid))

    def test_a_sync_run_ended_by_hand_is_stopped(self):
        self.server.start()
        run = self.post("site.stay", params={"save_result": True})["id"]
        pid = lib.wait_for("it runs", lambda: (self.folder / "stay.pid").exists()
                           and (self.folder / "stay.pid").read_text().strip())
        self.assertEqual(0, self.foehn("action", "fail", run, "--reason", "hangs").code)
        self.assertEqual("Failed by hand: hangs", self.server.get(f"{RUNS}/{run}")["state_info"])
        lib.wait_for("its process ends", lambda: not is_alive(pid))

    def test_a_crash_leaves_no_process_and_no_running_run(self):
        self.server.start()
        stay = self.post("site.stay", params={"save_result": True})["id"]
        again = self.post("site.again", params={"save_result": True})["id"]
        waits = self.post("std.async_noop", params={"save_result": True})["id"]
        pid = lib.wait_for("it runs", lambda: (self.folder / "stay.pid").exists()
                           and (self.folder / "stay.pid").read_text().strip())
        lib.wait_for("the other runs", lambda: (self.folder / "again.count").exists())
        self.server.kill()
        lib.wait_for("its process ends", lambda: not is_alive(pid))
        self.server.start()
        row = self.ended(stay)
        self.assertEqual(("ERROR", {"result": f"{LOST} [action=site.stay]"}), (row["state"], json.loads(row["output"])))
        (self.folder / "go").write_text("")
        self.assertEqual({"result": 5}, json.loads(self.ended(again)["output"]))
        self.assertEqual(2, len((self.folder / "again.count").read_text().split()))
        self.assertEqual("RUNNING", self.server.get(f"{RUNS}/{waits}")["state"])
        self.assertEqual(200, self.server.request("PUT", f"{RUNS}/{waits}", {"state": "SUCCESS"}).status)
        self.assertEqual([], self.server.get("/v2/executions")["executions"])
        for run in (stay, again, waits):
            self.assertEqual(204, self.server.request("DELETE", f"{RUNS}/{run}").status)
        self.assertEqual([], self.server.get(RUNS)["action_executions"])

    def test_a_mail(self):
        self.server.start()
        post = MailServer()
        mail = {"from_addr": "a@x", "to_addrs": ["b@x"], "cc_addrs": ["c@x"], "smtp_server": post.address,
                "subject": "Grüße", "body": "Zeile\n.\n"}
        self.assertEqual("SUCCESS", self.post("std.email", **mail)["state"])
        recipients, text = post.mails[0]
        self.assertEqual(["<c@x>", "<b@x>"], recipients)
        message = email.message_from_string(text, policy=email.policy.default)
        self.assertEqual(("Grüße", "a@x", "b@x", "c@x", "Zeile\n.\n"),
                         (message["Subject"], message["From"], message["To"], message["Cc"],
                          message.get_content().replace("\r\n", "\n")))
        row = self.post("std.email", **{**mail, "to_addrs": "nobody@x"})
        self.assertEqual("ERROR", row["state"])
        self.assertIn("Failed to send an email message: ", row["output"])

    def test_a_wrong_manifest_keeps_the_server_from_starting(self):
        (self.folder / "bad.action.yaml").write_text("name: site.bad\ncomand: [x]\n")
        done = lib.run([lib.binary(), "serve", "--data", self.server.data, "--listen", "127.0.0.1:0", "--actions-dir",
                        str(self.folder)])
        self.assertEqual(2, done.code, done)
        self.assertIn(f"{self.folder}/bad.action.yaml:2:1: there is no 'comand'; did you mean 'command'?\n", done.err)


if __name__ == "__main__":
    lib.main()
