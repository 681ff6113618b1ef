"""Compares an expression language of Foehn with the real one, on generated expressions.

A language is an object with
  name, program        "yaql" and the file name of its batch program (common/batch.h says what that answers)
  contexts             list of JSON data that expressions are evaluated over
  generate(rng)        -> (index of a context, expression)
  oracle(text, index)  -> ("v", encode(value)) | ("s", message) | ("x", message); may take long: it is interrupted
  tokens(text)         -> list of pieces whose concatenation is the text, for mutating and shrinking
  differences          list of Difference; every one must occur, and every disagreement must be one of them
  one_failure          whether the oracle cannot tell what does not parse from what fails
  names, used(text)    what must be generated: {kind: set of names}, and the (kind, name) pairs that a text uses
run() below is the whole test: it generates, compares, shrinks and reports. On the way it holds our side to more: it must
not crash or hang, what it prints of a parsed expression must parse to the same, and its error messages must name a place
and nothing of the context's values (the same expressions run over contexts full of secrets).
"""

import argparse
import concurrent.futures
import json
import math
import os
import random
import re
import resource
import signal
import subprocess
import sys
import threading
import time

ORACLE_SECONDS = 0.5
ANSWER_SECONDS = 30
CRASHES_MAX = 20
MEMORY_BYTES = 2 << 30
REPORTED_MAX = 25
COMPATIBILITY = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../../docs/COMPATIBILITY.md")
SECRET = "qzj"
SECRET_NUMBER = "73913"
PLACE = re.compile(r", at (line \d+, )?column \d+$")
BOUNDS = re.compile(r"takes more than|too deeply|nested deeper than|too deep")


class Difference:
    """A disagreement that is meant: `applies(case)` says whether `case` is one, `row` are words of the row of
    docs/COMPATIBILITY.md that tells users, None for what only the comparison itself sees."""

    def __init__(self, name, row, applies, must_occur=True):
        self.name, self.row, self.applies, self.must_occur = name, row, applies, must_occur


class Case:
    """One expression and what both sides say: ("v", value), ("s", message), ("x", message), ("t", why) for no answer,
    ("crash", how) when our program ended. `broken`: a promise that our answer breaks, whatever the other side says."""

    def __init__(self, context, text):
        self.context, self.text = context, text
        self.theirs = self.ours = self.broken = None


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
    if ours[0] == "crash":
        return False
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


def veiled(value, numbers):
    """The same data full of secrets, in every value and a key more in every dict."""
    if isinstance(value, str):
        return f"{SECRET}{value}{SECRET}"
    if isinstance(value, list):
        return [veiled(item, numbers) for item in value]
    if isinstance(value, dict):
        return {**{key: veiled(item, numbers) for key, item in value.items()}, SECRET * 8: SECRET, SECRET * 9: [SECRET]}
    if isinstance(value, bool) or value is None or not numbers:
        return value
    return int(SECRET_NUMBER) * 1000 + value if isinstance(value, int) else float(SECRET_NUMBER) + value / 1e9


def leaks(text, message):
    shown = message.lower()
    # assert() says what its author wants said.
    return "assert" not in text and any(secret in shown for secret in (SECRET, SECRET[::-1], SECRET_NUMBER))


def exchange(program, lines, count):
    """The answers to `lines`, as many as came (`count` at most), and how the program ended when it is not as it should."""
    process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def feed():
        try:
            process.stdin.write("\n".join(lines).encode() + b"\n")
            process.stdin.close()
        except BrokenPipeError:
            pass  # it ended: the answers tell where

    heard, ended = [time.monotonic()], threading.Event()

    def watch():
        while not ended.wait(0.2):
            if time.monotonic() - heard[0] > ANSWER_SECONDS:
                process.kill()
                return

    threads = [threading.Thread(target=feed, daemon=True), threading.Thread(target=watch, daemon=True)]
    for thread in threads:
        thread.start()
    answers = []
    for line in process.stdout:
        heard[0] = time.monotonic()
        if line.endswith(b"\n"):
            answers.append(line.decode())
    slow = time.monotonic() - heard[0] > ANSWER_SECONDS
    code = process.wait()
    ended.set()
    for thread in threads:
        thread.join()
    process.stdout.close()
    if slow:
        return answers, f"no answer within {ANSWER_SECONDS} s"
    return answers, f"ended with {code}" if code != 0 or len(answers) < count else None


