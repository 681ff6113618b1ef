"""What the end-to-end tests share: a server of their own on a free port with its own data directory, HTTP, the CLI, the
stock mistral client, an sshd of their own, and waiting with a deadline. Nothing here sleeps for a fixed time to be safe:
every wait asks again until the answer is there or the deadline has passed.

A test file is run as `test.py FOEHN_BINARY`; exit code 77 means skipped (the reason is printed).
"""
import atexit
import http.client
import json
import os
import pathlib
import re
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.parse

import stock_client

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
SKIPPED = 77
POLL_S = 0.02


def binary():
    return os.environ["FOEHN"]


def main():
    """Runs the test cases of the calling file; the first argument is the binary under test."""
    if len(sys.argv) < 2:
        sys.exit(f"usage: {sys.argv[0]} FOEHN_BINARY [unittest options]")
    os.environ["FOEHN"] = os.path.abspath(sys.argv.pop(1))
    os.environ.pop("NO_COLOR", None)
    os.environ["LC_ALL"] = "C.UTF-8"
    unittest.main(verbosity=2)


def skip(reason):
    print("skipped: " + reason)
    sys.exit(SKIPPED)


def wait_for(what, check, seconds=30):
    """The first true answer of check(); fails with `what` when the deadline passes."""
    deadline = time.monotonic() + seconds
    while True:
        answer = check()
        if answer:
            return answer
        if time.monotonic() > deadline:
            raise AssertionError(f"not within {seconds} s: {what}")
        time.sleep(POLL_S)


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Answer:
    """An HTTP answer: status, headers, text and the text as JSON."""

    def __init__(self, status, headers, text):
        self.status, self.headers, self.text = status, headers, text

    @property
    def json(self):
        return json.loads(self.text)


class Run:
    """A finished program."""

    def __init__(self, code, out, err):
        self.code, self.out, self.err = code, out, err

    def __repr__(self):
        return f"exit {self.code}\nstdout: {self.out}\nstderr: {self.err}"


def run(argv, stdin="", env=None, seconds=120):
    done = subprocess.run([str(a) for a in argv], input=stdin, capture_output=True, text=True, timeout=seconds,
                          env={**os.environ, **(env or {})}, check=False)
    return Run(done.returncode, done.stdout, done.stderr)


def foehn(*argv, **options):
    """The CLI without a server."""
    return run([binary(), *argv], **options)


