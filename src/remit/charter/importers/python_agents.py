"""A first charter from a Python module that builds agents (OpenAI Agents SDK, LangGraph), read without running it.

Looks for ``Agent(tools=, handoffs=, mcp_servers=)``, ``create_react_agent``, ``create_agent``, ``ToolNode`` and
``bind_tools``, follows names within the file to functions and lists, and says with its line what it could not follow.
"""

import ast
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from remit.charter.importers.drafting import Draft
from remit.charter.importers.escaping import one_line, slug
from remit.charter.importers.offered import OfferedTool, grants_of, with_an_outcome
from remit.charter.importers.python_functions import (
    Function,
    called_name,
    is_tool,
    keyword_values,
    offered_function,
    text_of,
)
from remit.charter.importers.python_ready_made import agent_tool, handoff_tool, ready_made, server_note
from remit.charter.importers.source_file import read_text
from remit.errors import CharterSchemaError, CharterSyntaxError
from remit.finding import Where

__all__ = ["draft_from_python"]

_DEEPEST = 8  # names followed one after the other
_TOOL_LISTS = {
    "create_react_agent": 1,
    "create_agent": 1,
    "ToolNode": 0,
    "bind_tools": 0,
    "Agent": None,
    "SandboxAgent": None,
}


@dataclass(slots=True, kw_only=True)
class _Module:
    """What a module defines: functions, assignments and imports by name, calls in order."""

    file: str
    functions: dict[str, Function] = field(default_factory=dict)
    assigned: dict[str, list[ast.expr]] = field(default_factory=dict)
    imported: dict[str, str] = field(default_factory=dict)
    calls: list[ast.Call] = field(default_factory=list)


@dataclass(slots=True, kw_only=True)
class _Found:
    """What the agents of a module hold."""

    tools: list[OfferedTool] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)

    def add(self, tool: OfferedTool) -> None:
        """Keep a tool once, whichever agent holds it."""
        if all(tool.name != kept.name for kept in self.tools):
            self.tools.append(tool)


def draft_from_python(path: Path) -> Draft:
    """A first charter from a module's source.

    Raises ``CharterSyntaxError`` when it is not Python and ``CharterSchemaError`` when it defines no tool and no
    agent.
    """
    module = _module(path, _parsed(path))
    found = _Found()
    builders = [call for call in module.calls if called_name(call).rpartition(".")[2] in _TOOL_LISTS]
    for call in builders:
        _read_builder(call, module, found)
    found.notes.extend(_later_changes(module))
    held = {tool.name for tool in found.tools}
    for function in module.functions.values():
        if is_tool(function):
            tool = offered_function(function, file=module.file)
            if not builders:
                found.add(tool)
            elif tool.name not in held:
                found.notes.append(f"`{function.name}` (line {function.lineno}) is held by no agent here: not granted")
    if not found.tools and not found.notes:
        raise CharterSchemaError(
            f"`{one_line(str(path), limit=120)}` defines no tool and no agent that can be read without running it",
            code="init.source.schema",
            hint="tools are found in Agent(tools=[...]), create_react_agent, ToolNode, bind_tools, @function_tool",
            where=Where(file=str(path), line=1),
        )
    grants, notes = grants_of(found.tools)
    names = [text_of(keyword_values(call).get("name")) for call in builders]
    return Draft(
        name=slug(next((name for name in names if name), path.stem), fallback="agent"),
        sources=(
            f"The tools are those of the agents in {module.file}, read without running it",
            "What a function really does was not looked at beyond the calls it names: check each one.",
            "Reading is granted; what changes things asks `owner` first. Loosen that tool by tool, once you know it.",
        ),
        grants=with_an_outcome(grants),
        notes=tuple(dict.fromkeys((*found.notes, *notes))),
    )


def _parsed(path: Path) -> ast.Module:
    """The module's syntax tree; its warnings are nobody's business here."""
    text = read_text(path)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            return ast.parse(text)
    except SyntaxError as problem:
        where = Where(file=str(path), line=problem.lineno or 1, column=max(problem.offset or 1, 1))
        message = f"this is not Python: {one_line(problem.msg, limit=100)}"
    except (ValueError, RecursionError, MemoryError):
        where, message = Where(file=str(path), line=1), "this is not Python that can be read"
    raise CharterSyntaxError(message, code="init.source.unreadable", where=where)


def _module(path: Path, tree: ast.Module) -> _Module:
    """Every definition of a module, whatever its scope: names are followed, not run."""
    module = _Module(file=one_line(path.name, limit=120))
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                module.functions.setdefault(node.name, node)
            case ast.Assign(targets=[ast.Name(id=name)], value=value):
                module.assigned.setdefault(name, []).append(value)
            case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
                module.assigned.setdefault(name, []).append(value)
            case ast.ImportFrom():
                module.imported.update({alias.asname or alias.name: node.module or "." for alias in node.names})
            case ast.Import():
                module.imported.update({alias.asname or alias.name: alias.name for alias in node.names})
            case ast.Call():
                module.calls.append(node)
    module.calls.sort(key=lambda call: (call.lineno, call.col_offset))
    return module


