#!/usr/bin/python3
"""yaml_dump() against PyYAML's safe_dump(default_flow_style=False), on random values with odd texts."""

import argparse
import copy
import json
import random
import subprocess
import sys

import yaml

PIECES = ["a", "word", "two words", " ", "  ", "\n", "\n\n", ":", ": ", " #", "#", "-", "- ", "?", "'", '"', "\\", "\t", "é",
          "日本", "😀", "\x85", "\u2028", "\xa0", "\ufeff", "\x00", "\x1b", "\r", ",", "[", "]", "{", "}", "&", "*", "!", "|",
          ">", "%", "@", "`", "long" * 20, "some words that are many enough to be folded somewhere ", "x" * 130]
TEXTS = ["", "yes", "No", "on", "null", "~", "1", "-1", "0x1f", "010", "1_000", "1.5", "1e3", "1.5e+3", ".5", ".inf", "-.INF",
         ".nan", "1:30", "12:30:45", "2001-01-01", "2001-12-14t21:59:43.10-05:00", "=", "<<", "---", "...", "--- a", "...b",
         "true", "TRUE", "0b11", "+12", "0o7", "1e", "e1", "-", "?", ":", "a:", ":a", "-a", "?a", "a: b", "a #b", "a#b", "'a'",
         '"a"', " a", "a ", "\na", "a\n", "a\nb", "a\n b", "a \nb", "a\n\nb\n", "!tag", "&anchor", "*alias", "@at", "%x"]


def text(rng):
    if rng.random() < 0.4:
        return rng.choice(TEXTS)
    return "".join(rng.choice(PIECES) for _ in range(rng.randint(1, 12)))


def value(rng, depth):
    kind = rng.random()
    if depth > 0 and kind < 0.25:
        return [value(rng, depth - 1) for _ in range(rng.randint(0, 4))]
    if depth > 0 and kind < 0.55:
        return {text(rng): value(rng, depth - 1) for _ in range(rng.randint(0, 4))}
    if kind < 0.85:
        return text(rng)
    return rng.choice([None, True, False, 0, -5, 123456789012, 1.5, -0.0, 1e20, 1e-7, 3.0, 12345.678])


def main():
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("--program", required=True)
    options.add_argument("--count", type=int, default=5000)
    options.add_argument("--seed", type=int, default=1)
    options = options.parse_args()
    rng = random.Random(options.seed)
    values = [value(rng, rng.choice([0, 1, 2, 3])) for _ in range(options.count)]
    lines = "".join(json.dumps(v) + "\n" for v in values)
    done = subprocess.run([options.program], input=lines.encode(), stdout=subprocess.PIPE, check=True)
    answers = [json.loads(line) for line in done.stdout.decode().split("\n")[:-1]]
    wrong = [(v, ours) for v, ours in zip(values, answers)
             if ours != yaml.safe_dump(json.loads(json.dumps(copy.deepcopy(v))), default_flow_style=False)]
    for v, ours in sorted(wrong, key=lambda pair: len(pair[1]))[:10]:
        print(json.dumps(v), repr(yaml.safe_dump(v, default_flow_style=False)), repr(ours), sep="\n  ")
    print(f"yaml: {len(values)} values, {len(wrong)} differ")
    return int(bool(wrong) or len(answers) != len(values))


if __name__ == "__main__":
    sys.exit(main())
