#!/usr/bin/python3
"""How strings with expressions are recognised and put together, against Mistral's rules (spelled out below) over the real
YAQL and Jinja2: which strings are expressions, what keeps its own type, what becomes a text."""

import json
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "common"))
import differential
import jinja_diff
import yaql_diff
from differential import Difference, encode

CONTEXT = {"i": 7, "f": 2.5, "big": 1e20, "s": "it's", "q": "say \"it's\"", "e": "", "n": None, "t": True, "u": "Grüße\n",
           "l": [1, "a", None, {"k": [True, 2.0]}], "d": {"a": 1, "b": {"c": "x"}}, "odd": "<% $.i %> {{ _.i }}", "empty": {}}
YAQL = ["$", "$.i", "$.f", "$.big", "$.s", "$.q", "$.n", "$.t", "$.u", "$.l", "$.d", "$.d.b.c", "$.missing", "$.i + 1", "$.i > 2",
        "$.l[3].k", "$.d.keys().orderBy($)", "range(3)", "$.l.len()", "dict(a => 1)", "'a b'", "abc", "true", "null", "not $.t",
        "* ", "$.i +", "", "$.odd", "$.empty", "$.e", "set(1)", "'<'", "'%'", "1 > 0", "-1", "$.f / 0", "[1, [2]]", "{a => [null]}"]
JINJA = ["_", "_.i", "_.f", "_.big", "_.s", "_.q", "_.n", "_.t", "_.u", "_.l", "_.d", "_.d.b.c", "_.missing", "_.i + 1", "_.i > 2",
         "_.l[3].k", "_.d|length", "range(3)", "_.l|join('-')", "{'a': 1}", "'a b'", "abc", "true", "none", "not _.t", "* ", "_.i +",
         "", "_.odd", "_.empty", "_.e", "'}'", "(1, 2)", "-1", "1 / 0", "[1, [2]]", "_.i if _.t", "_.i if not _.t", "'%}'", "'a' ~ none"]
BLOCKS = ["{% if _.t %}", "{% endif %}", "{% else %}", "{% for x in _.l %}", "{% endfor %}", "{% set x = 1 %}", "{# note #}", "{{ x }}",
          "{% raw %}", "{% endraw %}", "{% endfor %}\n", "{%- if _.i -%}", "{% if %}", "{% x %}"]
PLAIN = ["", " ", "\n", "text", " a ", "é", "<%", "%>", "{{", "}}", "{%", "%}", "<", "%", ">", "{", "}", "$.i", "\t", "'", "<% $.i\n%>",
         "{{ _.i\n}}", "%d", "\\"]
SPACES = ["", " ", "  ", "\t"]
EXPRESSION = re.compile(r"<%.*?%>")
INLINE = re.compile(r"({{(.*?)}})")
BLOCK = re.compile(r"({%(.*?)%})")


