#!/usr/bin/env python3
"""Goal: shell.py finds a mistake where it is, and run_ctest.py says what was skipped and why. Method: a small tree and a
small ctest folder with one of each kind; the whole text is compared."""
import pathlib
import re
import shutil
import subprocess
import sys
import tempfile
import unittest

TIDY = pathlib.Path(__file__).resolve().parent
GTEST = r"""printf '[ RUN      ] A.B\\n/x/y_test.cc:12: Skipped\\nno password\\nhere\\n[  SKIPPED ] A.B (0 ms)\\n'"""
CTEST = f"""
add_test(good "/bin/echo" "skipped: not really, its exit code is 0")
add_test(whole "/bin/sh" "-c" "echo line one; echo 'skipped: needs root'; exit 77")
set_tests_properties(whole PROPERTIES SKIP_RETURN_CODE 77)
add_test(silent "/bin/sh" "-c" "exit 77")
set_tests_properties(silent PROPERTIES SKIP_RETURN_CODE 77)
add_test(python "/bin/cat" "python.txt")
add_test(one_case "/bin/sh" "-c" "yes | head -n 2000; {GTEST}")
"""


class ScriptsTest(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.root = pathlib.Path(folder.name)

    def write(self, name, text):
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def run_script(self, *argv):
        done = subprocess.run([sys.executable, *map(str, argv)], capture_output=True, text=True)
        return done.returncode, done.stdout

    @unittest.skipUnless(shutil.which("shellcheck"), "no shellcheck")
    def test_shell(self):
        scripts = "workflows/builtin/overcloud/scripts/"
        for number in range(5):
            self.write(f"tool{number}", "#!/bin/sh\necho fine\n")
            self.write(f"{scripts}s{number}.sh", "# needs what lib.sh sets\necho \"$work_dir\"\n")
        self.write(scripts + "defaults.sh", ": \"${A:=1}\"\n")
        self.write(scripts + "lib.sh", "work_dir=/tmp\n")
        self.assertEqual((0, "ok: 5 scripts, 7 OverCloud scripts\n"), self.run_script(TIDY / "shell.py", self.root))
        self.write("tool3", "#!/usr/bin/env bash\n\nrm $1\n")
        self.write("build/tool", "#!/bin/sh\nrm $1\n")
        self.write(scripts + "s4.sh", "# A comment\nrm $work_dir$1\n")
        code, text = self.run_script(TIDY / "shell.py", self.root)
        quote = "note: Double quote to prevent globbing and word splitting. [SC2086]\n"
        self.assertEqual((1, f"tool3:3:4: {quote}{scripts}s4.sh:2:13: {quote}"), (code, text))

    def test_skipped(self):
        self.write("CTestTestfile.cmake", CTEST)
        self.write("python.txt", """test (__main__.A.test)
Why it is there. ... skipped "no 'box' here"
test (__main__.B.test) ... skipped 'no fish'
test (__main__.C.test) ... ok
""")
        code, text = self.run_script(TIDY.parent / "run_ctest.py", "--test-dir", self.root)
        text = re.sub(r"\d+\.\d\d sec", "0.00 sec", text[text.index("Skipped, "):])
        self.assertEqual((0, """Skipped, 5:
  whole           needs root
  silent          no reason given
  python: A.test  no 'box' here
  python: B.test  no fish
  one_case: A.B   no password here

100% tests passed, 0 tests failed out of 5

Total Test time (real) =   0.00 sec

The following tests did not run:
\t  2 - whole (Skipped)
\t  3 - silent (Skipped)
"""), (code, text))
        self.write("CTestTestfile.cmake", "add_test(bad /bin/false)\n")
        code, text = self.run_script(TIDY.parent / "run_ctest.py", "--test-dir", self.root)
        self.assertEqual(8, code)
        self.assertIn("\nSkipped: nothing.\n\n0% tests passed, 1 tests failed out of 1\n", text)


unittest.main()
