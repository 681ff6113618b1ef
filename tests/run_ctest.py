#!/usr/bin/env python3
"""Runs ctest and says what was skipped and why, right before ctest's own summary, which stays the end of the output.

usage: run_ctest.py CTEST_OPTION…      (the exit code is ctest's)

Skipped is a whole test (exit code 77 with a line "skipped: reason") or one case of a GoogleTest program (GTEST_SKIP) or of
Python's unittest.
"""
import pathlib
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree

SUMMARY = re.compile(r"^\d+% tests passed")
CASE = re.compile(r"^\S+:\d+: Skipped\n(.*?)\n\[  SKIPPED \] (\S+\.\S+)", re.M | re.S)
# With the first line of the case's docstring, if it has one, on a line of its own.
UNITTEST = re.compile(r"^(\w+) \(__main__\.(\w+).*\)(?:\n.*)? \.\.\. skipped (['\"])(.*)\3$", re.M)


def skipped(junit):
    """(test, reason) of everything that did not run, from ctest's JUnit file."""
    rows = []
    for test in xml.etree.ElementTree.parse(junit).getroot().iter("testcase"):
        output = test.findtext("system-out") or ""
        if test.get("status") == "disabled":
            rows.append((test.get("name"), "disabled"))
        elif test.get("status") == "notrun":
            reason = re.search(r"^skipped: (.+)", output, re.M)
            rows.append((test.get("name"), reason.group(1) if reason else output.strip() or "no reason given"))
        for found in CASE.finditer(output):
            rows.append((f"{test.get('name')}: {found.group(2)}", " ".join(found.group(1).split())))
        for found in UNITTEST.finditer(output):
            rows.append((f"{test.get('name')}: {found.group(2)}.{found.group(1)}", found.group(4)))
    return rows


def report(rows):
    if not rows:
        return "Skipped: nothing.\n\n"
    width = max(len(name) for name, _ in rows)
    return f"Skipped, {len(rows)}:\n" + "".join(f"  {name:<{width}}  {reason}\n" for name, reason in rows) + "\n"


def main():
    with tempfile.TemporaryDirectory() as folder:
        junit = pathlib.Path(folder) / "junit.xml"
        # The reasons are in the output, which ctest cuts after 1 KiB if not told otherwise.
        command = ["ctest", "--output-junit", str(junit), "--test-output-size-passed", "1000000", *sys.argv[1:]]
        ctest = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, errors="replace")
        for line in ctest.stdout:
            if SUMMARY.match(line):
                break
            print(line, end="", flush=True)
        else:
            line = ""
        summary = line + ctest.stdout.read()
        code = ctest.wait()
        if junit.exists():
            print(report(skipped(junit)), end="")
        print(summary, end="", flush=True)
        return code


sys.exit(main())
