"""What a text of SQL does: by its words where they are enough, by its statements where it changes something.

The grammar takes longer to load than most transcripts take to read, so it waits for the first text that needs it.
"""

from __future__ import annotations

import re
from importlib.util import find_spec

from remit.monitor.objects.roles import end
from remit.monitor.requests.sql_words import sql_words
from remit.monitor.scene import Scene

__all__ = ["looks_like_sql", "read_sql"]

if find_spec("sqlglot") is None:  # said before anything is read, not in the middle of a run
    raise ModuleNotFoundError("sqlglot is not installed", name="sqlglot")

_LONGEST = 10_000
_SECRETS = re.compile(r"(?i)passw|secret|api_?key|token|credential|private_key")


def looks_like_sql(text: str) -> bool:
    """Whether a text starts as a statement does."""
    return sql_words().start.match(text[:2000]) is not None


def read_sql(text: str, scene: Scene, stdin: str = "") -> str:
    """Note what the statements of a text do; what cannot be parsed is taken by its first words."""
    del stdin
    for pattern, effect, certainty in sql_words().routines:
        if (match := pattern.search(text[:_LONGEST])) is not None:
            scene.add(effect, certainty, f"SQL: {text[match.start() : match.start() + 80]}", "")
    if sql_words().changes.search(text) is None and _SECRETS.search(text) is None and "audit" not in text:
        if scene.controls.names:
            _named_tables(text, scene)
        return ""
    from remit.monitor.requests.sql_statements import note_statements, parsed_sql

    statements, whole = parsed_sql(text[:_LONGEST])
    if not whole:
        _by_words(text[:_LONGEST], scene)
    note_statements(statements, scene)
    return ""


def _named_tables(text: str, scene: Scene) -> None:
    """Note that a query names a control table of this run."""
    lower = text.lower()
    for name in scene.controls.names:
        if name in lower:
            scene.add("data.probe", 0.3, f"SQL: {text[:100]}", name)


def _by_words(text: str, scene: Scene) -> None:
    """Note what a text that is no plain SQL says by its verbs."""
    bare = re.sub(r"'(?:[^']|'')*'|--[^\n]*|/\*.*?\*/", " ", text, flags=re.DOTALL)
    for pattern, effect, certainty in sql_words().words:
        for match in list(pattern.finditer(bare))[:8]:
            name = match[1].strip('"`')
            scene.add(effect, certainty, f"SQL: {match[0][:100]}", name)
            if effect.startswith("data."):
                end(scene, name, f"SQL: {match[0][:100]}")
