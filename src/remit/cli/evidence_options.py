"""The options of every verb that makes evidence: where the record goes, and what it speaks of."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import typer

if TYPE_CHECKING:
    from remit.cli.output import Output

__all__ = ["TOLD", "EvidenceFile", "Place", "Subjects", "told_of", "write_record"]

TOLD = ("image", "model", "prompt", "tools", "envelope")
"""The parts of a subject a command line can state; the charter is established, never told."""

EvidenceFile: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--evidence", metavar="FILE", envvar="REMIT_EVIDENCE", help="Write an evidence record for a safety case."
    ),
]
Place: TypeAlias = Annotated[
    str, typer.Option("--setting", metavar="TEXT", envvar="REMIT_SETTING", help="Where this was, for the record.")
]
Subjects: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--subject",
        metavar="KEY=VALUE",
        envvar="REMIT_SUBJECT",
        show_default=False,
        help="What else the record speaks of: image, model, prompt, tools or envelope; several times for several.",
    ),
]


def told_of(given: Sequence[str] | None) -> dict[str, str]:
    """What was said of the subject; raises ``typer.BadParameter`` for what is no part of one, or said twice."""
    told: dict[str, str] = {}
    for item in given or ():
        key, equals, value = item.partition("=")
        if not equals or key not in TOLD:
            raise typer.BadParameter(f"`{item}` is no part of a subject; write one of {', '.join(TOLD)} as KEY=VALUE")
        if not 0 < len(value) <= 300 or not value.isprintable():
            raise typer.BadParameter(f"the {key} of the subject is empty, too long or not on one line")
        if told.setdefault(key, value) != value:
            raise typer.BadParameter(f"the {key} of the subject is given twice")
    return told


def write_record(path: Path, record: Mapping[str, Any] | Sequence[Mapping[str, Any]], output: Output) -> None:
    """Write one record, or several, and say so."""
    from remit.cli.files import write_file

    write_file(path, json.dumps(record, indent=2, ensure_ascii=False, allow_nan=False) + "\n")
    output.notice(f"wrote {path}")
