"""``remit case init``: a first safety case from a charter, with every doubt of its kind already open."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from remit.cli import completing
from remit.cli.case.options import FILE_NAME, AsOf, clock_of
from remit.cli.options import CharterArgument, Debug, Json, NoColor, Quiet
from remit.cli.output import Output

if TYPE_CHECKING:
    from remit.assurance.profiles import Choice
    from remit.charter.model import Charter

__all__ = ["SubjectParts", "init_case", "subject_from"]

SubjectParts: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        "--subject",
        metavar="PART=VALUE",
        help="What else is released: model=NAME@VERSION, image=sha256:..., prompt=..., tools=..., envelope=...",
    ),
]
ProfileName: TypeAlias = Annotated[
    str | None,
    typer.Option(
        metavar="PROFILE",
        envvar="REMIT_PROFILE",
        autocompletion=completing.profiles,
        help="read-only-assistant, bounded-tool-agent, coding-agent, multi-agent or self-modifying; chosen by what "
        "the charter grants, unless given.",
        show_default=False,
    ),
]
CaseFile: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        "--output",
        "-o",
        metavar="FILE|-",
        envvar="REMIT_OUTPUT",
        help="Where to write; case.yaml beside the charter, unless given; - prints it.",
        show_default=False,
    ),
]


def init_case(
    charter: CharterArgument = None,
    *,
    profile: ProfileName = None,
    owner: Annotated[
        str, typer.Option(metavar="NAME", envvar="REMIT_OWNER", help="Who answers for it; the first overseer.")
    ] = "",
    subject: SubjectParts = None,
    output: CaseFile = None,
    force: Annotated[bool, typer.Option("--force", envvar="REMIT_FORCE", help="Replace a file that is there.")] = False,
    as_of: AsOf = None,
    json: Json = False,
    quiet: Quiet = False,
    no_color: NoColor = False,
    debug: Debug = False,
) -> None:
    """Write a first safety case for a charter: what could go wrong, what has to be shown, and what speaks against it.

    The hazards are those the charter's own tools bring into reach, one for every way power is gathered. Nothing is
    supported yet and six doubts or more are open: `remit gate` says HOLD, and what would change that.

    \b
    Examples:
      remit case init
      remit case init --subject model=acme-large@2026-10 --owner lena
      remit case init --profile coding-agent --output -

    \b
    Exit code: 0 written, 2 usage, 3 the charter cannot be read.
    """  # noqa: D301 (\b keeps lines apart in the help text)
    del debug  # read by main()
    from remit.assurance.profiles import choose, draft_case
    from remit.assurance.reader import parse_case
    from remit.cli.locating import open_charter

    printed = output == Path("-")
    printer = Output(quiet=quiet, json=json or printed, colour=not no_color)
    read = open_charter(charter)
    path = Path(read.path).parent / FILE_NAME if output is None or printed else output
    if not printed and not force and (path.exists() or path.is_symlink()):
        raise typer.BadParameter(f"`{path}` exists and is left alone: --force replaces it, --output names another file")
    choice = choose(read, wanted=profile)
    text = draft_case(
        read,
        profile=profile,
        today=clock_of(as_of).now().date(),
        owner=owner,
        subject=subject_from(subject or ()),
        file=_beside(path, Path(read.path)),
    )
    parse_case(text, path=str(path))  # what cannot be read is never written
    if printed:
        printer.data(text)
        return
    _write(path, text)
    if json:
        printer.document(_document(path, read, choice))
    else:
        _say_next(path, read, choice, printer)


def subject_from(parts: Sequence[str]) -> dict[str, str]:
    """``model=acme@1`` and the like as a mapping; a part there is none of is a usage error."""
    from remit.assurance.records.subjects import SUBJECT_KEYS

    found: dict[str, str] = {}
    for part in parts:
        key, equals, value = part.partition("=")
        if not equals or key not in SUBJECT_KEYS or key == "charter" or not value or len(value) > 300:
            known = ", ".join(name for name in SUBJECT_KEYS if name != "charter")
            raise typer.BadParameter(
                f"`{part}` is no part of a subject: write PART=VALUE, where PART is one of {known}"
            )
        found[key] = value
    return found


def _beside(case: Path, charter: Path) -> str:
    """The charter's path as seen from the folder of the case."""
    import os

    return Path(os.path.relpath(charter.resolve(), case.resolve().parent)).as_posix()


def _write(path: Path, text: str) -> None:
    """Write the case, and make the folder its records go to."""
    from contextlib import suppress

    from remit.cli.files import write_file

    write_file(path, text)
    with suppress(OSError):  # whoever writes a record there is told what is wrong
        (path.parent / "evidence").mkdir(exist_ok=True)


def _document(path: Path, charter: Charter, choice: Choice) -> dict[str, object]:
    """What was written, as JSON."""
    return {
        "schema": "remit.case.init/1",
        "version": 1,
        "path": str(path),
        "charter": charter.digest,
        "profile": choice.name,
        "because": choice.because,
        "also": list(choice.also),
    }


def _say_next(path: Path, charter: Charter, choice: Choice, printer: Output) -> None:
    """What was written, why this profile, and what to do with it, on standard error."""
    from remit.assurance.reader import read_case

    case = read_case(path)
    gates = sum(claim.gate for claim in case.claims.values())
    printer.notice(f"wrote {path}: {len(case.hazards)} hazards, {len(case.claims)} claims ({gates} gate the release), "
                   f"{len(case.defeaters)} doubts, all open", style="bold")  # fmt: skip
    printer.notice(f"profile {choice.name}: {choice.because}")
    if choice.also:
        printer.notice(f"and with it what fits besides: {', '.join(choice.also)}")
    if charter.agent.model in ("", "any") and case.subject.get("model") == "name-it@version":
        printer.notice("the model is not named: `remit case refresh --subject model=NAME@VERSION` names it")
    printer.notice("next: `remit check --evidence evidence/check.json`, then `remit case add evidence/check.json`")
    printer.notice("`remit gate` says what is missing, all of it")
