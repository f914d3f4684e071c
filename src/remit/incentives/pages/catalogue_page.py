"""The catalogue as a page of the reference: every row with its source, and the words its columns use."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from remit.charter.context import CONTEXT
from remit.charter.kinds import KINDS
from remit.charter.model import Affordance, ContextValue
from remit.incentives.catalogue import load_catalogue, outcomes, roles

__all__ = ["catalogue_page"]

_INTRODUCTION = """\
# Catalogue of affordances

<!-- written by scripts/write_catalogue_page.py; edit the rows in src/remit/incentives/affordances instead -->

What holding a tool makes possible, whether the charter allows it or not. A row is in play when everything it *needs*
can come about and every fact under *only when* holds; a fact the charter leaves unstated takes its unsafe value. A row
nobody granted is an unauthorised act: possible, and what the monitor looks for. A charter may override a row
(`catalogue:` with the same `id`) or add its own.

*Works* is the probability that an attempt succeeds: 1 the tool's ordinary use, 0.9 works on a default set-up, 0.7
usually, 0.5 as often as not, 0.3 now and then, 0.2 seldom. *Seen* multiplies the monitor's detection: 1 pages somebody
or stands out at once, 0.8 changes something people look at, 0.5 leaves a log line somebody may read, 0.3 leaves
ordinary traffic, 0.2 stays inside the agent's own store. Both are rough, round assumptions.

Technique ids are those of MITRE ATT&CK version 19 (April 2026) and MITRE ATLAS.
"""


def catalogue_page() -> str:
    """The whole page as Markdown, ending in a line break; the same rows give the same bytes."""
    rows = load_catalogue()
    parts = [
        _INTRODUCTION,
        _words("Outcomes", "What goals range over. A charter may name others.", outcomes()),
        _words("Facts", "Beside `cap.KIND`, the capability that holding a tool of a kind gives.", roles()),
        _surroundings(),
    ]
    for kind in KINDS:
        own = [row for row in rows if row.kind == kind.id]
        if own:
            parts.append(_family(f"{kind.title} (`{kind.id}`)", own))
    return "\n".join(parts)


def _words(title: str, sentence: str, meanings: Mapping[str, str]) -> str:
    """A section that says what some ids mean."""
    lines = [f"## {title}", "", sentence, "", "| id | meaning |", "| --- | --- |"]
    lines += [f"| `{name}` | {meaning} |" for name, meaning in meanings.items()]
    return "\n".join(lines) + "\n"


def _surroundings() -> str:
    """The context keys, from unsafe to safe."""
    lines = [
        "## Surroundings",
        "",
        "Facts a charter states under `context:` or implies elsewhere. The first value is the unsafe one.",
        "",
        "| key | meaning | values | stated in |",
        "| --- | --- | --- | --- |",
    ]
    for key in CONTEXT:
        values = ", ".join(f"`{_shown(value)}`" for value in key.values)
        lines.append(f"| `{key.id}` | {key.meaning} | {values} | `{key.field}` |")
    return "\n".join(lines) + "\n"


def _family(title: str, rows: Iterable[Affordance]) -> str:
    """One tool kind's table."""
    lines = [
        f"## {title[:1].upper()}{title[1:]}",
        "",
        "| row | makes possible | needs | brings about | only when | works | seen | source |",
        "| --- | --- | --- | --- | --- | --- | --- | --- |",
    ]
    for row in rows:
        when = [f"{key}: {_shown(value)}" for key, value in row.when.items()]
        cells = [
            f"`{row.id}`",
            row.title,
            _code(row.needs),
            _code(row.effects),
            _code(when),
            f"{row.success:g}",
            f"{row.observability:g}",
            row.source,
        ]
        lines.append("| " + " | ".join(cells) + " |")
    return "\n".join(lines) + "\n"


def _code(words: Iterable[str]) -> str:
    """Ids side by side, each in code type."""
    return ", ".join(f"`{word}`" for word in words) or "-"


def _shown(value: ContextValue) -> str:
    """A context value the way a charter writes it."""
    return str(value).lower() if isinstance(value, bool) else value
