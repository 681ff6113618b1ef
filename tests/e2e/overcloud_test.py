#!/usr/bin/env python3
"""An OverCloud on local boxes from beginning to end: made, looked at, logged in to, removed, and nothing left of it.
The boxes are network, mount and process namespaces with a real sshd; the Kubernetes tools in them are stand-ins
(samples/sandbox) and say SIMULATED."""
import json
import os
import pathlib
import re
import shlex
import unittest

import lib

LEGACY_KEYS = {"overcloud_ID", "devops_post", "logical_cluster", "ssh", "weave_url", "chronograf_url", "rook_url",
               "prometheus_url", "grafana_url", "smartx-multiview"}
ADDRESS = re.compile(r"\d+\.\d+\.\d+\.\d+")
# One attempt only: what fails here fails for good.
IMPATIENT = {name: {"timeout": 60, "retries": 0, "delay": 0} for name in
             ("auth", "slice", "box_create", "ssh_wait", "box_prepare", "runtime_install", "kube_install", "kube_init",
              "kube_join", "network", "nodes_ready", "datalake", "datalake_health", "fabric", "repo")}


class OvercloudTest(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.server = lib.Server()
        self.addCleanup(self.server.stop)
        self.server.start()

    def nothing_left(self):
        self.assertEqual(lib.NOTHING_LEFT, lib.Machine(self.server.data).all())
        self.assertEqual([], json.loads(self.server.foehn("-o", "json", "boxes", "list", "--data", self.server.data).out))
        self.assertEqual([], list(pathlib.Path(self.server.data, "boxes").glob("*")))

    def overcloud(self, identifier):
        return self.server.get("/overclouds/" + identifier)

    def log_in(self, address, user, command):
        key = pathlib.Path(self.server.data + ".key")
        key.touch(0o600)
        self.addCleanup(key.unlink, True)
        identifier = self.server.foehn("-q", "oc", "list").out.split()[-1]
        key.write_text(self.server.foehn("oc", "ssh-key", identifier).out)
        return lib.run(["ssh", "-F", "/dev/null", "-i", key, "-o", "UserKnownHostsFile=/dev/null", "-o", "BatchMode=yes",
                        "-o", "StrictHostKeyChecking=no", "-o", "LogLevel=ERROR", f"{user}@{address}", command])

    def test_direct(self):
        done = self.server.foehn("oc", "create", "--number", "3", "--name", "demo", "--no-wait")
        self.assertEqual(0, done.code, repr(done))
        identifier = done.out.split()[0]
        self.second_requests_are_refused(identifier)
        execution = self.overcloud(identifier)["execution_id"]
        watched = self.server.foehn("ex", "watch", execution)
        self.assertEqual(0, watched.code, repr(watched))
        self.assertRegex(watched.out, r"✔ SUCCESS    clusters_up\[2\]/kube\n")
        self.look_around(identifier)
        self.log_in_to_the_boxes(identifier)
        self.secrets_stay_in_their_store(identifier, execution)
        destroyed = self.server.foehn("oc", "destroy", identifier, "--yes", "--preserve", "export")
        self.assertEqual(0, destroyed.code, repr(destroyed))
        self.assertEqual([], list(pathlib.Path(self.server.data, "secrets").glob("*")), "they go with the OverCloud")
        archive = pathlib.Path(self.server.data, "fetched", identifier + ".tar")
        self.assertGreater(archive.stat().st_size, 0, "the preserved content must be here before anything goes")
        self.assertTrue(destroyed.out.endswith(f"OverCloud {identifier} is DESTROYED\n"), destroyed.out)
        self.nothing_left()
        self.assertEqual([], self.server.get("/overclouds"))
        tombstone = self.server.get("/overclouds?deleted=true")[0]
        self.assertEqual(("DESTROYED", ["create", "destroy"]),
                         (tombstone["state"], [one["kind"] for one in tombstone["executions"]]))
        again = self.server.foehn("oc", "destroy", identifier, "--yes")
        self.assertEqual((6, ""), (again.code, again.out), repr(again))

    def secrets_stay_in_their_store(self, identifier, execution):
        store = pathlib.Path(self.server.data, "secrets")
        tokens = [(store / f"overcloud-{identifier}.{name}").read_bytes() for name in ("join-token", "influx-token")]
        self.assertLess(10, min(len(token) for token in tokens))
        logs = self.server.foehn("ex", "logs", execution).out
        self.assertIn('kube_init | {"endpoint"', logs)
        self.assertRegex(logs, r'"token": "\*\*\*"')
        places = {path: path.read_bytes() for path in pathlib.Path(self.server.data).iterdir() if path.is_file()}
        self.assertLess(100_000, sum(len(content) for content in places.values()), "the database is among them")
        places |= {"logs": logs.encode(), "server log": self.server.log_text().encode()}
        for token in tokens:
            self.assertEqual([], [str(place) for place, content in places.items() if token in content])

    def second_requests_are_refused(self, identifier):
        holder = self.overcloud(identifier)["execution_id"]
        for method, path in (("DELETE", f"/overclouds/{identifier}"), ("POST", f"/overclouds/{identifier}/rollback")):
            answer = self.server.request(method, path)
            self.assertEqual(409, answer.status, answer.text)
            self.assertIn(holder, answer.json["error"]["message"])
        done = self.server.foehn("oc", "destroy", identifier)
        self.assertEqual((2, "", "foehn: this deletes for good and nobody can be asked here: say --yes\n"),
                         (done.code, done.out, done.err))
        done = self.server.foehn("oc", "destroy", identifier, "--yes")
        self.assertEqual((6, ""), (done.code, done.out), repr(done))

    def look_around(self, identifier):
        record = self.overcloud(identifier)
        self.assertEqual(("ACTIVE", "SUCCESS", "local", 3, "box", "demo"), tuple(
            record[key] for key in ("state", "execution_state", "provider", "number", "size", "name")))
        self.assertEqual(set(), LEGACY_KEYS - set(record))
        addresses = [record["devops_post"], *record["logical_cluster"]]
        self.assertEqual(4, len(set(addresses)))
        for address in addresses:
            self.assertRegex(address, ADDRESS)
        for url in ("prometheus_url", "grafana_url", "rook_url", "weave_url"):
            self.assertTrue(record[url].startswith(f"http://{record['devops_post']}:"), (url, record[url]))
        self.assertEqual(("HEALTH_OK", f"/overclouds/{identifier}/ssh-key"),
                         (record["datalake"]["health"], record["ssh"]))
        self.assertTrue(record["versions"]["kubernetes"].endswith("-sim"), record["versions"])
        self.assertTrue(record["post"]["simulated"])
        self.assertIn("PRIVATE KEY", self.server.request("GET", record["ssh"]).text)
        self.assertNotIn("PRIVATE KEY", json.dumps(record))
        self.assertEqual([record["executions"][0]], self.server.get(f"/overclouds/{identifier}/executions"))
        logs = self.server.foehn("ex", "logs", record["execution_id"])
        self.assertRegex(logs.out, r"(?m)^kube_init \| SIMULATED kubeadm$")
        shown = self.server.foehn("oc", "get", identifier)
        self.assertRegex(shown.out, r"(?m)^state +\S* ?ACTIVE$")
        self.assertIn(f"post       {addresses[0]}\n", shown.out)
        boxes = json.loads(self.server.foehn("-o", "json", "boxes", "list", "--data", self.server.data).out)
        self.assertEqual({("post", "ACTIVE"), ("lc-1", "ACTIVE"), ("lc-2", "ACTIVE"), ("lc-3", "ACTIVE")},
                         {(box["name"], box["state"]) for box in boxes})
        self.assertEqual(set(addresses), {box["ip"] for box in boxes})
        machine = lib.Machine(self.server.data)
        self.assertEqual((5, 4), (len(machine.links), len(machine.netns)), "a bridge, and a link for each box")
        self.assertLessEqual(4, len(machine.processes))

    def log_in_to_the_boxes(self, identifier):
        record = self.overcloud(identifier)
        done = self.log_in(record["devops_post"], record["post"]["user"], "hostname; kubectl get nodes")
        self.assertEqual(0, done.code, repr(done))
        lines = done.out.split("\n")
        self.assertEqual("post", lines[0])
        ready = {line.split()[0] for line in lines[1:] if len(line.split()) > 1 and line.split()[1] == "Ready"}
        self.assertEqual({"post", "lc-1", "lc-2", "lc-3"}, ready, done.out)
        self.assertIn("SIMULATED", done.err, "a stand-in says that it is one")
        box = record["boxes"][1]
        done = self.log_in(box["ip"], box["user"], "hostname; cat /proc/1/comm; kubeadm version -o short")
        self.assertEqual(["lc-2", "sshd"], done.out.split()[:2], repr(done))
        printed = re.search(r"log in +(.*)\n", self.server.foehn("oc", "get", identifier).out).group(1)
        self.assertIn("foehn oc ssh-key " + identifier, printed)
        self.assertIn(f"{record['post']['user']}@{record['devops_post']}", shlex.split(printed))

    def test_reverse_and_the_original_interface(self):
        answer = self.server.request("POST", "/overclouds?wait=true", {"provider": "Local", "number": "1", "size": "box",
                                                                       "workflow": "reverse"})
        self.assertEqual(200, answer.status, answer.text)
        self.assertEqual(LEGACY_KEYS, set(answer.json))
        self.assertEqual(1, len(answer.json["logical_cluster"]))
        record = self.overcloud(answer.json["overcloud_ID"])
        self.assertEqual(("ACTIVE", "Local", "overcloud.create_reverse"),
                         (record["state"], record["provider"], record["executions"][0]["workflow"]))
        answer = self.server.request("DELETE", "/overclouds?wait=true", {"overcloud_id": record["overcloud_ID"]})
        self.assertEqual((200, "Success\n"), (answer.status, answer.text))
        self.nothing_left()

    def test_rollback(self):
        body = {"provider": "local", "number": 2, "size": "box", "on_failure": "rollback", "policy": IMPATIENT,
                "profile": {"env": {"CONTAINERD_REPO_URL": "https://example.invalid/{DISTRO}"}}}
        answer = self.server.request("POST", "/overclouds", body)
        self.assertEqual((202, f"/overclouds/{answer.json['overcloud_ID']}"),
                         (answer.status, answer.headers["Location"]), answer.text)
        row = self.server.wait_execution(answer.json["execution_id"])
        self.assertEqual("ERROR", row["state"])
        self.assertIn("containerd.io", row["state_info"], "the cause is named")
        record = self.overcloud(answer.json["overcloud_ID"])
        self.assertEqual("FAILED", record["state"], record)
        self.nothing_left()


if __name__ == "__main__":
    if os.geteuid() != 0:
        lib.skip("boxes with their own network, mounts and processes need root")
    lib.main()
