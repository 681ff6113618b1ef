#!/usr/bin/python3
"""Plays the workflows of mistral_probes.yaml on two servers with the Mistral v2 API and compares what comes of them.

    mistral_peer.py URL URL [--only TEXT] [--generate COUNT --seed SEED] [--threads N] [--wait SECONDS]

The second server is asked first, because it is the slow one. Compared are of every execution (sub-workflows too) state,
state_info and output, and of its tasks name, state, state_info, published, result and the states of their runs, each task
set sorted, ids masked, Python's traceback and our own place of a forced failure cut off. A probe that `differs` names a
heading of docs/COMPATIBILITY.md; it is reported when it does not differ any more. Exit status 1 when anything is not as said.

--generate plays random workflows (workflow_grammar.py) instead. What differs there is asked again of both servers: when one
of Mistral's answers is one of ours, the workflow is a race, and is counted as such.

No test of CI: it needs a real Mistral (docs/VERIFICATION.md has the figures of the last run).
"""
import argparse
import concurrent.futures
import functools
import json
import pathlib
import re
import sys
import time

import yaml

HERE = pathlib.Path(__file__).resolve().parent
sys.path.insert(0, str(HERE.parent / "conformance"))
import api_runner  # noqa: E402
import workflow_grammar  # noqa: E402
from api_server import Differs, LeftOut, Server, decoded, fault, without_ids  # noqa: E402

# What the libraries say differently: the context's values behind an expression error, jsonschema's schema and instance.
LIBRARIES = re.compile(r"\n    [^\n]*\n +\^|, error=.*?\](?=, wf=|:|\n|$)|\n\nFailed validating.*?(?=\. Value\(s\)|$)", re.S)
OPEN = ("RUNNING", "IDLE", "WAITING", "DELAYED")
LEVELS = 5
REPEATS = 3  # of a generated workflow that differs
# Of generated workflows: what a line about a difference holds, and the row of COMPATIBILITY.md that it is for.
KNOWN = [(re.compile(pattern), row) for pattern, row in (
    (r"Wrong input format for: \{\}|Invalid task name \[wf_spec=ReverseW", "Engine: Wrong input format … names the value"),
    (r'\.info: "Failed subworkflow .*\| null$', "Engine: a sub-workflow that failed without a message"),
    (r'Failed to check and complete .* \| "Failed to handle action completion', "Engine: an output … at succeed"),
    (r'\.info: "Failure caused by error in tasks: [^"]*" \| "Failure caused by error in tasks: ', "Engine: names every task"),
    (r'\.(result|output\.\w+): (.*) \| \[\2, \2', "Engine: a late trigger does not run a partial join again"),
    (r'"Failed to complete task (.*)" \| "Failed to run task \1"', "Engine: forced failures; an empty list completes at once"))]
BRACES = re.compile(r"(?<=\[expression=)\{\{\s*(.*?)\s*\}\}(?=,|\]|:|$)")  # we show what is inside
FAILED_BY = re.compile(r"(?<=Failed by tasks: )\[[^\]]*\]")


def masked(value):
    """Texts without ids, tracebacks, places, and what LIBRARIES names."""
    if isinstance(value, str):
        text = LIBRARIES.sub("", api_runner.PLACE.sub("", api_runner.TRACEBACK.sub("", without_ids(value))))
        text = BRACES.sub(r"\1", text)
        return FAILED_BY.sub(lambda names: " ".join(sorted(names.group(0)[1:-1].split(", "))), text)
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
    if server.is_foehn and state in ("SUCCESS", "ERROR"):
        return all(task["state"] != "RUNNING" for task in case.tasks(case.root))
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
    if isinstance(ours, list) and isinstance(theirs, list) and all(isinstance(one, dict) and "name" in one for one in ours + theirs):
        names = [sorted({one["name"] for one in side}) for side in (ours, theirs)]
        if names[0] != names[1]:
            return [f"{place or '.'}: {names[0]} | {names[1]}"]
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


def without_rest(ours, theirs):
    """Both without the tasks that wait for nothing in our ended executions: Mistral goes on with their retries, we do not
    (COMPATIBILITY.md: 'After a forced failure')."""
    if not isinstance(ours, dict) or not isinstance(theirs, dict) or "tasks" not in ours or "tasks" not in theirs:
        return ours, theirs
    left = {task["name"] for task in ours["tasks"] if ours["state"] in ("SUCCESS", "ERROR") and task["state"] in OPEN}
    sides = [[task for task in one["tasks"] if task["name"] not in left] for one in (ours, theirs)]
    if [task["name"] for task in sides[0]] == [task["name"] for task in sides[1]]:
        for mine, other in zip(*sides):
            if len(mine["runs"]) == len(other["runs"]):
                pairs = [without_rest(*pair) for pair in zip(mine["runs"], other["runs"])]
                mine["runs"], other["runs"] = [pair[0] for pair in pairs], [pair[1] for pair in pairs]
    return {**ours, "tasks": sides[0]}, {**theirs, "tasks": sides[1]}


def compare_generated(seed, servers, wait):
    """As compare(), of the workflow with that seed."""
    probe, in_order = workflow_grammar.Workflow(seed).probes()
    ours, theirs = [], []
    for _ in range(REPEATS):
        theirs.append(played(servers[1], probe, wait))
        ours.append(played(servers[0], in_order, wait))
        if "refused" in theirs[-1] or theirs[-1]["state"] in OPEN[:1]:
            refused = "refused" in theirs[-1] and "refused" in ours[-1]
            return probe["name"] + (" (refused)" if refused else " (no answer: Mistral refuses it, fails or hangs)"), []
        found = min((differences(*without_rest(one, other)) for one in ours for other in theirs), key=len)
        if not found:
            return probe["name"] + (" (a race)" if len(ours) > 1 else ""), []
    for pattern, row in KNOWN:
        if any(pattern.search(line) for line in found):
            return f"{probe['name']} (known: {row})", []
    return probe["name"], [*found, "  " + probe["workflow"].replace("\n", "\n            "), f"start: {probe['start']}"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("url", nargs=2, help="Foehn and Mistral, http://HOST:PORT")
    parser.add_argument("--only", default="", help="probes whose name holds this")
    parser.add_argument("--generate", type=int, default=0, metavar="COUNT", help="so many random workflows")
    parser.add_argument("--seed", type=int, default=1, help="of the first of them; the next has the next seed")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--wait", type=float, default=30, help="seconds for an execution to come to rest")
    options = parser.parse_args()
    servers = [Server(url) for url in options.url]
    api_runner.WAIT_S = options.wait
    probes = [one for one in yaml.safe_load((HERE / "mistral_probes.yaml").read_text())["probes"]
              if options.only in one["name"]]
    work = [functools.partial(compare, probe, servers, options.wait) for probe in probes]
    if options.generate:
        work = [functools.partial(compare_generated, options.seed + at, servers, options.wait) for at in range(options.generate)]
    failed = 0
    with concurrent.futures.ThreadPoolExecutor(options.threads) as pool:
        for name, found in pool.map(lambda one: one(), work):
            failed += bool(found)
            print(f"{'DIFFERS' if found else 'same   '}   {name}", flush=True)
            for line in found:
                print(f"          {line}")
    known = 0 if options.generate else sum("differs" in one for one in probes)
    print(f"{len(work)} probes, {known} of them known to differ, {failed} not as said")
    return 1 if failed or not work else 0


if __name__ == "__main__":
    sys.exit(main())
