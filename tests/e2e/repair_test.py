#!/usr/bin/env python3
"""A workflow of 200 tasks in four levels of sub-workflows fails at three leaves. Goal: `foehn ex why` names the three and
nothing else, and one `foehn ex rerun --only-failed` repairs it without doing anything twice. Method: each task asks an
HTTP server of this test for a page of its own by std.http; the server refuses three of them until it is mended, and counts."""
import collections
import http.server
import json
import threading

import lib

# Level → how many pages lie between its first and its last one, and what is below: 8 + 2 * 10 + 4 * 11 + 8 * 16 = 200.
LEVELS = {"campus": (6, {"north": "building", "south": "building"}),
          "building": (8, {"floor1": "floor", "floor2": "floor"}),
          "floor": (9, {"room1": "room", "room2": "room"}),
          "room": (14, {})}
JAMMED = ["/north/floor2/room1/p07", "/south/p02", "/south/floor1/p03"]
# What is behind one of them and so has to wait for the repair.
BEHIND = {"/north/floor2/room1/ready", "/north/floor2/ready", "/north/ready", "/south/ready", "/south/floor1/ready", "/ready"}


def definitions():
    """Each level: its first page, then the others and the sub-workflows side by side, then, behind them all, the last page."""
    text = "version: '2.0'\n"
    for name, (pages, below) in LEVELS.items():
        middle = [f"p{number:02}" for number in range(1, pages + 1)]
        text += (f"{name}:\n  input: [at]\n"
                 "  output: {open: <% task(ready).result.content.page %>"
                 + "".join(f", {one}: <% task({one}).result %>" for one in below) + "}\n  tasks:\n"
                 f"    begin: {{action: std.http, input: {{url: <% $.at %>/begin}}, on-success: [{', '.join([*middle, *below])}]}}\n"
                 "    ready: {join: all, action: std.http, input: {url: <% $.at %>/ready}}\n")
        text += "".join(f"    {one}: {{action: std.http, input: {{url: <% $.at %>/{one}}}, on-success: ready}}\n" for one in middle)
        text += "".join(f"    {one}: {{workflow: {workflow}, input: {{at: <% $.at %>/{one}}}, on-success: ready}}\n"
                        for one, workflow in below.items())
    return text


def pages(level="campus", at=""):
    """Every page that the workflow asks for."""
    count, below = LEVELS[level]
    own = [f"{at}/{name}" for name in ("begin", "ready", *(f"p{number:02}" for number in range(1, count + 1)))]
    return own + [page for name, one in below.items() for page in pages(one, f"{at}/{name}")]


def opened(level="campus", at=""):
    """The output of an execution in which everything went well."""
    return {"open": at + "/ready", **{name: opened(one, f"{at}/{name}") for name, one in LEVELS[level][1].items()}}


class Pages(http.server.ThreadingHTTPServer):
    request_queue_size = 256

    def __init__(self):
        super().__init__(("127.0.0.1", 0), Page)
        self.lock, self.asked, self.jammed = threading.Lock(), collections.Counter(), set(JAMMED)
        threading.Thread(target=self.serve_forever, daemon=True).start()


class Page(http.server.BaseHTTPRequestHandler):
    def do_GET(self):  # noqa: N802 - the library's name
        with self.server.lock:
            self.server.asked[self.path] += 1
            refused = self.path in self.server.jammed
        body = json.dumps({"error": "the door is jammed"} if refused else {"page": self.path}).encode()
        self.send_response(503 if refused else 200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_):
        pass


class RepairTest(lib.ServerTest):
    def setUp(self):
        self.pages = Pages()
        self.addCleanup(self.pages.server_close)
        self.addCleanup(self.pages.shutdown)
        self.url = f"http://127.0.0.1:{self.pages.server_port}"

    def cli(self, *argv, code=0, err=""):
        done = self.server.foehn(*argv)
        self.assertEqual((code, err), (done.code, done.err), repr(done))
        return done.out

    def leaf(self, execution, path):
        """The failed task at a page: "/south/p02" → its id."""
        *above, name = path.strip("/").split("/")
        for step in above:
            task = self.server.task(execution, step)["id"]
            execution = self.server.get(f"/v2/tasks/{task}/workflow_executions")["executions"][0]["id"]
        return self.server.task(execution, name)["id"]

    def test_three_leaves_of_200_tasks_are_repaired_by_one_command(self):
        all_pages = pages()
        self.assertEqual((200, 200), (len(all_pages), len(set(all_pages))))
        self.server.create_workflow(definitions())
        execution = self.cli("-q", "ex", "create", "campus", "-i", f"at={self.url}").strip()
        self.assertEqual("ERROR", self.server.wait_execution(execution)["state"])
        self.assertEqual({page: 1 for page in all_pages if page not in BEHIND}, dict(self.pages.asked))

        leaves = [(path, self.leaf(execution, path)) for path in JAMMED]
        cause = 'HTTP 503 Service Unavailable: {"error": "the door is jammed"}\n'
        self.assertEqual("✖ ERROR\nfailed:\n" + "".join(
            f"  {path[1:]}  ERROR · action std.http\n    error   {cause}"
            f'    input   {{"url":"{self.url}{path}"}}\n'
            f"    again   foehn task rerun {task}\n" for path, task in leaves)
            + f"all of it again: foehn ex rerun {execution} --only-failed\n", self.cli("ex", "why", execution))
        self.cli("--ascii", "ex", "why", execution).encode("ascii")
        told = "\n".join(f"  task    {path[1:]}  ({task})\n  action  std.http\n  cause   {cause}"
                         f"  again   foehn task rerun {task}\n" for path, task in leaves)
        self.cli("ex", "wait", execution, code=3, err="\n✖ ERROR\n" + told)

        def targets(verb):  # the innermost first
            return "".join(f"{verb:<11} {path[1:]}  ({task}, was ERROR)\nmay follow  {path[1:].rpartition('/')[0]}/ready\n"
                           for path, task in sorted(leaves, key=lambda leaf: -leaf[0].count("/")))
        self.assertEqual(targets("would run"), self.cli("ex", "rerun", execution, "--only-failed", "--preview"))
        self.pages.jammed.clear()
        self.assertEqual(targets("runs"), self.cli("ex", "rerun", execution, "--only-failed",
                                                   err=f"watch it: foehn ex watch {execution}\n"))
        self.cli("ex", "wait", execution, "--timeout", "60")
        self.assertEqual({page: 2 if page in JAMMED else 1 for page in all_pages}, dict(self.pages.asked))
        self.assertEqual(opened(), json.loads(self.server.execution(execution)["output"]))
        self.assertEqual("✔ SUCCESS\n", self.cli("ex", "why", execution))
        rows = self.server.get("/v2/tasks?limit=1000&fields=id,state")["tasks"]
        self.assertEqual(["SUCCESS"] * 214, [row["state"] for row in rows], "200 and those of the 14 sub-workflows")


if __name__ == "__main__":
    lib.main()
