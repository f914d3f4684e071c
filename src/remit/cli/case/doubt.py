"""``remit case doubt`` and ``answer``: what speaks against a case, and what became of it."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from remit.cli.case.options import CaseOption, locate_case
from remit.cli.options import Debug, Json, NoColor, Quiet
from remit.cli.output import Output

if TYPE_CHECKING:
    from remit.assurance.case import Case

__all__ = ["answer", "doubt"]

_TYPES = ("rebutting", "undercutting", "undermining")


def doubt(
    name: Annotated[str, typer.Argument(metavar="D-...", help="The name of the doubt.")],
    *,
    against: Annotated[str, typer.Option(metavar="ID", help="The claim, argument or piece of evidence it is about.")],
    text: Annotated[str, typer.Option(metavar="TEXT", help="The doubt, in a sentence.")],
    by: Annotated[str, typer.Option(metavar="NAME", envvar="REMIT_BY", help="Who raises it.")],
    kind: Annotated[
        str, typer.Option("--type", metavar="TYPE", help="rebutting, undercutting or undermining.")
    ] = "undercutting",
    owner: Annotated[str, typer.Option(metavar="NAME", help="Who has to answer it; the owner of the case.")] = "",
    case: CaseOption = None,
    json: Json = False,
    quiet: Quiet = False,
    no_color: NoColor = False,
    debug: Debug = False,
) -> None:
    """Raise a doubt: what it is about, and all that rests on that, is contested until somebody answers.

    Rebutting: the claim is false. Undercutting: it does not follow. Undermining: the evidence is bad.

    \b
    Example:
      remit case doubt D-load --against C-stop --by sam --text "nobody drilled it while it was busy"

    \b
    Exit code: 0 raised, 2 usage, 3 the case cannot be read.
    """  # noqa: D301 (\b keeps lines apart in the help text)
    del debug  # read by main()
    from remit.assurance.editing import edit_case_file, put_entry
    from remit.assurance.reader import read_case

    output = Output(quiet=quiet, json=json, colour=not no_color)
    path = locate_case(case)
    held = read_case(path)
    known = [*held.claims, *held.arguments, *held.evidence]
    if against not in known:
        raise typer.BadParameter(f"the case has no `{against}`; it has {', '.join(known[:30])}")
    if name in held.defeaters or name in known:
        raise typer.BadParameter(f"`{name}` is taken: give the doubt another name")
    if kind not in _TYPES:
        raise typer.BadParameter(f"`{kind}` is no type of doubt: it is one of {', '.join(_TYPES)}")
    fields = {"against": against, "type": kind, "status": "open", "text": text, "raised_by": by,
              "owner": owner or held.owner}  # fmt: skip
    edit_case_file(path, lambda written: put_entry(written, "defeaters", name, fields))
    _tell(path, name, output, json=json)


def answer(
    name: Annotated[str, typer.Argument(metavar="D-...", help="The doubt that is answered.")],
    *,
    evidence: Annotated[
        str | None, typer.Option("--with", metavar="E-...", help="The evidence that rebuts it.")
    ] = None,
    accept_residual: Annotated[
        bool, typer.Option("--accept-residual", help="A person takes on what is left of it, until a day.")
    ] = False,
    sustain: Annotated[bool, typer.Option("--sustain", help="It is right: what it is about does not hold.")] = False,
    reopen: Annotated[bool, typer.Option("--reopen", help="It is open again.")] = False,
    by: Annotated[str, typer.Option(metavar="NAME", envvar="REMIT_BY", help="Who takes on what is left.")] = "",
    until: Annotated[str, typer.Option(metavar="DATE", help="The last day on which that holds (2027-02-19).")] = "",
    case: CaseOption = None,
    json: Json = False,
    quiet: Quiet = False,
    no_color: NoColor = False,
    debug: Debug = False,
) -> None:
    """Say what became of a doubt: evidence rebuts it, a person takes the rest on for a time, or it was right.

    An answer holds as long as its evidence counts and passes; a residual that somebody took on is listed until its day
    and open again after it.

    \b
    Examples:
      remit case answer D-drill-representative --with E-interruption-drill
      remit case answer D-prompt-only --accept-residual --by lena --until 2027-02-19
      remit case answer D-stop-shares-fate --sustain

    \b
    Exit code: 0 written, 2 usage, 3 the case cannot be read.
    """  # noqa: D301 (\b keeps lines apart in the help text)
    del debug  # read by main()
    from remit.assurance.editing import edit_case_file, set_fields
    from remit.assurance.reader import read_case

    output = Output(quiet=quiet, json=json, colour=not no_color)
    path = locate_case(case)
    held = read_case(path)
    if name not in held.defeaters:
        raise typer.BadParameter(f"the case has no doubt `{name}`; it has {', '.join(held.defeaters) or 'none'}")
    if sum((evidence is not None, accept_residual, sustain, reopen)) != 1:
        raise typer.BadParameter("say one of --with E-..., --accept-residual, --sustain and --reopen")
    if evidence is not None:
        fields = _rebutted(held, evidence)
    elif accept_residual:
        fields = _accepted(by, until)
    else:
        fields = {"status": "sustained" if sustain else "open"}
    cleared: dict[str, object] = {"answer": None, "accepted_by": None, "expires": None}
    edit_case_file(path, lambda text: set_fields(text, "defeaters", name, {**cleared, **fields}))
    _tell(path, name, output, json=json)


def _rebutted(case: Case, evidence: str) -> dict[str, object]:
    """The fields of a doubt that evidence rebuts."""
    if evidence not in case.evidence:
        raise typer.BadParameter(f"the case has no evidence `{evidence}`; it has {', '.join(case.evidence) or 'none'}")
    return {"status": "rebutted", "answer": evidence}


def _accepted(by: str, until: str) -> dict[str, object]:
    """The fields of a doubt somebody took on: a person and a day, or it stays open."""
    if not by or not until:
        raise typer.BadParameter("a residual is taken on by a person and until a day: --by NAME --until DATE")
    try:
        day = date.fromisoformat(until)
    except ValueError:
        raise typer.BadParameter(f"`{until}` is no date: write it as 2027-02-19") from None
    return {"status": "accepted_residual", "accepted_by": by, "expires": day.isoformat()}


def _tell(path: Path, name: str, output: Output, *, json: bool) -> None:
    """Say how a doubt stands now, and that whoever signed before signed another argument."""
    from remit.assurance.reader import read_case

    case = read_case(path)
    item = case.defeaters[name]
    if json:
        output.document({
            "schema": "remit.case.doubt/1", "version": 1, "id": name, "against": item.against, "type": item.type.value,
            "status": item.status.value, "answer": item.answer, "accepted_by": item.accepted_by,
            "expires": item.expires.isoformat() if item.expires else None,
        })  # fmt: skip
    output.notice(f"{name}: {item.status.value}, against {item.against}", "bold")
    if any(approval.digest != case.digest for approval in case.approvals):
        output.notice("the argument is another one now: signatures of the old one say nothing of it")
