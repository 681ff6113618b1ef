#!/usr/bin/env python3
"""Random cron patterns, valid and not, and what croniter (Mistral's library, Debian's python3-croniter) makes of them,
compared with ours. Left out, because croniter 1.3.5 itself is wrong or means something else there:
 - days beyond 28 beside other days or weekdays: it skips the 1st of the next month, and finds nothing at all when the month
   never has such a day although the weekday fits;
 - weekdays "fri#2" and "l5" together with days: it takes only the weekdays;
 - a day of 0 or a weekday of 7 in patterns of six fields: it turns 0 into 1 and never finds 7
   (which "*/2" and "1/2" contain)."""
import argparse
import random
import subprocess
import sys

try:
    from croniter import croniter
except ImportError:
    print("skipped: python3-croniter is not installed")
    sys.exit(77)

MONTHS = "jan feb mar apr may jun jul aug sep oct nov dec".split()
DAYS = "sun mon tue wed thu fri sat".split()
FIELDS = [(0, 59, ()), (0, 23, ()), (1, 31, ()), (1, 12, MONTHS), (0, 6, DAYS), (0, 59, ())]


def value(rng, low, high, names):
    number = rng.randint(low, high)
    return number, (names[number - low] if names and rng.random() < 0.3 else str(number))


def item(rng, low, high, names):
    form = rng.random()
    if form < 0.25:
        return "*"
    if form < 0.4:
        return f"*/{rng.randint(1, high + 3)}"
    first, text = value(rng, low, high, names)
    if form < 0.65:
        return text
    if form < 0.75:
        return f"{first}/{rng.randint(1, 20)}"
    last, end = value(rng, first, high, names) if not names else (lambda n: (n, str(n)))(rng.randint(first, high))
    return f"{text if not names else first}-{end}" + (f"/{rng.randint(1, 20)}" if rng.random() < 0.5 else "")


def pattern(rng):
    fields = []
    for index in range(6 if rng.random() < 0.25 else 5):
        low, high, names = FIELDS[index]
        if index == 2 and rng.random() < 0.05:
            fields.append("l")
            continue
        items = [item(rng, low, high, names) for _ in range(rng.choice([1, 1, 1, 2, 3]))]
        if index == 4 and rng.random() < 0.06 and fields[2] == "*":
            items = [f"{rng.choice(DAYS)}#{rng.randint(1, 5)}"]
        fields.append(",".join(items))
    if rng.random() < 0.15:  # break it
        index = rng.randrange(len(fields))
        broken = ["60", "x", "-1", "*/0", "5-2", "", "1-2-3", "99", "*-3", "/5", "a#2", "fri#9", "1,,2", "?", "1.5"]
        fields[index] = rng.choice(broken)
        if not fields[index]:
            fields.pop(index)
    return " ".join(fields)


def left_out(text):
    fields = text.lower().split()
    if len(fields) not in (5, 6) or len(fields) < 3:
        return False
    day = fields[2]
    try:
        expanded, weekdays = (croniter.expand(text)[0][index] for index in (2, 4))
    except Exception:  # noqa: BLE001 – whatever it is, the comparison says so
        expanded, weekdays = [], ["*"]
    if 7 in weekdays or (len(fields) == 6 and ("/" in fields[4] or "7" in fields[4])):
        return True
    numbers = [number for number in expanded if isinstance(number, int)]
    if numbers and max(numbers) > 28 and (len(expanded) > 1 or weekdays != ["*"]):
        return True
    if "l" in expanded and len(expanded) > 1:
        return True
    return "#" in fields[4] and day != "*"


def theirs(text, after):
    try:
        return str(int(croniter(text, after).get_next(float)))
    except Exception as error:  # noqa: BLE001 – Mistral refuses on ValueError and KeyError; others are its 500s
        return "never" if "failed to find" in str(error) else "invalid"


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("--program", required=True)
    parser.add_argument("--count", type=int, default=6000)
    parser.add_argument("--seed", type=int, default=20261121)
    options = parser.parse_args()
    rng = random.Random(options.seed)
    cases = []
    while len(cases) < options.count:
        text = pattern(rng)
        if not left_out(text):
            cases.append((rng.randint(1_600_000_000, 2_100_000_000), text))
    done = subprocess.run([options.program], input="".join(f"{after} {text}\n" for after, text in cases),
                          capture_output=True, text=True, check=True)
    answers = done.stdout.splitlines()
    if len(answers) != len(cases):
        sys.exit(f"{len(answers)} answers to {len(cases)} questions")
    wrong = [(after, text, expected, ours) for (after, text), ours in zip(cases, answers)
             if (expected := theirs(text, after)) != ours]
    for after, text, expected, ours in wrong[:20]:
        print(f"{text!r} after {after}: croniter {expected}, ours {ours}")
    kinds = {kind: answers.count(kind) for kind in ("invalid", "never")}
    print(f"{len(cases)} patterns ({kinds['invalid']} invalid, {kinds['never']} never), {len(wrong)} differences")
    sys.exit(bool(wrong))


if __name__ == "__main__":
    main()
