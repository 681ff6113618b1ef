#!/usr/bin/env python3
"""Fails when the sources break a rule of the house; prints every breach as file:line: text.

usage: tidy.py SOURCE_ROOT

Rules: includes follow layers.txt and form no cycle; files have at most 600 lines; functions at most 70; lines at most
120 characters (tests aside); every bound in limits.h is used; every route of the API has a doc line and is called,
with its method, in a test (routes.py); no word of the place where the project was written; every library's
public header starts with a comment; every Python file is one for the interpreter at hand.
"""
import ast
import pathlib
import re
import sys

sys.dont_write_bytecode = True  # the source tree stays as it is
import routes  # noqa: E402 - not before the line above

FILE_LINES_MAX = 600
FUNCTION_LINES_MAX = 70
LINE_WIDTH_MAX = 120
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')
CODE_FOLDERS = ("engine", "dsl", "actions", "workflows", "api", "tests", "bench")


def load_layers(path):
    allow, confined = {}, {}
    for line in path.read_text().splitlines():
        words = line.split("#")[0].split() if not line.startswith("@") else line.split()
        if not words:
            continue
        if words[0].startswith("@"):
            confined[words[0][1:]] = set(words[1:])
        else:
            allow[words[0]] = set() if words[1] == "-" else set(words[1:])
    return allow, confined


def owner(path, allow):
    hits = [prefix for prefix in allow if path.startswith(prefix + "/")]
    return max(hits, key=len) if hits else None


def permitted(target, mine, allow):
    rule, theirs = allow[mine], owner(target, allow)
    if theirs == mine or "*" in rule:
        return True
    # A named subfolder (dsl/validate) may be narrower than the target's owner (dsl).
    return any(theirs == name or (name.startswith(str(theirs) + "/") and target.startswith(name + "/")) for name in rule)


def check_includes(root, files, breaches):
    allow, confined = load_layers(root / "tests/tidy/layers.txt")
    graph = {}
    for name, lines in files.items():
        mine, edges = owner(name, allow), []
        for number, line in enumerate(lines, 1):
            found = INCLUDE.match(line)
            if not found:
                continue
            target = found.group(2)
            for prefix, places in confined.items():
                if target.startswith(prefix) and name not in places and not name.startswith(("tests/", "bench/")):
                    breaches.append(f"{name}:{number}: <{target}> belongs to {', '.join(sorted(places))}")
            if found.group(1) == '"':
                if target not in files:
                    breaches.append(f'{name}:{number}: "{target}" not found from the root')
                elif mine is None:
                    breaches.append(f"{name}:{number}: no layer rule for this file")
                elif not permitted(target, mine, allow):
                    breaches.append(f"{name}:{number}: {mine} may not include {target}")
                if target in files:
                    edges.append(target)
        graph[name] = edges
    check_cycles(graph, breaches)


def check_cycles(graph, breaches):
    state = {}
    for start in graph:  # iterative depth-first search; a grey target closes a cycle
        if start in state:
            continue
        stack = [(start, iter(graph[start]))]
        state[start] = "grey"
        while stack:
            node, targets = stack[-1]
            target = next(targets, None)
            if target is None:
                state[node] = "black"
                stack.pop()
            elif state.get(target) == "grey":
                names = [name for name, _ in stack]
                breaches.append("include cycle: " + " -> ".join(names[names.index(target):] + [target]))
            elif target not in state:
                state[target] = "grey"
                stack.append((target, iter(graph.get(target, []))))


def strip_code(text):
    """Comments, strings and character literals become blanks; newlines stay."""
    pattern = re.compile(r'//[^\n]*|/\*.*?\*/|R"(\w*)\(.*?\)\1"|"(?:\\.|[^"\\\n])*"|\'(?:\\.|[^\'\\\n])+\'', re.S)
    return pattern.sub(lambda m: re.sub(r"[^\n]", " ", m.group(0)), text)


def functions(text):
    """(first line, last line) of every function body, found by braces."""
    code, stack, found = strip_code(text), [], []
    code = re.sub(r"^\s*#.*?(?<!\\)$", lambda m: " " * len(m.group(0)), code, flags=re.M)
    line, begin = 1, 0
    for at, char in enumerate(code):
        if char == "\n":
            line += 1
        elif char == ";" and (not stack or stack[-1][0] == "scope"):
            begin = at + 1
        elif char == "{":
            head = code[begin:at]
            scope = not stack or stack[-1][0] == "scope"
            if scope and re.search(r"\b(namespace|class|struct|union|enum|extern)\b[^()]*$", head) and ")" not in head:
                stack.append(("scope", line))
            elif scope and ")" in head and "=" not in head.split(")")[-1]:
                stack.append(("function", line - head[head.rstrip().rfind("\n") + 1:].count("\n")))
            else:
                stack.append(("other", line))
            begin = at + 1
        elif char == "}":
            if stack:
                kind, first = stack.pop()
                if kind == "function":
                    found.append((first, line))
            begin = at + 1
    return found


