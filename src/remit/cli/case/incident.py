"""``remit case incident``: an incident speaks against claims, and they wait for an answer."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from remit.cli.case.options import CaseOption, locate_case
from remit.cli.options import Debug, Json, NoColor, Quiet
from remit.cli.output import Output

if TYPE_CHECKING:
    from remit.assurance.case import Case

__all__ = ["incident_in_case"]


def incident_in_case(
    what: Annotated[
        str, typer.Argument(metavar="FILE|I-...", help="The incident record, or the name it has in the case already.")
    ],
    *,
    undercuts: Annotated[
        list[str] | None,
        typer.Option(metavar="CLAIM", help="A claim it speaks against, beside those its record names."),
    ] = None,
    closed_by: Annotated[
        str, typer.Option(metavar="E-...", help="The evidence, produced after the incident, that closes it.")
    ] = "",
    case: CaseOption = None,
    json: Json = False,
    quiet: Quiet = False,
    no_color: NoColor = False,
    debug: Debug = False,
) -> None:
    """Link an incident to the claims it speaks against: they are open again, and nothing else is.

    They stay so until evidence that was produced after the incident, counts and passes is named with --closed-by.

    \b
    Examples:
      remit case incident incidents/I-1.yaml --undercuts C-watched
      remit case incident I-1 --closed-by E-monitor-run

    \b
    Exit code: 0 written, 2 usage, 3 the record or the case cannot be read.
    """  # noqa: D301 (\b keeps lines apart in the help text)
    del debug  # read by main()
    from remit.assurance.editing import edit_case_file, put_entry, set_fields
    from remit.assurance.reader import read_case

    output = Output(quiet=quiet, json=json, colour=not no_color)
    path = locate_case(case)
    held = read_case(path)
    _refuse_strangers(held, undercuts or [], closed_by)
    if what in held.incidents:
        name, fields = what, {"undercuts": undercuts or None, "closed_by": closed_by or None}
        given = {key: value for key, value in fields.items() if value is not None}
        edit_case_file(path, lambda text: set_fields(text, "incidents", name, given))
    else:
        name, entry = _entry(held, path, Path(what), undercuts or [], closed_by)
        edit_case_file(path, lambda text: put_entry(text, "incidents", name, entry))
    link = read_case(path).incidents[name]
    if json:
        output.document({"schema": "remit.case.incident/1", "version": 1, "id": name, "record": link.record,
                         "undercuts": list(link.undercuts), "closed_by": link.closed_by})  # fmt: skip
    state = f"closed by {link.closed_by}" if link.closed_by else "open"
    output.notice(f"{name}: {state}, speaks against {', '.join(link.undercuts)}", "bold")


def _refuse_strangers(case: Case, undercuts: list[str], closed_by: str) -> None:
    """Refuse claims and evidence the case does not have."""
    strange = [claim for claim in undercuts if claim not in case.claims]
    if strange:
        raise typer.BadParameter(f"the case has no claim `{strange[0]}`; it has {', '.join(case.claims)}")
    if closed_by and closed_by not in case.evidence:
        raise typer.BadParameter(f"the case has no evidence `{closed_by}`; it has {', '.join(case.evidence) or 'none'}")


def _entry(held: Case, case: Path, record: Path, undercuts: list[str], closed_by: str) -> tuple[str, dict[str, object]]:
    """The name and the entry of an incident that is new to the case; its record is read, and has to be one.

    It speaks against what is named and against every claim of this case its record names.
    """
    from remit.assurance.incidents import read_incident
    from remit.errors import CaseError

    incident = read_incident(record)
    against = list(dict.fromkeys((*undercuts, *(name for name in incident.undercuts if name in held.claims))))
    if not against:
        raise typer.BadParameter("an incident speaks against a claim: name it with --undercuts")
    folder, real = case.resolve().parent, record.resolve()
    if not real.is_relative_to(folder):
        raise CaseError(f"`{record}` lies outside of the folder of the case", code="assurance.case.usage",
                        hint=f"put it below {folder.name}/incidents")  # fmt: skip
    fields: dict[str, object] = {
        "record": real.relative_to(folder).as_posix(),
        "undercuts": against,
        "closed_by": closed_by,
    }
    return incident.id, fields
