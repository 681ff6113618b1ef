#!/usr/bin/python3
"""Jinja2 of Foehn against the real one (Debian: python3-jinja2), under Mistral's options; see common/differential.py."""

import os
import re
import sys
import warnings

import jinja2
from jinja2 import sandbox

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "common"))
import differential
import jinja_grammar
import mistral_functions

warnings.simplefilter("ignore")

# mistral/expressions/jinja_expression.py
ENV = sandbox.SandboxedEnvironment(undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True)
WHOLE = re.compile("({{(.*?)}})")
PIECE = re.compile(r"\{\{-?|-?\}\}|\{%[-+]?|[-+]?%\}|\{#|#\}|'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|\w+|\s+|.", re.S)
# Addresses in the texts of generators and functions; a filter may have changed some of their digits.
ADDRESS = re.compile(r"(at(?: |\+|%20)0x)[0-9a-z]{4,}", re.IGNORECASE)


def to_json(value):
    """The JSON that Mistral stores: generators become lists, keys texts; TypeError for what is no data."""
    if isinstance(value, dict):
        if any(isinstance(k, (tuple, range)) or callable(k) for k in value):
            raise TypeError("key")
        made = {}
        for k, v in value.items():
            made[k if isinstance(k, str) else differential.json.dumps(k)] = to_json(v)
        return made
    if isinstance(value, jinja2.Undefined):  # that of an inline if without else is not strict
        return str(value)
    if isinstance(value, str):
        return ADDRESS.sub(r"\g<1>0", str(value))
    if isinstance(value, float) and (value != value or value in (float("inf"), float("-inf"))):
        raise ValueError("no JSON")
    if value is None or isinstance(value, (int, float, bool)):
        return value
    if hasattr(value, "__iter__") and not isinstance(value, (jinja2.runtime.LoopContext, type)):
        return [to_json(v) for v in value]
    raise TypeError("no data: " + type(value).__name__)


class Jinja:
    name = "jinja"
    one_failure = True
    names = jinja_grammar.names_of(ENV)
    used = staticmethod(jinja_grammar.used)
    contexts = [jinja_grammar.CONTEXT]

    def generate(self, rng):
        return 0, jinja_grammar.generate(rng)

    def oracle(self, text, index):
        data = differential.json.loads(differential.json.dumps(self.contexts[index]))
        mistral_functions.present = data["host"]
        try:
            whole = WHOLE.findall(text)
            if whole and whole[0][0] == text:
                value = ENV.compile_expression(whole[0][1].strip(), undefined_to_none=False)(_=data, **mistral_functions.FUNCTIONS)
                str(value)
            else:
                value = ENV.from_string(text).render(_=data, **mistral_functions.FUNCTIONS)
            return ("v", differential.encode(to_json(value)))
        except (MemoryError, RecursionError, differential.TooSlow):
            raise
        except jinja2.TemplateSyntaxError as error:
            return ("x", str(error)[:200])
        except Exception as error:  # whatever it raises is what it says
            return ("x", type(error).__name__ + ": " + str(error)[:200])

    def tokens(self, text):
        return PIECE.findall(text)

    differences = []


def ours_fails(part):
    return lambda case: case.ours[0] in "xs" and part in case.ours[1]


def our_failure(name, row, part, must_occur=True):
    return differential.Difference(name, row, ours_fails(part), must_occur)


Jinja.differences = [
    our_failure("64 bits", "Integers are 64-bit", "64-bit integer"),
    our_failure("read-only context", "Lists and dicts of the context cannot be changed", "read-only here"),
    our_failure("random", "draws no random numbers", "random is not available"),
    our_failure("budget", "Every evaluation is bounded", "the expression takes more than", must_occur=False),
    differential.Difference("bytes", "there is no type for bytes", lambda case: ".encode" in case.text),
    differential.Difference("texts of functions", "The texts of functions and methods",
                            lambda case: case.theirs[0] == "v" and
                            re.search(r"<(function|bound method|class|built-in|jinja2)" if case.ours[0] == "v" else
                                      r"<function (json_|yaml_|env|execution|task)", str(case.theirs[1])), False),
    differential.Difference("addresses", "addresses are `0x0`",
                            lambda case: case.theirs[0] == "v" and case.ours[0] == "v" and
                            re.search(r"(g.n.r.t.r|iterator)\W+obj.ct", str(case.theirs[1]), re.IGNORECASE), False),
    differential.Difference("set _", "before an outer `set` gives it a value",
                            lambda case: case.theirs[0] == "x" and "'_' is undefined" in case.theirs[1], False),
    differential.Difference("negative base", "`-2 ** x` is `(-2) ** x`",
                            lambda case: re.search(r"-\s*\d[\d._e]*\s*\*\*", case.text) is not None, False),
    differential.Difference("constants", "A constant part that fails",
                            lambda case: case.ours[0] == "v" and "{%" in case.text and
                            re.match(r"UndefinedError: \w+ object has no (element|attribute)", str(case.theirs[1])), False),
    differential.Difference("constants that cannot be sliced", "A constant that cannot be sliced",
                            lambda case: case.theirs[0] == "v" and
                            re.search(r"cannot be sliced|slice indices", str(case.ours[1])) is not None, False),
    differential.Difference("numbers that are not finite", "a number beyond the range of double",
                            lambda case: "json_parse('1e400')" in case.text, must_occur=False),
    differential.Difference("keys of YAML", "keys in YAML that are no texts",
                            lambda case: re.search(r"yaml_parse\('(1: |true: |\{1:)", case.text) is not None, must_occur=False),
    differential.Difference("lenient YAML", "a tab behind `key:`",
                            lambda case: re.search(r"yaml_parse\('(a:\\t1|@a|`a|=|%x)'", case.text) is not None, False),
    our_failure("complex numbers", "A negative number raised to a fraction", "no real number", must_occur=False),
    our_failure("circles", "A value that contains itself", "too deep", must_occur=False),
]

if __name__ == "__main__":
    sys.exit(differential.run(Jinja(), __doc__))
