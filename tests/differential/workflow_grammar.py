"""Random workflows for mistral_peer.py: every one can be told again from its seed.

Routes lead from a task to later ones only, so that every workflow ends. What depends on which of two tasks ends first
(a name published by both, `fail` beside a task that still runs) does occur: the peer asks a real Mistral twice more about
what differs and forgets what Mistral itself answers in two ways.
"""
import random

import yaml

TASKS_MAX = 7
CONDITIONS = ("<% $.get(n) > 1 %>", "<% false %>", "<% true %>", "<% $.get(flag) %>", "<% $.get(v0) = null %>",
              "{{ _.n > 1 }}", "{{ _.get('v1') }}", "<% len($.list) = 3 %>", "<% not $.get(flag) %>")
VALUES = ("<% $.n %>", "<% $.list %>", "<% task().result %>", "<% task().name %>", "<% task().state %>", "{{ _.n + 1 }}",
          "text <% $.n %> and <% $.flag %>", "{{ _.n }} or {{ _.flag }}", "{{ task().result }}", "<% $.get(v0) %>", "<% $.get(v1, none) %>", "<% $.get(p0) %>", "<% $.get(p1, 8) %>", "{{ _.get('q0') }}", "<% $.get(p2) %>", 7, 1.5, True,
          None, ["<% $.n %>", 2], {"k": "<% $.flag %>"}, "<% env().get(e) %>", "<% execution().name %>", "<% $.list.select($ + 1) %>",
          "<% dict(a => $.n) %>", "<% task().get(published) %>", "<% task(t0).result %>", "<% tasks(execution().id).select($.name).orderBy($) %>", "<% $.keys().orderBy($) %>", "", [])
WRONG = ("<% $.n.nothing %>", "<% $.missing %>", "{{ _.missing }}", "<% 1 / 0 %>", "<% $.n + x %>", "<% task(nobody).result %>")
WRONG_SHARE = 0.05
OUTPUTS = ("<% task().result %>", "<% $.n %>", "<% $ %>", "plain", "<% $.get(v0) %>", "<% {a => $.n} %>", "{{ _.list }}",
           "<% $.list.first() %>", "{{ _.n }}x")
COMMANDS = ("fail", "succeed", "noop", "pause", "fail(msg='told <% $.n %>')", "succeed(msg='all done')")
ITEMS = ("i in <% $.list %>", "i in [1, 2]", "i in <% [] %>", ["i in <% $.list %>", "k in [7, 8, 9]"], "i in <% range(2) %>",
         "i in {{ _.list }}", "i in <% $.n %>", ["i in [1]", "k in [1, 2]"], "i in <% $.get(v0) %>")


def mirrored(document):
    """The document with what starts together in the opposite order: that in which Mistral starts it. (Its sort of commands
    answers 'less' for every pair that does not wait, which turns the list around; what follows a state is dropped before.)"""
    for workflow in document.values():
        if not isinstance(workflow, dict):
            continue
        workflow["tasks"] = dict(reversed(workflow["tasks"].items()))
        for task in [*workflow["tasks"].values(), workflow.get("task-defaults", {})]:
            for clause in ("on-success", "on-error", "on-complete"):
                routes = task.get(clause)
                if isinstance(routes, dict) and isinstance(routes["next"], list):
                    task[clause] = {**routes, "next": turned(routes["next"])}
                elif isinstance(routes, list):
                    task[clause] = turned(routes)
    return document


def turned(routes):
    """Only what stands before the first command that changes the workflow's state."""
    def changes_state(route):
        return next(iter(route), "").split("(")[0] in ("fail", "succeed", "pause") if isinstance(route, dict) else (
            route.split("(")[0] in ("fail", "succeed", "pause"))
    at = next((at for at, route in enumerate(routes) if changes_state(route)), len(routes))
    return routes[:at][::-1] + routes[at:]


class Plain(yaml.SafeDumper):
    """Writes what occurs twice out: the language has no anchors."""

    def ignore_aliases(self, data):
        return True


