#!/usr/bin/python3
"""YAQL against yaql 2.0 (Debian: apt-get install python3-yaql), under the options Mistral gives it."""

import collections.abc
import datetime
import json
import os
import re
import sys

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "common"))
try:
    import yaql
except ImportError:
    raise SystemExit("the differential test needs the real YAQL: apt-get install python3-yaql")
from yaql.language import contexts, factory, runner, utils
from yaql.standard_library import collections as std_collections
from yaql.standard_library import strings as std_strings

import differential
import mistral_functions
import yaql_grammar
from differential import Difference, encode

OPTIONS = {
    "yaql.limitIterators": 10000,
    "yaql.memoryQuota": -1,
    "yaql.convertInputData": True,
    "yaql.convertOutputData": True,
    "yaql.convertTuplesToLists": True,
    "yaql.convertSetsToLists": False,
    "yaql.iterableDicts": False,
}


class OrderedSet(frozenset):
    """A frozenset that remembers the order of its making, so that results do not depend on Python's hash seed."""

    def __new__(cls, items=()):
        kept = dict.fromkeys(items)
        made = super().__new__(cls, kept)
        made.kept = kept
        return made

    def __iter__(self):
        return iter(self.kept)

    def __repr__(self):
        return f"frozenset({{{', '.join(map(repr, self))}}})" if self else "frozenset()"

    def union(self, other):
        return OrderedSet([*self, *other])

    def difference(self, other):
        gone = frozenset(other)
        return OrderedSet(item for item in self if item not in gone)

    def intersection(self, other):
        both = frozenset(other)
        return OrderedSet(item for item in self if item in both)

    def symmetric_difference(self, other):
        there = frozenset(other)
        return OrderedSet([*(item for item in self if item not in there), *(item for item in other if item not in self)])


std_collections.frozenset = OrderedSet
std_strings.set = lambda text: dict.fromkeys(text)


def other(value):
    if isinstance(value, datetime.datetime):
        return {"o": "datetime", "t": str(value)}
    if isinstance(value, datetime.timedelta):
        return {"o": "timespan", "t": str(value)}
    if isinstance(value, re.Pattern):
        return {"o": "regular expression", "t": repr(value)}
    if isinstance(value, contexts.ContextBase):
        return {"o": "context"}
    return {"o": type(value).__name__}


class Yaql:
    name = "yaql"
    program = "yaql_batch"
    one_failure = False
    contexts = yaql_grammar.CONTEXTS
    tokens = staticmethod(yaql_grammar.tokens)

    def __init__(self):
        self.engine = factory.YaqlFactory(keyword_operator="=>", allow_delegates=False).create(options=OPTIONS)
        self.library = yaql.create_context()
        for name, function in mistral_functions.FUNCTIONS.items():
            self.library.register_function(function, name=name)
        self.generator = yaql_grammar.Generator(yaql_grammar.library_forms(self.library))
        self.differences = differences(self)
        self.names = yaql_grammar.names_of(yaql_grammar.library_forms(self.library))

    def used(self, text):
        return yaql_grammar.used(text)

    def __reduce__(self):
        return Yaql, ()

    def generate(self, rng):
        return rng.choice([0, 0, 0, 1]), self.generator.expression(rng)

    def oracle(self, text, context):
        try:
            statement = self.engine(text)
        except Exception as error:  # whatever it is: the text is no expression
            return "s", f"{type(error).__name__}: {error}"
        mistral_functions.present = self.contexts[context]["host"]
        try:
            value = statement.evaluate(data=self.contexts[context], context=self.library.create_child_context())
            return "v", encode(value, other)
        except MemoryError:
            raise
        except RecursionError as error:
            return "x", f"RecursionError: {error}"
        except Exception as error:
            return "x", f"{type(error).__name__}: {error}"

    def shows_address(self, case):
        """Whether the text of an iterator or view was asked for on the way; then all bets are off."""
        shown = []

        def spy(value):
            text = str(value)
            shown.append(ADDRESS.search(text) is not None)
            return text

        std_strings.str = spy
        try:
            theirs = differential.ask_oracle(self, case)
        finally:
            del std_strings.str
        return any(shown) or (theirs[0] == "v" and any(ADDRESS.search(text) for text in texts_of(theirs[1])))

    def converted(self, case):
        """What YAQL would say if what functions of Mistral give were converted as the context's data are."""
        plain = mistral_functions.convert
        mistral_functions.convert = utils.convert_input_data
        try:
            return differential.ask_oracle(self, case)
        finally:
            mistral_functions.convert = plain

    def rereadable(self, case):
        """What YAQL would say if an iterator could be read more than once."""
        plain = runner.choose_overload

        def remembering(*args):
            delegate = plain(*args)

            def call():
                result = delegate()
                again = utils.is_iterator(result) and not isinstance(result, Remembering)
                return Remembering(result, []) if again else result

            return call

        runner.choose_overload = remembering
        try:
            return differential.ask_oracle(self, case)
        finally:
            runner.choose_overload = plain