class Server:
    """`foehn serve` with its own data directory, on a port that the system chooses at each start. stop() also removes what
    boxes are left."""
    stock_client = None  # of all servers of a test

    def __init__(self, prefix=(), options=()):
        self.prefix = list(prefix)  # a program that starts it
        self.options = list(options)  # further ones of `foehn serve`
        self.data = tempfile.mkdtemp(prefix="foehn-e2e-", dir="/var/tmp")
        self.log = self.data + ".log"
        self.port = 0
        self.process = None
        self.token = ""  # sent with every request, by every client

    @property
    def url(self):
        return f"http://127.0.0.1:{self.port}"

    def start(self, seconds=30):
        known = len(self.log_text())
        self.process = subprocess.Popen(
            [*self.prefix, binary(), "serve", "--data", self.data, "--listen", "127.0.0.1:0", "--log-file", self.log,
             *self.options],
            stdin=subprocess.DEVNULL)
        wait_for("the server is ready", lambda: self._ready(known), seconds)
        return self

    def _ready(self, known):
        if self.process.poll() is not None:
            raise AssertionError(f"the server ended with {self.process.returncode}:\n{self.log_text()}")
        found = re.search(r" ready .*listen=127\.0\.0\.1:(\d+) ", self.log_text()[known:])
        if not found:
            return False
        self.port = int(found.group(1))
        return self.request("GET", "/readyz").status == 200

    def log_text(self):
        return pathlib.Path(self.log).read_text(errors="replace") if os.path.exists(self.log) else ""

    def kill(self):
        """As a crash does: no chance to write anything."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self):
        """Ends the server if it runs and removes its boxes and data. Fails when the server did not end well, be it before
        or now: a sanitizer reports by the exit code too."""
        ended = None
        if self.process and self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
            try:
                self.process.wait(20)
            except subprocess.TimeoutExpired:
                self.kill()
                ended = "the server did not end on SIGTERM"
        if self.process and self.process.returncode not in (0, -signal.SIGKILL):
            ended = f"the server ended with {self.process.returncode}:\n{self.log_text()[-2000:]}"
        if os.path.exists(self.data + "/boxes"):
            foehn("boxes", "clean", "--data", self.data)
        shutil.rmtree(self.data, ignore_errors=True)
        if os.path.exists(self.log):
            os.unlink(self.log)
        if ended:
            raise AssertionError(ended)

    # -- HTTP

    def request(self, method, path, body=None, headers=None, seconds=120):
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=seconds)
        try:
            kinds = {str: "text/plain", bytes: "text/plain"}
            sent = {**({"X-Auth-Token": self.token} if self.token else {}), **(headers or {})}
            if body is not None and "Content-Type" not in sent:
                sent["Content-Type"] = kinds.get(type(body), "application/json")
            payload = body if body is None or isinstance(body, (str, bytes)) else json.dumps(body)
            if isinstance(payload, str):
                payload = payload.encode()
            connection.request(method, path, payload, sent)
            answer = connection.getresponse()
            return Answer(answer.status, dict(answer.getheaders()), answer.read().decode(errors="replace"))
        finally:
            connection.close()

    def get(self, path):
        answer = self.request("GET", path)
        if answer.status != 200:
            raise AssertionError(f"GET {path}: {answer.status} {answer.text}")
        return answer.json

    def create_workflow(self, text):
        answer = self.request("POST", "/v2/workflows", text)
        if answer.status != 201:
            raise AssertionError(f"workflow refused: {answer.status} {answer.text}")
        return answer.json["workflows"]

    def start_execution(self, workflow, **values):
        answer = self.request("POST", "/v2/executions", {"workflow_name": workflow, "input": values})
        if answer.status != 201:
            raise AssertionError(f"execution refused: {answer.status} {answer.text}")
        return answer.json["id"]

    def execution(self, identifier):
        return self.get("/v2/executions/" + identifier)

    def wait_execution(self, identifier, seconds=60):
        """The execution once it has ended."""
        def ended():
            row = self.execution(identifier)
            return row if row["state"] in ("SUCCESS", "ERROR", "CANCELLED") else None
        return wait_for(f"execution {identifier} ends", ended, seconds)

    def tasks(self, execution):
        return self.get(f"/v2/executions/{execution}/tasks")["tasks"]

    def task(self, execution, name):
        return next(task for task in self.tasks(execution) if task["name"] == name)

    def runs(self, task):
        return self.get(f"/v2/tasks/{task}/action_executions")["action_executions"]

    def tree(self, execution):
        return self.get(f"/foehn/v1/executions/{execution}/tree")["execution"]

    # -- clients

    def foehn(self, *argv, **options):
        options["env"] = {"FOEHN_TOKEN": self.token, **(options.get("env") or {})}
        return foehn("--server", self.url, *argv, **options)

    def mistral_environment(self):
        """What the stock client of Debian's python3-mistralclient is told: nothing but the address, and a token if there is
        one."""
        told = {name: "" for name in os.environ if name.startswith("OS_")}
        if self.token:
            told.update({"OS_AUTH_URL": self.url + "/v3", "OS_AUTH_TOKEN": self.token})
        return {**told, "OS_MISTRAL_URL": self.url + "/v2", "COLUMNS": "1000"}

    def mistral(self, *argv, seconds=60):
        """The stock client, loaded once for all commands (stock_client.py)."""
        if Server.stock_client is None:
            Server.stock_client = stock_client.StockClient("mistral")
            atexit.register(Server.stock_client.close)
        return Run(*Server.stock_client.run(argv, {**os.environ, **self.mistral_environment()}, seconds))

    def mistral_command(self, *argv, seconds=60):
        """The stock client as its users run it."""
        return run(["mistral", *argv], env=self.mistral_environment(), seconds=seconds)


class ServerTest(unittest.TestCase):
    """Test cases that share one server."""
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.server = Server()
        cls.addClassCleanup(cls.server.stop)
        cls.server.start()


def has_mistral():
    return shutil.which("mistral") is not None


class OpenSsh:
    """A real sshd on a port of 127.0.0.1 with keys of its own. Logins get a home without start-up files, so the answer
    does not depend on this machine's."""

    def __init__(self, folder):
        self.folder = pathlib.Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        os.chmod(self.folder, 0o755)
        self.port = free_port()
        self.process = None
        for name in ("host_key", "client_key", "other_key"):
            self._keygen(name)
        self.user = run(["id", "-un"]).out.strip()

    def _keygen(self, name):
        path = self.folder / name
        if path.exists():
            path.unlink()
        made = run(["ssh-keygen", "-q", "-t", "ed25519", "-N", "", "-C", name, "-f", path], stdin="y\n")
        if made.code != 0:
            raise AssertionError(repr(made))

    def key(self, name="client_key"):
        return (self.folder / name).read_text()

    def start(self):
        keys = self.folder / "authorized_keys"
        keys.write_text((self.folder / "client_key.pub").read_text())
        if os.geteuid() == 0:
            os.makedirs("/run/sshd", mode=0o755, exist_ok=True)
        self.log = open(self.folder / "log", "ab")
        self.process = subprocess.Popen(
            ["/usr/sbin/sshd", "-D", "-e", "-f", "/dev/null", "-h", self.folder / "host_key", "-p", str(self.port),
             "-o", "ListenAddress=127.0.0.1", "-o", f"AuthorizedKeysFile={keys}", "-o", "StrictModes=no",
             "-o", "UsePAM=no", "-o", "PidFile=none", "-o", "PasswordAuthentication=no", "-o", "PrintMotd=no",
             "-o", "PermitRootLogin=yes", "-o", "MaxStartups=200", "-o", f"SetEnv=HOME={self.folder}"],
            stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=self.log)
        wait_for("sshd answers", self._answers, 10)
        return self

    def _answers(self):
        if self.process.poll() is not None:
            raise AssertionError("sshd ended: " + (self.folder / "log").read_text())
        try:
            with socket.create_connection(("127.0.0.1", self.port), 1) as connection:
                return connection.recv(4) == b"SSH-"
        except OSError:
            return False

    def change_host_key(self):
        """The same machine by address, another by key."""
        self.stop()
        self._keygen("host_key")
        self.start()

    def stop(self):
        """Ends sshd and every session it has."""
        if self.process and self.process.poll() is None:
            sessions = children_of(self.process.pid)
            self.process.terminate()
            self.process.wait(10)
            for pid in sessions:
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
            self.log.close()


