#!/usr/bin/env python3
"""What std.http may reach: everything on a server for this machine alone, no loopback and link-local addresses on one
that others can reach, unless its operator says so."""
import json
import re
import subprocess
import unittest

import lib

FETCH = """
version: '2.0'
fetch:
  input: [url]
  tasks:
    fetch: {action: std.http, input: {url: <% $.url %>, timeout: 5}}
"""


class EgressTest(unittest.TestCase):
    maxDiff = None

    def serve(self, listen, *options):
        server = lib.Server()
        self.addCleanup(server.stop)
        server.process = subprocess.Popen(
            [lib.binary(), "serve", "--data", server.data, "--listen", listen + ":0", "--log-file", server.log,
             *(() if listen.startswith("127.") else ("--without-tokens",)), *options],
            stdin=subprocess.DEVNULL)
        found = lib.wait_for("the server is ready",
                             lambda: re.search(r" ready .*listen=\S+:(\d+) .*egress=(\w+)", server.log_text()))
        server.port = int(found.group(1))
        server.create_workflow(FETCH)
        return server, found.group(2)

    def fetch(self, server, url):
        row = server.wait_execution(server.start_execution("fetch", url=url))
        return row["state"], row["state_info"] or ""

    def test_beyond_loopback(self):
        server, egress = self.serve("0.0.0.0")
        self.assertEqual("strict", egress)
        for host, address in (("127.0.0.1", "127.0.0.1"), ("169.254.169.254", "169.254.169.254"),
                              ("[::ffff:127.0.0.1]", "::ffff:127.0.0.1"), ("0x7f.1", "127.0.0.1")):
            state, why = self.fetch(server, f"http://{host}:{server.port}/healthz")
            self.assertEqual("ERROR", state, host)
            self.assertIn(f"resolves to a blocked address ({address}). This server lets no workflow reach loopback, "
                          "link-local and metadata addresses; its operator can allow that (foehn serve --egress open).",
                          why)

    def test_as_the_operator_says(self):
        for listen, options, egress, state in (("127.0.0.1", [], "open", "SUCCESS"),
                                               ("0.0.0.0", ["--egress", "open"], "open", "SUCCESS"),
                                               ("127.0.0.1", ["--egress", "strict"], "strict", "ERROR")):
            server, given = self.serve(listen, *options)
            self.assertEqual(egress, given, listen)
            self.assertEqual(state, self.fetch(server, f"http://127.0.0.1:{server.port}/healthz")[0], (listen, options))

    def test_unknown(self):
        done = lib.foehn("serve", "--egress", "maybe")
        self.assertEqual(2, done.code, repr(done))


if __name__ == "__main__":
    lib.main()
