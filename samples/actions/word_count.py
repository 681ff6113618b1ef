#!/usr/bin/python3
"""Reads {"action", "input", "context"} from standard input, writes {"result"} or {"error"} to standard output. What it
writes to standard error is the live log of the run."""
import collections
import json
import sys

given = json.load(sys.stdin)["input"]
if not isinstance(given["text"], str):
    print(json.dumps({"error": "text must be a text"}))
    sys.exit()
words = collections.Counter(given["text"].lower().split())
print(f"{len(words)} different words", file=sys.stderr)
print(json.dumps({"result": {word: count for word, count in words.items() if count >= given["least"]}}))
