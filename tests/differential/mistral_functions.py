"""The functions that Mistral adds to both languages and that need no host, as mistral/expressions/std_functions.py has
them, and calls of them with texts that are, nearly are, or are not what they read."""

import json

import yaml


def json_parse(data):
    if not isinstance(data, (str, bytes)):  # oslo's jsonutils.loads decodes first
        raise TypeError(f"{type(data)} can't be decoded")
    return json.loads(data)


def yaml_parse(data):
    return yaml.safe_load(data)


def json_dump(data):
    return json.dumps(data, indent=4)


def yaml_dump(data):
    return yaml.safe_dump(data, default_flow_style=False)


PARSERS = {"json_parse": json_parse, "yaml_parse": yaml_parse}
FUNCTIONS = {**PARSERS, "json_dump": json_dump, "yaml_dump": yaml_dump}

JSON = ["null", "true", "12", "-0", "1.0", "1e3", "-2.50", '"a"', '"\\u00e9 \\ud83d\\ude00 \\n"', "[]", "{}", "[1, 2.5, null, true]",
        '{"a": 1}', '{"a": {"b": [1, {"c": "d"}]}, "e": ""}', '{"b": 1, "a": 2, "b": 3}', ' [ 1 , 2 ] ', "[[1], [2, 3], []]",
        '[{"a": 1}, {"a": 2}]', "", " ", "nul", "[1,]", '{"a" 1}', "{a: 1}", "1 2", "01", "+1", ".5", "\'a\'", '"a', "[", "]", "1e400",
        "-", '{"a": 1,}', '{1: 2}', "\\t1", "truee", "[1 2]", '"\\x41"', "9007199254740993"]
YAML = ["a: 1", "a: b", "[a, b]", "{a: 1, b: [2]}", "- a\n- 2\n- 3.5", "a:\n  b: c\n  d: [1, 2]", "yes", "No", "on", "~", "null", "",
        "0x1f", "010", "0o7", "1_000", "1e3", "1.5e+3", ".5", "-.inf", "1:30", "12:30:45", "=", "---\na: 1", "a: 1\n...", "# only",
        "a #b", "a#b", "\"a\\tb\"", "a: |\n  x\n  y\n", "a: >\n  x\n  y\n", "? a\n: b", "{a, b}", "a: 1\na: 2", "1: 2", "true: x",
        "a: b: c", "[", "{a: ", "- a\n b: c", "\"a", "%x", "@a", "`a", "a: \'it\'\'s\'", "é: ü", "a:\t1", "!!str 1", "0b11", "-12", "+3"]


def quoted(text):
    """A text as both languages write it."""
    escaped = text.replace("\\", "\\\\").replace("'", "\\'").replace("\n", "\\n").replace("\t", "\\t")
    return f"'{escaped}'"


def call(rng):
    """One call of a parser."""
    function = rng.choice(list(PARSERS))
    if function == "json_parse":
        return f"{function}({quoted(rng.choice(JSON))})"
    # JSON is YAML, but for halves of characters: PyYAML keeps them apart, and no text can hold them.
    return f"{function}({quoted(rng.choice(YAML if rng.random() < 0.7 else [text for text in JSON if 'ud83d' not in text]))})"
