"""Random Jinja2 expressions and templates, most of them well typed, for jinja_diff.py."""

import re

import mistral_functions

CONTEXT = {
    "host": mistral_functions.HOST,
    "n": 3, "neg": -7, "zero": 0, "big": 123456789012, "x": 2.5, "y": -0.125, "whole": 4.0,
    "t": True, "f": False, "none": None,
    "s": "Hello, World", "u": "Grüße aus Zürich", "e": "", "blank": "  padded\t ", "num": "42", "real": "3.75",
    "lines": "one\ntwo\n\nfour", "html": "<b>a & 'b'</b>", "csv": "a,b,,c", "snake": "some_name-with parts",
    "nums": [5, 3, 8, 1, 3], "floats": [1.5, 2.0, -3.25], "words": ["pear", "Apple", "fig", "äpfel"],
    "mixed": [1, "a", None, True, 2.5], "empty": [], "nested": [[1, 2], [3, 4], []],
    "people": [{"name": "Ann", "age": 31, "tags": ["a", "b"]}, {"name": "bob", "age": 25, "tags": []},
               {"name": "Cy", "age": 31, "tags": ["b"]}],
    "d": {"a": 1, "b": 2, "c": 3}, "deep": {"one": {"two": {"three": [1, {"four": "x"}]}}}, "nothing": {},
    "odd": {"key 1": "v", "items": 7, "ünï": "ö", "true": False}, "servers": {"web": {"ip": "10.0.0.1", "up": True},
                                                                          "db": {"ip": "10.0.0.2", "up": False}},
}

INTS = ["_.n", "_.neg", "_.zero", "_.big", "_.d.a", "_.nums[0]", "_.nums|length", "_.nums|sum", "_.people[0].age"]
FLOATS = ["_.x", "_.y", "_.whole", "_.floats[2]", "_.floats|max"]
TEXTS = ["_.s", "_.u", "_.e", "_.blank", "_.num", "_.real", "_.lines", "_.html", "_.csv", "_.snake", "_.words[1]",
         "_['s']", "_.people[1].name", "_.deep.one.two.three[1].four", "_.odd['key 1']", "_.servers.web.ip"]
LISTS = ["_.nums", "_.floats", "_.words", "_.mixed", "_.empty", "_.nested", "_.people", "_.people[0].tags",
         "_.deep.one.two.three", "_.nested[0]"]
DICTS = ["_.d", "_.nothing", "_.odd", "_.deep", "_.people[0]", "_.servers", "_.servers.db"]
ANY = ["_.none", "_.t", "_.f", "_.missing", "missing", "_.nums[99]", "_.d.zz", "_"]

TEXT_METHODS = ["upper()", "lower()", "title()", "capitalize()", "casefold()", "swapcase()", "strip()", "lstrip()",
                "rstrip('h ')", "split()", "split(',')", "split(',', 1)", "rsplit(' ', 1)", "rsplit()", "splitlines()",
                "splitlines(true)", "partition(' ')", "rpartition('-')", "replace('a', 'ÄÄ')", "replace('l', '', 1)",
                "startswith('H')", "endswith(('d', 'x'))", "startswith('e', 1)", "find('o')", "find('o', 5)",
                "rfind('o')", "index('e')", "count('a')", "count('')", "isdigit()", "isalpha()", "isalnum()",
                "isspace()", "isupper()", "islower()", "istitle()", "isascii()", "isidentifier()", "isprintable()",
                "isdecimal()", "isnumeric()", "ljust(15, '*')", "rjust(15)", "center(16, '-')", "zfill(8)",
                "expandtabs(4)", "removeprefix('He')", "removesuffix('ld')", "join(['x', 'y'])", "encode", "format(1)",
                "rindex('o')", "maketrans('ab', 'xy')", "translate({97: 'X', 101: none})", "lstrip('_.')",
                "find('')", "count('l', 3, -1)", "rfind('l', 0, 4)", "replace('', '-')", "split(none, 1)"]
LIST_METHODS = ["index(3)", "count(3)", "copy()", "append(1)", "pop()", "count('a')", "index('a')", "index(1, 2)"]
DICT_METHODS = ["get('a')", "get('zz')", "get('zz', 'dflt')", "keys()", "values()", "items()", "copy()",
                "keys()|list", "items()|list", "values()|list", "get(none)", "get('ip', _.n)"]
