"""What api_runner.py speaks to: a server with the Mistral v2 API that runs already, or one of its own."""
import http.client
import json
import os
import re
import shutil
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request

ID = re.compile("[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}")
RAISED = re.compile(r"The action raised an exception \[action=[^,]*, action_ex_id=<id>, msg='(.*?)'\]")


class LeftOut(Exception):
    """The case cannot be played from outside; the message says why."""


class Differs(Exception):
    """The server did not do what the case says."""


def without_ids(value):
    """Texts as the cases write them: ids read <id>, and the core's own text of a failed std.fail."""
    if isinstance(value, str):
        return RAISED.sub(r"\1", ID.sub("<id>", value))
    if isinstance(value, list):
        return [without_ids(one) for one in value]
    if isinstance(value, dict):
        return {key: without_ids(one) for key, one in value.items()}
    return value


def decoded(text):
    """JSON fields of the API are texts."""
    return json.loads(text) if isinstance(text, str) and text else text


class Server:
    def __init__(self, url):
        self.url = url.rstrip("/")
        self.missing = set()
        self.is_foehn = self.call("POST", "/foehn/v1/events", {})[0] != 404

    def call(self, method, path, body=None):
        """(status, JSON or text). Text bodies are definitions, everything else is JSON."""
        data, kind = None, "application/json"
        if isinstance(body, str):
            data, kind = body.encode(), "text/plain"
        elif body is not None:
            data = json.dumps(body).encode()
        request = urllib.request.Request(self.url + path, data, {"Content-Type": kind}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                status, text = answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            status, text = error.code, error.read().decode()
        except (http.client.HTTPException, OSError) as error:  # Mistral's server drops some requests
            status, text = 500, repr(error)
        try:
            return status, json.loads(text) if text else None
        except ValueError:
            return status, text

    def get(self, path, **query):
        status, body = self.call("GET", path + ("?" + urllib.parse.urlencode(query) if query else ""))
        if status != 200:
            raise Differs(f"GET {path}: {status} {body}")
        return body

    def define(self, resource, text, space=""):
        """Creates or replaces what the document defines."""
        if resource in self.missing:
            raise LeftOut(f"the server has no POST /v2/{resource}")
        query = f"?namespace={space}" if space else ""
        status, body = self.call("POST", f"/v2/{resource}{query}", text)
        if status == 409:
            status, body = self.call("PUT", f"/v2/{resource}{query}", text)
        if status in (404, 405, 501) and resource != "workflows":
            self.missing.add(resource)
            raise LeftOut(f"the server has no POST /v2/{resource}")
        if status not in (200, 201):
            raise Differs(f"{resource} refused: {status} {body}")


def fault(body):
    return without_ids(body.get("faultstring", "") if isinstance(body, dict) else str(body))


class OwnServer:
    """`foehn serve` on a free port with a directory that is gone afterwards."""

    def __init__(self, program):
        self.directory = tempfile.mkdtemp(prefix="foehn-conformance-")
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            self.port = probe.getsockname()[1]
        self.log = open(os.path.join(self.directory, "log"), "wb")
        self.process = subprocess.Popen([os.path.abspath(program), "serve", "--data", self.directory + "/data", "--listen",
                                         f"127.0.0.1:{self.port}"], stdout=self.log, stderr=self.log)
        self.url = f"http://127.0.0.1:{self.port}"

    def __enter__(self):
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and self.process.poll() is None:
            try:
                with urllib.request.urlopen(self.url + "/v2/", timeout=5):
                    return self
            except (OSError, urllib.error.URLError):
                time.sleep(0.05)
        self.__exit__()
        raise SystemExit("the server did not start")

    def __exit__(self, *_):
        self.process.terminate()
        self.process.wait(timeout=30)
        self.log.close()
        shutil.rmtree(self.directory, ignore_errors=True)
