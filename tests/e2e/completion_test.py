#!/usr/bin/env python3
"""Completion in bash, zsh and fish. Goal: each offers the same at the end of a line. Method: the real shells, with the
script that `foehn completion SHELL` prints: bash runs its function, fish is asked by `complete -C`, zsh has a terminal on
which Tab is pressed."""
import os
import pathlib
import pty
import select
import shutil
import tempfile
import time
import unittest

import lib

# A line and what is offered for its last word.
OFFERED = {"foehn ver": {"version"}, "foehn boxes ": {"list", "clean"}, "foehn --server x ex l": {"list", "logs"},
           "foehn ex list --sta": {"--state"}, "foehn -o js": {"json", "jsonl", "jsonpath="},
           "foehn mistral task-": {"task-list", "task-get", "task-get-result", "task-get-published",
                                   "task-get-sub-executions", "task-rerun"}}
ANSWER_S = 20
PROMPT = "ready> "


class Zsh:
    """An interactive zsh without anybody's start-up files."""

    def __init__(self, folder):
        self.pid, self.terminal = pty.fork()
        if self.pid == 0:
            os.environ.update({"TERM": "dumb", "PS1": PROMPT, "PATH": f"{folder}:{os.environ['PATH']}", "COLUMNS": "200"})
            os.execvp("zsh", ["zsh", "-f", "-i"])
        self.text = ""
        self.read_until(PROMPT)  # from here on keys are the line editor's
        self.say("unset zle_bracketed_paste; source <(foehn completion zsh)\n")
        self.read_until(PROMPT)

    def say(self, keys):
        os.write(self.terminal, keys.encode())

    def read_until(self, mark):
        """What it has printed up to `mark`."""
        deadline = time.monotonic() + ANSWER_S
        while mark not in self.text:
            if not select.select([self.terminal], [], [], max(0, deadline - time.monotonic()))[0]:
                raise AssertionError(f"zsh did not print {mark!r} but {self.text!r}")
            self.text += os.read(self.terminal, 65536).decode(errors="replace")
        before, _, self.text = self.text.partition(mark)
        return before

    def press(self, line, keys):
        """What stands on the terminal once `keys` were pressed behind `line`; the line is then thrown away."""
        self.say(f"{line}{keys}\x15print do''ne\n")
        shown = self.read_until("print do''ne")
        self.read_until("done\r\n")
        self.read_until(PROMPT)
        return shown

    def close(self):
        os.close(self.terminal)  # it is hung up on
        os.waitpid(self.pid, 0)


class CompletionTest(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        made = tempfile.TemporaryDirectory(prefix="foehn-completion-", dir="/var/tmp")
        self.addCleanup(made.cleanup)
        self.folder = pathlib.Path(made.name)
        (self.folder / "good.yaml").touch()
        os.symlink(lib.binary(), self.folder / "foehn")
        self.path = {"PATH": f"{self.folder}:{os.environ['PATH']}"}

    def test_bash(self):
        script = ('source <(foehn completion bash)\nread -ra COMP_WORDS <<<"$1"\n[[ "$1" == *" " ]] && COMP_WORDS+=("")\n'
                  "COMP_CWORD=$((${#COMP_WORDS[@]} - 1))\n_foehn\nprintf '%s\\n' \"${COMPREPLY[@]}\"")

        def complete(line):
            done = lib.run(["bash", "-c", script, "bash", line], env=self.path)
            self.assertEqual((0, ""), (done.code, done.err), repr(done))
            return done.out.split()
        for line, offered in OFFERED.items():
            with self.subTest(line):
                self.assertEqual(sorted(offered), sorted(complete(line)))
        self.assertEqual([f"{self.folder}/good.yaml"], complete(f"foehn validate {self.folder}/g"))
        self.assertIn("bash, zsh or fish", lib.foehn("completion", "--help").out)

    @unittest.skipUnless(shutil.which("fish"), "no fish (apt-get install fish)")
    def test_fish(self):
        def complete(line):
            done = lib.run(["fish", "--no-config", "-c", "foehn completion fish | source; complete -C $argv[1]", line],
                           env={**self.path, "HOME": str(self.folder)})
            self.assertEqual((0, ""), (done.code, done.err), repr(done))
            return [row.split("\t")[0] for row in done.out.splitlines()]
        for line, offered in OFFERED.items():
            with self.subTest(line):
                self.assertEqual(sorted(offered), sorted(complete(line)))
        self.assertEqual([f"{self.folder}/good.yaml"], complete(f"foehn validate {self.folder}/g"))

    @unittest.skipUnless(shutil.which("zsh"), "no zsh (apt-get install zsh)")
    def test_zsh(self):
        zsh = Zsh(self.folder)
        self.addCleanup(zsh.close)

        def complete(line):
            """What Control-D lists below the line, which is then written again."""
            shown = zsh.press(line, "\x04").partition(line)[2].partition("\n")[2]
            return shown.partition(PROMPT)[0].split()
        for line, offered in OFFERED.items():
            with self.subTest(line):
                self.assertEqual(sorted(offered), sorted(complete(line)))
        self.assertIn("foehn version ", zsh.press("foehn ver", "\t"))
        self.assertIn(f"foehn validate {self.folder}/good.yaml ", zsh.press(f"foehn validate {self.folder}/g", "\t"))


if __name__ == "__main__":
    lib.main()