NUMBER_METHODS = ["real", "imag", "bit_length()", "conjugate()", "is_integer()", "as_integer_ratio()", "bit_count()",
                  "numerator", "denominator"]

FILTERS_TEXT = ["upper", "lower", "title", "capitalize", "trim", "trim('_ ')", "length", "count", "list", "first",
                "last", "reverse", "wordcount", "escape", "e", "forceescape", "safe", "striptags", "urlencode",
                "urlize", "center(20)", "center", "indent", "indent(2, true)", "indent('> ', blank=true)",
                "truncate(8)", "truncate(9, true)", "truncate(7, false, '..', 0)", "replace('a', 'b')",
                "replace('l', 'L', 1)", "int", "int(5)", "int(base=16)", "float", "float(1.5)", "string", "wordwrap(7)",
                "wordwrap(10, false)", "default('d')", "default('d', true)", "tojson", "pprint", "batch(3)|list",
                "slice(3)|list", "join('-')", "sort|join", "unique|list", "max", "min", "map('upper')|list",
                "filesizeformat", "random is string", "xmlattr", "select('in', 'aeiou')|list", "format(1, 2)",
                "abs", "round", "items|list", "dictsort", "sum", "groupby(0)", "attr('nope') is undefined", "wordwrap(width=5, break_on_hyphens=false)"]
FILTERS_NUMBER = ["abs", "round", "round(1)", "round(2, 'floor')", "round(0, 'ceil')", "round(-1)", "int", "float",
                  "string", "filesizeformat", "filesizeformat(true)", "default(1)", "tojson", "pprint", "length",
                  "upper", "escape", "list", "format", "indent", "center(8)", "truncate(3)", "round(precision=1)",
                  "round(none)", "round(method='floor')", "wordcount", "urlencode", "title"]
FILTERS_LIST = ["length", "count", "list", "first", "last", "join", "join(', ')", "join('|', attribute='name')",
                "sort", "sort(true)", "sort(reverse=true, case_sensitive=true)", "sort(attribute='name')",
                "sort(attribute='age,name')", "reverse", "reverse|list", "unique|list", "unique(true)|list", "max",
                "min", "max(attribute='age')", "min(true)", "sum", "sum(attribute='age')", "sum(start=10)", "tojson",
                "tojson(2)", "pprint", "string", "batch(2)|list", "batch(2, 0)|list", "slice(2)|list",
                "slice(3, 'x')|list", "map('string')|list", "map(attribute='name')|list",
                "map(attribute='zz', default='-')|list", "map(attribute='tags.0')|list", "map('int')|sum",
                "map('upper')", "map('default', 1)|join", "select|list", "select('odd')|list", "select('string')|list",
                "select('gt', 2)|list", "reject('none')|list", "reject|list", "reject('==', 3)|list",
                "selectattr('age', '>', 26)|list", "selectattr('name')|map(attribute='name')|list",
                "rejectattr('tags')|list", "selectattr('name', 'equalto', 'bob')|list", "groupby('age')",
                "groupby('age')|list", "groupby('name', case_sensitive=true)", "groupby('zz', default=0)",
                "map('length')|list", "map('first')|list", "default([])", "d", "upper", "escape", "random in _.nums",
                "xmlattr", "items|list", "dictsort", "first|upper", "wordcount", "urlencode", "indent", "truncate",
                "map('nofilter')|list", "select('notest')|list", "map('replace', 'p', 'q')|list", "round", "abs",
                "unique(attribute='age')|list", "map('tojson')|join", "sort(attribute='zz')", "map|list", "select('!=', 3)|list", "select('<', 4)|list", "reject('<=', 3)|list",
                "select('>=', 3)|list", "reject('lt', 2)|list"]