def check_sizes(files, breaches):
    for name, lines in files.items():
        if len(lines) > FILE_LINES_MAX:
            breaches.append(f"{name}:1: {len(lines)} lines; at most {FILE_LINES_MAX}")
        for number, line in enumerate(lines, 1):
            # Tests assert whole texts, which are not broken up.
            if len(line) > LINE_WIDTH_MAX and not name.startswith("tests/"):
                breaches.append(f"{name}:{number}: {len(line)} characters; at most {LINE_WIDTH_MAX}")
        for first, last in functions("\n".join(lines)):
            if last - first + 1 > FUNCTION_LINES_MAX:
                breaches.append(f"{name}:{first}: function of {last - first + 1} lines; at most {FUNCTION_LINES_MAX}")


def check_limits(files, breaches):
    everything = "\n".join("\n".join(lines) for name, lines in files.items()
                           if name != "engine/base/limits.h" and not name.startswith("tests/"))
    for number, line in enumerate(files["engine/base/limits.h"], 1):
        found = re.search(r"\b(k[A-Z]\w+)\s*=", line)
        if found and not re.search(r"\b" + found.group(1) + r"\b", everything):
            breaches.append(f"engine/base/limits.h:{number}: {found.group(1)} bounds nothing")


def check_routes(root, files, breaches):
    source = "\n".join("\n".join(lines) for name, lines in files.items() if re.match(r"api/rest/routes\w*\.cc", name))
    tests = [path.read_text(errors="replace") for path in sorted((root / "tests").rglob("*"))
             if path.suffix in {".cc", ".h", ".py", ".jsonl"} and "tidy" not in path.parts]
    routes.check(source, tests, breaches)


def check_words(root, breaches):
    # Built from pieces so that this file does not breach its own rule.
    banned = re.compile("|".join([r"(?<![\w.])/wo" + r"rk/", "shared/sp" + "ec", "shared/des" + "ign", "Clau" + "de",
                                  "Anthr" + "opic", r"\bsub-?ag" + r"ents?\b", r"this sess" + "ion of ours"]))
    for path in sorted(root.rglob("*")):
        relative = path.relative_to(root)
        if not path.is_file() or relative.parts[0] in {".git", "build"} or path.suffix in {".png", ".db"}:
            continue
        for number, line in enumerate(path.read_text(errors="replace").splitlines(), 1):
            found = banned.search(line)
            if found:
                breaches.append(f"{relative}:{number}: the project speaks of itself alone, not of '{found.group(0)}'")


def check_headers(files, breaches):
    for name, lines in files.items():
        if name.endswith(".h") and not name.startswith(("tests/", "bench/")):
            if not lines or not lines[0].startswith("//"):
                breaches.append(f"{name}:1: a header begins with a comment: what for, who owns it, which thread")
            if "#pragma once" not in lines:
                breaches.append(f"{name}:1: no #pragma once")


def check_python(root, breaches):
    """Programs that no test runs (benchmarks, the nightly run) must at least be Python for the interpreter that users have."""
    for path in sorted(root.rglob("*.py")):
        relative = path.relative_to(root)
        if relative.parts[0] in {".git", "build"}:
            continue
        try:
            ast.parse(path.read_text())
        except SyntaxError as error:
            breaches.append(f"{relative}:{error.lineno}: no Python {sys.version_info[0]}.{sys.version_info[1]}: {error.msg}")


def main():
    root, breaches = pathlib.Path(sys.argv[1]).resolve(), []
    files = {}
    for folder in CODE_FOLDERS:
        for path in sorted((root / folder).rglob("*")):
            if path.suffix in {".h", ".cc"}:
                files[str(path.relative_to(root))] = path.read_text(errors="replace").splitlines()
    check_includes(root, files, breaches)
    check_sizes(files, breaches)
    check_limits(files, breaches)
    check_routes(root, files, breaches)
    check_words(root, breaches)
    check_headers(files, breaches)
    check_python(root, breaches)
    print("\n".join(breaches) if breaches else f"ok: {len(files)} files")
    return 1 if breaches else 0


sys.exit(main())