def children_of(pid):
    """All processes below one."""
    parents = {}
    for entry in os.listdir("/proc"):
        if entry.isdigit():
            try:
                fields = pathlib.Path(f"/proc/{entry}/stat").read_text().rpartition(")")[2].split()
                parents.setdefault(int(fields[1]), []).append(int(entry))
            except OSError:
                pass
    found, look = [], [pid]
    while look:
        below = parents.get(look.pop(), [])
        found += below
        look += below
    return found


def command_of(pid):
    """What a process was started with, its words ended by NUL; nothing when it has just ended."""
    try:
        return pathlib.Path(f"/proc/{pid}/cmdline").read_bytes()
    except (FileNotFoundError, ProcessLookupError):
        return b""


def instance_of(data):
    """The four digits by which a server marks what it makes on this machine (actions/cloud/local/local_network.cc)."""
    value, mask = 1469598103934665603, 2**64 - 1
    for byte in data.encode():
        value = (value ^ byte) * 1099511628211 & mask
    value = (value ^ value >> 30) * 0xbf58476d1ce4e5b9 & mask
    value = (value ^ value >> 27) * 0x94d049bb133111eb & mask
    return f"{(value ^ value >> 31) & 0xffff:04x}"


class Machine:
    """Links, network namespaces, mounts and processes of one server's boxes as they are now. A test that expects nothing
    must have seen something before, or it looks at the wrong names."""

    def __init__(self, data):
        instance = instance_of(data)
        links = run(["ip", "-brief", "link"]).out.split("\n")
        self.links = {line.split()[0].split("@")[0] for line in links if line.startswith("fh" + instance)}
        names = run(["ip", "netns", "list"]).out.split("\n")
        self.netns = {line.split()[0] for line in names if line.startswith("foehn-" + instance)}
        mounts = pathlib.Path("/proc/mounts").read_text().split("\n")
        self.mounts = {line for line in mounts if data in line}
        self.processes = processes_of(data)

    def all(self):
        return {"links": self.links, "netns": self.netns, "mounts": self.mounts, "processes": self.processes}


NOTHING_LEFT = {"links": set(), "netns": set(), "mounts": set(), "processes": set()}


def processes_of(data):
    """Command lines of processes that name the data directory or live in a mount of it, without the server itself."""
    found = set()
    for entry in os.listdir("/proc"):
        if not entry.isdigit() or int(entry) == os.getpid():
            continue
        try:
            command = pathlib.Path(f"/proc/{entry}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
            mounts = pathlib.Path(f"/proc/{entry}/mounts").read_text(errors="replace")
        except OSError:
            continue
        if " serve --data " in command:
            continue
        if data in command or data in mounts and data not in pathlib.Path("/proc/self/mounts").read_text():
            found.add(f"{entry} {command.strip()}")
    return found


def box_pids(data):
    """Name of each box → the pid of its first process, for boxes whose sshd runs and whose root is their own."""
    boxes = {}
    for folder in pathlib.Path(data, "boxes").glob("*"):
        try:
            config = json.loads((folder / "config.json").read_text())
            pid = int((folder / "pid").read_text().split()[0])
            own_root = os.stat(f"/proc/{pid}/root/").st_dev != os.stat("/").st_dev
            if own_root and pathlib.Path(f"/proc/{pid}/comm").read_text().strip() == "sshd":
                boxes[config["name"]] = pid
        except (OSError, ValueError, IndexError):
            continue
    return boxes


def box_file(pid, path):
    """The path of a file inside the box of process `pid`, as seen from here. Never a file of this machine."""
    if os.stat(f"/proc/{pid}/root/").st_dev == os.stat("/").st_dev:
        raise AssertionError(f"process {pid} is not in a box")
    return pathlib.Path(f"/proc/{pid}/root/{path.lstrip('/')}")


def quote(text):
    return urllib.parse.quote(text, safe="")
