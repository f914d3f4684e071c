"""One permission rule of Claude Code (``Bash(npm run test:*)``) as a grant or a limit of a charter.

Where a rule cannot be said exactly, a grant is made narrower than the rule and a limit wider: the draft never allows
more than the settings did.
"""

import fnmatch
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Literal

from remit.charter.importers.drafting import OWNER, DraftArgument, DraftGrant, DraftLimit
from remit.charter.importers.escaping import is_plain_name, one_line
from remit.charter.importers.inference import Claims, Reach, effects_of, kind_guess, reach_of
from remit.charter.kinds import tool_kind
from remit.errors import CharterSchemaError
from remit.finding import Where

__all__ = ["ClaudeRule", "grants_of", "limits_of", "parse_rule"]

_RULE = re.compile(r"(?P<tool>[A-Za-z_][A-Za-z0-9_.:*-]*)(?:\((?P<spec>.*)\))?", re.DOTALL)
_TOOLS: dict[str, tuple[str, str, str]] = {  # tool -> kind, the argument a rule speaks of, effect
    "Bash": ("shell", "command", "data.write"),
    "PowerShell": ("shell", "command", "data.write"),
    "Read": ("files", "file_path", "info.files"),
    "Glob": ("files", "path", "info.files"),
    "Grep": ("files", "path", "info.files"),
    "LS": ("files", "path", "info.files"),
    "NotebookRead": ("files", "notebook_path", "info.files"),
    "Edit": ("files", "file_path", "data.write"),
    "Write": ("files", "file_path", "data.write"),
    "MultiEdit": ("files", "file_path", "data.write"),
    "NotebookEdit": ("files", "notebook_path", "data.write"),
    "WebFetch": ("http", "url", "info.http"),
    "WebSearch": ("http", "query", "info.http"),
    "Task": ("agents", "subagent_type", "agent.spawn"),
    "Agent": ("agents", "subagent_type", "agent.spawn"),
}
_PATHLESS = ("Write", "MultiEdit", "NotebookEdit", "Glob")  # Claude Code reads path rules of Edit and Read only
_PLAIN = r"[^;&|`$<>\n]*"  # the rest of one plain command
_SPECIAL = re.compile(r"([\\.^$*+?{}\[\]|()])")


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaudeRule:
    """A rule as written: the tool, what stands in its parentheses (``None``: nothing), and where."""

    text: str
    tool: str
    spec: str | None
    verdict: Literal["allow", "ask", "deny"]
    where: Where

    @property
    def origin(self) -> str:
        """The rule and its line, for a comment."""
        return f"from `{one_line(self.text, limit=100)}` in `{self.verdict}`, line {self.where.line}"

    @property
    def is_family(self) -> bool:
        """Whether it names more than one tool: a pattern, or an MCP server without a tool of it (``mcp__github``)."""
        whole_server = self.tool.startswith("mcp__") and self.tool.count("__") == 1
        return "*" in self.tool or whole_server or not is_plain_name(self.tool)

    def forbids_family_of(self, tool: str) -> bool:
        """Whether it denies a family of tools that ``tool`` belongs to."""
        pattern = self.tool if "*" in self.tool else f"{self.tool}__*"
        return self.verdict == "deny" and self.is_family and fnmatch.fnmatchcase(tool, pattern)


def parse_rule(text: str, *, verdict: str, where: Where) -> ClaudeRule:
    """Read one rule. Raises ``CharterSchemaError`` for a text that is no rule."""
    found = _RULE.fullmatch(text.strip())
    if found is None or verdict not in ("allow", "ask", "deny") or len(text) > 1000:
        raise CharterSchemaError(
            f"`{one_line(text, limit=80)}` is not a permission rule",
            code="init.source.schema",
            hint="rules are written `Tool` or `Tool(what)`, for example `Bash(npm run test:*)`",
            where=where,
        )
    spec = found["spec"]
    word: Literal["allow", "ask", "deny"] = "allow" if verdict == "allow" else "ask" if verdict == "ask" else "deny"
    return ClaudeRule(
        text=text, tool=found["tool"], spec=None if spec in (None, "", "*") else spec, verdict=word, where=where
    )


