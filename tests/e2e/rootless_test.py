#!/usr/bin/env python3
"""Local boxes of a server without root: an ordinary account, made for this test and removed afterwards, gets boxes that
SSH steps run on; the shipped scripts stop with one message before they touch the host; and nothing is left."""
import json
import os
import pathlib
import pwd
import shutil
import subprocess
import tempfile
import unittest

import lib

ACCOUNT = f"foehn-e2e-{os.getpid()}"
NOTE = ("the server does not run as root: local boxes are plain sshd processes of user " + ACCOUNT + " on 127.77.x "
        "addresses that share this host's files and processes; SSH steps run on them, but the shipped OverCloud scripts "
        "refuse to (they would change this host). Run foehn serve as root for boxes that are machines of their own")
LOOK = """
version: '2.0'
look:
  input: [box, key]
  tasks:
    look:
      action: ssh.run
      input:
        host: <% $.box.ip %>
        port: <% $.box.port %>
        username: <% $.box.user %>
        private_key_ref: <% $.key %>
        cmd: 'id -un; echo "$HOME"; echo kept >"$HOME/mark"; (setsid sleep 1000 </dev/null >/dev/null 2>&1 &)'
"""


def pids_of(user):
    """Everything that runs under the account: pid → command line."""
    found = {}
    for entry in pathlib.Path("/proc").iterdir():
        try:
            if entry.name.isdigit() and entry.stat().st_uid == user.pw_uid and ") Z " not in (entry / "stat").read_text():
                found[int(entry.name)] = (entry / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
    return found


class RootlessTest(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.folder = pathlib.Path(tempfile.mkdtemp(prefix="foehn-rootless-", dir="/var/tmp"))
        self.addCleanup(shutil.rmtree, self.folder, True)
        os.chmod(self.folder, 0o755)
        made = lib.run(["useradd", "--create-home", "--home-dir", self.folder / "home", "--shell", "/bin/sh", ACCOUNT])
        self.assertEqual(0, made.code, repr(made))
        self.addCleanup(lib.run, ["userdel", "--force", ACCOUNT])
        self.user = pwd.getpwnam(ACCOUNT)
        self.become = ["setpriv", "--reuid", str(self.user.pw_uid), "--regid", str(self.user.pw_gid), "--clear-groups",
                       "env", "-i", f"HOME={self.user.pw_dir}", "PATH=/usr/bin:/bin:/usr/sbin:/sbin", "LC_ALL=C.UTF-8"]
        if lib.run([*self.become, "test", "-x", os.environ["FOEHN"]]).code != 0:
            copy = shutil.copy(os.environ["FOEHN"], self.folder / "foehn")
            self.addCleanup(os.environ.__setitem__, "FOEHN", os.environ["FOEHN"])
            os.environ["FOEHN"] = str(copy)
        self.server = lib.Server(prefix=self.become)
        os.chown(self.server.data, self.user.pw_uid, self.user.pw_gid)
        self.addCleanup(self.end)
        self.server.start()
        self.hosts = pathlib.Path("/etc/hosts").read_text()

    def end(self):
        """Whatever happened, nothing of the account may stay."""
        self.server.stop()
        for pid in pids_of(self.user):
            os.kill(pid, 9)

    def failed_create(self):
        done = self.server.foehn("oc", "create", "--number", "1", "--size", "box", seconds=60)
        self.assertEqual(3, done.code, repr(done))
        self.assertEqual("note       " + NOTE, done.err.split("\n")[0])
        identifier = self.server.foehn("-q", "oc", "list").out.split()[-1]
        return identifier, self.server.get("/overclouds/" + identifier)

    def test_boxes_work_scripts_refuse_and_nothing_is_left(self):
        self.assertIn("provider_note", self.server.log_text())
        self.assertIn(NOTE, self.server.log_text())
        identifier, record = self.failed_create()
        self.assertEqual(("FAILED", [NOTE]), (record["state"], record["notes"]))
        host = os.uname().nodename
        self.assertIn(f"error: this box is a plain sshd process of user {ACCOUNT} on the host {host}, because the server "
                      "may not make namespaces; nothing was changed. Run 'foehn serve' as root for boxes that are "
                      "machines of their own, or use a provider with real machines", record["state_reason"])
        self.assertEqual(self.hosts, pathlib.Path("/etc/hosts").read_text())
        self.assertIn("note       " + NOTE + "\n", self.server.foehn("oc", "get", identifier).out)

        boxes = [record["post"], *record["boxes"]]
        self.assertEqual([ACCOUNT] * 2, [box["user"] for box in boxes])
        self.assertEqual(2, len({box["ip"] for box in boxes}))
        self.server.create_workflow(LOOK)
        for box in boxes:
            row = self.server.start_execution("look", box=box, key="overcloud-" + identifier)
            row = self.server.wait_execution(row)
            self.assertEqual("SUCCESS", row["state"], row["state_info"])
            task = self.server.get("/v2/tasks/" + self.server.task(row["id"], "look")["id"])
            user, home = json.loads(task["result"])["stdout"].split()
            self.assertEqual(ACCOUNT, user)
            self.assertTrue(home.startswith(self.server.data + "/boxes/"), home)
            self.assertEqual("kept\n", pathlib.Path(home, "mark").read_text())
        self.assertLess(3, len(pids_of(self.user)), "server, two boxes and what was left running in them")
        self.assertEqual([], list(pathlib.Path(self.user.pw_dir).glob(".foehn*")))

        done = self.server.foehn("oc", "rollback", identifier)
        self.assertEqual(0, done.code, repr(done))
        self.assertEqual([self.server.process.pid], list(pids_of(self.user)), pids_of(self.user))
        self.assertEqual([], list(pathlib.Path(self.server.data, "boxes").glob("*")))

    def test_boxes_outlive_the_server_and_are_cleaned(self):
        self.failed_create()
        self.server.process.terminate()
        self.server.process.wait(20)
        listed = json.loads(lib.foehn("-o", "json", "boxes", "list", "--data", self.server.data).out)
        self.assertEqual([("ACTIVE", "lc-1"), ("ACTIVE", "post")], sorted((box["state"], box["name"]) for box in listed))
        done = lib.run([*self.become, os.environ["FOEHN"], "boxes", "clean", "--data", self.server.data])
        self.assertEqual(0, done.code, repr(done))
        self.assertEqual({}, pids_of(self.user))
        self.assertEqual([], list(pathlib.Path(self.server.data, "boxes").glob("*")))


if __name__ == "__main__":
    if os.geteuid() != 0:
        lib.skip("making an account for the test needs root")
    for program in ("useradd", "userdel", "setpriv", "/usr/sbin/sshd"):
        if not shutil.which(program):
            lib.skip(f"there is no {program} here")
    lib.main()
