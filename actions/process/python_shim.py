"""Runs one Mistral action class (mistral_lib style) whose source text comes on standard input, and writes its result as
one JSON object. Started by foehn in a confined process; see docs/actions.md."""
import json
import os
import sys
import traceback
import types


def minimal_mistral_lib():
    """mistral_lib.actions as far as actions need it, for machines without the real one."""
    class Action:
        def run(self, context):
            raise NotImplementedError("the class defines no run(self, context)")

        def test(self, context):
            raise NotImplementedError("the class defines no test(self, context)")

        def is_sync(self):
            return True

    class Result:
        def __init__(self, data=None, error=None, cancel=False):
            self.data, self.error, self.cancel = data, error, cancel

        def is_cancel(self):
            return self.cancel

        def is_error(self):
            return self.error is not None and not self.is_cancel()

        def is_success(self):
            return not self.is_error() and not self.is_cancel()

        def to_dict(self):
            return {"result": self.data if self.is_success() else self.error}

    class Fields:
        def __init__(self, **fields):
            self.__dict__.update(fields)

        def __getattr__(self, name):
            if name.startswith("__"):
                raise AttributeError(name)
            return None

    class SecurityContext(Fields):
        pass

    class ExecutionContext(Fields):
        pass

    class ActionContext:
        def __init__(self, security_ctx=None, execution_ctx=None):
            self.security = security_ctx or SecurityContext()
            self.execution = execution_ctx or ExecutionContext()

    names = {"Action": Action, "Result": Result, "ActionContext": ActionContext, "SecurityContext": SecurityContext,
             "ExecutionContext": ExecutionContext}
    package = types.ModuleType("mistral_lib")
    package.__path__ = []
    actions = types.ModuleType("mistral_lib.actions")
    actions.__path__ = []
    actions.__dict__.update(names)
    package.actions = actions
    sys.modules["mistral_lib"] = package
    sys.modules["mistral_lib.actions"] = actions
    for part, held in (("base", ("Action",)), ("types", ("Result",)),
                       ("context", ("ActionContext", "SecurityContext", "ExecutionContext"))):
        module = types.ModuleType("mistral_lib.actions." + part)
        module.__dict__.update({name: names[name] for name in held})
        setattr(actions, part, module)
        sys.modules[module.__name__] = module


def action_context(given):
    from mistral_lib.actions import context as contexts
    run = given.get("action_run_id")
    execution = {"workflow_execution_id": given.get("execution_id"), "task_execution_id": given.get("task_id"),
                 "action_execution_id": run, "workflow_name": given.get("workflow_name"),
                 "callback_url": f"/v2/action_executions/{run}" if run else None}
    return contexts.ActionContext(contexts.SecurityContext(), contexts.ExecutionContext(**execution))


def where(error):
    """The place in the stored code that was last passed, as ' (line 4, in run)'."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if frame.filename == "<code source>"]
    return f" (line {frames[-1].lineno}, in {frames[-1].name})" if frames else ""


def last_line(error):
    return traceback.format_exception_only(type(error), error)[-1].strip()


def find_class(given):
    name = given["class_name"]
    module = types.ModuleType("code_source")
    sys.modules["code_source"] = module
    try:
        exec(compile(given["code"], "<code source>", "exec"), module.__dict__)
    except SyntaxError as error:
        return None, f"The code source has a syntax error in line {error.lineno}: {error.msg}"
    except BaseException as error:
        return None, f"The code source cannot be loaded: {last_line(error)}{where(error)}"
    found = module.__dict__.get(name)
    if isinstance(found, type):
        return found, None
    classes = [key for key, value in module.__dict__.items()
               if isinstance(value, type) and value.__module__ == "code_source"]
    return None, f"The code source has no class '{name}'; it has: {', '.join(classes) or 'none'}"


def answer_of(given, context):
    action, wrong = find_class(given)
    if wrong:
        return {"error": wrong}
    try:
        instance = action(**given["input"])
    except BaseException as error:
        return {"error": f"Failed to instantiate an action [action={given['action']}]: {last_line(error)}"
                         f"{where(error)}"}
    if hasattr(instance, "is_sync") and not instance.is_sync():
        return {"error": f"The action {given['action']} is asynchronous (is_sync() is False); only actions that give "
                         "their result by returning it can be run here"}
    try:
        result = instance.run(action_context(context))
    except BaseException as error:
        return {"error": f"The action raised an exception [action={given['action']}, "
                         f"action_ex_id={context.get('action_run_id')}, msg='{error}']\n  {last_line(error)}"
                         f"{where(error)}"}
    if type(result).__name__ == "Result" and hasattr(result, "error") and hasattr(result, "data"):
        if getattr(result, "cancel", False):
            return {"cancel": True}
        return {"error": result.error} if result.error is not None else {"result": result.data}
    return {"result": result}


def main():
    # What the code prints is its log; the answer goes where only we write.
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)
    question = json.load(sys.stdin)
    try:
        import mistral_lib.actions  # noqa: F401
    except ImportError:
        minimal_mistral_lib()
    given = question["input"]
    answer = answer_of(given, question["context"])
    try:
        text = json.dumps(answer, allow_nan=False)
    except (TypeError, ValueError, RecursionError) as error:
        text = json.dumps({"error": f"The result of {given['action']} cannot be written as JSON: {error}"})
    sys.stdout.flush()
    answers.write(text)
    answers.flush()
    os._exit(0)


main()
