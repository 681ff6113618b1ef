"""The functions that Mistral adds to both languages, as mistral/expressions/std_functions.py has them, and calls of them:
of the parsers with texts that are, nearly are, or are not what they read. Those that ask an engine answer what the context
has under "host", on both sides: compared is what the languages do with what Python's functions give."""

import copy
import json

import yaml


def convert(value):
    """What is done with lists and dicts that a function gives: nothing. The comparison may set another one."""
    return value


def json_parse(data):
    if not isinstance(data, (str, bytes)):  # oslo's jsonutils.loads decodes first
        raise TypeError(f"{type(data)} can't be decoded")
    return convert(json.loads(data))


def yaml_parse(data):
    return convert(yaml.safe_load(data))


def json_dump(data):
    return json.dumps(data, indent=4)


def yaml_dump(data):
    return yaml.safe_dump(data, default_flow_style=False)


PARSERS = {"json_parse": json_parse, "yaml_parse": yaml_parse}
HOST = {
    "env": {"a": "x", "n": 3, "list": [3, 1, 2], "d": {"k": [1, {"z": None}]}},
    "execution": {"id": "e-1", "name": "wf", "input": {"a": 1, "l": [1, 2]}, "params": {"env": {}, "namespace": ""}},
    "task": {"id": "t-1", "name": "a", "state": "SUCCESS", "state_info": None, "result": [1, 2, {"x": "y"}, [3]],
             "published": {"p": {"q": [5]}, "e": []}, "type": "ACTION"},
    "tasks": [{"name": "a", "state": "SUCCESS", "result": {"n": 1}}, {"name": "b", "state": "ERROR", "result": "bad"}],
}
present = {}  # what the functions give: the "host" of the context that is evaluated over


def env():
    return convert(copy.deepcopy(present["env"]))


def execution():
    return convert(copy.deepcopy(present["execution"]))


def task(task_name=None):
    return convert(copy.deepcopy(present["task"]))


def tasks(workflow_execution_id=None, recursive=False, state=None, flat=False):
    return convert(copy.deepcopy(present["tasks"]))


ASKED = {"env": env, "execution": execution, "task": task, "tasks": tasks}
FUNCTIONS = {**PARSERS, **ASKED, "json_dump": json_dump, "yaml_dump": yaml_dump}
# Of both languages.
ASKED_FORMS = ["env()", "env().a", "env().n", "env().list", "env().d", "env().d.k", "env().d.k[1]", "env().missing", "execution()",
               "execution().input", "execution().input.l", "execution().params.namespace", "execution().name", "task()", "task('a')",
               "task('a').result", "task().result[0]", "task().result[2].x", "task().published", "task().published.p.q", "task().state",
               "task('a').state_info", "task().reslt", "tasks()", "tasks()[0]", "tasks()[1].result", "tasks()[5]", "tasks()[0].result.n",
               "tasks('x', true)", "execution().missing.any"]

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


def asked(rng):
    """One question to the engine."""
    return rng.choice(ASKED_FORMS)


def call(rng):
    """One call of a parser."""
    function = rng.choice(list(PARSERS))
    if function == "json_parse":
        return f"{function}({quoted(rng.choice(JSON))})"
    # JSON is YAML, but for halves of characters: PyYAML keeps them apart, and no text can hold them.
    return f"{function}({quoted(rng.choice(YAML if rng.random() < 0.7 else [text for text in JSON if 'ud83d' not in text]))})"