class Workflow:
    """One document with one or two workflows, made from a seed."""

    def __init__(self, seed):
        self.random = random.Random(seed)
        self.name = f"g{seed}"
        self.pauses = False

    def chance(self, share):
        return self.random.random() < share

    def probes(self):
        """(probe for Mistral, the same for a server that starts things in the order in which they are written)"""
        document = {"version": "2.0", self.name: self.workflow(self.name, sub=f"{self.name}_sub")}
        if self.chance(0.3) or f"{self.name}_sub" in yaml.safe_dump(document):
            document[f"{self.name}_sub"] = self.workflow(f"{self.name}_sub", sub=None)
        start = {"input": {key: value for key, value in (("n", self.random.randint(0, 3)), ("flag", self.chance(0.5)))
                           if self.chance(0.5)}, "params": {"env": {"e": "of the environment"}} if self.chance(0.3) else {}}
        if document[self.name]["type"] == "reverse":
            start["params"]["task_name"] = self.random.choice(list(document[self.name]["tasks"]))
        def written():
            return yaml.dump(document, Dumper=Plain, sort_keys=False)
        probe = {"name": self.name, "workflow": written(), "start": start, "events": []}
        if self.pauses:
            probe["events"] += [{"resume": {}}]
        document = mirrored(document)
        return probe, {**probe, "workflow": written()}

    def workflow(self, name, sub):
        reverse = self.chance(0.12)
        body = {"type": "reverse" if reverse else "direct", "input": [{"n": 2}, {"flag": True}, {"list": [1, 2, 3]}]}
        if self.chance(0.25):
            body["vars"] = {"v0": self.value(task=False), "v1": "of vars"}
        if self.chance(0.6):
            body["output"] = {key: self.value(task=False) for key in self.random.sample(["o1", "o2", "o3"], 2)}
        if self.chance(0.3):
            body["output-on-error"] = {"e1": self.value(task=False)}
        if self.chance(0.25):
            body["task-defaults"] = {self.random.choice(("requires",)): []} if reverse and self.chance(0.2) else self.defaults(reverse)
        names = [f"t{at}" for at in range(self.random.randint(1, TASKS_MAX))]
        body["tasks"] = {one: self.task(at, names, reverse, sub) for at, one in enumerate(names)}
        if not reverse:
            self.add_joins(body["tasks"])
        return body

    def defaults(self, reverse):
        if reverse or self.chance(0.3):
            return self.random.choice(({"retry": {"count": 1, "delay": 0}}, {"fail-on": "<% false %>"}))
        return {self.random.choice(("on-error", "on-success", "on-complete")): [self.random.choice(("noop", "fail"))]}

    def value(self, task=True):
        while True:
            one = self.random.choice(WRONG if self.chance(WRONG_SHARE) else VALUES)
            if task or "task()" not in str(one):
                return one

    def published(self, at):
        """Mostly under names of the task's own: what branches publish under one name, Mistral 15 merges by chance."""
        names = ("v0", "v1", "n", "w") if self.chance(0.04) else (f"p{at}", f"q{at}")
        return {self.random.choice(names): self.value() for _ in range(self.random.randint(1, 2))}

    def task(self, at, names, reverse, sub):
        body = self.work(sub)
        if self.chance(0.2) and "workflow" not in body:
            body["with-items"] = self.random.choice(ITEMS)
            if self.chance(0.5):
                body["concurrency"] = self.random.choice((1, 2, "<% $.n + 1 %>"))
            if body.get("action", "").startswith("std.echo") and self.chance(0.6):
                body["action"] = "std.echo output=<% $.i %>"
        for key, share in (("publish", 0.45), ("publish-on-error", 0.2)):
            if self.chance(share):
                body[key] = self.published(at)
        self.add_policies(body)
        if reverse:
            if at and self.chance(0.8):
                body["requires"] = self.random.sample(names[:at], self.random.randint(1, min(2, at)))
            return body
        for clause, share in (("on-success", 0.6), ("on-error", 0.4), ("on-complete", 0.25)):
            if self.chance(share):
                body[clause] = self.routes(at, names[at + 1:], plain="publish" in body or "publish-on-error" in body)
        return body

    def work(self, sub):
        kind = self.random.random()
        if kind < 0.18:
            return {"action": "std.fail"}
        if kind < 0.3:
            return {"action": "std.noop"} if self.chance(0.5) else {}
        if kind < 0.4 and sub:
            body = {"workflow": sub}
            if self.chance(0.6):
                body["input"] = {"n": self.random.choice(("<% $.n %>", 5, "<% $.list %>"))}
            return body
        if kind < 0.45:
            return {"action": "std.test_dict", "input": {"size": 2, "key_prefix": "k", "val": "v"}}
        if kind < 0.75:
            return {"action": "std.echo", "input": {"output": self.random.choice(WRONG if self.chance(WRONG_SHARE) else OUTPUTS)}}
        return {"action": f"std.echo output={self.random.choice(('1', 'text', '<% $.n %>', '<% $.list %>', '{{ _.n }}', 'null'))}"}

    def add_policies(self, body):
        if self.chance(0.1):
            body["retry"] = self.random.choice(({"count": 1, "delay": 0}, "count=2 delay=0", {"count": 2, "delay": 0, "break-on": "<% $.flag %>"},
                                                {"count": 1, "delay": 0, "continue-on": "<% $.flag %>"}, {"count": "<% len($.list) %>", "delay": 0}))
        if self.chance(0.08):
            body["fail-on"] = self.random.choice(CONDITIONS + ("<% task().result = 1 %>",))
        if self.chance(0.04):
            body["pause-before"] = self.random.choice((True, "<% $.flag %>", "<% $.n > 5 %>"))
            self.pauses = True
        if self.chance(0.06):
            body["keep-result"] = False
        if self.chance(0.05):
            body["wait-before"] = 0
        if self.chance(0.05):
            body["timeout"] = 20
        if self.chance(0.05):
            body["tags"] = ["a", "<% $.n %>"]

    def routes(self, at, later, plain):
        """`plain`: the task publishes itself, which Mistral forgets where the clause publishes, too."""
        routes = []
        for target in self.random.sample(later, min(len(later), self.random.choice((0, 1, 1, 2, 2, 3)))):
            routes.append({target: self.random.choice(CONDITIONS)} if self.chance(0.3) else target)
        if self.chance(0.07) or not routes:
            command = self.random.choice(COMMANDS)
            self.pauses = self.pauses or command == "pause"
            routes.insert(self.random.randint(0, len(routes)), {command: self.random.choice(CONDITIONS)} if self.chance(0.3) else command)
        if len(routes) == 1 and isinstance(routes[0], str) and self.chance(0.4):
            routes = routes[0]
        if self.chance(0.2) and not plain:
            wrapped = {"next": routes}
            wrapped["publish"] = {scope: self.published(at) for scope in ("branch", "global", "atomic") if self.chance(0.4)} or {"global": {"g": 1}}
            return wrapped
        return routes

    def add_joins(self, tasks):
        """A task that several lead to mostly waits for them."""
        text = {name: yaml.safe_dump({clause: body.get(clause) for clause in ("on-success", "on-error", "on-complete")})
                for name, body in tasks.items()}
        for name, body in tasks.items():
            inbound = sum(name in routes for other, routes in text.items() if other != name)
            if inbound >= 2 and self.chance(0.75) or inbound == 1 and self.chance(0.05):
                body["join"] = "all" if self.chance(0.9) else "one" if self.chance(0.4) else self.random.randint(1, inbound)
