"""Which routes of the API do the tests call? A route is a method and a path: a test that lists things says nothing about
removing one. Read from the sources, so it counts what a test writes out:

    ask("PUT", "/v2/tasks/" + id)           a method followed by a path: literals, names given a path before, + anything
    server.get(f"/overclouds/{id}")         a call of `get` is a GET
    "method": "GET", "target": "/v2/tasks"  recorded exchanges
"""
import re

METHODS = "GET|POST|PUT|DELETE"
ROW = re.compile(r'\{\s*"(' + METHODS + r')",\s*"([^"]+)",[^"]*?\bk\w+,\s*"((?:[^"\\]|\\.)*)"')
TERM = re.compile(r'\s*(?:(?:std::string\()?f?"((?:[^"\\]|\\.)*)"\)?|([A-Za-z_][\w.]*(?:->\w+)*))')
CALL = re.compile(r'"(' + METHODS + r')",\s*(?:"target":\s*)?|\bget\((?=\s*f?")')
ANYTHING = "{}"


def skip_brackets(text, at):
    """Behind the (…) and […] that begin at `at`, if any do."""
    while at < len(text) and text[at] in "([":
        depth = 0
        for end in range(at, min(at + 300, len(text))):
            depth += {"(": 1, "[": 1, ")": -1, "]": -1}.get(text[end], 0)
            if depth == 0:
                break
        else:
            return at
        at = end + 1
    return at


def read_path(text, at, names):
    """The path that the expression at `at` gives: literals as they are, what is not known as a placeholder. None: no path."""
    path = ""
    while True:
        found = TERM.match(text, at)
        if not found:
            return None
        if found.group(1) is not None:
            path += re.sub(r"{[^{}]*}", ANYTHING, found.group(1))
            at = found.end()
        else:
            path += names.get(found.group(2), ANYTHING)
            at = skip_brackets(text, found.end())
        more = re.match(r"\s*\+", text[at:at + 40])
        if not more:
            return path if path.startswith("/") else None
        at += more.end()


def calls_in(text):
    """(method, path without query) of every call in one test file."""
    found, names, at = set(), {}, 0
    steps = re.compile(CALL.pattern + r'|(?<![\w.])(\w+) = (?=\s*(?:std::string\()?f?"/)')
    while step := steps.search(text, at):
        at = step.end()
        path = read_path(text, at, names)
        if path is None:
            continue
        if step.group(2):
            names[step.group(2)] = path
        else:
            found.add((step.group(1) or "GET", path.split("?")[0]))
    return found


def fits(pattern, path):
    """A placeholder of the route takes any segment; a segment that the test computes fits placeholders only."""
    want, have = pattern.split("/"), path.rstrip("/").split("/")
    return len(want) == len(have) and all(
        part != "" if word.startswith("{") else part == word for word, part in zip(want, have))


def check(source, tests, breaches):
    """`source`: the text of the route table; `tests`: the texts of the tests."""
    rows = ROW.findall(source)
    if source and len(rows) < 10:
        breaches.append("api/rest/routes.cc:1: the route table could not be read (fewer than 10 rows found)")
    calls = set().union(*map(calls_in, tests)) if tests else set()
    for method, pattern, doc in rows:
        if len(doc) < 10:
            breaches.append(f"api/rest/routes.cc: {method} {pattern} lacks a doc line")
        if not any(known == method and fits(pattern if pattern != "/" else "", path) for known, path in calls):
            breaches.append(f"api/rest/routes.cc: no test calls {method} {pattern}")
