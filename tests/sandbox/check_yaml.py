#!/usr/bin/python3
"""Checks the OverCloud workflows without an engine.

Goal: find the mistakes that would show only at run time. Method: parse each file, then check names, transitions,
scripts, retries and that create and create_reverse tell the same story. One line per mistake; exit 1 when there is one,
77 when python3-yaml is missing.
"""
import pathlib
import sys

try:
    import yaml
except ImportError:
    print("skipped: python3-yaml is missing")
    sys.exit(77)

ROOT = pathlib.Path(__file__).resolve().parents[2] / "workflows" / "builtin"
REMOTE = {"ssh.run", "ssh.wait", "ssh.fetch"}
COMMANDS = ("noop", "fail", "succeed", "pause")
problems = []


def targets(clause):
    """The names in an on-... clause."""
    for entry in [clause] if isinstance(clause, str) else clause or []:
        yield next(iter(entry)) if isinstance(entry, dict) else entry


def transitions(task):
    for clause in ("on-success", "on-error", "on-complete", "on-skip"):
        yield from targets(task.get(clause))


def strings(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from strings(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from strings(inner)


def check_task(where, task, names, workflows):
    for target in transitions(task):
        if target not in names and target.split(" ")[0].split("(")[0] not in COMMANDS:
            problems.append(f"{where}: there is no task {target}")
    for required in task.get("requires", []):
        if required not in names:
            problems.append(f"{where}: requires {required}, which is no task")
    if ("action" in task) == ("workflow" in task):
        problems.append(f"{where}: needs an action or a workflow")
    if "workflow" in task and task["workflow"] not in workflows:
        problems.append(f"{where}: there is no workflow {task['workflow']}")
    if task.get("action") in REMOTE and task.get("safe-rerun") is not True:
        problems.append(f"{where}: runs on a box and is not safe-rerun")
    files = (task.get("input") or {}).get("script_files", [])
    if files and files[:2] != ["overcloud/scripts/defaults.sh", "overcloud/scripts/lib.sh"]:
        problems.append(f"{where}: defaults.sh and lib.sh must come first")
    for name in files:
        if not (ROOT / name).is_file():
            problems.append(f"{where}: there is no file {name}")
    for text in strings(task):
        if text.count("<%") != text.count("%>") or "\n" in text and "<%" in text:
            problems.append(f"{where}: broken expression: {text}")


def check_workflow(name, workflow, workflows):
    tasks = workflow["tasks"]
    inbound = {task: set() for task in tasks}
    for task_name, task in tasks.items():
        check_task(f"{name}.{task_name}", task, tasks, workflows)
        for target in transitions(task):
            inbound.get(target, set()).add(task_name)
    if workflow.get("type", "direct") == "direct":
        for task_name, task in tasks.items():
            if task.get("join") == "all" and len(inbound[task_name]) < 2:
                problems.append(f"{name}.{task_name}: joins fewer than two tasks")
    return inbound


def check_twins(direct, reverse, inbound):
    """create_reverse must have the same tasks, less those that only serve the rollback."""
    plain = {k: v for k, v in direct["tasks"].items() if k not in ("route", "guarded", "rollback")}
    if set(plain) != set(reverse["tasks"]):
        problems.append(f"create and create_reverse differ in: {set(plain) ^ set(reverse['tasks'])}")
    for key in ("vars", "output"):
        if direct[key] != reverse[key]:
            problems.append(f"create and create_reverse differ in {key}")
    for name in set(plain) & set(reverse["tasks"]):
        keep = ("action", "workflow", "input", "with-items", "concurrency", "retry", "timeout", "safe-rerun")
        if any(plain[name].get(k) != reverse["tasks"][name].get(k) for k in keep):
            problems.append(f"create and create_reverse differ in the task {name}")
        if inbound[name] - {"route"} != set(reverse["tasks"][name].get("requires", [])):
            problems.append(f"create_reverse.{name} requires other tasks than those before it in create")


def main():
    workflows = {}
    for path in sorted((ROOT / "overcloud").glob("*.yaml")):
        document = yaml.safe_load(path.read_text())
        if document.pop("version", None) != "2.0":
            problems.append(f"{path.name}: version must be '2.0'")
        workflows.update(document)
    inbound = {name: check_workflow(name, workflow, workflows) for name, workflow in workflows.items()}
    check_twins(workflows["overcloud.create"], workflows["overcloud.create_reverse"], inbound["overcloud.create"])
    used = {f for w in workflows.values() for t in w["tasks"].values() for f in (t.get("input") or {}).get("script_files", [])}
    for path in (ROOT / "overcloud" / "scripts").glob("*.sh"):
        if f"overcloud/scripts/{path.name}" not in used:
            problems.append(f"scripts/{path.name} is used by no workflow")
    print("\n".join(problems) or f"ok    {len(workflows)} workflows")
    return 1 if problems else 0


sys.exit(main())
