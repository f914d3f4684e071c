"""A first charter from a Claude Code settings file: ``permissions``, ``mcpServers``, ``env``.

What Claude Code decides: deny beats ask beats allow; what no rule names is put to the person at the keyboard. The
draft keeps that order: deny becomes a limit, ask a grant with an overseer, allow a grant; what no rule names is not
granted. Source: the Claude Code documentation, pages "Configure permissions" and "Settings".
"""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from remit.charter.importers.claude_precedence import stepping_aside
from remit.charter.importers.claude_rules import ClaudeRule, grants_of, limits_of, parse_rule
from remit.charter.importers.drafting import OWNER, Draft, DraftArgument, DraftCredential, DraftGrant, DraftLimit
from remit.charter.importers.escaping import one_line, slug
from remit.charter.importers.mcp_servers import looks_secret, server_notes
from remit.charter.importers.offered import with_an_outcome
from remit.charter.importers.source_file import SourceDocument, read_json

__all__ = ["draft_from_claude"]

_READERS = ("Read", "Glob", "Grep")
_WITHOUT_AUTHORITY = frozenset(
    "$schema model cleanupPeriodDays includeCoAuthoredBy outputStyle statusLine spinnerTipsEnabled forceLoginMethod "
    "language theme verbose alwaysThinkingEnabled attribution permissions env mcpServers".split()
)
_ENVIRONMENT_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


def draft_from_claude(path: Path) -> Draft:
    """A first charter from a settings file (``.claude/settings.json`` or an ``.mcp.json``).

    Raises ``CharterSyntaxError`` when it is no JSON object and ``CharterSchemaError`` when a part has another shape
    than Claude Code's, with file and line.
    """
    document = read_json(path)
    permissions = document.mapping("permissions", document.values.get("permissions", {}))
    rules = list(_rules(document, permissions))
    grants, limits, notes = _translated(rules, list(_implicit(document, permissions, rules)))
    notes.extend(_mode_notes(permissions, rules))
    notes.extend(server_notes(document))
    notes.extend(_other_settings(document))
    folder = path.resolve().parent
    project = folder.parent if folder.name == ".claude" else folder
    return Draft(
        name=slug(project.name, fallback="coding-agent"),
        sources=(
            f"The grants are those of the Claude Code settings in {one_line(str(path), limit=120)}",
            "Claude Code asks the person at the keyboard about what no rule names; this charter denies it instead.",
        ),
        grants=with_an_outcome(grants),
        limits=tuple(limits),
        credentials=tuple(_credentials(document)),
        notes=tuple(notes),
        reads=(".", *_folders(document, permissions)),
        writes=_writable(grants),
        facts={"writes_code": True},
    )


def _translated(
    rules: list[ClaudeRule], implicit: list[DraftGrant]
) -> tuple[list[DraftGrant], list[DraftLimit], list[str]]:
    """The grants, limits and notes the rules come to; a limit on a tool nobody is granted is only a note."""
    asks = [rule for rule in rules if rule.verdict == "ask"]
    grants = [stepping_aside(grant, None, asks) for grant in implicit]
    limits, notes = list[DraftLimit](), list[str]()
    for rule in rules:
        for made in grants_of(rule) if rule.verdict != "deny" else ():
            if isinstance(made, str):
                notes.append(made)
            else:
                grants.append(stepping_aside(made, rule, asks))
    denials = [rule for rule in rules if rule.verdict == "deny"]
    grants = [grant for grant in _merged(grants) if not any(rule.forbids_family_of(grant.tool) for rule in denials)]
    held = {grant.tool for grant in grants}
    for rule in denials:
        made_limits = [limit for limit in limits_of(rule) if limit.tool in held]
        limits.extend(made_limits)
        if not made_limits:
            notes.append(f"{rule.origin}: nothing of it is granted, so there is nothing to forbid")
    return grants, limits, notes


def _rules(document: SourceDocument, permissions: Mapping[str, object]) -> Iterator[ClaudeRule]:
    """Every rule of the three lists, with its place."""
    for verdict in ("allow", "ask", "deny"):
        place = f"permissions.{verdict}"
        for number, item in enumerate(document.sequence(place, permissions.get(verdict, []))):
            text = document.text(f"{place}.{number}", item)
            yield parse_rule(text, verdict=verdict, where=document.place(f"{place}.{number}"))


