"""Tools that agent libraries bring along, agents used as tools, handoffs, and MCP servers named in code."""

import ast
import re

from remit.charter.importers.mcp import shown_command
from remit.charter.importers.mcp_servers import quoted
from remit.charter.importers.offered import OfferedTool
from remit.charter.importers.python_functions import called_name, keyword_values, text_of

__all__ = ["agent_tool", "handoff_tool", "ready_made", "server_note"]

# constructor -> the name the model sees, kind. Sources: OpenAI Agents SDK "Tools", LangChain community tools.
_READY_MADE = {
    "WebSearchTool": ("web_search", "http"),
    "FileSearchTool": ("file_search", "files"),
    "CodeInterpreterTool": ("code_interpreter", "shell"),
    "ComputerTool": ("computer_use_preview", "browser"),
    "LocalShellTool": ("local_shell", "shell"),
    "ApplyPatchTool": ("apply_patch", "files"),
    "ImageGenerationTool": ("image_generation", "http"),
    "ShellTool": ("shell", "shell"),
    "PythonREPLTool": ("Python_REPL", "shell"),
    "TavilySearchResults": ("tavily_search_results_json", "http"),
    "TavilySearch": ("tavily_search", "http"),
    "DuckDuckGoSearchRun": ("duckduckgo_search", "http"),
    "WikipediaQueryRun": ("wikipedia", "http"),
    "ReadFileTool": ("read_file", "files"),
    "WriteFileTool": ("write_file", "files"),
    "ListDirectoryTool": ("list_directory", "files"),
    "DeleteFileTool": ("file_delete", "files"),
    "RequestsGetTool": ("requests_get", "http"),
    "RequestsPostTool": ("requests_post", "http"),
    "GmailSendMessage": ("send_gmail_message", "email"),
}
_NOT_A_NAME = re.compile(r"[^a-z0-9_]")


def ready_made(call: ast.Call, name: str) -> OfferedTool | None:
    """A tool a library brings along, or ``None``."""
    known = _READY_MADE.get(name.rpartition(".")[2])
    if known is None:
        return None
    tool, kind = known
    return OfferedTool(
        name=text_of(keyword_values(call).get("name")) or tool,
        origin=f"ready-made tools ({name.rpartition('.')[2]})",
        schema={},
        kind=kind,
        kind_is_certain=True,
        remarks=(f"held in line {call.lineno}",),
    )


def agent_tool(call: ast.Call, name: str) -> OfferedTool | None:
    """An agent used as a tool (``agent.as_tool(tool_name=...)``), or ``None``."""
    if not name.endswith(".as_tool"):
        return None
    options = keyword_values(call)
    return OfferedTool(
        name=text_of(options.get("tool_name")) or _function_style(name.removesuffix(".as_tool")),
        origin="agents used as tools",
        description=text_of(options.get("tool_description")),
        schema={},
        kind="agents",
        kind_is_certain=True,
        remarks=(f"line {call.lineno}: another agent does the work, with the tools it holds itself",),
    )


def handoff_tool(node: ast.expr, target: ast.expr) -> OfferedTool | None:
    """The tool by which a run is handed to another agent, or ``None`` when the agent has no name in the source.

    The name is the one the OpenAI Agents SDK gives it: ``transfer_to_`` and the agent's name.
    """
    options = keyword_values(node) if isinstance(node, ast.Call) else {}
    agent = text_of(keyword_values(target).get("name")) if isinstance(target, ast.Call) else ""
    if isinstance(target, ast.Name) and not agent:
        agent = target.id
    name = text_of(options.get("tool_name_override")) or (_function_style(f"transfer_to_{agent}") if agent else "")
    if not name or (isinstance(target, ast.Call) and "Agent" not in called_name(target)):
        return None
    return OfferedTool(
        name=name,
        origin="handoffs",
        description=text_of(options.get("tool_description_override")),
        schema={},
        kind="agents",
        kind_is_certain=True,
        remarks=(f"line {node.lineno}: the other agent carries on, with the tools it holds itself",),
    )


def server_note(node: ast.expr, source: str) -> str:
    """What to do about an MCP server an agent is given."""
    name = called_name(node).rpartition(".")[2]
    options = keyword_values(node) if isinstance(node, ast.Call) else {}
    params = options.get("params")
    if name == "MCPServerStdio" and isinstance(params, ast.Dict):
        values = {text_of(key): value for key, value in zip(params.keys, params.values, strict=True) if key is not None}
        command = text_of(values.get("command"))
        arguments = values.get("args")
        words = [text_of(item) for item in arguments.elts] if isinstance(arguments, ast.List) else []
        if command and all(words):
            shown = shown_command([command, *words])
            return f"line {node.lineno}: an MCP server was not started: add its tools with --mcp {quoted(shown)}"
    return f"line {node.lineno}: the tools of the MCP server `{source}` are not granted: add them with --mcp"


def _function_style(text: str) -> str:
    """A name the way the SDK spells a function's."""
    return _NOT_A_NAME.sub("_", text.replace(" ", "_").lower())
