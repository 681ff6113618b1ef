"""Debian's `mistral` and `openstack` without the second or more that they take to start: one process has loaded the program
(its script does no more than call main of its shell) and runs every command in a child of its own, which ends like the
command. The transcript in mistral_cli_test.py is played by the real command.

Not for several threads. The process ends with the test, whose end of the pipe it reads.
"""
import contextlib
import importlib
import io
import json
import logging
import os
import select
import subprocess
import sys
import tempfile

FIRST = {"mistral": ["help", "workflow-list"],
         "openstack": ["--os-auth-type", "none", "--os-endpoint", "http://127.0.0.1", "help", "workflow", "list"]}
SHELLS = {"mistral": "mistralclient.shell", "openstack": "openstackclient.shell"}


class StockClient:
    def __init__(self, program):
        self.program = program
        self.process = subprocess.Popen(["/usr/bin/python3", __file__, program], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)

    def run(self, argv, environment, seconds):
        """(exit code, standard output, standard error) of `PROGRAM ARGV…` in this folder with exactly this environment."""
        asked = {"argv": [str(one) for one in argv], "environment": environment, "folder": os.getcwd()}
        self.process.stdin.write(json.dumps(asked) + "\n")
        self.process.stdin.flush()
        if not select.select([self.process.stdout], [], [], seconds)[0]:
            self.process.kill()
            raise AssertionError(f"{self.program} {argv} did not end within {seconds} s")
        answer = self.process.stdout.readline()
        if not answer:
            raise AssertionError(f"{self.program} {argv}: the process that runs commands ended with {self.process.wait()}")
        return json.loads(answer)

    def close(self):
        self.process.stdin.close()
        self.process.wait(10)
        self.process.stdout.close()


def child(shell, asked, files):
    """Runs one command; never returns."""
    code = 70
    try:
        for number, file in enumerate(files, start=1):
            os.dup2(file.fileno(), number)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.environ.clear()
        os.environ.update(asked["environment"])
        os.chdir(asked["folder"])
        try:
            code = shell.main(asked["argv"]) or 0
        except SystemExit as end:
            code = end.code or 0
        if not isinstance(code, int):
            print(code, file=sys.stderr)
            code = 1
        sys.stdout.flush()
        sys.stderr.flush()
    finally:
        os._exit(code)


def load(program):
    """The module of the program, after a first command has made it look for its commands, which takes longest."""
    sys.argv = [program]  # it keeps its name while it is loaded
    shell = importlib.import_module(SHELLS[program])
    with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):
        shell.main(FIRST[program])
    logging.getLogger().handlers.clear()  # every command makes its own
    return shell


def serve(program):
    shell = load(program)
    for line in sys.stdin:
        with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
            pid = os.fork()
            if pid == 0:
                child(shell, json.loads(line), (out, err))
            answer = [os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1])]
            for file in (out, err):
                file.seek(0)
                answer.append(file.read().decode())
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    serve(sys.argv[1])
