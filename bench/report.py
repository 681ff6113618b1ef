#!/usr/bin/env python3
"""Writes the page of results from what one run of bench/run.sh measured. Needs only the standard library.

usage: report.py PAGE [--load LOAD] [--build-seconds N] FIGURES.json [GOOGLE_BENCHMARK.json…]
"""
import argparse
import datetime
import json
import os
import pathlib
import re
import subprocess


def git(*words):
    done = subprocess.run(["git", *words], capture_output=True, text=True, cwd=pathlib.Path(__file__).parent)
    return done.stdout.strip() if done.returncode == 0 else ""


def machine():
    def first(path, pattern):
        found = re.search(pattern, pathlib.Path(path).read_text(), re.M)
        return found.group(1).strip() if found else "unknown"
    model = first("/proc/cpuinfo", r"^model name\s*:(.*)$")
    system = first("/etc/os-release", r"^PRETTY_NAME=.(.*).$")
    memory_gb = int(first("/proc/meminfo", r"^MemTotal:\s+(\d+)")) / 2**20
    return f"{model}, {os.cpu_count()} cores, {memory_gb:.0f} GiB, {system}, Linux {os.uname().release.partition('-')[0]}"


def number(value):
    return f"{value:.0f}" if value >= 100 else f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def figure_rows(figures):
    for row in figures:
        spread = f"{number(row['min'])}–{number(row['max'])}" if row["runs"] > 1 else "–"
        sign = "≥" if row.get("at_least") else "<"
        yield (f"| {row['figure']} | {number(row['median'])} {row['unit']} | {spread} | {row['runs']} "
               f"| {sign} {row['target']:g} {row['unit']} | {'met' if row['met'] else '**missed**'} |")


def component_rows(report):
    rows = {}
    for row in report["benchmarks"]:
        rows.setdefault(row["run_name"], {})[row.get("aggregate_name")] = row
    for name, kinds in rows.items():
        median, spread = kinds["median"], kinds.get("cv")
        # A coefficient of variation is a share of the mean, whatever the unit.
        share = f"{100 * spread['real_time']:.0f} %" if spread else "–"
        rate = median.get("items_per_second")
        ratio = median.get("ratio")  # a figure of its own: see the program's first lines
        yield (f"| {name} | {number(median['real_time'])} {median['time_unit']} | {share} | {median['repetitions']} "
               f"| {f'{rate:,.0f}' if rate else f'ratio {ratio:.2f}' if ratio else '–'} |")


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("page", type=pathlib.Path)
    parser.add_argument("figures", type=pathlib.Path)
    parser.add_argument("components", type=pathlib.Path, nargs="*")
    parser.add_argument("--load", default="unknown")
    parser.add_argument("--build-seconds", type=int)
    options = parser.parse_args()
    figures = json.loads(options.figures.read_text())
    if options.build_seconds is not None:
        figures.append({"figure": "full Release build, no compiler cache", "median": options.build_seconds, "runs": 1,
                        "unit": "s", "target": 360, "met": options.build_seconds < 360})
    changed = " with uncommitted changes" if git("status", "--porcelain", "--untracked-files=no") else ""
    lines = ["# Results", "",
             "Written by `bench/run.sh --write`; what each figure means is said in `figures.py`, `http_bench.py` and `expr_compare.py`.", "",
             f"- Machine: {machine()}; load before the run: {options.load}",
             f"- Date: {datetime.datetime.now(datetime.timezone.utc):%Y-%m-%d %H:%M} UTC",
             f"- Commit: {git('rev-parse', '--short=12', 'HEAD') or 'unknown'}{changed}", "",
             "| Figure | Median | Min–max | Runs | Target | |", "|---|---|---|---|---|---|", *figure_rows(figures)]
    if options.components:
        lines += ["", "Components (no targets; data directory on the disk of /var/tmp):", "",
                  "| Benchmark | Median | Spread (cv) | Repetitions | Items/s |", "|---|---|---|---|---|"]
        for path in options.components:
            lines += component_rows(json.loads(path.read_text()))
    options.page.write_text("\n".join(lines) + "\n")
    print(f"\nwritten: {options.page}")


main()
