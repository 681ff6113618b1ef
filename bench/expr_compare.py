#!/usr/bin/python3
"""The figures of the language: expressions against python3-yaql and python3-jinja2 on the same mix, compile against
yaml-cpp, all in one run on one machine.

usage: expr_compare.py EXPR_BENCH DSL_BENCH [--json FILE]   (programs of build/release/bench; FILE: rows are added)

Times are processor times, medians of five runs (three where one takes over half a second), so that a busy machine
spoils neither side. "parsed each time": parsed and evaluated, as Mistral 15 does with every YAQL and Jinja2 expression
(mistral/expressions: both evaluators parse in evaluate()); "parsed once": what a Mistral with a cache of parsed
expressions could reach. The context holds what the expression needs, and the 1,000 items of `list` only where it
reads them: YAQL converts its whole input at each evaluation, as Mistral configures it.
"""

import json
import math
import pathlib
import statistics
import subprocess
import sys
import time
import timeit

MIX = pathlib.Path(__file__).with_name("expr_mix.json")


def context(with_list):
    data = {
        "a": {"b": {"c": 1}},
        "x": 7,
        "y": 2,
        "status": "ACTIVE",
        "servers": [{"name": f"n{i}", "addr": f"10.0.0.{i}"} for i in range(20)],
    }
    if with_list:
        data["list"] = [{"x": i % 10, "y": i} for i in range(1000)]
    return data


def seconds(function):
    """Median processor time of one call over runs of at least 50 ms."""
    timer = timeit.Timer(function, timer=time.process_time)
    number = 1
    while (took := timer.timeit(number)) < 0.05:
        number *= 2
    return statistics.median(timer.timeit(number) / number for _ in range(5 if took < 0.5 else 3))


def python_times(mix):
    import jinja2
    import jinja2.sandbox
    from yaql.language import factory
    import yaql

    # Mistral: mistral/expressions/yaql_expression.py and jinja_expression.py, default configuration.
    options = {"yaql.limitIterators": -1, "yaql.memoryQuota": -1, "yaql.convertInputData": True,
               "yaql.convertOutputData": True, "yaql.convertTuplesToLists": True, "yaql.convertSetsToLists": False}
    engine = factory.YaqlFactory().create(options=options)
    library = yaql.create_context()
    environment = jinja2.sandbox.SandboxedEnvironment(undefined=jinja2.StrictUndefined, trim_blocks=True,
                                                      lstrip_blocks=True)
    times = {}
    for item in mix:
        name, data = item["name"], context("$.list" in item["yaql"])
        parsed = engine(item["yaql"])
        times[f"yaql/{name}/once"] = seconds(
            lambda: parsed.evaluate(data=data, context=library.create_child_context()))
        times[f"yaql/{name}/each"] = seconds(
            lambda: engine(item["yaql"]).evaluate(data=data, context=library.create_child_context()))
        compiled = environment.compile_expression(item["jinja"], undefined_to_none=False)
        times[f"jinja/{name}/once"] = seconds(lambda: compiled(_=data))
        times[f"jinja/{name}/each"] = seconds(
            lambda: environment.compile_expression(item["jinja"], undefined_to_none=False)(_=data))
    return times


def rows_of(program, *arguments):
    out = subprocess.run([program, "--benchmark_format=json", "--benchmark_repetitions=5", *arguments], check=True,
                         capture_output=True, text=True).stdout
    return json.loads(out)["benchmarks"]


def foehn_times(program):
    times = {}
    for row in rows_of(program, "--benchmark_min_time=0.05", str(MIX)):
        if row["run_type"] == "iteration":
            times.setdefault(row["run_name"], []).append(row["cpu_time"] * 1e-9)
    return times


def figure(name, values, middle, unit, target, at_least=False):
    return {"figure": name, "median": middle, "min": min(values), "max": max(values), "unit": unit,
            "runs": len(values), "target": target, "at_least": at_least,
            "met": middle >= target if at_least else middle < target}


def figures_of(ours, theirs, dsl_rows):
    def own(name, text, factor, unit, target):
        values = [value * factor for value in ours[name]]
        return figure(text, values, statistics.median(values), unit, target)

    figures = [own("yaql/member/once", "YAQL `<% $.a.b.c %>`", 1e9, "ns", 300),
               own("yaql/filter 1,000 items/once", "YAQL `where` and `select` over 1,000 items", 1e6, "us", 150)]
    for language, peer, target in (("yaql", "python3-yaql", 50), ("jinja", "python3-jinja2", 5)):
        for kind, text in (("each", "parsed each time"), ("once", "parsed once")):
            ratios = [theirs[name] / statistics.median(ours[name]) for name in theirs
                      if name.startswith(language) and name.endswith(kind)]
            mean = math.exp(statistics.mean(math.log(ratio) for ratio in ratios))
            figures.append(figure(f"times faster than {peer}, {text} (mean; single expressions)", ratios, mean, "x",
                                  target, at_least=True))
    for row in dsl_rows:
        if row.get("aggregate_name") == "median" and row["run_name"].startswith("compile_against_yaml_cpp"):
            ratios = [other["ratio"] for other in dsl_rows
                      if other["run_name"] == row["run_name"] and other["run_type"] == "iteration"]
            tasks = row["run_name"].split("tasks:")[1].split("/")[0]
            figures.append(figure(f"compile of {tasks} tasks / yaml-cpp alone", ratios, statistics.median(ratios), "x",
                                  1.6))
    return figures


def main():
    mix = json.loads(MIX.read_text())
    dsl_rows = rows_of(sys.argv[2], "--benchmark_filter=compile_against", "--benchmark_min_time=0.2")
    ours, theirs = foehn_times(sys.argv[1]), python_times(mix)
    print(f"{'':40} {'Foehn':>13} {'Python':>13}")
    for name, value in theirs.items():
        own = statistics.median(ours[name])
        print(f"{name:40} {own * 1e6:10.2f} us {value * 1e6:10.2f} us {value / own:9.1f} x")
    figures = figures_of(ours, theirs, dsl_rows)
    for row in figures:
        print(f"{row['figure']:75} {row['median']:10.2f} {row['unit']:2} target "
              f"{'>=' if row['at_least'] else '<'} {row['target']:<5g} {'ok' if row['met'] else 'MISSED'}"
              f" ({row['min']:.2f}-{row['max']:.2f})")
    if "--json" in sys.argv:
        path = pathlib.Path(sys.argv[sys.argv.index("--json") + 1])
        path.write_text(json.dumps((json.loads(path.read_text()) if path.exists() else []) + figures, indent=2) + "\n")
    return 0 if all(row["met"] for row in figures) else 1


if __name__ == "__main__":
    sys.exit(main())
