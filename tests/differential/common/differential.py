"""Compares an expression language of Foehn with the real one, on generated expressions.

A language is an object with
  name, program        "yaql" and the file name of its batch program (common/batch.h says what that answers)
  contexts             list of JSON data that expressions are evaluated over
  generate(rng)        -> (index of a context, expression)
  oracle(text, index)  -> ("v", encode(value)) | ("s", message) | ("x", message); may take long: it is interrupted
  tokens(text)         -> list of pieces whose concatenation is the text, for mutating and shrinking
  differences          list of Difference; every one must occur, and every disagreement must be one of them
run() below is the whole test: it generates, compares, shrinks and reports.
"""

import argparse
import json
import math
import multiprocessing
import os
import random
import resource
import signal
import subprocess
import sys
import time

ORACLE_SECONDS = 0.5
MEMORY_BYTES = 2 << 30
REPORTED_MAX = 25


class Difference:
    """A disagreement that is meant: `applies(case)` says whether `case` is one, `reason` why it is right."""

    def __init__(self, name, reason, applies, must_occur=True):
        self.name, self.reason, self.applies, self.must_occur = name, reason, applies, must_occur


class Case:
    """One expression and what both sides say: ("v", value), ("s", message), ("x", message), ("t", why) for no answer."""

    def __init__(self, context, text):
        self.context, self.text = context, text
        self.theirs = self.ours = None


class TooSlow(BaseException):
    pass


def encode(value, other=None):
    """A result with its exact type, the same as common/encode.h. `other` encodes what JSON does not have."""
    if value is None or isinstance(value, (bool, str)):
        return value
    if isinstance(value, int):
        return int(value)
    if isinstance(value, float):
        return {"f": repr(float(value))}
    if isinstance(value, dict):
        return {"d": [[encode(k, other), encode(v, other)] for k, v in value.items()]}
    if isinstance(value, (list, tuple)):
        return [encode(v, other) for v in value]
    if isinstance(value, (set, frozenset)):
        return {"s": [encode(v, other) for v in value]}
    if other:
        return other(value)
    return {"o": type(value).__name__}


def canonical(encoded, ordered=True):
    """Sets have no order; with ordered=False nothing has."""
    if isinstance(encoded, list):
        items = [canonical(item, ordered) for item in encoded]
        return items if ordered else sorted(items, key=lambda item: json.dumps(item, sort_keys=True))
    if isinstance(encoded, dict):
        if "s" in encoded:
            return {"s": sorted((canonical(item, ordered) for item in encoded["s"]), key=json.dumps)}
        if "d" in encoded:
            return {"d": canonical(encoded["d"], ordered) if not ordered else
                    [[canonical(k), canonical(v)] for k, v in encoded["d"]]}
    return encoded


def agree(theirs, ours):
    if theirs[0] == "t" or ours[0] == "t":
        return True
    if theirs[0] != "v" or ours[0] != "v":
        return theirs[0] == ours[0]
    return same_value(canonical(theirs[1]), canonical(ours[1]))


def same_value(a, b):
    """Equal and of equal types (Python thinks that 1 == True)."""
    if type(a) is not type(b):
        return False
    if isinstance(a, list):
        return len(a) == len(b) and all(same_value(x, y) for x, y in zip(a, b))
    if isinstance(a, dict):
        return a.keys() == b.keys() and all(same_value(a[k], b[k]) for k in a)
    return a == b or (isinstance(a, float) and math.isnan(a) and math.isnan(b))


def ask_oracle(language, case):
    def expire(_signal, _frame):
        raise TooSlow()

    signal.signal(signal.SIGALRM, expire)
    signal.setitimer(signal.ITIMER_REAL, ORACLE_SECONDS)
    try:
        return language.oracle(case.text, case.context)
    except TooSlow:
        return ("t", "slow")
    except (MemoryError, OverflowError) as error:
        return ("t", type(error).__name__)
    except RecursionError:
        return ("x", "RecursionError")
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


def ask_program(language, program, cases):
    lines = [json.dumps({"context": context}) for context in language.contexts]
    lines += [json.dumps({"c": case.context, "e": case.text}) for case in cases]
    done = subprocess.run([program], input="\n".join(lines).encode() + b"\n", stdout=subprocess.PIPE, check=False)
    answers = done.stdout.decode().split("\n")[:-1]
    if done.returncode != 0 or len(answers) != len(cases):
        at = cases[len(answers)].text if len(answers) < len(cases) else "?"
        raise SystemExit(f"{program} ended with {done.returncode} at {at!r}")
    for case, answer in zip(cases, answers):
        ((kind, value),) = json.loads(answer).items()
        case.ours = (kind, value)


def compare(language, program, cases):
    """Fills in both answers; the cases that do not agree."""
    ask_program(language, program, cases)
    for case in cases:
        case.theirs = ask_oracle(language, case)
    return [case for case in cases if not agree(case.theirs, case.ours)]


