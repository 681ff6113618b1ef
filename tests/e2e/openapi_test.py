#!/usr/bin/env python3
"""The description of the API against the API. Goal: /openapi.json is valid OpenAPI 3.1, and every status, body and query
parameter is as it says. Method: the exchanges of the REST unit tests (those recorded from a real Mistral among them; they
are written down when FOEHN_EXCHANGES names a file) and requests to every route of a real server are held against it."""
import json
import os
import re
import subprocess
import tempfile
import unittest

import lib

try:
    import jsonschema
except ImportError:
    lib.skip("python3-jsonschema is not installed")

METHODS = ("get", "post", "put", "delete")
NIL = "00000000-0000-4000-8000-000000000000"
# These answer what the table of routes does not: no such path, another method.
UNROUTED = (404, 405)
# A value that a parameter takes, when its type does not tell.
VALUES = {"sort_keys": "id", "sort_dirs": "asc", "fields": "id", "limit": "1", "state": "ERROR", "scope": "private",
          "type": "execution", "preserve": "none", "nulls": "state_info"}
# Plain words are no times and no ids.
TIMES = re.compile(r"_at$|_time$")
ALLOWED = {"all_projects": 403, "project_id": 403, "marker": 404}
EXCHANGES_MIN = 700  # fewer: the unit tests were not recorded
# Streams do not end, and a boolean of these starts work.
UNASKED = {("get", "/foehn/v1/events"), ("get", "/v2/services")}
# Without authentication nobody is an admin.
FOR_ADMINS = ("/v2/code_sources", "/v2/dynamic_actions")


class Description:
    def __init__(self, document):
        self.document = document
        self.patterns = [(re.compile(re.sub(r"\\{[^}]*\\}", "[^/]+", re.escape(path)) + "/*$"), path)
                         for path in sorted(document["paths"], key=lambda path: path.count("{"))]
        self.validators = {}

    def find(self, node):
        """The node, or what it refers to."""
        while "$ref" in node:
            target = self.document
            for part in node["$ref"].removeprefix("#/").split("/"):
                target = target[part]
            node = target
        return node

    def route(self, path):
        path = re.sub("/+", "/", path)
        return next((name for pattern, name in self.patterns if pattern.match(path.rstrip("/") or "/")), None)

    def operation(self, method, path):
        name = self.route(path)
        return name, self.document["paths"][name].get(method.lower()) if name else None

    def query_names(self, operation):
        found = [self.find(one) for one in operation.get("parameters", [])]
        return {one["name"]: one for one in found if one["in"] == "query"}

    def validator(self, route, method, status, schema):
        key = (route, method, status)
        if key not in self.validators:
            whole = {"components": {"schemas": {name: self.strict(one) for name, one in
                                                self.document["components"]["schemas"].items()}}, **schema}
            self.validators[key] = jsonschema.Draft202012Validator(whole)
        return self.validators[key]

    @staticmethod
    def strict(schema):
        """Refuses members that the description does not name."""
        if "error" in schema["properties"] or "faultstring" in schema["properties"]:
            return schema
        return {**schema, "additionalProperties": False}

    def fault(self, method, path, query, status, content_type, body):
        """What the description does not say of an exchange; None: all is as described."""
        route, operation = self.operation(method, path)
        if operation is None:
            return None if status in (*UNROUTED, 400) else f"no such route, but {status}"
        described = operation["responses"].get(str(status))
        if described is None:
            return f"status {status} is not described for {route}"
        if status < 400:
            unknown = set(query) - set(self.query_names(operation))
            if unknown:
                return f"query parameters that are not described: {sorted(unknown)}"
        content = self.find(described).get("content")
        if not content:
            return None if not body or status < 300 else "a body where none is described"
        media = content_type.split(";")[0]
        if media not in content:
            return f"{content_type} instead of {list(content)}"
        if media != "application/json":
            return None
        errors = self.validator(route, method, status, content[media]["schema"]).iter_errors(json.loads(body))
        first = next(errors, None)
        return first and f"{'.'.join(map(str, first.absolute_path))}: {first.message[:300]}"


