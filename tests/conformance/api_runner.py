#!/usr/bin/python3
"""Plays the conformance cases of this folder on any server with the Mistral v2 API, as an outside client can: documents
are posted, executions are started, asynchronous actions are reported, states are read until they are as expected.

    api_runner.py --url http://HOST:8989      (or FOEHN_URL) a server that runs
    api_runner.py FOEHN                       starts `FOEHN serve` on a free port with a directory of its own

Any other server than Foehn is a Mistral: a case that `differs` must differ there, texts of the libraries that Mistral uses
count as equal to ours (OTHER_WORDS), tracebacks as the place that we name, and tasks of one name come in any order.

What an outside client cannot do is left out and counted by reason: cases that need virtual time, scripted results of
synchronous actions, a crash, or a resource that the server does not have. Exit status 1 when a played case differs.
"""
import argparse
import collections
import json
import os
import pathlib
import re
import sys
import time
import urllib.parse

import yaml

from api_server import Differs, LeftOut, OwnServer, Server, decoded, fault, without_ids

HERE = pathlib.Path(__file__).resolve().parent
TIMED = re.compile(r"(?:delay|wait-before|wait-after|timeout)\s*[:=]\s*[\"']?(\d+|<%|\{\{)")
UNSEEN = ("order", "runs", "cancel_requests", "timers_left", "globals", "state_info_bytes", "params", "namespace")
UNSEEN_OF_TASK = ("target", "recovered", "timeout_ms", "base", "base_input", "context", "retries", "triggered_by")
HEADINGS = {"Language", "Engine", "REST", "Actions", "Mistral 15"}  # of docs/COMPATIBILITY.md
# (ours, Mistral's): complaints that jsonschema, YAQL and Jinja2 word differently from one version to the next.
OTHER_WORDS = [(re.compile(ours), re.compile(theirs, re.S)) for ours, theirs in (
    ("is not valid under any of the given schemas|non-empty|not of type|Additional properties|required property",
     "^Invalid DSL: .*(is not valid under any|is too short|does not have enough properties|has too many properties|"
     "has non-unique elements|is not of type|is less than the minimum|Either 'branch', 'global' or 'atomic' must be)"
     "|^Either 'branch', 'global' or 'atomic' must be"),
    ("is not one of", "^Failed to find a specification class to instantiate"),
    ("^(Parse|Lexical) error|unexpected '", "^(Parse|Lexical) error"),
    ("^Wrong format of 'with-items'", "^Wrong format of 'with-items'"),
    ("^Syntax error", "^Syntax error"))]
TRACEBACK = re.compile(r"\nTraceback \(most recent call last\):.*", re.S)
PLACE = re.compile(r"\nin task '.*", re.S)
WAIT_S = 5.0
PLAYED_MIN = 700  # on a server of our own: fewer, and the runner has stopped asking
PAUSE_S = 0.02  # between two looks