def mutate(language, rng, text):
    """A text that is probably wrong: tokens dropped, doubled, swapped, replaced, or a character changed."""
    pieces = language.tokens(text)
    for _ in range(rng.randint(1, 2)):
        if not pieces:
            break
        at = rng.randrange(len(pieces))
        kind = rng.randrange(6)
        if kind == 0:
            del pieces[at]
        elif kind == 1:
            pieces.insert(at, pieces[at])
        elif kind == 2:
            other = rng.randrange(len(pieces))
            pieces[at], pieces[other] = pieces[other], pieces[at]
        elif kind == 3:
            pieces[at] = rng.choice(pieces)
        elif kind == 4:
            pieces.insert(at, rng.choice("()[]{},.$'\"`=><!~+-*/?:%|&^#@\\ 019aé_"))
        else:
            piece = pieces[at]
            cut = rng.randrange(len(piece)) if piece else 0
            pieces[at] = piece[:cut] + piece[cut + 1:]
    return "".join(pieces)


def documented(language, case):
    for difference in language.differences:
        if difference.applies(case):
            return difference
    return None


def shrink(language, program, case):
    """The shortest text near `case` that still disagrees and is not documented: drops ranges of tokens greedily."""
    best = case
    for _ in range(60):
        pieces = language.tokens(best.text)
        candidates = []
        for size in sorted({len(pieces) // 2, len(pieces) // 4, 8, 5, 4, 3, 2, 1}, reverse=True):
            if 0 < size < len(pieces):
                candidates += ["".join(pieces[:at] + pieces[at + size:]) for at in range(len(pieces) - size + 1)]
        # An inner part in place of the whole.
        candidates += ["".join(pieces[a:b]) for a in range(len(pieces)) for b in range(a + 1, len(pieces) + 1)
                       if b - a < len(pieces) and b - a <= 12]
        kind = (best.theirs[0], best.ours[0])
        unique = sorted(set(candidates), key=len)[:3000]
        worse = [c for c in compare(language, program, [Case(case.context, text) for text in unique])
                 if (c.theirs[0], c.ours[0]) == kind and not documented(language, c)]
        if not worse or len(worse[0].text) >= len(best.text):
            return best
        best = worse[0]
    return best


def part(job):
    """One worker's share: generates, compares; returns counts and what is not documented."""
    language, program, seed, count, mutated = job
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    rng = random.Random(seed)
    cases = []
    for _ in range(count):
        context, text = language.generate(rng)
        if rng.random() < mutated:
            text = mutate(language, rng, text)
        cases.append(Case(context, text))
    disagreements = compare(language, program, cases)
    counts = {"total": len(cases), "valued": sum(c.theirs[0] == "v" for c in cases),
              "no answer": sum(c.theirs[0] == "t" for c in cases), "differences": {}}
    open_cases = []
    for case in disagreements:
        known = documented(language, case)
        if known:
            found = counts["differences"]
            found[known.name] = found.get(known.name, 0) + 1
        else:
            open_cases.append(case)
    return counts, open_cases


def report(language, program, case, small):
    print(f"--- {case.text}")
    if small.text != case.text:
        print(f"  shrunk:  {small.text}")
    print(f"  context: {case.context} ({json.dumps(language.contexts[case.context])[:300]})")
    print(f"  {language.name:8} {json.dumps(small.theirs, ensure_ascii=False)[:600]}")
    print(f"  foehn    {json.dumps(small.ours, ensure_ascii=False)[:600]}")


def run(language, description):
    """The test's main program; exit status 0 when both agree wherever no difference is documented."""
    options = argparse.ArgumentParser(description=description)
    options.add_argument("--program", required=True, help="the batch program")
    options.add_argument("--count", type=int, default=24000)
    options.add_argument("--seed", type=int, default=1, help="first seed; each part of the run takes the next")
    options.add_argument("--mutated", type=float, default=0.12, help="share of expressions that are made wrong")
    options.add_argument("--jobs", type=int, default=os.cpu_count())
    options.add_argument("--reported", type=int, default=REPORTED_MAX)
    options.add_argument("--expression", help="compare this one only")
    options.add_argument("--context", type=int, default=0, help="of --expression")
    options = options.parse_args()
    if options.expression is not None:
        case = Case(options.context, options.expression)
        failed = bool(compare(language, options.program, [case]))
        report(language, options.program, case, case)
        return int(failed)
    start = time.monotonic()
    size = 2000
    jobs = [(language, options.program, options.seed + at, min(size, options.count - at * size), options.mutated)
            for at in range((options.count + size - 1) // size)]
    with multiprocessing.Pool(options.jobs) as pool:
        parts = pool.map(part, jobs, chunksize=1)
    return conclude(language, options, parts, time.monotonic() - start)


def conclude(language, options, parts, seconds):
    total, valued, silent, seen = 0, 0, 0, {}
    for counts, _ in parts:
        total += counts["total"]
        valued += counts["valued"]
        silent += counts["no answer"]
        for name, count in counts["differences"].items():
            seen[name] = seen.get(name, 0) + count
    open_cases = [case for _, cases in parts for case in cases]
    shown = set()
    for case in open_cases[:4 * options.reported]:
        small = shrink(language, options.program, case)
        if small.text not in shown and len(shown) < options.reported:
            report(language, options.program, case, small)
        shown.add(small.text)
    for name, count in sorted(seen.items()):
        print(f"documented: {name}: {count}")
    gone = [d.name for d in language.differences if d.must_occur and d.name not in seen]
    for name in gone:
        print(f"documented, but did not occur: {name}")
    print(f"{language.name}: {total} expressions, {valued} with a value, {silent} without an answer of the oracle, "
          f"{len(open_cases)} undocumented disagreements, {seconds:.1f} s")
    sys.stdout.flush()
    return int(bool(open_cases or gone))
