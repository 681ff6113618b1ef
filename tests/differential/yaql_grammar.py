"""Generates YAQL expressions: directed by the types of the parameters that the real library registers, so that every
function and every form of it is called, with arguments that mostly fit."""

import collections
import datetime
import re

import mistral_functions
from yaql.language import contexts, specs, utils, yaqltypes
from yaql.standard_library import queries

CONTEXTS = [
    {
        "host": mistral_functions.HOST,
        "i": 7, "neg": -3, "zero": 0, "f": 2.5, "nf": -0.75, "big": 4611686018427387904, "s": "hello world", "e": "",
        "u": "Grüße, Ωmega Straße ŉ", "t": True, "x": False, "n": None, "num": "42", "fl": " 3.25 ", "csv": "a,b,,c",
        "word": "ACTIVE", "lines": "one\ntwo\tthree  four", "date": "2021-03-04T05:06:07Z",
        "ints": [3, 1, 2, 3, -5], "floats": [1.5, 2.0, -0.5], "strs": ["b", "a", "", "ccc", "É"], "empty": [],
        "bools": [True, False, True], "mixed": [1, "a", None, 2.5, True, [1, 2], {"k": 1}],
        "nested": [[1, 2], [3, [4, 5]], []], "pairs": [["a", 1], ["b", 2], ["a", 3]],
        "recs": [{"name": "web", "x": 3, "tags": ["p", "q"]}, {"name": "db", "x": 1, "tags": []},
                 {"name": "web", "x": 8, "tags": ["q"]}],
        "d": {"a": 1, "b": "two", "c": [1, 2, 3], "z": None}, "de": {}, "dd": {"p": {"q": {"r": 1}}, "l": [1, 2]},
        "d2": {"a": 10, "c": [3, 4], "y": {"k": "v"}},
    },
    {
        "host": mistral_functions.HOST,
        "i": 0, "neg": -9223372036854775807, "zero": 0, "f": 0.1, "nf": -1e300, "big": 9007199254740993,
        "s": "äöü ÄÖÜ", "e": " ", "u": "日本語 テスト", "t": True, "x": False, "n": None, "num": "-7", "fl": "1e3",
        "csv": "x;y", "word": "x", "lines": "\n", "date": "1999-12-31 23:59:59.5+05:30",
        "ints": [10], "floats": [], "strs": ["x"], "empty": [], "bools": [], "mixed": [None], "nested": [[]],
        "pairs": [], "recs": [{"name": "solo", "x": 0, "tags": ["only"]}], "d": {"a": "A"}, "de": {},
        "dd": {"p": {"q": {"r": []}}, "l": []}, "d2": {"a": {"b": 2}},
    },
]

PATHS = {
    "int": ["i", "neg", "zero", "d.a", "ints[0]", "recs[0].x", "ints.len()", "i"],
    "float": ["f", "nf", "floats[0]"],
    "str": ["s", "e", "u", "num", "fl", "csv", "word", "lines", "strs[0]", "recs[0].name", "s"],
    "bool": ["t", "x", "bools[0]"],
    "null": ["n", "d.z"],
    "list": ["ints", "floats", "strs", "empty", "bools", "mixed", "nested", "pairs", "recs", "d.c", "recs.x",
             "recs.name", "recs.tags", "dd.l", "d.keys()", "d.values()", "d.items()"],
    "dict": ["d", "de", "dd", "d2", "recs[0]", "dd.p", "d2"],
}
ELEMENTS = {"ints": "int", "floats": "float", "strs": "str", "bools": "bool", "mixed": "any", "nested": "list",
            "pairs": "list", "recs": "rec", "d.c": "int", "recs.x": "int", "recs.name": "str", "recs.tags": "list",
            "dd.l": "int", "d.keys()": "str", "d.values()": "any", "d.items()": "list", "empty": "any"}
REC_FIELDS = {"int": "x", "str": "name", "list": "tags"}
WORDS = ["a", "b", "name", "x", "k", "hello", "ACTIVE", "web", "null_", "True", "é"]
TEXTS = ["", "a", "b", "abc", "hello world", "a,b,c", ",", " ", "web", "42", "-1", "3.5", "Ü", "straße", "x-y-z", "aXbX",
         "{0} {1}", "{a}-{b}", "{}", "{0:>5}|{1:03d}", "%Y-%m-%d", "%H:%M:%S.%f %j %a %b", "2020-01-02",
         "2020-01-02T03:04:05", "2020-02-30", "  pad ", "null", "ŉİ", "ΑΣ ΟΔΟΣ", "\u00a0x\u2003", "l"]
