#!/usr/bin/python3
"""Evaluates jinja_inputs.txt with the real Jinja2 (Debian: python3-jinja2) as Mistral does and writes jinja_cases.jsonl.

Not part of the test run: the results are committed. Use: ./jinja_oracle.py < jinja_inputs.txt > jinja_cases.jsonl
A line "data: <json>" sets what `_` is for the lines after it; "#" starts a comment; all others are strings as they
stand in a workflow. In a line \\n stands for a newline.
"""
import json
import re
import signal
import sys

import jinja2
from jinja2 import sandbox

ENV = sandbox.SandboxedEnvironment(undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True)
WHOLE = re.compile("({{(.*?)}})")


def plain(value):
    if isinstance(value, dict):
        return {k if isinstance(k, str) else json.dumps(k): plain(v) for k, v in value.items()}
    if isinstance(value, jinja2.Undefined):  # of an inline if without else: not strict
        return str(value)
    if isinstance(value, (str, int, float, bool, type(None))):
        return value
    if hasattr(value, "__iter__"):
        return [plain(v) for v in value]
    raise TypeError("no data: " + type(value).__name__)


def evaluate(text, data):
    signal.alarm(5)
    try:
        whole = WHOLE.findall(text)
        if whole and whole[0][0] == text:
            value = ENV.compile_expression(whole[0][1].strip(), undefined_to_none=False)(_=data)
            if isinstance(value, jinja2.StrictUndefined):
                str(value)
        else:
            value = ENV.from_string(text).render(_=data)
        value = plain(value)
        json.dumps(value, allow_nan=False)
        return {"value": value}
    except jinja2.TemplateSyntaxError as e:
        return {"syntax": str(e)}
    except Exception as e:  # whatever Jinja2 raises is the expected outcome
        return {"error": type(e).__name__ + ": " + str(e)[:200]}
    finally:
        signal.alarm(0)


def main():
    data = None
    for line in sys.stdin:
        line = line.rstrip("\n")
        if not line or line.startswith("# "):
            continue
        if line.startswith("data: "):
            data = json.loads(line[len("data: "):])
            continue
        text = line.replace("\\n", "\n")
        row = {"text": text, "data": data}
        row.update(evaluate(text, data))
        print(json.dumps(row))


if __name__ == "__main__":
    main()
