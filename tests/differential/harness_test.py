#!/usr/bin/python3
"""Goal: the comparison itself fails, with the expression to blame and in bounded time, when our program crashes, hangs,
shows a value of the context, names no place, or prints what means something else; and when a name is never generated or
a difference is in no row of docs/COMPATIBILITY.md. Method: a program of a few lines stands for ours."""

import contextlib
import io
import json
import os
import sys
import tempfile
import time
import unittest

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "common"))
import differential

PROGRAM = """#!/usr/bin/python3
import json, os, sys, time
contexts = []
for line in sys.stdin:
    request = json.loads(line)
    if "context" in request:
        contexts.append(request["context"])
        continue
    text, context = request["e"], contexts[request["c"]]
    answer = {"v": text}
    if text == "crash":
        os.abort()
    if text == "hang":
        time.sleep(100)
    if text == "leak":
        answer = {"x": "'" + context["a"] + "' is wrong, at column 1"}
    if text == "nowhere":
        answer = {"x": "something is wrong"}
    if text == "printed":
        answer["p"] = "printed as 2"
    print(json.dumps(answer), flush=True)
"""


class Language:
    name = "test"
    contexts = [{"a": "value"}]
    one_failure = False
    differences = []

    def __init__(self, texts, names=None):
        self.texts, self.names, self.made = texts, names or {}, 0

    def generate(self, _rng):
        self.made += 1
        return 0, self.texts[(self.made - 1) % len(self.texts)]

    def oracle(self, text, _index):
        return ("x", "wrong") if text in ("leak", "nowhere") else ("v", text)

    def tokens(self, text):
        return [text]

    def used(self, text):
        return {("word", text)}


class Harness(unittest.TestCase):
    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.program = os.path.join(folder.name, "program")
        with open(self.program, "w", encoding="utf-8") as file:
            file.write(PROGRAM)
        os.chmod(self.program, 0o755)
        self.addCleanup(setattr, differential, "ANSWER_SECONDS", differential.ANSWER_SECONDS)
        differential.ANSWER_SECONDS = 6

    def run_with(self, language, count=40):
        """(exit status, what was printed)"""
        before, sys.argv = sys.argv, ["test", "--program", self.program, "--count", str(count), "--mutated", "0", "--jobs", "1"]
        printed = io.StringIO()
        start = time.monotonic()
        try:
            with contextlib.redirect_stdout(printed):
                status = differential.run(language, "test")
        finally:
            sys.argv = before
        self.assertLess(time.monotonic() - start, 60)
        return status, printed.getvalue()

    def test_agreement(self):
        status, printed = self.run_with(Language(["a", "b"], {"word": {"a", "b"}}))
        self.assertEqual(status, 0, printed)
        self.assertIn("test: 40 expressions, 40 with a value", printed)

    def test_crash(self):
        status, printed = self.run_with(Language(["a"] * 20 + ["crash"] + ["a"] * 20))
        self.assertEqual(status, 1)
        self.assertIn('--- crash\n', printed)
        self.assertIn('foehn    ["crash", "ended with -6"]', printed)
        self.assertIn("test: 40 expressions, 40 with a value, 0 without an answer of the oracle, 1 undocumented", printed)

    def test_hang(self):
        status, printed = self.run_with(Language(["a"] * 9 + ["hang"]), 10)
        self.assertEqual(status, 1)
        self.assertIn('foehn    ["crash", "no answer within 6 s"]', printed)

    def test_promises(self):
        status, printed = self.run_with(Language(["leak", "nowhere", "printed", "a"]), 4)
        self.assertEqual(status, 1)
        self.assertIn("broken:  a value of the context in: 'qzjvalueqzj' is wrong, at column 1", printed)
        self.assertIn("broken:  no place in: something is wrong", printed)
        self.assertIn("broken:  printed as 2", printed)

    def test_names_that_are_never_generated(self):
        status, printed = self.run_with(Language(["a"], {"word": {"a", "never"}}))
        self.assertEqual(status, 1)
        self.assertIn("never generated: word never\n", printed)

    def test_differences_that_are_not_documented(self):
        language = Language(["a"])
        language.differences = [differential.Difference("some", "no row says this", lambda case: False)]
        with self.assertRaisesRegex(SystemExit, r"docs/COMPATIBILITY.md has no row for: some"):
            self.run_with(language)

    def test_secrets_are_in_every_value(self):
        shown = json.dumps(differential.veiled({"a": ["b", 1, 2.5, None, {}]}, True))
        self.assertEqual(shown, '{"a": ["qzjbqzj", 73913001, 73913.0000000025, null, '
                                '{"qzjqzjqzjqzjqzjqzjqzjqzj": "qzj", "qzjqzjqzjqzjqzjqzjqzjqzjqzj": ["qzj"]}], '
                                '"qzjqzjqzjqzjqzjqzjqzjqzj": "qzj", "qzjqzjqzjqzjqzjqzjqzjqzjqzj": ["qzj"]}')


if __name__ == "__main__":
    unittest.main()