REGEXES = ["a", "b+", "[a-z]+", "(\\w)(\\d)?", "^h", "d$", "\\s", ",", "x|y", "(a)|(b)", "l*", ".", "(l)(o)", "[^a]", "\\b",
           "(?P<n>o)", "o(?= )", "(a)\\1", "[", "é", "\\w+", "\\d+", "(?i)HELLO", "$"]
# What a function gives back, where that is known; the others give anything.
RETURNS = {
    "int": "len count indexOf lastIndexOf indexWhere lastIndexWhere int sign bitwiseAnd bitwiseOr bitwiseXor bitwiseNot "
           "shiftBitsLeft shiftBitsRight selectCase",
    "float": "float",
    "num": "abs pow round sum max min",
    "str": "str concat toUpper toLower trim trimLeft trimRight norm replace format substring join hex escapeRegex "
           "replaceBy search",
    "bool": "bool isBoolean isInteger isNumber isString isList isDict isSet isIterable isRegex isDatetime isTimespan any "
            "all contains containsKey containsValue isEmpty startsWith endsWith matches",
    "list": "list toList flatten split rightSplit toCharArray where filter select map skip limit take takeWhile skipWhile "
            "enumerate distinct selectMany concat append range zip zipLongest join accumulate generate generateMany "
            "memorize defaultIfEmpty groupBy slice splitWhere sliceWhere splitAt reverse orderBy orderByDescending thenBy "
            "thenByDescending keys values items delete insert insertMany replaceMany replace examine selectAllCases "
            "searchAll unpack repeat characters",
    "dict": "dict toDict set deleteAll delete mergeWith",
    "set": "set toSet union intersect difference symmetricDifference add remove",
    "date": "datetime replace now", "span": "timespan utctz localtz", "regex": "regex",
}
SAME_ELEMENTS = set("where filter skip limit take takeWhile skipWhile distinct reverse toList orderBy memorize".split())
# Chance and the clock, and what has no end, are used so that the result is known; let() and the like have a form of
# their own below.
LEFT_OUT = {"now", "random", "localtz", "sequence", "cycle", "let", "with", "def", "call", "generate", "generateMany",
            "characters", "unpack", "json_dump", "yaml_dump", *mistral_functions.ASKED}
BOUND_FORMS = ["isDatetime(now())", "now() > datetime(2001, 2, 3)", "now(timespan(hours => 2)).offset", "random() <= 1",
               "0 <= random()", "random(1, 5) in range(1, 6)", "localtz() - localtz()", "sequence().take(3)",
               "sequence(2, 5).limit(4)", "sequence(step => -1).takeWhile($ > -3)", "sequence(0.5).first()",
               "$.ints.cycle().take(7)", "[1, 2].cycle().skip(3).first()", "$.strs.cycle().limit(5).join('-')",
               "generateMany(1, range($ + 1, 4))", "generateMany([1], [], decycle => true)", "generateMany($.i, [$ - 1], $ * 2).take(3)",
               "generateMany(3, switch($ > 0 => [$ - 1], true => []), depthFirst => true)",
               "characters(digits => true).orderBy($)", "characters(octdigits => true, hexdigits => true).len()",
               "characters(lowercase => true, uppercase => false).toSet()", "characters(whitespace => true, punctuation => true).len()",
               "characters(letters => true).contains(a)", "characters()", "characters(printable => true).toSet().len()",
               "characters(asciiLetters => true, asciiLowercase => true, asciiUppercase => true).len()"]
# What is done with what functions of Mistral give.
PARSED_FORMS = ["{0}", "{0}", "{0}", "str({0})", "isList({0}) or isDict({0}) or isString({0})", "{0}.len()", "{0}.a", "{0}[0]", "{0} = {0}",
                "{0}.keys().toList()", "{0}.select($)", "[{0}, $.i]", "{0}.get(a, 5)", "{0} in [{0}]", "{0} + {0}", "json_dump({0})",
                "yaml_dump({0})"]
