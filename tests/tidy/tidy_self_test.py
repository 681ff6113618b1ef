#!/usr/bin/env python3
"""Goal: tidy.py finds what it is for. Method: a small tree with one breach of each rule; every one must be named."""
import pathlib
import subprocess
import sys
import tempfile

TIDY = pathlib.Path(__file__).with_name("tidy.py")
LAYERS = TIDY.with_name("layers.txt")

with tempfile.TemporaryDirectory() as folder:
    root = pathlib.Path(folder)

    def write(name, text):
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    write("tests/tidy/layers.txt", LAYERS.read_text())
    write("engine/base/limits.h", "// Bounds.\n#pragma once\ninline constexpr int kUnusedMax = 1;\ninline constexpr int kUsedMax = 2;\n")
    write("engine/base/a.h", '// A.\n#pragma once\n#include "engine/base/b.h"\n')
    write("engine/base/b.h", '// B.\n#pragma once\n#include "engine/base/a.h"\n')
    write("engine/base/bare.h", "#pragma once\n")
    write("engine/core/up.cc", '#include "engine/store/x.h"\n#include <sqlite3.h>\nint x = kUsedMax;\n')
    write("engine/store/x.h", "// X.\n#pragma once\n")
    write("dsl/long.cc", "int f(int a) {\n" + "  a += 1;\n" * 80 + "  return a;\n}\n")
    write("dsl/wide.cc", "// " + "x" * 130 + "\n")
    write("dsl/big.cc", "// line\n" * 601)
    write("docs/place.md", "see /wo" + "rk/main\n")
    rows = "".join(f'{{"GET", "/v2/r{i}", f, kOwn, "Says what number {i} is."}},\n' for i in range(10))
    rows += '{"GET", "/v2/undocumented", f, kOwn, ""},\n'
    # Called by each way of writing a call that routes.py reads …
    called = [("GET", "/v2/a/{id}"), ("PUT", "/v2/a/{id}/b"), ("DELETE", "/v2/b/{id}"), ("POST", "/v2/c"), ("GET", "/v2/d/{id}")]
    # … and not called: only with another method, one segment longer, only in a text, with a computed segment.
    uncalled = [("PUT", "/v2/r1"), ("GET", "/v2/a"), ("DELETE", "/v2/c"), ("GET", "/v2/a/list")]
    rows += "".join(f'{{"{method}", "{path}", f, kOwn, "A route with a doc line."}},\n' for method, path in called + uncalled)
    write("api/rest/routes.cc", rows)
    write("tests/unit/r_test.cc", " ".join(f'ask("GET", "/v2/r{i}?x=1");' for i in range(9)) + """
        ask("GET", "/v2/undocumented");
        const std::string path = std::string("/v2/a/") + text_or(json("GET", "/v2/r1", f(1)), "id");
        ask("GET", path); ask("PUT", path + "/b", "body");
        EXPECT_EQ(row["link"], "/v2/a/list");  // DELETE "/v2/c" is what nobody asks for
        """)
    write("tests/e2e/r_test.py", 'server.request("DELETE", f"/v2/b/{one}?force=true", {})\nself.get("/v2/d/" + one)["x"]\n')
    write("tests/unit/r.jsonl", '{"method": "POST", "target": "/v2/c", "body": ""}\n')

    write("bench/report.py", "print(f\"{'a'\")\n")

    run = subprocess.run([sys.executable, TIDY, root], capture_output=True, text=True)
    expected = ["kUnusedMax bounds nothing", "include cycle: engine/base/a.h -> engine/base/b.h -> engine/base/a.h",
                "engine/base/bare.h:1: a header begins", "engine/core may not include engine/store/x.h",
                "<sqlite3.h> belongs to engine/store/sqlite/db.cc", "function of 83 lines", "133 characters",
                "601 lines", "docs/place.md:1: the project speaks of itself",
                "bench/report.py:1: no Python 3", "GET /v2/undocumented lacks a doc line", "no test calls GET /v2/r9",
                *(f"no test calls {method} {path}\n" for method, path in uncalled)]
    missing = [text for text in expected if text not in run.stdout]
    extra = len(run.stdout.splitlines()) - len(expected)
    if run.returncode != 1 or missing or extra:
        print(run.stdout)
        print("missing:", missing, "extra lines:", extra, "exit:", run.returncode, run.stderr)
        sys.exit(1)
    print("ok")