class Remembering:
    """An iterator that can be read again; its readers share what it has given."""

    def __init__(self, source, seen):
        self.source, self.seen, self.at = source, seen, 0

    def __iter__(self):
        return Remembering(self.source, self.seen)

    def __next__(self):
        if self.at == len(self.seen):
            self.seen.append(next(self.source))
        self.at += 1
        return self.seen[self.at - 1]


def texts_of(encoded):
    if isinstance(encoded, str):
        yield encoded
    elif isinstance(encoded, list):
        for item in encoded:
            yield from texts_of(item)
    elif isinstance(encoded, dict):
        for item in encoded.values():
            yield from texts_of(item)


def any_part(encoded, holds):
    if holds(encoded):
        return True
    parts = encoded if isinstance(encoded, list) else encoded.values() if isinstance(encoded, dict) else ()
    return any(any_part(part, holds) for part in parts)


def wide(encoded):
    return isinstance(encoded, int) and not isinstance(encoded, bool) and abs(encoded) >= 1 << 63


def unhashable_member(encoded):
    """A set that holds, or a dict whose keys are, what results of Python cannot have there: lists, sets and dicts."""
    if not isinstance(encoded, dict):
        return False
    members = encoded.get("s", []) + [pair[0] for pair in encoded.get("d", [])]
    return any(isinstance(item, list) or (isinstance(item, dict) and ("d" in item or "s" in item)) for item in members)


# repeat(…) and count(…): those of itertools show what they give.
ADDRESS = re.compile(r" at 0x[0-9a-f]+>|View\(|dict_(keys|values|items)\(|\b(repeat|count)\(")


GIVEN = re.compile(r"(_parse|env|execution|tasks?)\(")