FILTERS_DICT = ["length", "list", "items|list", "dictsort", "dictsort(true)", "dictsort(by='value')",
                "dictsort(reverse=true)", "dictsort(false, 'nope')", "tojson", "tojson(indent=1)", "pprint", "string",
                "xmlattr", "xmlattr(false)", "urlencode", "first", "last", "join(',')", "sort", "max", "min", "sum",
                "map('upper')|list", "select|list", "default({})", "unique|list", "batch(2)|list", "reverse|list",
                "attr('keys') is callable", "attr('a') is defined", "map(attribute='name')|list", "count", "escape", "length is odd",
                "groupby('a')", "selectattr('up')|list", "items|map('first')|list", "items|map('last')|list"]
TESTS = ["defined", "undefined", "none", "boolean", "true", "false", "integer", "float", "number", "string", "mapping",
         "sequence", "iterable", "callable", "escaped", "odd", "even", "divisibleby 3", "divisibleby(0)", "eq 3",
         "equalto('a')", "== 1", "ne none", "lt 5", "lessthan 2", "le 3", "gt 0", "greaterthan(2)", "ge 1.5",
         "in [1, 3, 'a']", "in 'abc'", "sameas true", "sameas none", "upper", "lower", "filter", "test", "notest",
         "not none", "not defined", "not odd", "in", "in _.d"]
FORMATS = ["'%s'", "'%d'", "'%05d'", "'%-6s|'", "'%+.2f'", "'%x'", "'%r'", "'%8.3e'", "'%%'", "'%s %s'", "'%g'", "'%c'",
           "'%#o'", "'% d'", "'%.2s'", "'%(a)s'", "'%(a)05.1f'", "'%*d'", "'%i'", "'%10s'", "'%X'", "'%5%'", "'%G'"]
BRACES = ["'{}'", "'{0} {1}'", "'{:>8}'", "'{:*^9}'", "'{:05}'", "'{:.2f}'", "'{:x}'", "'{!r}'", "'{:,}'", "'{0[0]}'",
          "'{0.a}'", "'{a}'", "'{:+d}'", "'{:e}'", "'{:%}'", "'{:<6}|'", "'{{}}'", "'{:s}'", "'{:#x}'", "'{:b}'",
          "'{:10.3}'", "'{:_}'", "'{:g}'", "'{:c}'", "'{:08.3f}'", "'{:=+6}'", "'{:{}}'", "'{0[key 1]}'", "'{:'", "'}'",
          "'{:d}'", "'{0.__class__}'", "'{0.real}'", "'{!s:>5}'", "'{:n}'", "'{:.0f}'", "'{:G}'", "'{:-}'", "'{: }'"]


