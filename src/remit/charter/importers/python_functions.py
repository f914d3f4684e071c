"""A Python function that serves as an agent's tool, read without running it: name, arguments, what it touches."""

import ast
import re
from collections.abc import Iterator, Mapping

from remit.charter.importers.offered import OfferedTool

__all__ = ["TOOL_DECORATORS", "Function", "called_name", "is_tool", "keyword_values", "offered_function", "text_of"]

Function = ast.FunctionDef | ast.AsyncFunctionDef
TOOL_DECORATORS = ("function_tool", "tool")

_TYPES = {"str": "string", "int": "integer", "float": "number", "bool": "boolean", "list": "array", "dict": "object"}
_INJECTED = re.compile(r"RunContextWrapper|ToolContext|RunnableConfig|Injected(?:State|Store|ToolArg)|ToolRuntime")
_TOUCHES = {  # the first word of a dotted call -> the tool kind that does this
    "subprocess": "shell", "requests": "http", "httpx": "http", "urllib": "http", "aiohttp": "http", "smtplib": "email",
    "sqlite3": "database", "psycopg": "database", "psycopg2": "database", "sqlalchemy": "database",
    "stripe": "payments",
    "boto3": "cloud", "kubernetes": "containers", "docker": "containers", "shutil": "files", "slack_sdk": "chat",
}  # fmt: skip
_CALLS = {
    "os.system": "shell",
    "os.popen": "shell",
    "eval": "shell",
    "exec": "shell",
    "open": "files",
    "os.remove": "files",
}
_ALARMING = ("shell", "payments", "cloud", "containers")  # kinds that outrank what the name suggests


def is_tool(function: Function) -> bool:
    """Whether a decorator makes the function a tool."""
    return any(called_name(decorator).rpartition(".")[2] in TOOL_DECORATORS for decorator in function.decorator_list)


def offered_function(function: Function, *, file: str) -> OfferedTool:
    """The tool a function is: named by its decorator or itself, with the schema its annotations give."""
    name, description = function.name, ast.get_docstring(function) or ""
    asks = False
    for decorator in function.decorator_list:
        if not isinstance(decorator, ast.Call) or called_name(decorator).rpartition(".")[2] not in TOOL_DECORATORS:
            continue
        options = keyword_values(decorator)
        first = decorator.args[0] if decorator.args else None
        name = text_of(options.get("name_override")) or text_of(options.get("name")) or text_of(first) or name
        description = text_of(options.get("description_override")) or text_of(options.get("description")) or description
        approval = options.get("needs_approval")
        asks = asks or (approval is not None and not (isinstance(approval, ast.Constant) and approval.value is False))
    touched = list(dict.fromkeys(_touches(function)))
    kinds = [kind for _call, kind in touched]
    alarming = next((kind for kind in kinds if kind in _ALARMING), None)
    calls = ", ".join(f"`{call}`" for call, _kind in touched[:4])
    return OfferedTool(
        name=name,
        origin=f"from the functions of {file}",
        description=description.partition("\n\n")[0],
        schema={"type": "object", "properties": dict(_properties(function))},
        asks=asks,
        kind=alarming or next(iter(kinds), None),
        kind_is_certain=alarming is not None,
        remarks=(f"defined in line {function.lineno}" + (f"; its code calls {calls}" if calls else ""),),
    )


def called_name(node: ast.expr) -> str:
    """The dotted name of what is called or named (``a.b.c``); empty for anything computed."""
    if isinstance(node, ast.Call):
        return called_name(node.func)
    if isinstance(node, ast.Subscript):
        return called_name(node.value)
    if isinstance(node, ast.Attribute):
        inner = called_name(node.value)
        return f"{inner}.{node.attr}" if inner else node.attr
    return node.id if isinstance(node, ast.Name) else ""


def keyword_values(call: ast.Call) -> Mapping[str, ast.expr]:
    """The keyword arguments of a call; ``**`` ones under ``**``."""
    return {keyword.arg or "**": keyword.value for keyword in call.keywords}


def text_of(node: ast.expr | None) -> str:
    """A text written out in the source; empty for anything else."""
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else ""


def _properties(function: Function) -> Iterator[tuple[str, Mapping[str, object]]]:
    """The arguments a model fills in, as JSON schema properties."""
    for argument in (*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs):
        annotation = ast.unparse(argument.annotation) if argument.annotation else ""
        if argument.arg not in ("self", "cls") and not _INJECTED.search(annotation):
            yield argument.arg, _property(argument.annotation)


def _property(annotation: ast.expr | None) -> Mapping[str, object]:
    """The JSON schema of one annotation, as far as it can be read."""
    match annotation:
        case ast.Name(id=name):
            return {"type": _TYPES.get(name, "string")} if name in _TYPES or name in ("Path", "EmailStr") else {}
        case ast.Subscript(value=value, slice=inner):
            return _subscript(called_name(value).rpartition(".")[2], inner)
        case ast.BinOp(op=ast.BitOr(), left=left, right=ast.Constant(value=None)):
            return _property(left)
        case ast.Attribute(attr="Path"):
            return {"type": "string"}
        case _:
            return {}


def _subscript(name: str, inner: ast.expr) -> Mapping[str, object]:
    """The JSON schema of ``Literal[...]``, ``Optional[...]``, ``Annotated[...]`` and lists."""
    if name == "Literal":
        items = inner.elts if isinstance(inner, ast.Tuple) else [inner]
        return {"enum": [item.value for item in items if isinstance(item, ast.Constant)]}
    if name == "Optional":
        return _property(inner)
    if name == "Annotated" and isinstance(inner, ast.Tuple) and inner.elts:
        return _property(inner.elts[0])
    return {"type": _TYPES[name.lower()]} if name.lower() in _TYPES else {}


def _touches(function: Function) -> Iterator[tuple[str, str]]:
    """Calls in the body that tell what the function does, with the kind of tool that does such things."""
    for node in ast.walk(function):
        if isinstance(node, ast.Call) and not any(isinstance(part, ast.Call) for part in ast.walk(node.func)):
            name = called_name(node)
            kind = _CALLS.get(name) or (_TOUCHES.get(name.partition(".")[0]) if "." in name else None)
            if kind:
                yield name, kind
