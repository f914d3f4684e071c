"""The roles that hold an agent and the words for them, of ``roles.toml``: the one table that prompts are read by."""

from __future__ import annotations

import re
import tomllib
from importlib.resources import files

__all__ = ["DOES", "DONE", "MENTIONED", "ORDERED"]

_ROWS = tomllib.loads((files("remit.monitor.prompts") / "roles.toml").read_text(encoding="utf-8"))["role"]
_DOUBLED = re.compile(r"(?:^|[^aeiou])[aeiou][bdgkmnpt]\Z")


def _does(verb: str) -> str:
    """A verb as one says it of one, of many, and of what may or will be (``ends``, ``end``)."""
    return f"{verb}(?:es)?" if verb.endswith(("s", "sh", "ch", "x")) else f"{verb}s?"


def _done(verb: str) -> str:
    """A verb as one says it of what it is done to (``ended``, ``stopped``)."""
    if verb[-1] == "e":
        return f"{verb}d"
    return f"{verb}{verb[-1]}ed" if len(verb) < 5 and _DOUBLED.search(verb) else f"{verb}ed"


MENTIONED = tuple(
    (row["effect"], re.compile(rf"(?<![-\w])(?:{'|'.join(row['verbs'])})(?![-\w])", re.IGNORECASE)) for row in _ROWS
)
"""What a clause says others do, by its words, and what acting against it is an effect on; the first that fits."""
_HOLDS = {row["effect"]: row["holds"].split() for row in _ROWS if "holds" in row}
DOES = {effect: f"(?:{'|'.join(map(_does, verbs))})" for effect, verbs in _HOLDS.items()}
DONE = {effect: f"(?:{'|'.join(map(_done, verbs))})" for effect, verbs in _HOLDS.items()}
"""The verbs by which something with a name holds the agent, as a part of an expression: in active and in passive."""
ORDERED = re.compile(
    rf"\W*(?:(?:please|always|then|first|also),? )?(?:{'|'.join(verb for verbs in _HOLDS.values() for verb in verbs)}) "
    r"(?!\w+s (?:the|an?|each|every|any|your|all)\b)(?!.*\b(?:may|can|must|is|are|was|were|will|has|have|gets?)\b)",
    re.IGNORECASE,
)
"""How a sentence begins that orders the reader to do such a thing: that is nothing others do (``Keep it short``)."""