class Grammar:
    """Builds one text; depth bounds the recursion."""

    def __init__(self, rng):
        self.rng = rng
        self.names = []

    def pick(self, options):
        return self.rng.choice(options)

    def any(self, depth):
        kinds = [self.integer, self.number, self.text, self.text, self.list, self.list, self.dict, self.boolean]
        if self.rng.random() < 0.07:
            return self.pick(ANY)
        return self.pick(kinds)(depth)

    def leaf(self, options, literals):
        named = [name for name, kind in self.names if kind is options]
        if named and self.rng.random() < 0.5:
            return self.pick(named)
        return self.pick(options) if self.rng.random() < 0.6 else self.pick(literals)

    def wrong(self, depth, right):
        """Now and then a value of another type."""
        return self.any(depth) if self.rng.random() < 0.05 else right

    def integer(self, depth):
        if depth <= 0 or self.rng.random() < 0.25:
            return self.leaf(INTS, ["0", "1", "2", "7", "-3", "100", "1_000", "0x1f", "0b101", "0o17"])
        form = self.rng.randrange(8)
        if form < 4:
            op = self.pick(["+", "-", "*", "//", "%", "**", "+", "-"])
            right = self.pick(["2", "3", "0", "-1"]) if op == "**" else self.integer(depth - 1)
            return f"({self.integer(depth - 1)} {op} {self.wrong(depth - 1, right)})"
        if form == 4:
            return f"{self.collection(depth - 1)}|length"
        if form == 5:
            return f"{self.operand(self.number, depth)}|{self.pick(FILTERS_NUMBER)}"
        if form == 6:
            return f"({self.integer(depth - 1)}).{self.pick(NUMBER_METHODS)}"
        return f"({self.integer(depth - 1)} if {self.boolean(depth - 1)} else {self.integer(depth - 1)})"

    def number(self, depth):
        if depth <= 0 or self.rng.random() < 0.3:
            return self.leaf(FLOATS, ["0.0", "1.5", "-2.25", "1e3", "2.5e-3", "10.0", "1e16", "0.1"])
        if self.rng.random() < 0.4:
            return self.integer(depth)
        form = self.rng.randrange(4)
        if form < 2:
            op = self.pick(["+", "-", "*", "/", "//", "%", "/"])
            return f"({self.number(depth - 1)} {op} {self.wrong(depth - 1, self.number(depth - 1))})"
        if form == 2:
            return f"({self.number(depth - 1)}).{self.pick(NUMBER_METHODS)}"
        return f"{self.operand(self.number, depth)}|{self.pick(FILTERS_NUMBER)}"

    def text(self, depth):
        literals = ["'a'", "''", "'Ünï cødé'", "\"it's\"", "'x\\ny'", "'a' 'b'", "'42'", "'<i>'", "'\\u00e9'", "'%d%%'",
                    "'1,2;3'", "'aXbX'", "'日本語'", "'\\x41\\101'"]
        if depth <= 0 or self.rng.random() < 0.25:
            return self.leaf(TEXTS, literals)
        form = self.rng.randrange(11)
        if form < 3:
            return f"{self.operand(self.text, depth)}.{self.pick(TEXT_METHODS)}"
        if form < 6:
            return f"{self.operand(self.text, depth)}|{self.pick(FILTERS_TEXT)}"
        if form == 6:
            return f"({self.text(depth - 1)} {self.pick(['+', '~', '~', '*'])} {self.wrong(depth, self.text(depth - 1))})"
        if form == 7:
            return f"({self.any(depth - 1)} ~ {self.any(depth - 1)})"
        if form == 8:
            values = self.pick([self.any(depth - 1), f"({self.any(depth - 1)}, {self.any(depth - 1)})", "_.d"])
            return f"{self.pick(FORMATS)} % {values}" if self.rng.random() < 0.7 else \
                f"{self.pick(FORMATS)}|format({self.any(depth - 1)})"
        if form == 9:
            values = ", ".join(self.any(depth - 1) for _ in range(self.rng.randint(0, 2)))
            return f"{self.pick(BRACES)}.format({values})"
        return f"{self.operand(self.text, depth)}[{self.subscript(depth)}]"

    def subscript(self, depth):
        bound = lambda: self.pick(["", "", "0", "1", "-1", "2", "-2", "10", self.integer(depth - 2)])
        form = self.rng.randrange(5)
        if form < 2:
            return self.pick(["0", "1", "-1", "2", "99", self.integer(depth - 2)])
        return f"{bound()}:{bound()}" if form < 4 else f"{bound()}:{bound()}:{self.pick(['', '1', '2', '-1', '-2', '0'])}"

    def list(self, depth):
        if depth <= 0 or self.rng.random() < 0.3:
            return self.leaf(LISTS, ["[]", "[1, 2, 3]", "['b', 'a', 'B']", "(1, 'x')", "(4,)", "range(4)", "range(5, 1, -2)",
                                     "[none, 1]", "[[1, 2], [3]]", "()", "[true, 1, 1.0]", "[(2, 'b'), (1, 'a')]"])
        form = self.rng.randrange(9)
        if form < 4:
            return f"{self.operand(self.list, depth)}|{self.pick(FILTERS_LIST)}"
        if form == 4:
            return f"[{', '.join(self.any(depth - 1) for _ in range(self.rng.randint(0, 3)))}]"
        if form == 5:
            return f"({self.list(depth - 1)} {self.pick(['+', '+', '*'])} {self.pick([self.list(depth - 1), '2', '0'])})"
        if form == 6:
            return f"{self.operand(self.list, depth)}[{self.subscript(depth)}]"
        if form == 7:
            return f"{self.operand(self.list, depth)}.{self.pick(LIST_METHODS)}"
        return f"{self.operand(self.dict, depth)}.{self.pick(DICT_METHODS)}"

    def dict(self, depth):
        if depth <= 0 or self.rng.random() < 0.4:
            return self.leaf(DICTS, ["{}", "{'a': 1}", "{'b': [1], 'a': none}", "dict(x=1, y='z')", "{1: 'i', 'k': 2.5}",
                                     "dict([('p', 1), ('q', 2)])", "{none: 1, true: 2}", "{(1, 2): 3}"])
        form = self.rng.randrange(4)
        if form < 2:
            return f"{self.operand(self.dict, depth)}|{self.pick(FILTERS_DICT)}"
        if form == 2:
            pairs = ", ".join(f"{self.text(0)}: {self.any(depth - 1)}" for _ in range(self.rng.randint(1, 3)))
            return "{" + pairs + "}"
        return f"{self.operand(self.dict, depth)}.{self.pick(DICT_METHODS)}"

    def collection(self, depth):
        return self.operand(self.pick([self.list, self.text, self.dict]), depth)

    def operand(self, kind, depth):
        inner = kind(depth - 1)
        simple = inner.replace("_", "").replace(".", "").isalnum() or inner[0] in "[{(" and inner[-1] in "])}"
        return inner if simple and inner.count("(") <= 1 else f"({inner})"

    def boolean(self, depth):
        if depth <= 0 or self.rng.random() < 0.2:
            return self.pick(["true", "false", "_.t", "_.f", "_.n > 2", "_.missing is defined", "True"])
        form = self.rng.randrange(7)
        if form < 2:
            kind = self.pick([self.number, self.text, self.list, self.any])
            op = self.pick(["==", "!=", "<", "<=", ">", ">="])
            tail = f" {self.pick(['<', '==', '>='])} {kind(depth - 1)}" if self.rng.random() < 0.15 else ""
            return f"({kind(depth - 1)} {op} {self.wrong(depth - 1, kind(depth - 1))}{tail})"
        if form == 2:
            return f"({self.any(depth - 1)} {self.pick(['in', 'not in'])} {self.collection(depth - 1)})"
        if form < 5:
            return f"({self.operand(self.any, depth)} is {self.pick(TESTS)})"
        if form == 5:
            return f"({self.any(depth - 1)} {self.pick(['and', 'or'])} {self.any(depth - 1)})"
        return f"(not {self.any(depth - 1)})"

    # ---- Templates.

    def space(self):
        return self.pick(["", "", " ", "\n", "text ", "\n  ", "ä\n"])

    def tag(self, content):
        left, right = self.pick(["{%", "{%", "{%", "{%-", "{%+"]), self.pick(["%}", "%}", "%}", "-%}", "+%}"])
        return f"{left} {content} {right}"

    def put(self, depth):
        left, right = self.pick(["{{", "{{", "{{", "{{-"]), self.pick(["}}", "}}", "}}", "-}}"])
        if self.names and self.rng.random() < 0.4:
            return f"{left} {self.pick(self.names)[0]} {right}"
        return f"{left} {self.any(depth)} {right}"

    def body(self, depth):
        return "".join(self.space() + self.statement(depth) for _ in range(self.rng.randint(1, 3))) + self.space()

    def with_names(self, names, depth):
        known = len(self.names)
        self.names += [(name, None) for name in names]
        text = self.body(depth)
        del self.names[known:]
        return text

    def statement(self, depth):
        if depth <= 0 or self.rng.random() < 0.35:
            return self.put(2)
        forms = [self.if_block, self.for_block, self.for_block, self.set_tag, self.set_block, self.macro, self.with_block,
                 self.filter_block, self.comment, self.raw, self.namespace, self.call_block, self.objects, self.changes,
                 self.odd_tag]
        return self.pick(forms)(depth - 1)

    def if_block(self, depth):
        text = self.tag("if " + self.boolean(1)) + self.body(depth)
        if self.rng.random() < 0.3:
            text += self.tag("elif " + self.boolean(1)) + self.body(depth)
        if self.rng.random() < 0.5:
            text += self.tag("else") + self.body(depth)
        return text + self.tag("endif")

    def for_block(self, depth):
        names = self.pick([["i"], ["i"], ["k", "v"]])
        source = self.list(1) if len(names) == 1 else self.pick(["_.d.items()", "_.d|dictsort", "_.nested[:2]", "_.d|items",
                                                                "_.people|groupby('age')", self.list(1)])
        head = f"for {', '.join(names)} in {source}"
        if self.rng.random() < 0.2:
            head += " if " + self.pick([names[0], names[0] + " is odd", names[-1] + " is defined", self.boolean(1)])
        loop = ["loop.index", "loop.index0", "loop.first", "loop.last", "loop.length", "loop.revindex", "loop.revindex0",
                "loop.cycle('a', 'b')", "loop.previtem", "loop.nextitem", "loop.depth", "loop.changed(i)", "loop.depth0",
                "loop.previtem is defined", "loop.nextitem is defined", "loop"]
        recursive = self.rng.random() < 0.08
        if recursive:
            return self.tag("for i in [[1, [2]], 3, []] recursive") + "{{ loop.depth }}:" + \
                self.pick(["{{ loop(i) if i is sequence else i }}", "{{ loop(i) if i is iterable }}", "{{ loop(i) }}"]) + \
                self.tag("endfor")
        text = self.tag(head) + self.with_names(names + [self.pick(loop)], depth)
        if self.rng.random() < 0.3:
            text += self.tag("else") + self.body(depth)
        return text + self.tag("endfor")

    def define(self, name):
        if (name, None) not in self.names:
            self.names.append((name, None))

    def set_tag(self, depth):
        if self.rng.random() < 0.15:
            text = self.tag(f"set p, q = {self.pick([self.any(0) + ', ' + self.any(0), self.list(1), '[1, 2]'])}")
            self.define("p")
            return text
        name = self.pick(["a", "b", "c"])
        text = self.tag(f"set {name} = {self.any(2)}")
        self.define(name)
        return text

    def set_block(self, depth):
        name = self.pick(["a", "b"])
        chain = self.pick(["", "", " | upper", " | trim | length", " | replace('e', 'E')"])
        text = self.tag(f"set {name}{chain}") + self.body(depth) + self.tag("endset")
        self.define(name)
        return text

    def macro(self, depth):
        head = self.pick(["m()", "m(x)", "m(x, y=2)", "m(x='d', y=x)", "m(x, *y)", "m(a, a)"])
        inner = self.pick(["", "{{ varargs }}", "{{ kwargs }}", "{{ caller is defined }}", "{{ m.name }}", "{{ x }}-{{ y }}"])
        known = len(self.names)
        self.names += [("x", None)]
        text = self.tag("macro " + head) + inner + self.body(min(depth, 0)) + self.tag("endmacro")
        del self.names[known:]
        calls = ["m()", "m(1)", "m(1, 2)", "m(1, 2, 3)", "m(x=5)", "m(y=1)", "m(1, z=2)", "m(*[1, 2])", "m(**{'x': 1})",
                 "m(_.s)|upper", "m"]
        return text + "".join("{{ " + self.pick(calls) + " }}" for _ in range(self.rng.randint(1, 2)))

    def call_block(self, depth):
        macro = "{% macro w(t='T') %}[{{ t }}:{{ caller(" + self.pick(["", "", "1", "t"]) + ") }}]{% endmacro %}"
        return macro + self.tag(self.pick(["call w()", "call(x) w()", "call(x=3) w('u')", "call w(5, 6)"])) + \
            self.with_names(["x"], 0) + self.tag("endcall")

    def with_block(self, depth):
        head = self.pick(["with a = 1", "with a = 1, b = a", "with", "with x = " + self.any(1)])
        return self.tag(head) + self.with_names(["a"], depth) + self.tag("endwith")

    def filter_block(self, depth):
        chain = self.pick(["upper", "title", "trim|length", "indent(2)", "replace('e', 'x')|upper", "wordcount", "escape",
                           "nofilter", "center(9)", "urlencode"])
        return self.tag("filter " + chain) + self.body(depth) + self.tag("endfilter")

    def comment(self, _depth):
        return self.pick(["{# note #}", "{#- note -#}", "{# {{ x }} #}\n", "  {# a\nb #}  ", "{#+ c +#}\n"])

    def raw(self, _depth):
        return self.pick(["{% raw %}{{ x }}{% endraw %}", "{%- raw -%} {% y %} {%- endraw -%}",
                          "{% raw %}\n {# z #}\n{% endraw %}\n", "{% raw %}{% endraw +%}\n"])

    def namespace(self, depth):
        change = self.pick(["ns.v + 1", "ns.v ~ i", "[ns.v, i]", self.any(1)])
        return "{% set ns = namespace(v=0) %}" + self.tag(f"for i in {self.list(1)}") + "{% set ns.v = " + change + " %}" + \
            self.tag("endfor") + self.pick(["{{ ns.v }}", "{{ ns }}", "{{ ns.zz }}"])

    def objects(self, _depth):
        return self.pick([
            "{% set c = cycler('x', 'y', 3) %}{% for i in [1, 2, 3, 4] %}{{ c.next() }}{{ c.current }}{% endfor %}"
            "{{ c.reset() }}{{ c.current }}",
            "{% set j = joiner() %}{% for i in _.words %}{{ j() }}{{ i }}{% endfor %}",
            "{% set j = joiner('; ') %}{{ j() }}a{{ j() }}b{{ j() }}",
            "{{ cycler() }}", "{{ namespace(a=1).a }}", "{{ dict(a=1, **{'b': 2}) }}", "{{ range(3)[1] }}{{ range(9)[2:7:2] }}",
            "{{ range(100001) }}", "{{ range(2, 8, 3) == range(2, 6, 3) }}", "{{ dict([(1, 2)], k=none) }}",
            "{% block b %}{{ a }}{% endblock %}", "{% block t scoped %}{{ i }}{% endblock t %}",
            "{% autoescape true %}{{ _.html }}{{ '<x>'|safe }}{% endautoescape %}{{ _.html }}",
            "{% set g = _.nums|map('string') %}{{ g|first }}{{ g|list }}{{ g|list }}",
            "{{ 'a<b'|e ~ '<' }}{{ 'a<b'|e + '<' }}{{ ['<'|e] }}{{ ('<'|e)|upper }}{{ '%s'|e % '<' }}",
            "{{ _.d.keys() }}{{ _.d.items() }}{{ _.d.values()|list }}", "{{ range(4) }}{{ _.d.keys() == {'c': 1, 'b': 2, 'a': 3}.keys() }}"])

    def changes(self, _depth):
        ops = ["l.append(4)", "l.extend('ab')", "l.insert(0, none)", "l.pop()", "l.pop(0)", "l.remove(2)", "l.clear()",
               "l.reverse()", "l.sort()", "l.sort(reverse=true)", "l.insert(-1, 5)", "l.pop(9)", "l.extend(range(2))",
               "m.update(a=2)", "m.update({'z': l})", "m.pop('a')", "m.pop('q', 0)", "m.setdefault('k', [])", "m.clear()",
               "m.popitem()", "m.update([('r', 1)])", "m.fromkeys('xy', 0)", "l.copy().append(1)", "m.get('k')"]
        text = "{% set l = [3, 1, 2] %}{% set m = {'a': 1} %}"
        for _ in range(self.rng.randint(1, 4)):
            text += "{{ " + self.pick(ops) + " }}"
        return text + "{{ l }}{{ m }}"

    def odd_tag(self, _depth):
        return self.pick(["{% include 'x' %}", "{% import 'x' as y %}", "{% from 'x' import y %}", "{% extends 'x' %}",
                          "{% do x %}", "{% print 1, 'a' %}", "{% if %}", "{% endfor %}", "{% set 1 = 2 %}", "{% break %}",
                          "{% include 'x' ignore missing %}", "{% set _ = 1 %}", "{% set a.b = 1 %}", "{% for x in %}",
                          "{% if false %}{{ 1|nofilter }}{% endif %}", "{{ 1 if true else 1|nofilter }}",
                          "{% if false %}{% for i in [] %}{{ 1|nofilter }}{% endfor %}{% endif %}", "{{ 1, 2 }}"])


