"""``remit case attest``: a named person looked at something and says what they found."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from remit.cli.case.options import CaseOption, locate_case
from remit.cli.options import Debug, Json, NoColor, Quiet
from remit.cli.output import Output

if TYPE_CHECKING:
    from remit.assurance.case import Case

__all__ = ["attest"]

_RESULTS = ("pass", "fail", "inconclusive")


def attest(
    claim: Annotated[str, typer.Argument(metavar="C-...", help="The claim that was looked at.")],
    *,
    by: Annotated[str, typer.Option(metavar="NAME", envvar="REMIT_BY", help="Who looked.")],
    found: Annotated[str, typer.Option(metavar="TEXT", help="What they looked at and found, in a sentence or two.")],
    result: Annotated[str, typer.Option(metavar="RESULT", help="pass, fail or inconclusive.")] = "pass",
    case: CaseOption = None,
    json: Json = False,
    quiet: Quiet = False,
    no_color: NoColor = False,
    debug: Debug = False,
) -> None:
    """Write down what a person looked at, as evidence of kind `review`, about this charter and no other.

    For claims about people (who answers a page, who reads a change), where no tool can look. It is their word under
    their name, and the record says that it is no more than that.

    \b
    Example:
      remit case attest C-response --by ops --found "held it, revoked its token and filed a record in 12 minutes"

    \b
    Exit code: 0 it counts, 10 it does not, 2 usage, 3 the case or the charter cannot be read.
    """  # noqa: D301 (\b keeps lines apart in the help text)
    del debug  # read by main()
    import json as plain

    from remit.assurance.intake import intake_of
    from remit.assurance.reader import read_case
    from remit.assurance.records import read_record
    from remit.cli.case.add import take_in, tell

    output = Output(quiet=quiet, json=json, colour=not no_color)
    path = locate_case(case)
    held = read_case(path)
    if result not in _RESULTS:
        raise typer.BadParameter(f"`{result}` is no result: it is one of {', '.join(_RESULTS)}")
    if claim not in held.claims:
        raise typer.BadParameter(f"the case has no claim `{claim}`; it has {', '.join(held.claims)}")
    name = f"E-review-{claim.removeprefix('C-')}"
    data = (plain.dumps(_record(path, held, by, found, result), indent=2, ensure_ascii=False) + "\n").encode()
    record = read_record(data, name=name)
    intake = intake_of(held, record, name=name, supports=(claim,), group=f"review by {by}"[:200])
    take_in(path, Path(f"{name.removeprefix('E-')}.json"), data, record, intake)
    raise typer.Exit(int(tell(path, intake, output)))


def _record(path: Path, case: Case, by: str, found: str, result: str) -> dict[str, object]:
    """The sealed record of what somebody says."""
    from remit import __version__
    from remit.assurance.records import compose
    from remit.charter.reader import read_charter
    from remit.clock import SystemClock
    from remit.errors import CaseError

    if not by.strip() or not found.strip():
        raise CaseError("somebody has to have found something", code="assurance.case.usage", hint="--by and --found")
    return compose(
        kind="review",
        subject={"charter": read_charter(path.parent / case.charter).digest},
        told={},
        tool="remit case attest",
        version=__version__,
        clock=SystemClock(),
        setting="",
        result=result,
        because=[" ".join(found.split())],
        said={"reviewer": " ".join(by.split()), "basis": "a person's word"},
    )