class Case:
    """One dynamic case."""

    RESOURCES = (("adhoc", "actions"), ("workbook", "workbooks"), ("workflow", "workflows"))

    def __init__(self, server, source):
        self.server, self.source, self.root = server, source, None
        self.defined = []

    def check_playable(self):
        text = json.dumps(self.source)
        if "core_only" in self.source:
            raise LeftOut(self.source["core_only"])
        if "actions" in self.source:
            raise LeftOut("scripted results of actions")
        for event in self.source.get("events", []):
            what = next(iter(event))
            if what == "advance":
                raise LeftOut("virtual time")
            if what in ("lost", "reload", "define"):
                raise LeftOut("a crash or restart")
        for seconds in TIMED.findall(text):
            if not seconds.isdigit() or int(seconds) > 1:
                raise LeftOut("virtual time")
        if "test." in text:
            raise LeftOut("an action of the core's tests")

    def play(self):
        self.check_playable()
        self.define(self.source, "")
        for one in self.source.get("more", []):
            self.define(one, one.get("namespace", ""))
        if not self.start():
            return
        for event in self.source.get("events", []):
            self.happen(*next(iter(event.items())))
        expect = self.source["expect"]
        self.wait(self.root, expect)

    def define(self, source, space):
        for key, resource in self.RESOURCES:
            texts = source.get(key, [])
            for text in [texts] if isinstance(texts, str) else texts:
                self.defined.append((resource, text, space))
                self.server.define(resource, text, space)

    def forget(self):
        """Removes what was defined, so that no other case finds it. Executions keep their definitions."""
        for resource, text, space in self.defined:
            document = yaml.safe_load(text)
            names = [("workbooks", document["name"])] if resource == "workbooks" else [
                (resource, name) for name in document if name != "version"]
            if resource == "workbooks":
                for kind in ("workflows", "actions"):
                    names += [(kind, f"{document['name']}.{name}") for name in document.get(kind, {})]
            for kind, name in names:
                query = f"?namespace={space}" if space else ""
                self.server.call("DELETE", f"/v2/{kind}/{urllib.parse.quote(name)}{query}")

    def first_workflow(self):
        return next(name for name in yaml.safe_load(self.source["workflow"]) if name != "version")

    def start(self):
        """False when the start was refused as expected."""
        start = self.source.get("start", {})
        body = {"workflow_name": start.get("workflow") or self.first_workflow(), "input": start.get("input", {}),
                "params": start.get("params", {})}
        if start.get("namespace"):
            body["workflow_namespace"] = start["namespace"]
        status, answer = self.server.call("POST", "/v2/executions", body)
        wanted = self.source.get("refused", self.source.get("refused_has"))
        if wanted is not None:
            if status < 400 or wanted not in fault(answer):
                raise Differs(f"the start was not refused with '{wanted}': {status} {fault(answer)}")
            return False
        if status != 201:
            raise Differs(f"the start was refused: {status} {answer}")
        self.root = answer["id"]
        return True

    # ---- what there is

    def execution_of(self, arguments):
        name = arguments.get("workflow") if isinstance(arguments, dict) else None
        return self.children(name)[arguments.get("nth", 0)]["id"] if name else self.root

    def children(self, workflow):
        """Executions of that workflow below the root, in order of creation."""
        found, open_ = [], [self.root]
        while open_:
            for task in self.tasks(open_.pop(0)):
                below = self.server.get("/v2/executions", task_execution_id=task["id"])["executions"]
                found += [one for one in below if one["workflow_name"] == workflow]
                open_ += [one["id"] for one in below]
        return sorted(found, key=lambda one: one["created_at"])

    def tasks(self, execution):
        return self.server.get(f"/v2/executions/{execution}/tasks")["tasks"]

    def task_of(self, execution, name):
        named = [task for task in self.tasks(execution) if task["name"] == name]
        return named[-1] if named else None

    def runs(self, task):
        return self.server.get(f"/v2/tasks/{task['id']}/action_executions")["action_executions"]

    # ---- events

    def happen(self, what, arguments):
        arguments = arguments or {}
        refused = arguments.get("refused_by_api", arguments.get("refused"))
        if refused is not None and not self.server.is_foehn:
            self.await_end()
        if what == "check":
            execution = self.patiently(lambda: self.execution_of(arguments))
            return self.wait(execution, arguments)
        method, path, body = self.patiently(lambda: self.request(what, arguments))
        status, answer = self.server.call(method, path, body)
        if status == 400 and "JsonType" in fault(answer):
            raise LeftOut("a reported result that is no object")
        if refused is not None and (status < 400 or refused not in fault(answer)):
            raise Differs(f"{what} was not refused with '{refused}': {status} {fault(answer)}")
        if refused is None and status >= 400:
            raise Differs(f"{what} was refused: {status} {answer}")
        return None

    def patiently(self, ask):
        """ask() once what it needs is there."""
        deadline = time.monotonic() + WAIT_S
        while True:
            try:
                return ask()
            except (LookupError, TypeError) as error:
                if time.monotonic() > deadline:
                    raise Differs(f"not there: {error!r}") from error
                time.sleep(PAUSE_S)

    def request(self, what, arguments):
        execution = self.execution_of(arguments)
        if what == "pause":
            return "PUT", f"/v2/executions/{execution}", {"state": "PAUSED"}
        if what == "resume":
            self.await_pause(execution)
            body = {"state": "RUNNING"}
            if "env" in arguments:
                body["params"] = {"env": arguments["env"]}
            return "PUT", f"/v2/executions/{execution}", body
        if what == "stop":
            if arguments["state"] not in ("SUCCESS", "ERROR", "CANCELLED"):
                raise LeftOut("a state that the API does not take")
            body = {"state": arguments["state"]}
            if "message" in arguments:
                body["state_info"] = arguments["message"]
            return "PUT", f"/v2/executions/{execution}", body
        if what == "rerun_tasks":
            return self.rerun_tasks(execution, arguments)
        task = self.task_of(execution, arguments["task"])
        if what in ("rerun", "skip"):
            self.needs_state(task, "ERROR" if "refused" not in arguments else None)
            if what == "rerun" and "refused" not in arguments and self.beyond_mistral(task, arguments):
                self.needs_foehn()
                return "POST", f"/foehn/v1/tasks/{task['id']}/rerun", {"reset": arguments.get("reset", True)}
            body = {"state": "RUNNING" if what == "rerun" else "SKIPPED"}
            if what == "rerun":
                body["reset"] = arguments.get("reset", True)
            if "env" in arguments:
                body["env"] = arguments["env"]
            return "PUT", f"/v2/tasks/{task['id']}", body
        return "PUT", f"/v2/action_executions/{self.run_of(task, arguments)['id']}", self.report(what, arguments)

    def rerun_tasks(self, execution, arguments):
        self.needs_foehn()
        if "revision" in arguments or "refused_has" in arguments:
            raise LeftOut("a re-run that is made for the core")
        path = f"/foehn/v1/executions/{execution}/rerun"
        body = {name: arguments[name] for name in ("env", "input", "reset") if name in arguments}
        if arguments.get("all"):
            return "POST", path, {"set": "all", **body}
        if arguments.get("downstream"):
            return "POST", path, {"set": "from_task", "task": arguments["tasks"][0], **body}
        if "tasks" not in arguments:
            return "POST", path, {"set": "failed", **body}
        if "items" in arguments:
            body["items"] = arguments["items"]
        task = self.task_of(execution, arguments["tasks"][0])
        self.needs_state(task, "ERROR")
        return "POST", f"/foehn/v1/tasks/{task['id']}/rerun", body

    def await_end(self):
        """What is refused is mostly so because the execution is over; that takes a Mistral a while."""
        deadline = time.monotonic() + WAIT_S / 4
        while time.monotonic() < deadline and self.server.get(f"/v2/executions/{self.root}")["state"] == "RUNNING":
            time.sleep(PAUSE_S)

    def await_pause(self, execution):
        """A pause by the workflow comes a while after the start; some cases resume what never pauses."""
        deadline = time.monotonic() + (0 if self.server.is_foehn else WAIT_S / 2)
        while time.monotonic() < deadline and self.server.get(f"/v2/executions/{execution}")["state"] == "RUNNING":
            time.sleep(PAUSE_S)

    def needs_foehn(self):
        if not self.server.is_foehn:
            raise LeftOut("a re-run that only Foehn can make")

    @staticmethod
    def beyond_mistral(task, arguments):
        """Mistral's API re-runs ERROR only, and takes reset=false of with-items only; its engine and ours do more."""
        return task["state"] == "CANCELLED" or not arguments.get("reset", True)

    @staticmethod
    def needs_state(task, state):
        if state and task["state"] not in (state, "CANCELLED"):
            raise LookupError(f"task {task['name']} is {task['state']}")

    def run_of(self, task, arguments):
        runs = self.runs(task)
        if "run" in arguments:
            return runs[arguments["run"]]
        if "item" in arguments:
            first = runs[arguments["item"]]
            again = [run for run in runs if run["state"] in ("RUNNING", "PAUSED", "IDLE")]
            if first not in again and len(again) > 1:
                raise LeftOut("an item of a later attempt: the API does not number them")
            runs = [first] if first in again or not again else again
        unfinished = [run for run in runs if run["state"] in ("RUNNING", "PAUSED", "IDLE")]
        return (unfinished or runs)[-1]

    @staticmethod
    def report(what, arguments):
        if what == "update":
            return {"state": arguments["state"]}
        if what != "finish":
            raise LeftOut(f"the event {what}")
        if "cancelled" in arguments:
            return {"state": "CANCELLED"}
        if "error" in arguments:
            return {"state": "ERROR", "output": json.dumps(arguments["error"])}
        return {"state": "SUCCESS", "output": json.dumps(arguments.get("result"))}

    # ---- expectations

    def wait(self, execution, expect):
        deadline = time.monotonic() + WAIT_S
        while True:
            differences = self.compare(execution, expect)
            if not differences:
                return
            if time.monotonic() > deadline or (self.source.get("differs") and self.is_over(execution)):
                raise Differs("; ".join(differences))
            time.sleep(PAUSE_S)

    def is_over(self, execution):
        """On a Mistral, which is slow: nothing will change any more, so that waiting for what differs is in vain."""
        if self.server.is_foehn or self.server.get(f"/v2/executions/{execution}")["state"] not in ("SUCCESS", "ERROR"):
            return False
        return all(task["state"] in ("SUCCESS", "ERROR", "SKIPPED", "CANCELLED", "IDLE") for task in self.tasks(execution))

    def compare(self, execution, expect):
        row = self.server.get(f"/v2/executions/{execution}")
        differences = []

        def same(what, actual, wanted):
            if not self.equal(without_ids(actual), wanted):
                differences.append(f"{what}: {json.dumps(without_ids(actual))[:300]} instead of {json.dumps(wanted)[:300]}")

        for key, wanted in expect.items():
            if key in ("state", "state_info"):
                same(key, row[key], wanted)
            elif key == "state_info_has":
                differences += self.lacks("state_info", row["state_info"], wanted)
            elif key == "output":
                same(key, decoded(row["output"]), wanted)
            elif key == "tasks":
                differences += self.compare_tasks(execution, wanted)
            elif key == "absent":
                names = {task["name"] for task in self.tasks(execution)}
                differences += [f"task {name} exists" for name in wanted if name in names]
            elif key == "executions":
                differences += self.compare_children(wanted)
            elif key not in UNSEEN and key not in ("workflow", "nth", "timers"):
                raise LeftOut(f"the expectation {key}")
        return differences

    def equal(self, actual, wanted):
        if self.server.is_foehn or not isinstance(actual, str) or not isinstance(wanted, str):
            return actual == wanted
        return TRACEBACK.sub("", actual) == PLACE.sub("", wanted)

    def lacks(self, what, text, parts):
        text, parts = without_ids(text or ""), [parts] if isinstance(parts, str) else parts
        if not self.server.is_foehn:  # names no place, but has a traceback
            parts = [PLACE.sub("", "\n" + part)[1:] if part.startswith("in task '") else part for part in parts]
        return [f"{what} has no '{part}': {text[:300]}" for part in parts if part not in text]

    def compare_children(self, expected):
        differences = []
        for workflow, wanted in expected.items():
            wanted = wanted if isinstance(wanted, list) else [wanted]
            found = self.children(workflow)
            if len(found) != len(wanted):
                differences.append(f"{len(found)} executions of {workflow} instead of {len(wanted)}")
                continue
            for child, one in zip(found, wanted):
                differences += [f"{workflow}: {text}" for text in self.compare(child["id"], one)]
        return differences

    def compare_tasks(self, execution, expected):
        differences, tasks = [], self.tasks(execution)
        for name, wanted in expected.items():
            named = [task for task in tasks if task["name"] == name]
            if not named:
                differences.append(f"task {name} does not exist")
                continue
            wanted = {"state": wanted} if isinstance(wanted, str) else wanted
            # Mistral lists what began within one second in any order.
            orders = [named] if self.server.is_foehn else [named[:at] + named[at + 1:] + [named[at]]
                                                           for at in range(len(named))]
            differences += min((self.compare_task(name, order, wanted) for order in orders), key=len)
        return differences

    def compare_task(self, name, named, wanted):
        differences = []
        for key, value in wanted.items():
            if key in UNSEEN_OF_TASK:
                continue
            if key == "info_has":
                differences += self.lacks(f"task {name}", named[-1]["state_info"], value)
                continue
            actual = without_ids(self.field(key, named))
            if not self.equal(actual, value):
                differences.append(f"{key} of task {name}: {json.dumps(actual)[:300]} instead of "
                                   f"{json.dumps(value)[:300]}")
        return differences

    def field(self, key, named):
        task = named[-1]
        if key == "count":
            return len(named)
        if key in ("state", "tags"):
            return task[key]
        if key == "info":
            return task["state_info"]
        if key in ("result", "published"):
            return decoded(self.server.get(f"/v2/tasks/{task['id']}")[key])
        runs = self.runs(task) if task["type"] == "ACTION" else self.server.get(
            "/v2/executions", task_execution_id=task["id"])["executions"]
        if key == "runs":
            return len(runs)
        if key == "action":
            return runs[-1]["name"]
        if key == "input":
            return decoded(runs[-1]["input"]) if runs else None
        raise LeftOut(f"the expectation {key} of a task")