class Inline:
    name = "inline"
    contexts = [CONTEXT]
    one_failure = True  # a mistake that Jinja2 finds when compiling may be found here when evaluating
    names = {"part": {"yaql", "jinja", "block", "plain", "line break", "both languages", "one expression", "several"}}

    def __init__(self):
        self.yaql, self.jinja = yaql_diff.Yaql(), jinja_diff.Jinja()
        self.differences = [
            Difference("block without an expression", "A text with `{% %}` and without `{{ }}` is rendered",
                       lambda c: c.theirs == ("x", "IndexError") and c.ours[0] in "vx"),
            Difference("text of an expression in a value", "A value that looks like an expression of the same text",
                       lambda c: c.theirs[0] == "v" and c.ours[0] == "v" and "odd" in c.text + str(c.theirs[1])),
            Difference("an argument left out", "an argument left out in a list or among many",
                       lambda c: c.ours[0] == "x" and "between two commas" in c.ours[1], must_occur=False),
            Difference("texts of sets", "a set inside of a text",
                       lambda c: c.theirs[0] == "v" and re.search(r"set\(|keys\(\)", c.text) is not None),
            Difference("texts of keys", "keys of a dict inside of a text",
                       lambda c: c.theirs[0] == c.ours[0] == "v" and "dict(1 " in c.text, must_occur=False),
            Difference("order of sets", "a set inside of a text",
                       lambda c: "keys()" in c.text and isinstance(c.theirs[1], list) and isinstance(c.ours[1], list) and
                       sorted(c.theirs[1]) == sorted(c.ours[1]), must_occur=False),
            Difference("64-bit integers", "Integers are 64-bit", lambda c: "64-bit" in str(c.ours[1]), must_occur=False),
        ]

    def __reduce__(self):
        return Inline, ()

    def generate(self, rng):
        kind = rng.randrange(20)
        expression = lambda: rng.choice([self.write("<%", YAQL, "%>", rng), self.write("{{", JINJA, "}}", rng)])  # noqa: E731
        if kind < 5:
            return 0, expression()
        if kind < 7:
            return 0, rng.choice(PLAIN) + expression() + rng.choice(PLAIN)
        if kind < 12:
            delimiters = ("<%", YAQL, "%>")
        elif kind < 15:
            delimiters = ("{{", JINJA, "}}")
        else:
            return 0, "".join(rng.choice([rng.choice(PLAIN), rng.choice(BLOCKS), expression()]) for _ in range(rng.randint(1, 5)))
        pieces = [rng.choice([rng.choice(PLAIN), self.write(*delimiters, rng)]) for _ in range(rng.randint(1, 5))]
        return 0, "".join(pieces)

    @staticmethod
    def write(left, expressions, right, rng):
        return left + rng.choice(SPACES) + rng.choice(expressions) + rng.choice(SPACES) + right

    def oracle(self, text, _context):
        yaql, jinja = EXPRESSION.findall(text), INLINE.findall(text)
        if not yaql and not jinja and not BLOCK.search(text):
            return "v", text
        if yaql and (jinja or BLOCK.search(text)):
            return "x", "both languages"
        try:
            return self.of_yaql(text, yaql) if yaql else self.of_jinja(text, jinja)
        except (MemoryError, RecursionError, differential.TooSlow):
            raise
        except Exception as error:  # whatever it is: evaluation fails
            return "x", type(error).__name__

    # mistral/expressions/yaql_expression.py, InlineYAQLEvaluator
    def of_yaql(self, text, found):
        statements = [self.yaql.engine(part.strip("<%>")) for part in found]
        result = text
        for part, statement in zip(found, statements):
            context = self.yaql.library.create_child_context()
            value = statement.evaluate(data=CONTEXT, context=context)
            if len(part) == len(text):
                return "v", encode(to_json(value))
            result = result.replace(part, str(value))
        return "v", result

    # mistral/expressions/jinja_expression.py, InlineJinjaEvaluator
    def of_jinja(self, text, found):
        jinja_diff.ENV.parse(text)
        if found[0][0] == text:
            value = jinja_diff.ENV.compile_expression(found[0][1].strip(), undefined_to_none=False)(_=CONTEXT)
            str(value)
            return "v", encode(jinja_diff.to_json(value))
        return "v", jinja_diff.ENV.from_string(text).render(_=CONTEXT)

    def tokens(self, text):
        return re.findall(r"<%|%>|\{\{|\}\}|\{%|%\}|\w+|\s+|.", text, re.S)

    def used(self, text):
        found = {"yaql": EXPRESSION.search(text), "jinja": INLINE.search(text), "block": BLOCK.search(text), "line break": "\n" in text}
        found["plain"] = not (found["yaql"] or found["jinja"] or found["block"])
        found["both languages"] = found["yaql"] and (found["jinja"] or found["block"])
        found["several"] = len(EXPRESSION.findall(text)) > 1
        found["one expression"] = found["yaql"] and found["yaql"].group() == text
        return {("part", name) for name, holds in found.items() if holds}


def to_json(value):
    """What Mistral stores: sets become lists, keys texts."""
    if isinstance(value, (set, frozenset, tuple, list)):
        return [to_json(item) for item in value]
    if isinstance(value, dict):
        return {key if isinstance(key, str) else json.dumps(key): to_json(item) for key, item in value.items()}
    return value


if __name__ == "__main__":
    sys.exit(differential.run(Inline(), __doc__))
