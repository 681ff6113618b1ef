#!/usr/bin/env python3
"""Everything that the reference of Mistral's language shows as allowed, and the workflows of the original OverCloud system,
is accepted: by `foehn validate` and by the server (testdata/examples)."""
import re
import unittest

import lib

FOLDER = lib.ROOT / "tests/e2e/testdata/examples"
KINDS = {"workbook": "workbooks", "adhoc": "actions"}  # all others hold workflows
CONTENT = {"workbook": "2 workflows, 1 action", "adhoc": "2 actions", "calls": "2 workflows"}
# Tasks and what they require; the names are those of 2018.
OVERCLOUD = {"instance": [], "devops_post": ["instance"], "cloud_native_cluster": ["devops_post"],
             "connected_datalake": ["cloud_native_cluster"], "visible_fabric": ["cloud_native_cluster"],
             "finish": ["connected_datalake", "visible_fabric"]}


class Examples(lib.ServerTest):
    paths = sorted(FOLDER.glob("*.yaml"))

    def test_offline(self):
        self.assertGreaterEqual(len(self.paths), 10)
        for path in self.paths:
            with self.subTest(path.stem):
                done = lib.foehn("validate", path)
                content = CONTENT.get(path.stem, "1 workflow")
                self.assertEqual((0, f"{path}: ok ({content})\n"), (done.code, done.out), repr(done))

    def test_by_the_server(self):
        for path in self.paths:
            with self.subTest(path.stem):
                kind = KINDS.get(path.stem, "workflows")
                answer = self.server.request("POST", f"/v2/{kind}/validate", path.read_text())
                self.assertEqual((200, True), (answer.status, answer.json["valid"]), answer.text)

    def test_the_original_overcloud_workflows(self):
        paths = [path for path in self.paths if path.stem.startswith("overcloud")]
        done = lib.foehn("lint", *paths)
        self.assertEqual((0, "3 files: clean\n", ""), (done.code, done.out, done.err), repr(done))
        names = {row["name"] for path in paths for row in self.server.create_workflow(path.read_text())}
        self.assertEqual({"Instantiation", "Amazon_Instantiation", "Heterogeneous_Instantiation"}, names)
        for path in paths:
            drawn = lib.foehn("graph", "--dot", path).out
            nodes = dict(re.findall(r'(\w+) \[label="(\w+)', drawn))
            requires = {name: [] for name in nodes.values()}
            for before, after in re.findall(r"(\w+) -> (\w+)", drawn):
                requires[nodes[after]].append(nodes[before])
            self.assertEqual(OVERCLOUD, requires)


if __name__ == "__main__":
    lib.main()
