"""``remit gate``: may it be released? PROMOTE, BLOCK or HOLD, why, and what would change the answer."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from remit.cli.case.ledgers import LedgersOption, RunsOption
from remit.cli.case.options import AsOf, CaseArgument
from remit.cli.exits import ExitCode
from remit.cli.options import Debug, Json, NoColor, Quiet
from remit.cli.output import Output

if TYPE_CHECKING:
    from remit.assurance.release.verdict import Release
    from remit.assurance.weighing.assessment import Assessment
    from remit.errors import CaseError

__all__ = ["gate"]

GateSarif = Annotated[
    str | None,
    typer.Option(
        metavar="FILE|-", envvar="REMIT_SARIF", help="Write findings as SARIF 2.1.0 (- is standard output)."
    ),
]  # fmt: skip


def gate(
    *,
    case: CaseArgument = None,
    as_of: AsOf = None,
    json: Json = False,
    sarif: GateSarif = None,
    ledger: LedgersOption = None,
    run: RunsOption = None,
    quiet: Quiet = False,
    no_color: NoColor = False,
    debug: Debug = False,
) -> None:
    """May it be released? PROMOTE, BLOCK or HOLD, the reasons, and the fewest things that would change the answer.

    Nothing passes because it is there: every gate claim has to be supported by evidence about this very build that is
    not too old, with every doubt answered or taken on by name until a date. What is not known is HOLD; so is no case.
    With ledgers of the running system, an indicator that fails or that nobody can tell is HOLD too.

    \b
    Examples:
      remit gate                            the nearest case.yaml
      remit gate release/case.yaml --json   for scripts: verdict, reasons, flip
      remit gate --as-of 2027-02-01         will it still hold then?
      remit gate --run mailer-3f2a9c        with the numbers of the running system
      remit gate && deploy                  in CI

    \b
    Exit code: 0 PROMOTE, 1 BLOCK, 10 HOLD, 2 usage, 4 could not.
    """  # noqa: D301 (\b keeps lines apart in the help text)
    del debug  # read by main()
    if json and sarif == "-":
        raise typer.BadParameter("`--json` and `--sarif -` both want standard output: write one of them to a file")
    output = Output(quiet=quiet, json=json or sarif == "-", colour=not no_color)
    code = _answer(case, as_of, output, json=json, sarif=sarif, ledgers=[*(ledger or ()), *(run or ())])
    raise typer.Exit(int(code))


def _answer(
    given: Path | None, as_of: str | None, output: Output, *, json: bool, sarif: str | None, ledgers: list[str]
) -> ExitCode:
    """Judge the case and say so in every form that was asked for."""
    from remit.assurance.encoding import encode_release
    from remit.assurance.views.state import state_of_case
    from remit.cli.case.ledgers import heed_ledgers
    from remit.cli.case.options import clock_of
    from remit.cli.files import write_findings
    from remit.errors import CaseError

    clock = clock_of(as_of)
    assessment: Assessment | None = None
    try:
        state = heed_ledgers(state_of_case(_located(given), clock=clock), ledgers, output)
        assessment, release = state.assessment, state.release
    except CaseError as error:
        release = _unread(error, output)
    if assessment is not None:
        from remit.cli.case.gate_screen import gate_screen

        output.show(*gate_screen(release, assessment))
        write_findings(output, assessment.findings, sarif=sarif, junit=None)
        output.annotate(assessment.findings)
    if json:
        output.document(encode_release(release, assessment))
    return _code(release)


def _located(given: Path | None) -> Path:
    """The case; raises ``CaseError`` where there is none, which is a HOLD like anything else that is not shown."""
    from remit.cli.case.options import locate_case

    return locate_case(given)


def _unread(error: CaseError, output: Output) -> Release:
    """The verdict where no case can be read, with everything that was found."""
    from remit.assurance.release.release import unreadable
    from remit.cli.case.gate_screen import short_screen
    from remit.finding import Finding

    findings = [finding for finding in error.findings if isinstance(finding, Finding)]
    release = unreadable(error.message, error.hint, findings)
    output.show(*short_screen(release))
    output.annotate(findings)
    return release


def _code(release: Release) -> ExitCode:
    """The exit code of a verdict."""
    from remit.assurance.release.verdict import Verdict

    return {Verdict.PROMOTE: ExitCode.YES, Verdict.BLOCK: ExitCode.NO, Verdict.HOLD: ExitCode.HOLD}[release.verdict]