class OpenApi(lib.ServerTest):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.document = cls.server.get("/openapi.json")
        cls.description = Description(cls.document)

    def operations(self):
        for path, methods in self.document["paths"].items():
            for method, operation in methods.items():
                yield method, path, operation

    # -- the document itself: OpenAPI 3.1.0 §4.8

    def test_structure(self):
        document = self.document
        self.assertRegex(document["openapi"], r"\A3\.1\.\d+\Z")
        self.assertLessEqual(set(document), {"openapi", "info", "servers", "security", "paths", "components", "tags"})
        self.assertTrue(document["info"]["title"] and document["info"]["version"])
        schemes = document["components"]["securitySchemes"]
        for scheme in schemes.values():
            self.assertIn(scheme["type"], ("http", "apiKey", "oauth2", "openIdConnect", "mutualTLS"))
        ids, shapes = set(), set()
        for method, path, operation in self.operations():
            with self.subTest(f"{method} {path}"):
                self.assertIn(method, METHODS)
                self.assertNotIn(operation["operationId"], ids)
                ids.add(operation["operationId"])
                shapes.add((method, re.sub(r"\{[^}]*\}", "{}", path)))
                self.assertTrue(operation["summary"])
                for requirement in operation.get("security", document["security"]):
                    self.assertLessEqual(set(requirement), set(schemes))
                self.check_parameters(path, operation)
                self.check_body(method, operation)
                self.check_responses(operation)
        self.assertEqual(len(ids), len(shapes), "two paths that differ in names only")

    def check_parameters(self, path, operation):
        names = []
        for one in map(self.description.find, operation.get("parameters", [])):
            names.append((one["in"], one["name"]))
            self.assertIn(one["in"], ("path", "query", "header", "cookie"))
            self.assertTrue(one.get("required", one["in"] != "path"))
            jsonschema.Draft202012Validator.check_schema(one["schema"])
        self.assertEqual(len(names), len(set(names)))
        self.assertEqual(sorted(re.findall(r"\{([^}]*)\}", path)), sorted(name for where, name in names if where == "path"))

    def check_body(self, method, operation):
        body = operation.get("requestBody")
        self.assertFalse(body and method == "get")
        for media, content in (body or {}).get("content", {}).items():
            self.assertRegex(media, r"\A[a-z]+/[a-z.+-]+\Z")
            jsonschema.Draft202012Validator.check_schema(content["schema"])
            self.assertLessEqual(set(content["schema"].get("required", [])), set(content["schema"].get("properties", {})))

    def check_responses(self, operation):
        self.assertTrue(any(status[0] == "2" for status in operation["responses"]))
        for status, response in operation["responses"].items():
            self.assertRegex(status, r"\A[1-5]\d\d\Z")
            found = self.description.find(response)
            self.assertTrue(found["description"])
            for content in found.get("content", {}).values():
                jsonschema.Draft202012Validator.check_schema(content["schema"])

    def test_it_is_the_route_table(self):
        described = sorted((method.upper(), path) for method, path, _ in self.operations())
        sources = {name: set(re.findall(r'\{"(GET|POST|PUT|DELETE)",\s*"(/[^"]*)",?\s*',
                                        (lib.ROOT / "api/rest" / name).read_text()))
                   for name in ("routes.cc", "route_details.cc", "route_answers.cc")}
        self.assertGreater(len(described), 50)
        self.assertEqual(described, sorted(sources["routes.cc"]))
        self.assertEqual(described, sorted(sources["route_answers.cc"]))
        self.assertEqual(set(), sources["route_details.cc"] - sources["routes.cc"])

    def test_every_reference_leads_somewhere_and_every_schema_is_used(self):
        used = set(re.findall(r'"\$ref": "([^"]+)"', json.dumps(self.document)))
        for reference in used:
            self.description.find({"$ref": reference})
        for name, schema in self.document["components"]["schemas"].items():
            jsonschema.Draft202012Validator.check_schema(schema)
            self.assertIn("#/components/schemas/" + name, used)

    # -- the document and the server

    def report(self, faults):
        self.assertEqual([], sorted(set(faults)))

    def test_exchanges_of_the_unit_tests(self):
        program = os.path.join(os.path.dirname(lib.binary()), "tests", "rest_test")
        if not os.path.exists(program):
            self.skipTest(program + " is not built")
        with tempfile.NamedTemporaryFile("r", suffix=".jsonl") as file:
            done = subprocess.run([program, "--gtest_brief=1"], cwd=lib.ROOT, capture_output=True, text=True, check=False,
                                  env={**os.environ, "FOEHN_EXCHANGES": file.name}, timeout=240)
            self.assertEqual(0, done.returncode, done.stdout[-3000:])
            lines = [json.loads(line) for line in file]
        self.assertGreater(len(lines), EXCHANGES_MIN)
        faults = []
        for one in lines:
            fault = self.description.fault(one["method"], one["path"], one["query"], one["status"], one["content_type"],
                                           one["body"])
            if fault:
                faults.append(f"{one['method']} {self.description.route(one['path'])}: {fault}")
        self.report(faults)

    def ask(self, method, target, body=None, headers=None):
        """(answer, what the description does not say of it)"""
        answer = self.server.request(method.upper(), target, body, headers)
        path, _, query = target.partition("?")
        names = [one.split("=")[0] for one in query.split("&") if one]
        return answer, self.description.fault(method, path, names, answer.status, answer.headers.get("Content-Type", ""),
                                              answer.text)

    def test_every_route_answers_and_no_other_method_does(self):
        faults = []
        for path, methods in self.document["paths"].items():
            target = re.sub(r"\{[^}]*\}", NIL, path)
            for method in METHODS:
                if (method, path) in UNASKED:
                    continue
                if method not in methods:
                    if any(pattern.match(target) and method in self.document["paths"][name]
                           for pattern, name in self.description.patterns):
                        continue  # /v2/workflows/validate is a name as well
                    answer = self.server.request(method.upper(), target)
                    self.assertEqual(405, answer.status, f"{method} {path}: {answer.text}")
                    continue
                body = b"[]" if "requestBody" in methods[method] else None
                answer, fault = self.ask(method, target, body, {"Content-Type": "application/json"} if body else None)
                if fault or answer.status >= 500:
                    faults.append(f"{method} {path}: {answer.status} {answer.text[:200]} {fault}")
        self.report(faults)

    def value_of(self, parameter):
        name, kind = parameter["name"], parameter["schema"].get("type")
        if name in VALUES:
            return VALUES[name]
        if kind in ("boolean", "integer"):
            return {"boolean": "true", "integer": "1"}[kind]
        if TIMES.search(name):
            return "gt:2020-01-01%2000:00:00"
        return NIL

    def test_every_query_parameter_is_taken_and_no_other(self):
        faults = []
        for method, path, operation in self.operations():
            target = re.sub(r"\{[^}]*\}", NIL, path)
            if method != "get" or (method, path) in UNASKED:
                continue
            if path.startswith(FOR_ADMINS):
                self.assertEqual(403, self.ask(method, target)[0].status)
                continue
            for name, parameter in self.description.query_names(operation).items():
                answer, fault = self.ask(method, f"{target}?{name}={self.value_of(parameter)}")
                if fault or answer.status not in (200, ALLOWED.get(name), 404 if "{" in path else 200):
                    faults.append(f"{method} {path}?{name}={self.value_of(parameter)}: {answer.status} {answer.text[:200]} {fault}")
            answer, fault = self.ask(method, target + "?bogus=1")
            if fault or answer.status not in (400, 404 if "{" in path else 400):
                faults.append(f"{method} {path}?bogus=1: {answer.status} {answer.text[:200]} {fault}")
        self.report(faults)


if __name__ == "__main__":
    lib.main()
