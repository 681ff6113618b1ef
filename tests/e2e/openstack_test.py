#!/usr/bin/env python3
"""`openstack workflow …` of Debian's python3-openstackclient, unchanged: told the server's address and that it needs no
authentication, it stores, runs, shows and removes what the `mistral` command does. A command takes seconds to start, so
each is run once."""
import json
import os
import shutil
import tempfile

import lib

WORKFLOW = """version: '2.0'
os_talk:
  input: [who]
  output: {said: <% $.said %>}
  tasks:
    say: {action: std.echo output=<% $.who %>, publish: {said: <% task().result %>}}
"""


class OpenStackTest(lib.ServerTest):
    def openstack(self, *argv, code=0):
        clean = {name: "" for name in os.environ if name.startswith("OS_")}
        done = lib.run(["openstack", "--os-auth-type", "none", "--os-endpoint", self.server.url + "/v2", *argv], env={**clean, "COLUMNS": "1000"})
        self.assertEqual(code, done.code, f"openstack {argv}: {done}")
        return done.out

    def json(self, *argv):
        return json.loads(self.openstack(*argv, "-f", "json"))

    def test_a_workflow_from_its_text_to_its_end(self):
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
            file.write(WORKFLOW)
            file.flush()
            self.assertEqual(["os_talk"], [row["Name"] for row in self.json("workflow", "create", file.name)])
        self.assertIn("os_talk", [row["Name"] for row in self.json("workflow", "list")])
        self.assertEqual(WORKFLOW.strip(), self.openstack("workflow", "definition", "show", "os_talk").strip())
        started = self.json("workflow", "execution", "create", "os_talk", '{"who": "you"}')
        self.server.wait_execution(started["ID"])
        self.assertEqual("SUCCESS", self.json("workflow", "execution", "show", started["ID"])["State"])
        self.assertEqual({"said": "you"}, json.loads(self.openstack("workflow", "execution", "output", "show", started["ID"])))
        task = self.json("task", "execution", "list", started["ID"])[0]
        self.assertEqual(("say", "SUCCESS"), (task["Name"], task["State"]))
        self.assertEqual("you", json.loads(self.openstack("task", "execution", "result", "show", task["ID"])))
        self.openstack("workflow", "execution", "delete", started["ID"])
        self.openstack("workflow", "delete", "os_talk")
        self.assertNotIn("os_talk", [row["name"] for row in self.server.get("/v2/workflows")["workflows"]])


if __name__ == "__main__":
    if shutil.which("openstack") is None:
        lib.skip("no openstack command (Debian: python3-openstackclient)")
    lib.main()