ASKED_FORMS = ["{0}.name", "{0}.where($.state = SUCCESS)", "{0}.select($.result)", "{0}.where($ > 1)", "{0}.first()", "{0}.last(null)",
               "{0}.keys().orderBy($)", "{0}.values().toList()", "{0}.items().select($[0])", "dict({0}.items())", "{0} + $.d", "$.d + {0}",
               "$.ints + {0}", "{0}.containsKey(a)", "{0}.toSet().len()", "{0} = $.d", "{0} in $.mixed", "{0} != null", "{0}.get(k, [])",
               "{0}.flatten()", "{0}.join('-')", "'<{{0}}>'.format({0})", "concat('a', str({0}))", "{0}.any($ = 1)", "{0}.groupBy($)",
               "let({0}) -> [$1, $1]", "switch({0} = null => 1, true => 2)", "{0}?.a", "[{0}, {0}].distinct().len()", "{0}.distinct()",
               "{0}.orderBy($)", "{0}.toDict($, 1)", "{0}.mergeWith($.d)", "$.d.mergeWith({0})", "isIterable({0})", "bool({0})", "len({0})"]
FEATURES = {"keyword argument": r"[(,]\s*\w+ => ", "->": r"->", "?.": r"\?\.", "dict literal": r"\{[^}]*=>", "list literal": r"\[",
            "index": r"[\w)\]]\[", "default of an index": r"\[[^\]]*, 5\]", "list mapping": r"recs\.(x|name|tags)\b",
            "bare word": r"(?<![\w.$'\"`])(ACTIVE|web|hello|True)\b", "$": r"\$(?![\w.])", "$2": r"\$2\b", "$name": r"\$[a-z]",
            "'text'": r"'", '"text"': r'"', "`text`": r"`", "number": r"\b\d+\b", "float": r"\d\.\d", "true": r"\btrue\b",
            "false": r"\bfalse\b", "null": r"\bnull\b", "sign": r"(?:^|[(\[,] ?)-"}
FEATURES = {name: re.compile(pattern) for name, pattern in FEATURES.items()}
CALLED = re.compile(r"([.?]?)\s*\b([A-Za-z]\w*)\(")
OPERATOR = re.compile(r" (\+|-|\*|/|mod|=|!=|<=?|>=?|and|or|in|=~|!~|not) |\b(not) ")
OPERATORS = ["+", "-", "*", "/", "mod", "=", "!=", "<", "<=", ">", ">=", "and", "or", "in", "=~", "!~"]

Form = collections.namedtuple("Form", "name method function no_keywords parameters")
Parameter = collections.namedtuple("Parameter", "name kind star optional")


def kind_of(value_type):
    if isinstance(value_type, yaqltypes.MappingRule):
        return "rule"
    if isinstance(value_type, yaqltypes.LazyParameterType):
        return "lambda"
    if isinstance(value_type, yaqltypes.String):
        return "str"
    if isinstance(value_type, yaqltypes.Number):
        return "num"
    if isinstance(value_type, (yaqltypes.Integer,)):
        return "int"
    if isinstance(value_type, yaqltypes.DateTime):
        return "date"
    if isinstance(value_type, (yaqltypes.Iterable, yaqltypes.Sequence)):
        return "list"
    python_type = getattr(value_type, "python_type", object)
    return {int: "int", bool: "bool", str: "str", utils.MappingType: "dict", utils.SetType: "set",
            datetime.datetime: "date", datetime.timedelta: "span", type(re.compile("")): "regex",
            utils.IteratorType: "list", queries.OrderingIterable: "ordered", utils.MappingRule: "rule",
            contexts.ContextBase: "any"}.get(python_type, "any")


def library_forms(context):
    """Every form of every function and method that `context` knows, operators and properties apart."""
    forms = []
    while context is not None:
        for name, definitions in sorted(context._functions.items()):  # noqa: there is no other way to list them
            if not name[0].isalpha():
                continue
            for definition in sorted(definitions, key=lambda d: (d.payload.__module__, d.payload.__qualname__)):
                shown = [(key, p) for key, p in definition.parameters.items()
                         if not isinstance(p.value_type, yaqltypes.HiddenParameterType)]
                shown.sort(key=lambda item: item[1].position if item[1].position is not None else 99)
                parameters = [Parameter(p.alias or p.name, kind_of(p.value_type), key if key.startswith("*") else "",
                                        p.default is not specs.NO_DEFAULT) for key, p in shown]
                forms.append(Form(name, definition.is_method, definition.is_function, definition.no_kwargs, parameters))
        context = context.parent
    return forms