def play_static(server, source):
    """One case of static/: what the server accepts and refuses."""
    document = source.get("document", "workflows")
    resource = {"workbook": "workbooks"}.get(document, document)
    path = f"/v2/{resource}/validate"
    if path in server.missing:
        raise LeftOut(f"the server has no POST {path}")
    status, answer = server.call("POST", path, source["definition"])
    if status in (404, 405, 501):
        server.missing.add(path)
        raise LeftOut(f"the server has no POST {path}")
    if status != 200:
        raise Differs(f"{status} {answer}")
    if answer["valid"] and not source["valid"]:
        answer = when_created(server, resource, source["definition"])
    if answer["valid"] != source["valid"]:
        raise Differs(f"valid is {answer['valid']}: {str(answer.get('error'))[:300]}")
    check_error(server, source, answer.get("error") or "")


def check_error(server, source, error):
    wanted = source.get("error", "")
    if wanted in error or any(server.is_foehn is False and ours.search(wanted) and theirs.search(error)
                              for ours, theirs in OTHER_WORDS):
        return
    raise Differs(f"the error is {error[:300]} instead of {wanted}")


def when_created(server, resource, definition):
    """Some mistakes come to light only when the document is stored."""
    status, answer = server.call("POST", f"/v2/{resource}", definition)
    if status == 409:
        status, answer = server.call("PUT", f"/v2/{resource}", definition)
    if status >= 400:
        return {"valid": False, "error": fault(answer)}
    for made in answer.get(resource, [answer]):
        server.call("DELETE", f"/v2/{resource}/{urllib.parse.quote(made['name'], safe='') or made['id']}")
    return {"valid": True}