def grants_of(rule: ClaudeRule) -> Iterator[DraftGrant | str]:
    """The grants for an allow or ask rule (``Edit`` rules cover ``Write``), or the words for what was not granted."""
    for tool in _covered(rule):
        yield _grant_of(replace(rule, tool=tool))


def limits_of(rule: ClaudeRule) -> Iterator[DraftLimit]:
    """The limits for a deny rule on tools with a name of their own."""
    if not rule.is_family:
        for tool in _covered(rule):
            yield _limit_of(replace(rule, tool=tool))


def _covered(rule: ClaudeRule) -> tuple[str, ...]:
    """The tools a rule speaks of: Claude Code reads `Edit` rules for everything that edits files."""
    return ("Edit", "Write") if rule.tool == "Edit" else (rule.tool,)


def _grant_of(rule: ClaudeRule) -> DraftGrant | str:
    """The grant for an allow or ask rule, or the words for what could not be granted."""
    if rule.is_family:
        return f"{rule.origin} names every tool that matches: run `remit init --mcp` on the server to name each tool"
    if rule.tool not in _TOOLS:
        return _foreign_grant(rule)
    kind, argument, effect = _TOOLS[rule.tool]
    if rule.tool in _PATHLESS and rule.spec is not None and not rule.text.startswith("Edit"):
        return f"{rule.origin} is not granted: Claude Code reads path rules of `Edit` and `Read` only"
    args: tuple[DraftArgument, ...] = ()
    if rule.spec is not None:
        constraint = _constraint(kind, rule.spec)
        if constraint is None:
            return f"{rule.origin} could not be translated and is not granted"
        args = (DraftArgument(name=argument, constraint=constraint, note=_note(kind, rule.spec)),)
    remarks = ("any command at all: narrow it, or ask first",) if kind == "shell" and not args else ()
    return DraftGrant(
        tool=rule.tool,
        origin=rule.origin,
        kind=kind,
        args=args,
        ask=(OWNER,) if rule.verdict == "ask" else (),
        ask_note="as Claude Code does" if rule.verdict == "ask" else "",
        effects=(effect,),
        remarks=remarks,
    )


def _limit_of(rule: ClaudeRule) -> DraftLimit:
    """The limit for a deny rule on one tool."""
    why = f"line {rule.where.line} of the settings denies {one_line(rule.text, limit=100)}"
    if rule.spec is None:
        return DraftLimit(tool=rule.tool, why=why)
    kind, argument, _effect = _TOOLS.get(rule.tool, (tool_kind(rule.tool) or "", "", ""))
    pattern = _denied(kind, rule.spec)
    if pattern is None or not argument:
        return DraftLimit(tool=rule.tool, why=f"{why}; the rule could not be translated, so the whole tool is denied")
    quoted = pattern.replace("\\", "\\\\").replace('"', '\\"')
    return DraftLimit(tool=rule.tool, when=f'call.args.{argument}.matches("{quoted}")', why=why)


def _foreign_grant(rule: ClaudeRule) -> DraftGrant | str:
    """The grant for a tool Claude Code did not bring along: an MCP server's, or one remit does not know."""
    if rule.spec is not None:
        return f"{rule.origin} could not be translated and is not granted"
    name = rule.tool.rpartition("__")[2]
    server = rule.tool.split("__")[1] if rule.tool.startswith("mcp__") else ""
    kind = kind_guess(name, common=tool_kind(server) if server else None)
    reach = reach_of(name, Claims(), kind=kind)
    asks = rule.verdict == "ask" or reach is Reach.DESTROYS or kind in ("payments", "email", "chat")
    changed = rule.verdict == "allow" and asks
    return DraftGrant(
        tool=rule.tool,
        origin=rule.origin,
        kind=kind,
        kind_note="" if kind else "not told by the name: say which kind of tool this is",
        ask=(OWNER,) if asks else (),
        ask_note="the settings do not ask; this draft does, since it cannot be undone" if changed else "",
        effects=effects_of(name, kind=kind, reach=reach),
        remarks=("a server can change this tool: `remit init --mcp` writes the digest that pins it",) if server else (),
    )