# What is done with what functions of Mistral give.
PARSED_FORMS = ["%s", "%s", "%s", "%s|string", "%s is mapping", "%s|length", "%s.a", "%s[0]", "%s|list", "%s.items()|list", "[%s, _.i]",
                "%s.get('a', 5)", "%s|tojson", "%s is string", "%s|first", "%s|default(1)",
                "json_dump(%s)", "yaml_dump(%s)"]


def generate(rng):
    if rng.random() < 0.02:
        return "{{ " + rng.choice(PARSED_FORMS) % mistral_functions.call(rng) + " }}"
    if rng.random() < 0.02:
        return "{{ " + rng.choice(PARSED_FORMS) % mistral_functions.asked(rng) + " }}"
    grammar = Grammar(rng)
    if rng.random() < 0.6:
        return "{{ " + grammar.any(rng.choice([1, 2, 2, 3])) + " }}"
    if rng.random() < 0.3:
        return "".join(grammar.space() + grammar.put(rng.choice([1, 2])) for _ in range(rng.randint(1, 3))) + "!"
    return grammar.body(rng.choice([1, 2, 2, 3]))


FEATURES = {
    "if": r"\{%[-+]? if ", "elif": r"\{%[-+]? elif ", "else": r"\{%[-+]? else ", "for": r"\{%[-+]? for ", "for if": r"for \w.* in .* if ",
    "for unpacking": r"for \w+, \w+ in", "for recursive": r"recursive", "set": r"\{%[-+]? set \w+ =", "set unpacking": r"set \w+, \w+ =",
    "set block": r"\{%[-+]? set \w+ [-+]?%\}", "set block filter": r"set \w+ \| ", "set namespace": r"set ns\.v =",
    "macro": r"\{%[-+]? macro ", "call": r"\{%[-+]? call ", "call with": r"\{%[-+]? call\(", "caller": r"caller\(", "varargs": r"varargs",
    "kwargs": r"kwargs", "with": r"\{%[-+]? with", "filter block": r"\{%[-+]? filter ", "block": r"\{% block", "autoescape": r"autoescape",
    "raw": r"\{%-? raw", "comment": r"\{#", "include": r"include", "import": r"\{% import", "extends": r"extends", "trim left": r"\{[{%]-",
    "trim right": r"-[%}]\}", "keep left": r"\{%\+", "keep right": r"\+%\}", "line break behind a tag": r"%\}\n", "inline if": r"\S if [^%]* else ",
    "slice": r"\[[^\]]*:[^\]]*\]", "index": r"\[\d+\]", "attribute": r"_\.\w", "item": r"_\['", "call with *": r"\(\*", "call with **": r"\(.*\*\*",
    "keyword argument": r"\w=\S", "tuple": r"\(\d, ", "dict literal": r"\{'", "list literal": r"\[\d", "string concatenation": r" ~ ",
    "chained comparison": r"[<>=] [^()]* (<|==|>=) ", "is not": r" is not ", "not in": r" not in ", "% format": r"' % ",
}
FEATURES = {name: re.compile(pattern, re.S) for name, pattern in FEATURES.items()}
LOOP = set("index index0 first last length revindex revindex0 cycle previtem nextitem depth depth0 changed".split())
OPERATORS = {"+", "-", "*", "/", "//", "%", "**", "~", "==", "!=", "<", "<=", ">", ">=", "and", "or", "not", "in"}
OPERATOR = re.compile(r"(?:^|(?<= ))(\+|-|\*\*?|//?|%|~|[=!<>]=|<|>|and|or|not|in)(?= )")


def names_of(environment):
    """What a run must generate; see differential.py."""
    return {"filter": set(environment.filters), "test": set(environment.tests), "operator": OPERATORS, "loop": LOOP,
            "function": (set(environment.globals) | set(mistral_functions.FUNCTIONS)) - {"lipsum"}, "feature": set(FEATURES)}


def used(text):
    found = {("filter", name) for name in re.findall(r"(?:\||filter |map\(')\s*(\w+)", text)}
    found |= {("test", name) for name in re.findall(r"(?: is (?:not )?|select\('|reject\('|attr\('\w+', ')([\w=<>!]+)", text)}
    found |= {("loop", name) for name in re.findall(r"loop\.(\w+)", text)}
    found |= {("operator", symbol) for symbol in OPERATOR.findall(text)}
    found |= {("function", name) for name in re.findall(r"(?<![.\w])(\w+)\(", text)}
    return found | {("feature", name) for name, pattern in FEATURES.items() if pattern.search(text)}