def all_cases(only):
    for path in sorted(HERE.glob("*.yaml")) + sorted(HERE.glob("static/*.yaml")):
        # Control characters that YAML forbids are what some cases are about: those files cannot be read here.
        try:
            document = yaml.safe_load(path.read_text(encoding="utf-8", errors="surrogateescape"))
        except yaml.YAMLError as error:
            yield path, None, str(error)
            continue
        for source in document["cases"]:
            if only in f"{path.stem}: {source.get('name')}":
                yield path, source, None


def play(server, kind, source):
    """Raises when the case differs where it should not, or does not where it says that it does."""
    expected = None if server.is_foehn else source.get("differs")
    try:
        if kind == "static":
            play_static(server, source)
        else:
            case = Case(server, source)
            try:
                case.play()
            finally:
                case.forget()
    except (Differs, LookupError, TypeError, ValueError):
        if not expected:
            raise
        raise LeftOut(f"differs as documented ({expected.split(':')[0]})") from None
    if expected and not expected.endswith("by chance"):  # which branch is read last
        raise Differs(f"agrees, although it is said to differ: {expected}")


def run(server, only, verbose, played_min=0):
    played, failed, left_out = collections.Counter(), [], collections.Counter()
    for path, source, unreadable in all_cases(only):
        kind = "static" if path.parent.name == "static" else "dynamic"
        if unreadable:
            left_out[f"{path.name} cannot be read by PyYAML"] += 1
            continue
        name = f"{path.stem}: {source.get('name')}"
        if "differs" in source and source["differs"].split(":")[0] not in HEADINGS:
            raise SystemExit(f"{name}: 'differs' names no heading of docs/COMPATIBILITY.md: {source['differs']}")
        try:
            play(server, kind, source)
            played[kind] += 1
        except LeftOut as reason:
            left_out[str(reason)] += 1
            if verbose:
                print(f"left out  {name}: {reason}")
        except (Differs, LookupError, TypeError, ValueError) as difference:
            played[kind] += 1
            failed.append(name)
            print(f"DIFFERS   {name}\n          {difference}", flush=True)
    print(f"{sum(played.values())} cases played ({played['dynamic']} dynamic, {played['static']} static), "
          f"{len(failed)} differ, {sum(left_out.values())} left out:")
    for reason, count in left_out.most_common():
        print(f"  {count:4} {reason}")
    if sum(played.values()) < played_min:
        print(f"fewer than {played_min} cases could be played")
        return 1
    return 1 if failed or not played else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program", nargs="?", help="foehn binary to start a server of")
    parser.add_argument("--url", default=os.environ.get("FOEHN_URL"), help="server to ask instead")
    parser.add_argument("--only", default="", help="cases whose name ('file: name') holds this")
    parser.add_argument("--verbose", action="store_true", help="name the cases that are left out")
    parser.add_argument("--wait", type=float, default=WAIT_S, help="seconds for an expectation to come true")
    options = parser.parse_args()
    globals()["WAIT_S"] = options.wait
    if options.url:
        server = Server(options.url)
        globals()["PAUSE_S"] = PAUSE_S if server.is_foehn else 0.2
        return run(server, options.only, options.verbose)
    if not options.program:
        parser.error("needs a program or --url")
    with OwnServer(options.program) as own:
        return run(Server(own.url), options.only, options.verbose, 0 if options.only else PLAYED_MIN)


if __name__ == "__main__":
    sys.exit(main())
