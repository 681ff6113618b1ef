#!/usr/bin/python3
"""Foehn's expressions against python3-yaql and python3-jinja2, on the same mix and machine.

usage: expr_compare.py PROGRAM [--json]   PROGRAM: build/release/bench/expr_bench

Every figure is the median of five runs, in microseconds. "run": compiled once, evaluated again and again. "whole":
compiled and evaluated, as Mistral does it with every YAQL expression (its Jinja2 expressions, too).
"""

import json
import math
import pathlib
import statistics
import subprocess
import sys
import timeit

MIX = pathlib.Path(__file__).with_name("expr_mix.json")


def context():
    return {
        "a": {"b": {"c": 1}},
        "x": 7,
        "y": 2,
        "status": "ACTIVE",
        "servers": [{"name": f"n{i}", "addr": f"10.0.0.{i}"} for i in range(20)],
        "list": [{"x": i % 10, "y": i} for i in range(1000)],
    }


def seconds(function):
    """Median time of one call over five runs of at least 50 ms."""
    timer = timeit.Timer(function)
    number = 1
    while timer.timeit(number) < 0.05:
        number *= 2
    return statistics.median(timer.timeit(number) / number for _ in range(5))


def python_times(mix):
    import jinja2
    import jinja2.sandbox
    from yaql.language import factory
    import yaql

    options = {"yaql.limitIterators": -1, "yaql.memoryQuota": -1, "yaql.convertInputData": True,
               "yaql.convertOutputData": True, "yaql.convertTuplesToLists": True, "yaql.convertSetsToLists": False}
    engine = factory.YaqlFactory().create(options=options)
    library = yaql.create_context()
    environment = jinja2.sandbox.SandboxedEnvironment(undefined=jinja2.StrictUndefined, trim_blocks=True,
                                                      lstrip_blocks=True)
    data = context()
    times = {}
    for item in mix:
        name = item["name"]
        parsed = engine(item["yaql"])
        times[f"yaql/{name}/run"] = seconds(
            lambda: parsed.evaluate(data=data, context=library.create_child_context()))
        times[f"yaql/{name}/whole"] = seconds(
            lambda: engine(item["yaql"]).evaluate(data=data, context=library.create_child_context()))
        compiled = environment.compile_expression(item["jinja"], undefined_to_none=False)
        times[f"jinja/{name}/run"] = seconds(lambda: compiled(_=data))
        times[f"jinja/{name}/whole"] = seconds(
            lambda: environment.compile_expression(item["jinja"], undefined_to_none=False)(_=data))
    return times


def foehn_times(program):
    out = subprocess.run([program, "--benchmark_format=json", "--benchmark_repetitions=5",
                          "--benchmark_min_time=0.05", str(MIX)], check=True, capture_output=True, text=True).stdout
    rows = json.loads(out)["benchmarks"]
    return {row["run_name"]: row["cpu_time"] * 1e-9 for row in rows if row.get("aggregate_name") == "median"}


def main():
    program = sys.argv[1]
    mix = json.loads(MIX.read_text())
    ours, theirs = foehn_times(program), python_times(mix)
    figures = {}
    for language in ("yaql", "jinja"):
        for kind in ("run", "whole"):
            names = [name for name in theirs if name.startswith(language) and name.endswith(kind)]
            ratios = [theirs[name] / ours[name] for name in names]
            figures[f"{language} {kind}: times faster, geometric mean"] = math.exp(
                statistics.mean(math.log(ratio) for ratio in ratios))
            figures[f"{language} {kind}: times faster, worst"] = min(ratios)
    if "--json" in sys.argv:
        print(json.dumps({"figures": figures, "ours": ours, "theirs": theirs}, indent=1))
        return
    for name in theirs:
        print(f"{name:40} {ours[name] * 1e6:10.2f} us {theirs[name] * 1e6:10.2f} us {theirs[name] / ours[name]:8.1f} x")
    for name, value in figures.items():
        print(f"{name:50} {value:8.1f}")


if __name__ == "__main__":
    main()
