"""``remit case add``: take a record in as evidence, for the claims its kind speaks for."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from remit.cli.case.init import SubjectParts, subject_from
from remit.cli.case.options import CaseOption, locate_case
from remit.cli.exits import ExitCode
from remit.cli.options import Debug, Json, NoColor, Quiet
from remit.cli.output import Output

if TYPE_CHECKING:
    from remit.assurance.intake import Intake
    from remit.assurance.record import Record

__all__ = ["Supports", "add", "take_in", "tell"]

Supports: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(metavar="CLAIM", help="A claim it speaks for; those of its kind, unless given. May be repeated."),
]


def add(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The record: one of remit's own, or a foreign format.")],
    *,
    supports: Supports = None,
    group: Annotated[
        str | None,
        typer.Option(metavar="NAME", envvar="REMIT_GROUP", help="Evidence of one group can fail for one reason."),
    ] = None,
    name: Annotated[
        str | None, typer.Option("--id", metavar="E-...", help="The entry's name; made from its kind, unless given.")
    ] = None,
    subject: SubjectParts = None,
    by: Annotated[
        str, typer.Option(metavar="NAME", envvar="REMIT_BY", help="Who says what a foreign file speaks of.")
    ] = "",
    case: CaseOption = None,
    json: Json = False,
    quiet: Quiet = False,
    no_color: NoColor = False,
    debug: Debug = False,
) -> None:
    """Take a record in as evidence: copied beside the case, by digest, for the claims its kind speaks for.

    It takes the place of the entry of the same kind and group; what was there before is in git. A record about another
    build is taken in too, and does not count: the answer says why. A foreign file (JUnit, SARIF, an Inspect log, spans,
    in-toto) that does not say what it speaks of needs somebody who says it: --subject with --by.

    \b
    Examples:
      remit case add evidence/drill.json
      remit case add eval.json --supports C-behaviour --group inspect
      remit case add junit.xml --supports C-enforced --subject image=sha256:... --by lena

    \b
    Exit code: 0 it counts, 10 it is there and does not count, 2 usage, 3 no evidence, or no case, that can be read.
    """  # noqa: D301 (\b keeps lines apart in the help text)
    del debug  # read by main()
    from remit.assurance.intake import intake_of
    from remit.assurance.reader import read_case
    from remit.assurance.records import read_bytes, read_record

    output = Output(quiet=quiet, json=json, colour=not no_color)
    path = locate_case(case)
    held = read_case(path)
    data = read_bytes(file)
    stated = subject_from(subject or ())
    if stated or by:
        file, data = _wrapped(file, data, stated, by)
    record = read_record(data, name=file.name)
    intake = intake_of(held, record, name=name, supports=supports or (), group=group)
    take_in(path, file, data, record, intake)
    raise typer.Exit(int(tell(path, intake, output)))


def take_in(path: Path, file: Path, data: bytes, record: Record, intake: Intake) -> None:
    """Put a record beside the case and its entry into it; raises ``CaseError`` with both as they were."""
    from remit.assurance.editing import edit_case_file, put_entry, write_beside
    from remit.assurance.intake import entry_of, file_for
    from remit.assurance.reader import parse_case, read_case

    place = file_for(read_case(path), file, intake, data)
    entry = entry_of(record, intake, file=place, data=data)

    def edit(text: str) -> str:
        edited = put_entry(text, "evidence", intake.id, entry)
        parse_case(edited, path=str(path))  # an entry that is refused leaves the old record where it was
        write_beside(path, place, data)
        return edited

    edit_case_file(path, edit)


def tell(path: Path, intake: Intake, output: Output) -> ExitCode:
    """Say what was taken in and whether it counts."""
    from remit.assurance.looking import look
    from remit.assurance.reader import read_case
    from remit.assurance.weighing.standing import objections
    from remit.clock import SystemClock

    clock = SystemClock()
    case = read_case(path)
    item = case.evidence[intake.id]
    against = objections(item, look(case, clock=clock).get(item.id), case, clock.now())
    reasons = [message for _rule, message in against]
    if output.json:
        output.document({
            "schema": "remit.case.add/1", "version": 1, "id": item.id, "kind": item.kind, "file": item.file,
            "sha256": item.sha256, "result": item.result.value, "supports": list(item.supports),
            "replaced": intake.replaces, "counts": not reasons, "because": reasons,
        })  # fmt: skip
    counted = "" if item.n is None else f", {item.k} of {item.n}"
    done = "replaced" if intake.replaces else "took in"
    output.notice(
        f"{done} {item.id}: {item.kind}, {item.result.value}{counted}, for {', '.join(item.supports)}", "bold"
    )
    for reason in reasons:
        output.notice(f"it does not count: {reason}", "bold red")
    return ExitCode.HOLD if reasons else ExitCode.YES


def _wrapped(file: Path, data: bytes, subject: dict[str, str], by: str) -> tuple[Path, bytes]:
    """A foreign file as a record that says of what it speaks, on whose word, and the name it would have."""
    import json

    from remit.assurance.records import read_record, wrap

    document = wrap(read_record(data, name=file.name), subject, by)
    return file.with_name(f"{file.stem}.record.json"), (
        json.dumps(document, indent=2, ensure_ascii=False) + "\n"
    ).encode()