def _constraint(kind: str, spec: str) -> dict[str, object] | None:
    """The constraint that allows no more than the rule."""
    if kind == "shell":
        pattern = _command_pattern(spec)
        return {"equals": spec} if pattern is None else {"matches": pattern} if len(pattern) <= 500 else None
    if kind == "files":
        return _path_constraint(spec)
    if kind == "http" and spec.startswith("domain:"):
        domain = spec.removeprefix("domain:").strip()
        return {"domain": domain} if domain and domain != "*" else None
    return {"equals": spec} if kind == "agents" else None


def _command_pattern(spec: str) -> str | None:
    """A rule on commands as a pattern for one plain command; ``None`` when it names exactly one command."""
    if spec.endswith((":*", " *")) and "*" not in spec[:-2]:
        return f"{_escaped(spec[:-2])}( {_PLAIN})?"
    if "*" not in spec:
        return None
    return _PLAIN.join(_escaped(piece) for piece in spec.split("*"))


def _path_constraint(spec: str) -> dict[str, object] | None:
    """A rule on paths (gitignore patterns) as a folder, and a pattern where the last part is one."""
    path = _anchored(spec)
    folder, _, last = path.rpartition("/")
    if last in ("**", "*"):
        return {"under": folder or "/"} if "*" not in folder else None
    if "*" not in path:
        return {"under": path}
    if "*" in last and "**/" not in last:
        folder = folder.removesuffix("/**") or "."
        if "*" not in folder:
            return {
                "under": folder,
                "matches": ".*" + "[^/]*".join(_escaped(piece) for piece in last.lstrip("*").split("*")),
            }
    return None


def _anchored(spec: str) -> str:
    """A path pattern the way a shell would write it: ``//x`` is absolute, ``/x`` and ``x`` are the project's."""
    if spec.startswith("//"):
        return spec[1:]
    if spec.startswith(("./", "~", "../")):
        return spec
    return "./" + spec.lstrip("/")


def _denied(kind: str, spec: str) -> str | None:
    """A pattern that finds at least what the rule forbids, anywhere in the argument."""
    if kind == "shell":
        words = spec.removesuffix(":*").removesuffix(" *")
        return rf"(^|[^A-Za-z0-9_.-]){'.*'.join(_escaped(piece) for piece in words.split('*'))}([^A-Za-z0-9_.-]|$)"
    if kind == "files":
        tail = spec.lstrip("~./").removesuffix("/**").removesuffix("/*").removeprefix("**/")
        lead = "." if re.match(r"(\./|~/|/|\*\*/)*\.[A-Za-z]", spec) else ""
        pieces = (lead + tail).replace("**/", "*").split("*")
        return rf"(^|/){'.*'.join(_escaped(piece) for piece in pieces)}(/|$)" if tail else None
    if kind == "http" and spec.startswith("domain:"):
        domain = _escaped(spec.removeprefix("domain:").removeprefix("*."))
        return rf"(^|[/.@]){domain}([:/?#]|$)"
    return None


def _escaped(text: str) -> str:
    """``text`` as a pattern that finds exactly it."""
    return _SPECIAL.sub(r"\\\1", text)


def _note(kind: str, spec: str) -> str:
    """What a constraint leaves out."""
    if kind == "shell" and "*" in spec:
        return "one plain command: no `;`, `|`, `&`, `$`, backquote or redirection"
    return ""