def _read_builder(call: ast.Call, module: _Module, found: _Found) -> None:
    """The tools, handoffs and servers of one call that builds an agent."""
    options = keyword_values(call)
    position = _TOOL_LISTS[called_name(call).rpartition(".")[2]]
    listed = options.get("tools")
    if listed is None and position is not None and len(call.args) > position:
        listed = call.args[position]
    if listed is not None:
        for item in _items(listed, module, found, _DEEPEST):
            _read_tool(item, module, found)
    if "handoffs" in options:
        for item in _items(options["handoffs"], module, found, _DEEPEST):
            _read_handoff(item, module, found)
    if "mcp_servers" in options:
        for item in _items(options["mcp_servers"], module, found, _DEEPEST):
            found.notes.append(server_note(item, one_line(ast.unparse(item), limit=80)))
    if "**" in options:
        found.notes.append(f"line {call.lineno}: arguments from `**{_source(options['**'])}` were not followed")


def _later_changes(module: _Module) -> Iterator[str]:
    """Calls that add to an agent after it was built (``agent.handoffs.append(other)``), which are not followed."""
    for call in module.calls:
        *_, holder, verb = ("", "", *called_name(call).split("."))
        if holder in ("tools", "handoffs", "mcp_servers") and verb in ("append", "extend", "insert"):
            yield f"line {call.lineno}: `{_source(call)}` adds to an agent later: it is not granted"


def _items(node: ast.expr, module: _Module, found: _Found, depth: int) -> Iterator[ast.expr]:
    """The elements of a list, through names, ``+`` and ``*``; what cannot be followed becomes a note."""
    match node:
        case ast.List(elts=elements) | ast.Tuple(elts=elements):
            for element in elements:
                if isinstance(element, ast.Starred):
                    yield from _items(element.value, module, found, depth - 1)
                else:
                    yield _followed(element, module, depth)
        case ast.BinOp(op=ast.Add(), left=left, right=right):
            yield from _items(left, module, found, depth - 1)
            yield from _items(right, module, found, depth - 1)
        case ast.Name(id=name) if depth > 0 and len(module.assigned.get(name, ())) == 1:
            yield from _items(module.assigned[name][0], module, found, depth - 1)
        case ast.Call() if called_name(node).rpartition(".")[2] == "ToolNode":
            return  # a ToolNode is read where it is built
        case ast.Constant(value=None):
            return
        case _:
            found.notes.append(
                f"line {node.lineno}: `{_source(node)}` could not be followed: its tools are not granted"
            )


def _followed(node: ast.expr, module: _Module, depth: int) -> ast.expr:
    """What a name was assigned, when that is written once in the file; otherwise the node itself."""
    for _ in range(max(depth, 0)):
        if not isinstance(node, ast.Name) or node.id in module.functions or len(module.assigned.get(node.id, ())) != 1:
            break
        node = module.assigned[node.id][0]
    return node


def _read_tool(node: ast.expr, module: _Module, found: _Found) -> None:
    """One element of a tool list."""
    name = called_name(node)
    function = module.functions.get(name)
    if isinstance(node, ast.Name) and function is not None:
        found.add(offered_function(function, file=module.file))
        return
    if isinstance(node, ast.Call):
        wrapped = (
            module.functions.get(called_name(node.args[0]))
            if node.args and name.endswith(("function_tool", "tool"))
            else None
        )
        tool = (
            offered_function(wrapped, file=module.file) if wrapped else ready_made(node, name) or agent_tool(node, name)
        )
        if tool is not None:
            found.add(tool)
            return
    origin = module.imported.get(name.partition(".")[0])
    reason = f"comes from `{one_line(origin, limit=60)}`" if origin else "could not be followed"
    found.notes.append(f"line {node.lineno}: the tool `{_source(node)}` {reason}: it is not granted")


def _read_handoff(node: ast.expr, module: _Module, found: _Found) -> None:
    """One element of a handoff list: the agent it leads to."""
    target = node
    if isinstance(node, ast.Call) and called_name(node).rpartition(".")[2] == "handoff":
        target = keyword_values(node).get("agent") or (node.args[0] if node.args else node)
        target = _followed(target, module, _DEEPEST)
    tool = handoff_tool(node, target)
    if tool is None:
        found.notes.append(
            f"line {node.lineno}: the handoff `{_source(node)}` could not be followed: it is not granted"
        )
    else:
        found.add(tool)


def _source(node: ast.expr) -> str:
    """A piece of source, short and on one line."""
    return one_line(ast.unparse(node), limit=80)
