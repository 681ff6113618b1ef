#!/usr/bin/env python3
"""shellcheck finds nothing in any shell script of the project. The OverCloud scripts are checked as the engine runs them:
defaults.sh, lib.sh and the script as one file. Exit code 77 (skipped) without shellcheck.

usage: shell.py SOURCE_ROOT
"""
import pathlib
import re
import shutil
import subprocess
import sys

SCRIPTS = pathlib.Path("workflows/builtin/overcloud/scripts")
SHARED = ["defaults.sh", "lib.sh"]


def is_shell(path):
    with open(path, "rb") as file:
        first = file.readline(80)
    return path.suffix == ".sh" or re.match(rb"#!.*\b(ba)?sh\b", first) is not None


def findings(root, *options, text=None):
    # Sourced files are looked up from the root. SC2034 would name what setup.sh sets for those who source it.
    done = subprocess.run(["shellcheck", "-x", "-f", "gcc", *options], input=text, cwd=root, capture_output=True, text=True)
    if done.returncode > 1:
        return [done.stderr.strip() or done.stdout.strip()]
    return [line for line in done.stdout.splitlines() if not re.match(r"tests/setup\.sh:.*\[SC2034\]$", line)]


def place(name, line, lengths):
    """A line of the joined text as file:line of the part it comes from."""
    found = re.match(r"-:(\d+):(.*)", line)
    if not found:
        return line
    number = int(found.group(1))
    for part in (*SHARED, name):
        if number <= lengths[part]:
            return f"{SCRIPTS / part}:{number}:{found.group(2)}"
        number -= lengths[part]
    return line


def main():
    root = pathlib.Path(sys.argv[1]).resolve()
    if not shutil.which("shellcheck"):
        print("skipped: no shellcheck (Debian: shellcheck)")
        return 77
    found, alone = [], []
    for path in sorted(root.rglob("*")):
        relative = path.relative_to(root)
        if relative.parts[0] not in {".git", "build"} and relative.parent != SCRIPTS and path.is_file() and is_shell(path):
            alone.append(str(relative))
    found += findings(root, *alone)
    texts = {path.name: path.read_text() for path in sorted((root / SCRIPTS).glob("*.sh"))}
    lengths = {name: text.count("\n") for name, text in texts.items()}
    for name in texts:
        if name not in SHARED:
            joined = "".join(texts[part] for part in (*SHARED, name))
            found += [place(name, line, lengths) for line in findings(root, "-s", "sh", "-", text=joined)]
    if len(alone) < 5 or len(texts) < 5:
        found.append(f"only {len(alone)} scripts and {len(texts)} OverCloud scripts found: is this the source tree?")
    print("\n".join(sorted(set(found))) or f"ok: {len(alone)} scripts, {len(texts)} OverCloud scripts")
    return 1 if found else 0


sys.exit(main())
