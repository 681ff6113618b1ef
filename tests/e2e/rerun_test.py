#!/usr/bin/env python3
"""A script fails on one box of an OverCloud being made: the execution says where, what, with which code and words. When
the cause is mended, the stock client's task-rerun brings the create to its end, and nothing that had succeeded is done
again. The fault is a knob of the stand-ins: /etc/sandbox/fail/TOOL on the box (samples/sandbox/README.md)."""
import json
import os
import pathlib
import shutil
import tempfile
import unittest

import lib

WORDS = "apt-mark: the disk of this box is broken"
ONE_ATTEMPT = {"kube_install": {"timeout": 60, "retries": 0, "delay": 0},
               "kube_join": {"timeout": 60, "retries": 0, "delay": 0}}


class OvercloudRerunTest(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.server = lib.Server()
        self.addCleanup(self.server.stop)
        self.server.start()

    def broken_box(self, name):
        """Turns the knob as soon as the box is there, long before its chain comes to that tool; returns its pid."""
        pid = lib.wait_for(f"box {name} is up", lambda: lib.box_pids(self.server.data).get(name))
        knob = lib.box_file(pid, "/etc/sandbox/fail/apt-mark")
        knob.parent.mkdir(parents=True, exist_ok=True)
        knob.write_text("42 " + WORDS + "\n")
        return pid

    def all_runs(self, execution):
        """Task (with the path to it) → its state and the ids of its runs or sub-executions, all the way down."""
        found = {}

        def look(tree, path):
            for task in tree["tasks"]:
                name = path + task["name"]
                below = self.server.runs(task["id"]) + task["children"]
                found[name] = (task["state"], frozenset(one["id"] for one in below))
                for index, child in enumerate(task["children"]):
                    look(child, f"{name}[{index}]/")
        look(self.server.tree(execution), "")
        return found

    def failing_task(self, execution):
        """The innermost failed task and the path to it."""
        tree, path = self.server.tree(execution), []
        while True:
            task = next(task for task in tree["tasks"] if task["state"] == "ERROR")
            path.append(task["name"])
            failed = [child for child in task["children"] if child["state"] == "ERROR"]
            if not failed:
                return task, path
            self.assertEqual(1, len(failed), "one box fails")
            tree = failed[0]

    def test_rerun_completes_the_create(self):
        answer = self.server.request("POST", "/overclouds", {"provider": "local", "number": 3, "size": "box",
                                                             "policy": ONE_ATTEMPT})
        self.assertEqual(202, answer.status, answer.text)
        identifier, execution = answer.json["overcloud_ID"], answer.json["execution_id"]
        pid = self.broken_box("lc-2")
        row = self.server.wait_execution(execution)
        self.the_failure_explains_itself(identifier, row)
        task, path = self.failing_task(execution)
        self.assertEqual(["clusters_up", "kube"], path)
        before = self.all_runs(execution)

        lib.box_file(pid, "/etc/sandbox/fail/apt-mark").unlink()
        again = self.server.mistral("task-rerun", task["id"])
        self.assertEqual(0, again.code, repr(again))
        self.assertRegex(again.out, r"\| State +\| RUNNING +\|")
        row = self.server.wait_execution(execution)
        self.assertEqual("SUCCESS", row["state"], row["state_info"])
        self.assertEqual("ACTIVE", self.server.get("/overclouds/" + identifier)["state"])
        after = self.all_runs(execution)
        for name, (state, runs) in before.items():
            if state == "SUCCESS":
                self.assertEqual(runs, after[name][1], f"{name} had succeeded and is not done again")
        mended = sorted(name for name, (state, _) in before.items() if state == "ERROR")
        self.assertEqual(["clustering", "clusters_up", mended[2], "nodes_ready"], mended, "what failed, and what it held up")
        self.assertRegex(mended[2], r"\Aclusters_up\[\d\]/kube\Z")
        self.assertEqual({"SUCCESS"}, {state for state, _ in after.values()}, after)
        self.assertEqual(2, len(after[mended[2]][1]), "one failed run and one more")
        self.assertEqual(pid, lib.box_pids(self.server.data)["lc-2"], "the boxes are the same")

    def the_failure_explains_itself(self, identifier, row):
        self.assertEqual("ERROR", row["state"])
        record = self.server.get("/overclouds/" + identifier)
        address = next(box["ip"] for box in record["boxes"] if box["name"] == "lc-2")
        self.assertEqual("FAILED", record["state"])
        for place, text in (("the execution", row["state_info"]), ("the OverCloud", record["state_reason"]),
                            ("the client", self.server.mistral("execution-get", row["id"]).out)):
            for fact in (address, "kube_install.sh", WORDS):
                self.assertIn(fact, text, place)
        task, _ = self.failing_task(row["id"])
        error = json.loads(self.server.get("/v2/tasks/" + task["id"])["result"])
        self.assertEqual((address, "exit", "run"), tuple(error["error"][key] for key in ("host", "class", "phase")))
        self.assertNotEqual(0, error["exit_code"])
        self.assertIn(f"exited with code {error['exit_code']}", row["state_info"])
        self.assertIn(WORDS, error["stderr"])
        shown = self.server.foehn("ex", "wait", row["id"])
        self.assertEqual(3, shown.code)
        self.assertIn(f"foehn task rerun {task['id']}", shown.err)
        self.assertIn(WORDS, shown.err)
        logs = self.server.foehn("ex", "logs", row["id"])
        self.assertEqual(0, logs.code, repr(logs))


class ItemsRerunTest(unittest.TestCase):
    """with-items over machines: --resume repeats the items that failed and no other."""
    maxDiff = None

    def test_resume(self):
        server = lib.Server()
        self.addCleanup(server.stop)
        server.start()
        folder = tempfile.mkdtemp(prefix="foehn-sshd-", dir="/var/tmp")
        self.addCleanup(shutil.rmtree, folder)
        sshd = lib.OpenSsh(folder).start()
        self.addCleanup(sshd.stop)
        server.create_workflow("""version: '2.0'
count_up:
  input: [key, folder, port, user]
  output: {all: <% $.all %>}
  tasks:
    each:
      with-items: n in [1, 2, 3]
      concurrency: 2
      action: ssh.run
      input:
        host: 127.0.0.1
        port: <% $.port %>
        username: <% $.user %>
        private_key: <% $.key %>
        cwd: <% $.folder %>
        env: {N: <% str($.n) %>}
        script: |
          echo ran >>ran.$N
          if [ -e broken.$N ]; then echo "no luck with $N" >&2; exit 7; fi
          echo done $N
      publish: {all: <% task(each).result.select($.stdout) %>}
""")
        pathlib.Path(folder, "broken.2").touch()
        execution = server.start_execution("count_up", key=sshd.key(), folder=folder, port=sshd.port, user=sshd.user)
        row = server.wait_execution(execution)
        self.assertEqual("ERROR", row["state"])
        self.assertIn("exited with code 7; stderr: no luck with 2", row["state_info"])
        task = server.task(execution, "each")["id"]
        pathlib.Path(folder, "broken.2").unlink()
        if lib.has_mistral():
            again = server.mistral("task-rerun", task, "--resume")
        else:
            again = server.foehn("task", "rerun", task, "--resume")
        self.assertEqual(0, again.code, repr(again))
        row = server.wait_execution(execution)
        self.assertEqual("SUCCESS", row["state"], row["state_info"])
        self.assertEqual({"all": ["done 1\n", "done 2\n", "done 3\n"]}, json.loads(row["output"]))
        self.assertEqual([1, 2, 1], [len(pathlib.Path(folder, f"ran.{n}").read_text().split()) for n in (1, 2, 3)],
                         "how often each item ran on the machine")
        self.assertEqual([("ERROR", False), ("SUCCESS", True), ("SUCCESS", True), ("SUCCESS", True)],
                         sorted((run["state"], run["accepted"]) for run in server.runs(task)))


if __name__ == "__main__":
    if os.geteuid() != 0:
        lib.skip("boxes with their own network, mounts and processes need root")
    if not lib.has_mistral():
        lib.skip("no mistral command (Debian: python3-mistralclient)")
    lib.main()
