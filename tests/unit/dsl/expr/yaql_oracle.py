#!/usr/bin/python3
"""Evaluates yaql_inputs.txt with the real YAQL (Debian: python3-yaql) under Mistral's options and writes yaql_cases.jsonl.

Not part of the test run: the results are committed. Use: ./yaql_oracle.py < yaql_inputs.txt > yaql_cases.jsonl
A line "data: <json>" sets what `$` is for the lines after it; "#" starts a comment; all others are expressions.
"""
import itertools
import json
import re
import signal
import sys

import yaql
from yaql.language import exceptions, factory

OPTIONS = {
    "yaql.limitIterators": 10000,
    "yaql.memoryQuota": 10000000,
    "yaql.convertInputData": True,
    "yaql.convertOutputData": True,
    "yaql.convertTuplesToLists": True,
    "yaql.convertSetsToLists": False,
    "yaql.iterableDicts": False,
}


def plain(value):
    if isinstance(value, (set, frozenset)):
        return sorted((plain(v) for v in value), key=repr)
    if isinstance(value, dict):
        return {json_key(k): plain(v) for k, v in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(v) for v in value]
    return value


def json_key(key):
    return key if isinstance(key, str) else json.dumps(key) if isinstance(key, (int, float, bool, type(None))) else str(key)


def evaluate(engine, expression, data):
    signal.alarm(5)
    try:
        context = yaql.create_context().create_child_context()
        value = plain(engine(expression).evaluate(data=data, context=context))
        json.dumps(value, allow_nan=False)
        return {"value": value}
    except exceptions.YaqlParsingException as e:
        return {"syntax": str(e)}
    except (Exception, StopIteration) as e:  # whatever YAQL raises is the expected outcome
        return {"error": type(e).__name__ + ": " + re.sub(r"0x[0-9a-f]+", "0x", str(e))[:200]}
    finally:
        signal.alarm(0)


def main():
    engine = factory.YaqlFactory(keyword_operator="=>", allow_delegates=False).create(options=OPTIONS)
    data = None
    for line in sys.stdin:
        line = line.rstrip("\n")
        if not line or line.startswith("#"):
            continue
        if line.startswith("data: "):
            data = json.loads(line[len("data: "):])
            continue
        row = {"expression": line, "data": data}
        row.update(evaluate(engine, line, data))
        print(json.dumps(row))


if __name__ == "__main__":
    main()
