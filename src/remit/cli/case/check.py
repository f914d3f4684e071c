"""``remit case check``: everything that is wrong with a safety case, with file and line."""

from __future__ import annotations

from typing import Annotated

import typer

from remit.cli.case.gate import GateSarif
from remit.cli.case.options import AsOf, CaseArgument
from remit.cli.exits import ExitCode
from remit.cli.options import Debug, Json, NoColor, Quiet
from remit.cli.output import Output

__all__ = ["check_case_command"]

_POLICIES = ("error", "warning", "never")


def _known_policy(value: str) -> str:
    """Refuse a policy that does not exist."""
    if value not in _POLICIES:
        raise typer.BadParameter(f"`{value}` is not a policy; choose one of {', '.join(_POLICIES)}")
    return value


def check_case_command(
    *,
    case: CaseArgument = None,
    as_of: AsOf = None,
    json: Json = False,
    sarif: GateSarif = None,
    fail_on: Annotated[
        str,
        typer.Option(
            metavar="POLICY",
            envvar="REMIT_FAIL_ON",
            callback=_known_policy,
            help=f"What makes the exit code 1: {', '.join(_POLICIES)}.",
        ),
    ] = "error",
    quiet: Quiet = False,
    no_color: NoColor = False,
    debug: Debug = False,
) -> None:
    """What is wrong with the document: ids that lead nowhere, cycles, records that are not what the case says.

    It says nothing of whether the agent may be released: that is `remit gate`.

    \b
    Examples:
      remit case check
      remit case check --sarif findings.sarif   for code hosts
      remit case check --fail-on warning        also on claims nobody needs, stale records, open references

    \b
    Exit code: 0 nothing at or above --fail-on, 1 something, 2 usage, 3 unreadable, 4 could not.
    """  # noqa: D301 (\b keeps lines apart in the help text)
    del debug  # read by main()
    if json and sarif == "-":
        raise typer.BadParameter("`--json` and `--sarif -` both want standard output: write one of them to a file")
    from remit.assurance.checking import check_case
    from remit.assurance.looking import look
    from remit.assurance.reader import read_case
    from remit.cli.case.options import clock_of, locate_case
    from remit.cli.files import write_findings
    from remit.cli.findings import finding_list, summary
    from remit.cli.verdict import judge_lint

    output = Output(quiet=quiet, json=json or sarif == "-", colour=not no_color)
    clock = clock_of(as_of)
    document = read_case(locate_case(case))
    findings = check_case(document, look(document, clock=clock), clock.now())
    output.show(*finding_list(findings))
    output.plain(f"{document.file}: {summary(findings)}")
    write_findings(output, findings, sarif=sarif, junit=None)
    output.annotate(findings)
    verdict = judge_lint(findings, fail_on)
    if json:
        from remit.assurance.encoding import encode_findings

        output.document(encode_findings(document, findings, clock.now()))
    if verdict.code is not ExitCode.YES or fail_on == "never":
        output.plain(f"verdict: {verdict}")
    raise typer.Exit(int(verdict.code))
