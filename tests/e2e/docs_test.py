#!/usr/bin/env python3
"""The manual says what is there: links lead somewhere, and every command, exit code, diagnostic code, own route and
document that the code has is in the page about it."""
import pathlib
import re
import unittest

import lib

PAGES = sorted([*lib.ROOT.glob("*.md"), *(lib.ROOT / "docs").glob("*.md"), *lib.ROOT.glob("*/README.md"),
                lib.ROOT / "engine/core/README.md", lib.ROOT / "samples/sandbox/README.md"])


def text_of(name):
    return (lib.ROOT / name).read_text()


class DocsTest(unittest.TestCase):
    maxDiff = None

    def test_links(self):
        broken = []
        for page in PAGES:
            for target in re.findall(r"\]\(([^)#\s]+)", page.read_text()):
                if "://" not in target and not (page.parent / target).exists():
                    broken.append(f"{page.relative_to(lib.ROOT)}: {target}")
        self.assertEqual([], broken)

    def test_every_manual_page_is_named_in_the_readme(self):
        readme = text_of("README.md")
        self.assertEqual([], [page.name for page in (lib.ROOT / "docs").glob("*.md") if f"docs/{page.name}" not in readme])

    def test_folders_say_where_to_start(self):
        for folder in ("engine", "dsl", "actions", "workflows", "api", "tests", "bench", "samples"):
            lines = text_of(folder + "/README.md").split("\n")
            self.assertLessEqual(len(lines), 41, folder)

    def test_diagnostic_codes(self):
        codes = re.findall(r'\{"([EW]\d+)", "((?:[^"\\]|\\.)*)"', text_of("dsl/diagnostic_codes.cc"))
        self.assertGreater(len(codes), 30)
        rows = re.findall(r"^\| ([EW]\d+) \| (.*) \|$", text_of("docs/diagnostics.md"), re.M)
        self.assertEqual(sorted(codes), sorted(rows))

    def test_commands(self):
        page = text_of("docs/cli.md")
        for command in self.subcommands():
            self.assertRegex(page, rf"`{command}\b", f"foehn {command}")
            for below in self.subcommands(command):
                row = next(line for line in page.split("\n") if line.startswith(f"| `{command} "))
                if command == "mistral":  # they are too many for a table
                    row = page.partition("## The stock client's commands")[2].partition("\n## ")[0]
                self.assertRegex(row, rf"\b{below}\b", f"foehn {command} {below}")

    def subcommands(self, *argv):
        text = lib.foehn(*argv, "--help").out.partition("Subcommands:\n")[2]
        return re.findall(r"^  (\S+)", text, re.M)

    def test_exit_codes(self):
        enum = re.search(r"enum ExitCode : int \{(.*?)\}", text_of("api/cli/api.h"), re.S).group(1)
        codes = {int(number) for number in re.findall(r"= (\d+)", enum)} | {130}
        rows = {int(number) for number in re.findall(r"^\| (\d+) \|", text_of("docs/cli.md"), re.M)}
        self.assertEqual(codes, rows)

    def test_own_routes(self):
        page = text_of("docs/rest.md")
        routes = re.findall(r'\{"(GET|POST|PUT|DELETE)",\s*"(/(?:foehn|overclouds|healthz|readyz)[^"]*)"',
                            text_of("api/rest/routes.cc"))
        self.assertGreater(len(routes), 8)
        self.assertEqual([], [f"{method} {path}" for method, path in routes if f"{method} {path}" not in page])


if __name__ == "__main__":
    lib.main()