PROPERTIES = set("year month day hour minute second microsecond weekday offset timestamp utc date time days hours minutes "
                 "seconds milliseconds microseconds".split())


def names_of(forms):
    """What a run must generate; see differential.py."""
    return {"function": {form.name for form in forms if form.function}, "method": {form.name for form in forms if form.method},
            "operator": {*OPERATORS, "not"}, "property": PROPERTIES, "feature": set(FEATURES)}


def used(text):
    found = {("method" if dot else "function", name) for dot, name in CALLED.findall(text)}
    found |= {("operator", symbol or word) for symbol, word in OPERATOR.findall(text)}
    found |= {("property", name) for name in re.findall(r"\)\.([a-z]+)\b(?!\()", text)}
    return found | {("feature", name) for name, pattern in FEATURES.items() if pattern.search(text)}


class Generator:
    def __init__(self, forms):
        self.forms = [form for form in forms if form.name not in LEFT_OUT]
        self.by_return = {kind: [f for f in self.forms if f.name in names.split()] for kind, names in RETURNS.items()}
        self.by_return["num"] += self.by_return["int"] + self.by_return["float"]

    def expression(self, rng):
        self.rng = rng
        kind = rng.choice(["any", "int", "str", "bool", "list", "list", "dict", "set", "date", "span", "form", "form"])
        variables = [("$", "root")]
        if rng.random() < 0.02:
            return rng.choice(BOUND_FORMS)
        if rng.random() < 0.02:
            return rng.choice(PARSED_FORMS).format(mistral_functions.call(rng))
        if rng.random() < 0.02:
            return rng.choice(PARSED_FORMS + ASKED_FORMS).format(mistral_functions.asked(rng))
        if kind == "form":
            return self.call(rng.choice(self.forms), variables, rng.randint(1, 3))[0]
        return self.of(kind, variables, rng.randint(1, 4))

    # A text of the wanted kind; sometimes of another one.
    def of(self, kind, variables, depth):
        return self.typed(kind, variables, depth)[0]

    def typed(self, kind, variables, depth):
        """(text, kind of its elements)"""
        rng = self.rng
        if rng.random() < 0.04:
            kind = "any"
        if kind == "any":
            kind = rng.choice(["int", "int", "float", "str", "str", "bool", "null", "list", "list", "dict", "set", "date",
                               "span", "regex"])
        if kind == "num":
            kind = rng.choice(["int", "int", "float", "num"])
        if kind == "ordered":
            text, element = self.typed("list", variables, depth - 1)
            return f"{text}.orderBy({self.lambda_of('any', [element], variables, depth - 1)})", element
        if depth <= 0 or rng.random() < 0.22:
            return self.leaf(kind, variables)
        if rng.random() < 0.06:
            return self.special(kind, variables, depth)
        if rng.random() < 0.3:
            text = self.operation(kind, variables, depth)
            if text:
                return text, "any"
        forms = self.by_return.get(kind)
        if not forms:
            return self.leaf(kind, variables)
        return self.call(rng.choice(forms), variables, depth)

    def leaf(self, kind, variables):
        rng = self.rng
        if kind == "num":
            kind = "int"
        fitting = [name for name, known in variables if known == kind]
        if fitting and rng.random() < 0.6:
            return rng.choice(fitting), "any"
        records = [name for name, known in variables if known == "rec"]
        if records and kind in REC_FIELDS and rng.random() < 0.7:
            return f"{rng.choice(records)}.{REC_FIELDS[kind]}", "str"
        roots = [name for name, known in variables if known == "root"]
        if roots and kind in PATHS and rng.random() < 0.6:
            path = rng.choice(PATHS[kind])
            return f"{roots[0]}.{path}", ELEMENTS.get(path, "any")
        return self.literal(kind)

    def literal(self, kind):
        rng = self.rng
        if kind == "int":
            return str(rng.choice([0, 1, 2, 3, -1, -2, 5, 10, 100, rng.randint(-50, 50)])), "any"
        if kind == "float":
            return str(rng.choice([0.0, 1.0, 0.5, -1.5, 2.25, 1000000.0, 0.001, 3.999])), "any"
        if kind == "str":
            if rng.random() < 0.25:
                return rng.choice(WORDS), "any"
            text = rng.choice(TEXTS)
            return (f"'{text}'" if rng.random() < 0.8 else f'"{text}"'), "any"
        if kind == "bool":
            return rng.choice(["true", "false"]), "any"
        if kind == "null":
            return "null", "any"
        if kind == "list":
            return rng.choice([("[1, 2, 3]", "int"), ("[]", "any"), ("['a', 'b', 'c']", "str"), ("[1, 'a', null]", "any"),
                               ("[[1, 2], [3]]", "list"), ("range(4)", "int"), ("[0.5, 2]", "float"),
                               ("[{a => 1}, {a => 2}]", "dict"), ("['x', 1.0, true, 1]", "any"), ("set(1, 2)", "int")])
        if kind == "dict":
            return rng.choice(["{}", "{a => 1}", "{a => 1, b => [2]}", "{1 => x, null => y}", "{'k' + 'l' => {m => 1}}",
                               "dict([[a, 1], [b, 2]])"]), "any"
        if kind == "set":
            return rng.choice(["set()", "set(1, 2, 3)", "set(a, b)", "[1, 1, 2].toSet()", "set(1, a, null)"]), "any"
        if kind == "date":
            return rng.choice(["datetime(2020, 2, 29)", "datetime(2021, 12, 31, 23, 59, 58, 999999)", "datetime(0)",
                               "datetime('2020-01-02T03:04:05Z')", "datetime(1600000000.5)",
                               "datetime(2000, 1, 1, offset => timespan(hours => 2))",
                               "datetime('03/04/2021', '%d/%m/%Y')"]), "any"
        if kind == "span":
            return rng.choice(["timespan(days => 1)", "timespan(hours => -5, minutes => 30)", "timespan(0, 1, 2, 3, 4, 5)",
                               "timespan()", "timespan(seconds => 90061)"]), "any"
        if kind == "regex":
            pattern = rng.choice(REGEXES)
            flag = rng.choice(["", "", "", ", true", ", ignoreCase => true", ", multiLine => true", ", dotAll => true"])
            return f"regex(`{pattern}`{flag})", "any"
        if kind == "rec":
            return "{name => web, x => 1, tags => [q]}", "any"
        return "null", "any"

    def operation(self, kind, variables, depth):
        rng = self.rng
        sub = lambda wanted: self.of(wanted, variables, depth - 1)  # noqa: E731
        text = None
        if kind in ("int", "num", "float"):
            text = f"{sub('num')} {rng.choice(['+', '-', '*', '/', 'mod'])} {sub('num')}"
            if rng.random() < 0.15:
                text = f"-{sub('num')}"
            elif rng.random() < 0.1:
                text = (f"{sub('date')}.{rng.choice('year month day hour minute second microsecond weekday timestamp'.split())}"
                        if rng.random() < 0.5 else
                        f"{sub('span')}.{rng.choice('days hours minutes seconds milliseconds microseconds'.split())}")
        elif kind == "str":
            text = rng.choice([f"{sub('str')} + {sub('str')}", f"{sub('str')} * {sub('int')}", f"{sub('int')} * {sub('str')}"])
            if text.count("*") and rng.random() < 0.5:
                text = f"{sub('str')} * {rng.randint(-1, 4)}"
        elif kind == "bool":
            same = rng.choice(["num", "str", "date", "span", "set", "null", "any", "int"])
            text = rng.choice([
                f"{sub(same)} {rng.choice(['<', '<=', '>', '>=', '=', '!='])} {sub(same)}",
                f"{sub('any')} {rng.choice(['=', '!='])} {sub('any')}",
                f"{sub('bool')} {rng.choice(['and', 'or'])} {sub('bool')}", f"not {sub('bool')}",
                f"{sub('any')} in {sub('list')}", f"{sub('str')} in {sub('str')}",
                f"{sub('str')} {rng.choice(['=~', '!~'])} {sub('regex')}",
                f"{sub('str')} {rng.choice(['=~', '!~'])} `{rng.choice(REGEXES)}`"])
        elif kind == "list":
            text = rng.choice([f"{sub('list')} + {sub('list')}", f"{sub('list')} * {rng.randint(-1, 3)}",
                               f"[{sub('any')}, {sub('any')}]", f"[{sub('int')}, {sub('int')}, {sub('int')}]"])
        elif kind == "dict":
            text = rng.choice([f"{sub('dict')} + {sub('dict')}", f"{{{sub('str')} => {sub('any')}, b => {sub('any')}}}"])
        elif kind == "set":
            text = rng.choice([f"{sub('set')} + {sub('set')}", f"{sub('set')} - {sub('set')}"])
        elif kind == "date":
            text = rng.choice([f"{sub('date')} + {sub('span')}", f"{sub('date')} - {sub('span')}", f"{sub('date')}.date",
                               f"{sub('span')} + {sub('date')}", f"{sub('date')}.utc"])
        elif kind == "span":
            text = rng.choice([f"{sub('span')} + {sub('span')}", f"{sub('date')} - {sub('date')}", f"{sub('span')} * {sub('num')}",
                               f"{sub('span')} / {sub('num')}", f"-{sub('span')}", f"{sub('date')}.time", f"{sub('date')}.offset",
                               f"{sub('num')} * {sub('span')}", f"{sub('span')} / {sub('span')}"])
        elif kind == "any" or rng.random() < 0.2:
            text = f"{sub('any')} {rng.choice(OPERATORS)} {sub('any')}"
        if text and rng.random() < 0.6:
            text = f"({text})"
        return text

    def special(self, kind, variables, depth):
        """Contexts, indexes, branches, call(): what is not a plain function."""
        rng = self.rng
        sub = lambda wanted: self.of(wanted, variables, depth - 1)  # noqa: E731
        which = rng.randrange(12)
        if which == 0:
            bound = rng.choice(["int", "str", "list", "dict"])
            inner = [v for v in variables] + [("$v", bound)]
            return f"let(v => {sub(bound)}) -> {self.of(kind, inner, depth - 1)}", "any"
        if which == 1:
            inner = [("$", "int"), ("$1", "int"), ("$2", "str")]
            return f"with({sub('int')}, {sub('str')}) -> {self.of(kind, inner, depth - 1)}", "any"
        if which == 2:
            inner = [("$", "int"), ("$2", "int")]
            return (f"def(f, {self.of('any', inner, depth - 1)}) -> "
                    f"{rng.choice(['f(1, 2)', f'[f({self.literal(kind)[0]}, 3), f(2, 5)]', 'f(3)'])}"), "any"
        if which == 3:
            return f"{sub('list')}[{sub('int')}]", "any"
        if which == 4:
            return f"{sub('dict')}[{rng.choice(['a', 'b', 'zz', '1', sub('any')])}{rng.choice(['', ', 5'])}]", "any"
        if which == 5:
            return f"{sub('any')}?.{rng.choice(['a', 'name', 'len()', 'x', 'toUpper()', 'first(1)'])}", "any"
        if which == 6:
            return f"{sub('any')}.{rng.choice(['a', 'name', 'x', 'k', 'len()', 'first()', 'keys()', 'tags'])}", "any"
        if which == 7:
            return f"switch({sub('bool')} => {sub(kind)}, true => {sub(kind)})", "any"
        if which == 8:
            return f"coalesce({sub('null')}, {sub(kind)})", "any"
        if which == 9:
            names = rng.choice(["'a', 'b'", "a, b", "", "a, b, c"])
            return f"[{sub(kind)}, {sub('any')}].unpack({names}) -> {rng.choice(['$a', '$1', '$2', '[$1, $b]'])}", "any"
        if which == 10:
            name = rng.choice(["len", "str", "int", "isString", "max", "bool", "abs", "nope"])
            return rng.choice([f"call({name}, [{sub('any')}], {{}})", f"call(toUpper, [], {{}}, {sub('str')})",
                               f"call(join, [','], {{}}, {sub('list')})", f"call(max, [{sub('int')}], {{b => {sub('int')}}})",
                               f"call(where, [true], {{}}, {sub('list')})"]), "any"
        return (f"generate({rng.randint(0, 3)}, $ < {rng.randint(1, 9)}, $ + {rng.randint(1, 3)}"
                f"{rng.choice(['', ', $ * 2', ', decycle => true', ', [$]'])})"), "int"

    def lambda_of(self, wanted, elements, variables, depth):
        inner = [(name, known) for name, known in variables if not name[1:] or not name[1:].isdigit()]
        inner = [(name, known) for name, known in inner if name != "$"]
        inner += [("$" if at == 0 else f"${at + 1}", element) for at, element in enumerate(elements)]
        return self.of(wanted, inner, max(0, min(depth, 2)))

    def lambda_for(self, form, parameter, element, variables, depth):
        names = {"predicate": "bool", "condition": "bool", "repl": "str"}
        wanted = names.get(parameter.name, "any")
        elements = [element]
        if form.name in ("aggregate", "reduce", "accumulate", "join", "mergeWith"):
            elements = [element, element]
            wanted = element if element in PATHS and form.name != "join" else wanted
        if form.name in ("search", "searchAll", "replaceBy"):
            inner = self.rng.choice(["$.value", "$.start", "$2.value", "$", "str($.end)", "$1.value + x", "$3.value", "x"])
            return inner
        if form.name == "groupBy" and parameter.name == "aggregator":
            return self.rng.choice(["$.len()", "$.sum()", "$[0]", "[$[0], $[1].len()]", "$.first()", "$[1].sum()", "$.x", "1 / 0",
                                    "[$[0], $[1]]", "$.toUpper()", "$.count()"])
        return self.lambda_of(wanted, elements, variables, depth)

    def call(self, form, variables, depth):
        """A call of one form; its elements' kind when it keeps that of its receiver."""
        rng = self.rng
        texts, element = [], "any"
        named = False
        for at, parameter in enumerate(form.parameters):
            if parameter.star == "**":
                if rng.random() < 0.5:
                    texts.append(f"{rng.choice(['a', 'b', 'default'])} => {self.of('any', variables, depth - 1)}")
                continue
            if parameter.star == "*":
                if named:
                    continue
                for _ in range(rng.choice([0, 1, 1, 2, 3])):
                    texts.append(self.argument(form, parameter, element, variables, depth))
                continue
            if parameter.optional and rng.random() < 0.55:
                named = True
                continue
            if at == 0 and parameter.kind == "list":
                text, element = self.typed("list", variables, depth - 1)
            else:
                text = self.argument(form, parameter, element, variables, depth)
            if (named or (at > 0 and rng.random() < 0.05)) and not form.no_keywords:
                named = True
                text = f"{parameter.name} => {text}"
            texts.append(text)
        if rng.random() < 0.02:
            texts.append(self.of("any", variables, 0))
        if rng.random() < 0.01 and texts:
            texts.pop()
        kept = element if form.name in SAME_ELEMENTS else "any"
        if form.method and texts and "=>" not in texts[0] and (not form.function or rng.random() < 0.5):
            return f"{self.receiver(texts[0])}.{form.name}({', '.join(texts[1:])})", kept
        return f"{form.name}({', '.join(texts)})", kept

    def argument(self, form, parameter, element, variables, depth):
        if parameter.kind == "lambda":
            return self.lambda_for(form, parameter, element, variables, depth - 1)
        if parameter.kind == "rule":
            return f"{self.of('any', variables, depth - 1)} => {self.of('any', variables, depth - 1)}"
        if parameter.name in ("times", "right", "bitsNumber", "count", "ndigits", "b") and parameter.kind in ("int", "num"):
            return str(self.rng.randint(-1, 5))
        if parameter.kind == "int" and self.rng.random() < 0.5:
            return str(self.rng.randint(-2, 6))
        if parameter.name in ("pattern", "regexp") and parameter.kind == "str":
            return f"`{self.rng.choice(REGEXES)}`"
        if parameter.name == "format":
            return self.rng.choice(["'%Y-%m-%d'", "'%H:%M'", "'%d.%m.%y %I %p'", "'%A %B %w'", "'%f'"])
        return self.of(parameter.kind, variables, depth - 1)

    def receiver(self, text):
        return f"({text})" if re.search(r"^-|\s(?![^(\[{'\"`]*[)\]}'\"`])", text) and not text.startswith("(") else text


TOKEN = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|`(?:[^`\\]|\\.)*`|\$?\w+(?:\.\d+)?|\?\.|=>|->|[<>!=]=|=~|!~|\s+|.", re.S)


def tokens(text):
    return TOKEN.findall(text)
