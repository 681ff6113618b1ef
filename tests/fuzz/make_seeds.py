#!/usr/bin/env python3
"""Seeds for the fuzz targets, made from what the project has: samples, workflows, conformance cases and the
expressions of the oracles. make_seeds.py FOLDER writes FOLDER/<target>/<number>."""
import json
import pathlib
import re
import sys

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
SEED_BYTES_MAX = 4096  # libFuzzer is best at small inputs

HTTP = [
    "/v2/tasks/00000000-0000-4000-8000-000000000000?limit=5&force=yes&a=%20b+c",
    "/v2/executions/x%2Fy/report?fields=id,name&sort_keys=created_at&marker=",
    '/v2/executions\n{"workflow_name": "wf", "input": {"a": [1, 2.5, null, true, "\\u00e9\\ud83d\\ude00"]}}',
    '/v2/executions\n{"input": "{\\"a\\": 1}", "params": {"env": {"b": -0.0, "c": 1e300}}, "description": ""}',
]


def definitions():
    for folder in ("samples", "workflows", "tests/unit/dsl/lint"):
        for path in sorted((ROOT / folder).rglob("*.yaml")):
            yield path.read_text()
    for path in sorted((ROOT / "tests/conformance").rglob("*.yaml")):
        for case in yaml.safe_load(path.read_text()).get("cases", []):
            if isinstance(case.get("definition"), str):
                yield case["definition"]


def expressions(name, key):
    with open(ROOT / "tests/unit/dsl/expr" / name, encoding="utf-8") as lines:
        return [json.loads(line)[key] for line in lines]


def jinja(text):
    inside = re.fullmatch(r"\{\{(.*)\}\}", text)
    return "=" + inside.group(1).strip() if inside and "{{" not in inside.group(1) else text


def calls(texts):
    for text in texts:
        yield from re.findall(r"(?:action|workflow|base|retry|on-\w+): (\S.*)", text)


def main():
    texts = list(definitions())
    seeds = {
        "lint": texts,
        "yaml": texts,
        "yaql": expressions("yaql_cases.jsonl", "expression"),
        "jinja": [jinja(text) for text in expressions("jinja_cases.jsonl", "text")],
        "shorthand": calls(texts),
        "http": HTTP,
    }
    for target, items in seeds.items():
        folder = pathlib.Path(sys.argv[1]) / target
        folder.mkdir(parents=True, exist_ok=True)
        distinct = dict.fromkeys(item for item in items if len(item.encode()) <= SEED_BYTES_MAX)
        for number, item in enumerate(distinct):
            (folder / f"{number:04}").write_bytes(item.encode())


if __name__ == "__main__":
    main()
