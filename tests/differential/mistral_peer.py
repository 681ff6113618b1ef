#!/usr/bin/python3
"""Plays the workflows of mistral_probes.yaml on two servers with the Mistral v2 API and compares what comes of them.

    mistral_peer.py URL URL [--only TEXT] [--threads N] [--wait SECONDS]

The second server is asked first, because it is the slow one. Compared are of every execution (sub-workflows too) state,
state_info and output, and of its tasks name, state, state_info, published, result and the states of their runs, each task
set sorted, ids masked, Python's traceback and our own place of a forced failure cut off. A probe that `differs` names a
heading of docs/COMPATIBILITY.md; it is reported when it does not differ any more. Exit status 1 when anything is not as said.

No test of CI: it needs a real Mistral (docs/VERIFICATION.md has the figures of the last run).
"""
import argparse
import concurrent.futures
import json
import pathlib
import re
import sys
import time

import yaml

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "conformance"))
import api_runner  # noqa: E402
from api_server import Differs, LeftOut, Server, decoded, fault, without_ids  # noqa: E402

# What the libraries say differently: the context's values behind an expression error, jsonschema's schema and instance.
LIBRARIES = re.compile(r", error=.*?\](?=, wf=|:|\n|$)|\n\nFailed validating.*?(?=\. Value\(s\)|$)", re.S)
OPEN = ("RUNNING", "IDLE", "WAITING", "DELAYED")
LEVELS = 5


def masked(value):
    """Texts without ids, tracebacks, places, and what LIBRARIES names."""
    if isinstance(value, str):
        return LIBRARIES.sub("", api_runner.PLACE.sub("", api_runner.TRACEBACK.sub("", without_ids(value))))
    if isinstance(value, list):
        return [masked(one) for one in value]
    if isinstance(value, dict):
        return {key: masked(one) for key, one in value.items()}
    return value


def task_report(server, task, level):
    whole = server.get(f"/v2/tasks/{task['id']}")
    report = masked({"name": task["name"], "state": task["state"], "info": whole["state_info"], "type": task["type"],
                     "published": decoded(whole["published"]) or {}, "result": decoded(whole["result"])})
    if task["type"] == "WORKFLOW":
        below = server.get("/v2/executions", task_execution_id=task["id"])["executions"]
        report["runs"] = sorted((execution_report(server, one["id"], level + 1) for one in below), key=json.dumps)
    else:
        runs = server.get(f"/v2/tasks/{task['id']}/action_executions")["action_executions"]
        report["runs"] = sorted(f"{run['name']} {run['state']}" for run in runs)
    return report


def execution_report(server, identifier, level=0):
    if level > LEVELS:
        raise Differs("sub-workflows too deep to compare")
    row = server.get(f"/v2/executions/{identifier}")
    tasks = server.get(f"/v2/executions/{identifier}/tasks")["tasks"]
    report = masked({"workflow": row["workflow_name"], "state": row["state"], "info": row["state_info"],
                     "output": decoded(row["output"])})
    report["tasks"] = sorted((task_report(server, task, level) for task in tasks), key=json.dumps)
    return report


def rests(server, case):
    """True when nothing of the execution moves any more."""
    state = server.get(f"/v2/executions/{case.root}")["state"]
    return state not in OPEN and all(task["state"] not in OPEN[:1] + OPEN[2:] for task in case.tasks(case.root))


def played(server, probe, wait):
    """What becomes of the probe on one server; a refusal is a result like others."""
    case = api_runner.Case(server, probe)
    try:
        case.define(probe, "")
        for one in probe.get("more", []):
            case.define(one, one.get("namespace", ""))
        start = probe.get("start", {})
        body = {"workflow_name": start.get("workflow") or case.first_workflow(), "input": start.get("input", {}),
                "params": start.get("params", {}), "workflow_namespace": start.get("namespace", "")}
        status, answer = server.call("POST", "/v2/executions", body)
        if status != 201:
            return {"refused": masked(fault(answer))}
        case.root = answer["id"]
        for event in probe.get("events", []):
            case.happen(*next(iter(event.items())))
            settle(server, case, wait)
        settle(server, case, wait)
        return execution_report(server, case.root)
    except (Differs, LeftOut) as problem:
        return {"refused": masked(str(problem))}
    finally:
        case.forget()


def settle(server, case, wait):
    deadline = time.monotonic() + wait
    while time.monotonic() < deadline and not rests(server, case):
        time.sleep(0.1)


def differences(ours, theirs, place=""):
    """Where two reports differ, one line each."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        return [line for key in sorted(ours.keys() | theirs.keys())
                for line in differences(ours.get(key), theirs.get(key), f"{place}.{key}")]
    if isinstance(ours, list) and isinstance(theirs, list) and len(ours) == len(theirs):
        return [line for at, pair in enumerate(zip(ours, theirs)) for line in differences(*pair, f"{place}[{at}]")]
    return [] if ours == theirs else [f"{place or '.'}: {json.dumps(ours)[:400]} | {json.dumps(theirs)[:400]}"]


def compare(probe, servers, wait):
    """(name, lines to print) of one probe."""
    theirs = played(servers[1], probe, wait)
    ours = played(servers[0], probe, wait)
    found = differences(ours, theirs)
    if "differs" in probe:
        found = [] if found else [f"does not differ any more: {probe['differs']}"]
    return probe["name"], found


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url", nargs=2, help="Foehn and Mistral, http://HOST:PORT")
    parser.add_argument("--only", default="", help="probes whose name holds this")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--wait", type=float, default=30, help="seconds for an execution to come to rest")
    options = parser.parse_args()
    servers = [Server(url) for url in options.url]
    api_runner.WAIT_S = options.wait
    probes = [one for one in yaml.safe_load((HERE / "mistral_probes.yaml").read_text())["probes"]
              if options.only in one["name"]]
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(options.threads) as pool:
        for name, found in pool.map(lambda probe: compare(probe, servers, options.wait), probes):
            failed += bool(found)
            print(f"{'DIFFERS' if found else 'same   '}   {name}", flush=True)
            for line in found:
                print(f"          {line}")
    print(f"{len(probes)} probes, {sum('differs' in one for one in probes)} of them known to differ, {failed} not as said")
    return 1 if failed or not probes else 0


if __name__ == "__main__":
    sys.exit(main())
