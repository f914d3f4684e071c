"""Incidents as lines of a Markdown table: what each comes to and what is missing to know better."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from pathlib import PurePath

from remit.assurance.incidents import Incident, derive

__all__ = ["table_lines"]


def table_lines(incidents: Iterable[Incident], *, folder: str) -> Iterator[str]:
    """One line a record, linked from ``folder``; everything but the title is derived."""
    yield "| incident | class | instrumental | severity | missing |"
    yield "|---|---|---|---|---|"
    for incident in incidents:
        answer = derive(incident)
        name = PurePath(incident.file).name
        missing = "; ".join(answer.missing) or "nothing"
        yield (
            f"| {name[:2]} [{_cell(incident.title)}]({folder}/{name}) | {answer.found} | {answer.instrumental} |"
            f" {answer.severity} | {_cell(missing)} |"
        )


def _cell(text: str) -> str:
    """Text that stays in its cell and in its link."""
    return text.replace("\n", " ").replace("|", "/").replace("[", "(").replace("]", ")")