def _implicit(
    document: SourceDocument, permissions: Mapping[str, object], rules: list[ClaudeRule]
) -> Iterator[DraftGrant]:
    """What Claude Code lets through without a rule: reading the project, and editing it as the mode says."""
    named = {rule.tool for rule in rules if rule.spec is None}
    hidden = any(rule.tool == "Read" and rule.verdict == "deny" for rule in rules)
    folders = [".", *_folders(document, permissions)]
    for tool in _READERS:
        if tool not in named:
            yield DraftGrant(
                tool=tool,
                origin="Claude Code reads in its working directory without a rule and without asking",
                kind="files",
                args=(DraftArgument(name="file_path" if tool == "Read" else "path", constraint={"under": folders}),),
                ask=(OWNER,) if hidden and tool == "Grep" else (),
                ask_note="it could find text in files the settings deny",
                effects=("info.files",),
            )
    if any(rule.tool in ("Edit", "Write") and rule.verdict != "deny" for rule in rules):
        return
    mode = permissions.get("defaultMode", "default")
    if mode == "plan":
        return
    accepts = mode in ("acceptEdits", "bypassPermissions")
    for tool in ("Edit", "Write"):
        yield DraftGrant(
            tool=tool,
            origin=f"no rule names it: `defaultMode` `{one_line(str(mode), limit=40)}` "
            + ("accepts edits without asking" if accepts else "asks the person at the keyboard"),
            kind="files",
            args=(DraftArgument(name="file_path", constraint={"under": folders}),),
            ask=() if accepts else (OWNER,),
            ask_note="" if accepts else "as Claude Code does",
            effects=("data.write",),
        )


def _folders(document: SourceDocument, permissions: Mapping[str, object]) -> list[str]:
    """The folders opened beside the project."""
    place = "permissions.additionalDirectories"
    return document.texts(place, permissions.get("additionalDirectories", []))


def _writable(grants: list[DraftGrant]) -> tuple[str, ...]:
    """The paths the edit grants speak of: what the run needs to write, and no more."""
    edits = [argument.constraint.get("under") for grant in grants if grant.tool == "Edit" for argument in grant.args]
    paths = [path for under in edits for path in (under if isinstance(under, list) else [under])]
    unbounded = any(grant.tool == "Edit" and not grant.args for grant in grants)
    return (".",) if unbounded else tuple(dict.fromkeys(str(path) for path in paths if path))


def _merged(grants: list[DraftGrant]) -> list[DraftGrant]:
    """The grants without one that repeats an earlier one's authority."""
    kept: list[DraftGrant] = []
    for grant in grants:
        if not any((grant.tool, grant.args, grant.ask) == (other.tool, other.args, other.ask) for other in kept):
            kept.append(grant)
    return kept


def _mode_notes(permissions: Mapping[str, object], rules: list[ClaudeRule]) -> Iterator[str]:
    """What the permission mode would let through that a charter does not."""
    mode = permissions.get("defaultMode")
    if mode == "acceptEdits" and any(rule.tool == "Edit" and rule.verdict != "deny" for rule in rules):
        yield "`defaultMode: acceptEdits` accepts edits everywhere: here only the folders the rules name are granted"
    if mode == "bypassPermissions":
        yield "`defaultMode: bypassPermissions` lets every tool run unasked: a charter names each tool instead"
    elif mode not in (None, "default", "manual", "plan", "acceptEdits"):
        yield f"`defaultMode: {one_line(str(mode), limit=40)}` is not known to remit and changes nothing here"
    known = {"allow", "ask", "deny", "defaultMode", "additionalDirectories", "disableBypassPermissionsMode"}
    for key in permissions:
        if key not in known:
            yield f"`permissions.{one_line(key, limit=60)}` is not known to remit and was not looked at"


def _other_settings(document: SourceDocument) -> Iterator[str]:
    """Top-level settings that were not translated."""
    for key, value in document.values.items():
        line = document.place(key).line
        if key == "hooks" and isinstance(value, dict):
            yield (
                f"`hooks` (line {line}) run commands on {', '.join(one_line(k, limit=30) for k in value)}: "
                "they act with your rights, outside any charter"
            )
        elif key not in _WITHOUT_AUTHORITY:
            yield f"`{one_line(key, limit=60)}` (line {line}) was not translated: see whether it opens anything"


def _credentials(document: SourceDocument) -> Iterator[DraftCredential]:
    """Environment variables whose names say they are secrets, in ``env`` and in each server's ``env``; never values."""
    seen: set[str] = set()
    tables = [("env", "", document.values.get("env", {}))]
    servers = document.mapping("mcpServers", document.values.get("mcpServers", {}))
    for name, server in servers.items():
        table = document.mapping(f"mcpServers.{name}", server).get("env", {})
        tables.append((f"mcpServers.{name}.env", slug(name, fallback="server"), table))
    for place, holder, table in tables:
        for name in document.mapping(place, table):
            charter_name = slug(name, fallback="secret").replace("-", "_")
            if looks_secret(name) and _ENVIRONMENT_NAME.fullmatch(name) and charter_name not in seen:
                seen.add(charter_name)
                shown = one_line(place, limit=60)
                yield DraftCredential(
                    name=charter_name,
                    source=f"broker:{holder}" if holder else f"env:{name}",
                    note=f"{name} in {shown}: the server holds it, not the agent" if holder else f"set in {shown}",
                )