def ask_program(language, program, cases):
    """Fills in our answers; every third expression is also evaluated over secrets. A case that ends the program is a
    ("crash", how); the program is started again for those behind it."""
    if not cases:
        return
    contexts = [json.dumps({"context": c}) for c in language.contexts]
    contexts += [json.dumps({"context": veiled(c, numbers)}) for numbers in (False, True) for c in language.contexts]
    questions = []
    for at, case in enumerate(cases):
        questions.append((case, case.context, False))
        if at % 3 == 0:
            numbers = at % 30 == 0
            questions.append((case, case.context + len(language.contexts) * (2 if numbers else 1), True))
    for _ in range(CRASHES_MAX):
        lines = contexts + [json.dumps({"c": context, "e": case.text}) for case, context, _ in questions]
        answers, problem = exchange(program, lines, len(questions))
        for (case, _, secret), answer in zip(questions, answers):
            judge(language, case, json.loads(answer), secret)
        if not problem:
            return
        questions = questions[len(answers):]
        if not questions:
            raise RuntimeError(f"{program} {problem} behind the last answer")
        questions[0][0].ours = ("crash", problem)
        questions = questions[1:]
    for case, _, _ in questions:
        case.ours = case.ours or ("t", "the program ended too often")


def judge(language, case, answer, secret):
    problem = answer.pop("p", None)
    ((kind, value),) = answer.items()
    if not secret:
        case.ours = ("x" if language.one_failure else kind, value) if kind != "v" else (kind, value)
        if problem:
            case.broken = problem
        elif kind == "x" and not PLACE.search(value) and not BOUNDS.search(value):
            case.broken = f"no place in: {value}"
    elif kind != "v" and leaks(case.text, value):
        case.broken = f"a value of the context in: {value}"


def compare(language, program, cases):
    """Fills in both answers; the cases that do not agree."""
    ask_program(language, program, cases)
    for case in cases:
        case.theirs = ask_oracle(language, case)
    return [case for case in cases if case.broken or not agree(case.theirs, case.ours)]


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
    if case.broken or case.ours[0] == "crash":
        return None
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
        kind = (best.theirs[0], best.ours[0], bool(best.broken))
        unique = sorted(set(candidates), key=len)[:3000]
        worse = [c for c in compare(language, program, [Case(case.context, text) for text in unique])
                 if (c.theirs[0], c.ours[0], bool(c.broken)) == kind and not documented(language, c)]
        if not worse or len(worse[0].text) >= len(best.text):
            return best
        best = worse[0]
    return best


def part(job):
    """One worker's share: generates, compares; returns counts and what is not documented."""
    language, program, seed, count, mutated = job
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES, MEMORY_BYTES))
    rng = random.Random(seed)
    cases, used = [], {}
    for _ in range(count):
        context, text = language.generate(rng)
        for name in language.used(text):
            used[name] = used.get(name, 0) + 1
        if rng.random() < mutated:
            text = mutate(language, rng, text)
        cases.append(Case(context, text))
    disagreements = compare(language, program, cases)
    counts = {"total": len(cases), "valued": sum(c.theirs[0] == "v" for c in cases),
              "no answer": sum(c.theirs[0] == "t" for c in cases), "differences": {}, "used": used}
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
    if small.broken:
        print(f"  broken:  {small.broken}")


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
    unknown = undocumented(language.differences)
    if unknown:
        raise SystemExit(f"docs/COMPATIBILITY.md has no row for: {', '.join(unknown)}")
    if options.expression is not None:
        case = Case(options.context, options.expression)
        failed = bool(compare(language, options.program, [case]))
        report(language, options.program, case, case)
        return int(failed)
    start = time.monotonic()
    size = 2000
    jobs = [(language, options.program, options.seed + at, min(size, options.count - at * size), options.mutated)
            for at in range((options.count + size - 1) // size)]
    with concurrent.futures.ProcessPoolExecutor(options.jobs) as pool:  # unlike a Pool it notices a worker that dies
        parts = list(pool.map(part, jobs, chunksize=1))
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
    missing = coverage(language, parts)
    print(f"{language.name}: {total} expressions, {valued} with a value, {silent} without an answer of the oracle, "
          f"{len(open_cases)} undocumented disagreements, {seconds:.1f} s")
    sys.stdout.flush()
    return int(bool(open_cases or gone or missing))


def coverage(language, parts):
    """Prints how often each name was generated; those that never were."""
    used = {}
    for counts, _ in parts:
        for name, count in counts["used"].items():
            used[name] = used.get(name, 0) + count
    missing = []
    for kind, names in sorted(language.names.items()):
        counted = sorted((used.get((kind, name), 0), name) for name in names)
        print(f"generated {kind}: {', '.join(f'{name} {count}' for count, name in counted)}")
        missing += [f"{kind} {name}" for count, name in counted if count == 0]
    for name in missing:
        print(f"never generated: {name}")
    return missing


def undocumented(differences):
    """The names of differences whose row is not in docs/COMPATIBILITY.md."""
    with open(COMPATIBILITY, encoding="utf-8") as file:
        rows = [line for line in file if line.startswith("|")]
    return [d.name for d in differences if d.row is not None and not any(d.row in row for row in rows)]