def differences(language):
    said = lambda case, kind, text: case.ours[0] == kind and text in case.ours[1]  # noqa: E731
    return [
        Difference("the zone of the machine", "shows `tzlocal()`",
                   lambda c: c.theirs[0] == "v" and any("tzlocal()" in text for text in texts_of(c.theirs[1])),
                   must_occur=False),
        Difference("64-bit integers", "Integers are 64-bit",
                   lambda c: said(c, "x", "64-bit") or said(c, "s", "is too large") or
                   (c.theirs[0] == "v" and any_part(c.theirs[1], wide))),
        Difference("linear-time regular expressions", "no look-around, no back-references",
                   lambda c: said(c, "x", "invalid regular expression") and
                   re.search(r"\(\?[=!<]|\\[1-9]|\(\?P=", c.text) is not None),
        # Both are asked again under the other rule, so that nothing else hides behind this.
        Difference("iterators can be read again", "a lazy sequence can be read again",
                   lambda c: differential.agree(language.rereadable(c), c.ours), must_occur=False),
        Difference("texts of iterators", "the text of an iterator or view", language.shows_address),
        Difference("word borders", "`\\b` knows ASCII letters only", lambda c: "\\b" in c.text),
        Difference("the end of a text", "`$` is the very end",
                   lambda c: re.search(r"\$['\"`]", c.text) is not None, must_occur=False),
        Difference("letters without case", "without case `İ` is not `i`",
                   lambda c: "İ" in c.text and re.search(r"ignoreCase|true|\(\?i", c.text) is not None, must_occur=False),
        Difference("numbers that are not finite", "a number beyond the range of double",
                   lambda c: "json_parse('1e400')" in c.text, must_occur=False),
        Difference("keys of YAML", "keys in YAML that are no texts",
                   lambda c: re.search(r"yaml_parse\('(1: |true: |\{1:)", c.text) is not None, must_occur=False),
        Difference("lenient YAML", "a tab behind `key:`",
                   lambda c: re.search(r"yaml_parse\('(a:\\t1|@a|`a|=|%x)'", c.text) is not None or
                   (c.theirs[0] == "x" and "scanning a directive" in c.theirs[1]), must_occur=False),
        Difference("lists of functions", "lists that functions give",
                   lambda c: GIVEN.search(c.text) is not None and differential.agree(language.converted(c), c.ours),
                   must_occur=False),
        Difference("what JSON and YAML do not have", "write dates, spans and sets",
                   lambda c: c.theirs[0] == "x" and
                   re.search(r"is not JSON serializable|cannot represent an object", c.theirs[1]) is not None,
                   must_occur=False),
        Difference("dates to be parsed", "dates, spans and patterns",
                   lambda c: c.theirs[0] == "x" and
                   re.search(r"has no attribute 'read'|can't be decoded", c.theirs[1]) is not None,
                   must_occur=False),
        Difference("chance", None, lambda c: "random(" in c.text, must_occur=False),
        Difference("offsets of a day or more", "an offset of a day or more",
                   lambda c: said(c, "x", "the offset of a date must be less than a day"), must_occur=False),
        Difference("an argument left out", "an argument left out in a list or among many",
                   lambda c: c.ours[0] == "x" and c.theirs[0] == "v" and re.search(r"[(\[{,]\s*,", c.text) is not None),
        Difference("guessing dates", "`datetime(text)` reads ISO 8601",
                   lambda c: said(c, "x", "datetime() reads ISO 8601") and c.theirs[0] == "v"),
        Difference("characters()", "`characters()` knows `letters`",
                   lambda c: c.theirs[0] == "x" and "module 'string' has no attribute" in c.theirs[1]),
        Difference("named groups", "named groups of a match",
                   lambda c: c.theirs[0] == "x" and "unpack" in c.theirs[1] and "(?P<" in c.text,
                   must_occur=False),
        Difference("records of matches", "the records of a match",
                   lambda c: c.theirs[0] == "x" and "unhashable type: 'dict'" in c.theirs[1] and c.ours[0] == "v" and
                   re.search(r"search(All)?\(|replaceBy\(", c.text) is not None, must_occur=False),
        Difference("pairs in items()", "a value that is no pair",
                   lambda c: c.theirs[0] == "x" and "items()" in c.text and "unpack" in c.theirs[1], must_occur=False),
        Difference("keys and members that are lists", "sets and keys of dicts in results may be lists or dicts",
                   lambda c: c.theirs[0] == "x" and "unhashable" in c.theirs[1] and c.ours[0] == "v" and
                   any_part(c.ours[1], unhashable_member)),
    ]


def unknown_names(language, program):
    """Functions and methods of the real library that ours does not know; it must know them all."""
    forms = yaql_grammar.library_forms(language.library)
    texts = {f"{form.name}()": form.name for form in forms if form.function}
    texts.update({f"null.{form.name}()": f".{form.name}" for form in forms if form.method})
    cases = [differential.Case(0, text) for text in texts]
    differential.ask_program(language, program, cases)
    # Chance and the clock are the host's; it does not answer here, but the names are known.
    return [texts[case.text] for case in cases if case.ours[0] != "v" and "Unknown" in case.ours[1]]


if __name__ == "__main__":
    yaql_language = Yaql()
    if "--program" in sys.argv:
        unknown = unknown_names(yaql_language, sys.argv[sys.argv.index("--program") + 1])
        if unknown:
            sys.exit(f"not known here: {', '.join(unknown)}")
    sys.exit(differential.run(yaql_language, __doc__))
