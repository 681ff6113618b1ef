#!/usr/bin/env python3
"""kill -9 of the server at five moments of making an OverCloud. After each restart the create goes on by itself; in the
end it is ACTIVE, no box is there twice or left over, and no finished step has run again. (A step that was running when
the server died may run again: its script is idempotent and its task says safe-rerun.)

The moments are not times: the test looks at the task tree and kills when it sees what it waits for. Right before each
kill it notes which tasks had succeeded and which runs they had made; in the end these must be exactly their runs."""
import os
import pathlib
import sys
import unittest

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "e2e"))
import lib  # noqa: E402 - found through the path above


def states(tree):
    return {task["name"]: task["state"] for task in tree["tasks"]}


def any_below(tree, task_name, name, state):
    """Is the task `name` of some sub-execution of `task_name` in that state?"""
    return any(task["name"] == name and task["state"] == state for parent in tree["tasks"]
               if parent["name"] == task_name for child in parent["children"] for task in child["tasks"])


# What the tree looks like when the server is killed, in the order of the graph.
MOMENTS = [
    ("before any box: the rights are checked", lambda tree: states(tree).get("check") in ("RUNNING", "SUCCESS")),
    ("boxes are being made", lambda tree: states(tree).get("cluster_boxes") in ("RUNNING", "SUCCESS")),
    ("scripts run on the boxes", lambda tree: any_below(tree, "clusters_up", "runtime", "RUNNING")
     or any_below(tree, "clusters_up", "kube", "RUNNING")),
    ("clusters join", lambda tree: states(tree).get("joins") in ("RUNNING", "SUCCESS")),
    ("DataLake and Fabric are put on", lambda tree: states(tree).get("datalake_cluster") in ("RUNNING", "SUCCESS")),
]


class KillTest(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.server = lib.Server()
        self.addCleanup(self.server.stop)
        self.server.start()

    def tree(self, execution):
        try:
            return self.server.tree(execution)
        except AssertionError:  # the record names the execution before it is there
            return {"tasks": [], "state": "RUNNING"}

    def successes(self, execution):
        """Path of each task that has succeeded → its runs as they were left, and its sub-executions."""
        found = {}

        def look(tree, path):
            for task in tree["tasks"]:
                name = path + task["name"]
                if task["state"] == "SUCCESS":
                    runs = [tuple(run[key] for key in ("id", "state", "accepted", "created_at", "updated_at"))
                            for run in self.server.runs(task["id"])]
                    found[name] = frozenset(runs + [child["id"] for child in task["children"]])
                for child in task["children"]:
                    look(child, f"{name}[{child['id']}]/")
        look(self.tree(execution), "")
        return found

    def test_five_kills(self):
        answer = self.server.request("POST", "/overclouds", {"provider": "local", "number": 3, "size": "box"})
        self.assertEqual(202, answer.status, answer.text)
        identifier, execution = answer.json["overcloud_ID"], answer.json["execution_id"]
        done = {}
        boxes = {}
        for what, reached in MOMENTS:
            lib.wait_for(what, lambda seen=reached: seen(self.tree(execution)) or self.ended(execution))
            self.assertFalse(self.ended(execution), f"the moment has passed: {what}")
            done.update(self.successes(execution))
            self.server.kill()
            for name, pid in lib.box_pids(self.server.data).items():
                if "post_box" in done and "cluster_boxes" in done:  # made and reported: it must survive
                    self.assertEqual(boxes.setdefault(name, pid), pid, f"box {name} after: {what}")
            self.server.start()
        row = self.server.wait_execution(execution, 120)
        self.assertEqual("SUCCESS", row["state"], row["state_info"])
        self.finished_steps_ran_once(execution, done)
        self.all_is_there(identifier, boxes)
        destroyed = self.server.foehn("oc", "destroy", identifier, "--yes")
        self.assertEqual(0, destroyed.code, repr(destroyed))
        self.assertEqual(lib.NOTHING_LEFT, lib.Machine(self.server.data).all())

    def ended(self, execution):
        return self.tree(execution)["state"] != "RUNNING"

    def finished_steps_ran_once(self, execution, done):
        after = self.successes(execution)
        self.assertIn("authorizing", done)
        self.assertIn("kube_init", done)
        self.assertEqual(done, {name: after[name] for name in done})
        counts = {name: len(runs) for name, runs in after.items()}
        many = {"cluster_boxes": 3, "clusters_up": 3, "joins": 3, "telegraf": 4}
        self.assertEqual({name: many.get(name, 1) for name in counts}, counts,
                         "runs per task: a restart goes on with the run that was interrupted")

    def all_is_there(self, identifier, boxes):
        record = self.server.get("/overclouds/" + identifier)
        self.assertEqual("ACTIVE", record["state"])
        names = {"post", "lc-1", "lc-2", "lc-3"}
        self.assertEqual(names, {record["post"]["name"], *(box["name"] for box in record["boxes"])})
        running = lib.box_pids(self.server.data)
        self.assertEqual(boxes, running, "the boxes are those of before the kills")
        self.assertEqual(4, len(list(pathlib.Path(self.server.data, "boxes").glob("*"))))
        machine = lib.Machine(self.server.data)
        self.assertEqual((5, 4), (len(machine.links), len(machine.netns)), f"a bridge, a link for each box: {machine.all()}")
        self.assertEqual(1, len(self.server.get("/overclouds?deleted=true")))


if __name__ == "__main__":
    if os.geteuid() != 0:
        lib.skip("boxes with their own network, mounts and processes need root")
    lib.main()
