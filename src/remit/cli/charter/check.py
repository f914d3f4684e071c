"""``remit check``: what a charter's authority makes worth doing, and what to change."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from remit.cli.completing import among
from remit.cli.evidence_options import EvidenceFile, Place, Subjects, told_of
from remit.cli.exits import ExitCode
from remit.cli.options import CharterArgument, Debug, Exact, Goals, Json, NoColor, Quiet, Seed, Shapley
from remit.cli.output import Output
from remit.cli.verdict import FAIL_ON, Verdict, judge, judge_difference, judge_lint

if TYPE_CHECKING:
    from remit.charter.model import Charter
    from remit.finding import Finding
    from remit.incentives.report import Report

__all__ = ["check"]

Fix: TypeAlias = Annotated[
    bool, typer.Option("--fix", envvar="REMIT_FIX", help="Show the least-authority patch, then write it.")
]
OutputFile: TypeAlias = Annotated[
    Path | None,
    typer.Option(metavar="FILE", envvar="REMIT_OUTPUT", help="With --fix: write there, leave CHARTER alone."),
]
_EARLY = 6  # findings shown at once, before the readings are computed


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wish:
    """What the user asked for besides the report on the terminal."""

    sarif: str | None
    html: Path | None
    junit: Path | None
    fail_on: str
    baseline: Path | None
    fix: bool
    output_file: Path | None
    goals: int
    seed: int
    exact: bool
    shapley: bool
    evidence: Path | None
    told: dict[str, str]
    place: str


def _known_policy(value: str) -> str:
    """Refuse a policy that does not exist, before anything is computed."""
    if value not in FAIL_ON:
        raise typer.BadParameter(f"`{value}` is not a policy; choose one of {', '.join(FAIL_ON)}")
    return value


def check(
    *,
    charter: CharterArgument = None,
    json: Json = False,
    sarif: Annotated[
        str | None,
        typer.Option(
            metavar="FILE|-", envvar="REMIT_SARIF", help="Write findings as SARIF 2.1.0 (- is standard output)."
        ),
    ] = None,
    html: Annotated[
        Path | None, typer.Option(metavar="FILE", envvar="REMIT_HTML", help="Write the report as one offline page.")
    ] = None,
    junit: Annotated[
        Path | None, typer.Option(metavar="FILE", envvar="REMIT_JUNIT", help="Write findings as JUnit XML.")
    ] = None,
    fail_on: Annotated[
        str,
        typer.Option(
            metavar="POLICY",
            envvar="REMIT_FAIL_ON",
            callback=_known_policy,
            autocompletion=among(*FAIL_ON),
            help=f"What makes the exit code 1: {', '.join(FAIL_ON)}.",
        ),
    ] = "error",
    baseline: Annotated[
        Path | None,
        typer.Option(
            metavar="OLD", envvar="REMIT_BASELINE", help="Fail only on what is worse than in this older charter."
        ),
    ] = None,
    goals: Goals = 2000,
    seed: Seed = 0,
    exact: Exact = False,
    shapley: Shapley = False,
    lint_only: Annotated[
        bool, typer.Option("--lint-only", envvar="REMIT_LINT_ONLY", help="Look at the text only; needs no numpy.")
    ] = False,
    fix: Fix = False,
    output: OutputFile = None,
    evidence: EvidenceFile = None,
    subject: Subjects = None,
    place: Place = "this machine",
    quiet: Quiet = False,
    no_color: NoColor = False,
    debug: Debug = False,
) -> None:
    """What does this authority make worth doing, for almost any goal? What should change?

    \b
    Examples:
      remit check                              the nearest remit.yaml
      remit check agent.yaml --html report.html
      remit check --fix --output smaller.yaml  write the least authority that does the task
      remit check --baseline main.yaml         in CI: fail only on what a change brings in
      remit check --evidence check.json        what it shows, for a safety case
      remit check --lint-only --sarif -        text rules only, for code hosts

    \b
    Exit code: 0 nothing at or above --fail-on, 1 something, 10 unknown, 2 usage, 3 unreadable, 4 could not.
    """  # noqa: D301 (\b keeps lines apart in the help text)
    del debug  # read by main()
    printer = Output(quiet=quiet, json=json or sarif == "-", colour=not no_color)
    wish = _Wish(
        sarif=sarif, html=html, junit=junit, fail_on=fail_on, baseline=baseline, fix=fix,
        output_file=output, goals=goals, seed=seed, exact=exact, shapley=shapley,
        evidence=evidence, told=told_of(subject), place=place,
    )  # fmt: skip
    _refuse_contradictions(wish, json=json, lint_only=lint_only)
    verdict = _lint_only(charter, wish, printer, json=json) if lint_only else _whole(charter, wish, printer, json=json)
    raise typer.Exit(int(verdict.code))


def _refuse_contradictions(wish: _Wish, *, json: bool, lint_only: bool) -> None:
    """Options that cannot be meant together."""
    if wish.output_file is not None and not wish.fix:
        raise typer.BadParameter("`--output` says where `--fix` writes: add --fix, or use --html, --sarif or --json")
    if json and wish.sarif == "-":
        raise typer.BadParameter("`--json` and `--sarif -` both want standard output: write one of them to a file")
    if lint_only and (wish.fix or wish.html is not None or wish.baseline is not None):
        raise typer.BadParameter("`--lint-only` computes no readings, which --fix, --html and --baseline need")
    if lint_only and (wish.exact or wish.shapley):
        raise typer.BadParameter("`--lint-only` computes no readings, which --exact and --shapley are about")


def _lint_only(given: Path | None, wish: _Wish, printer: Output, *, json: bool) -> Verdict:
    """The text of the charter, without readings."""
    from remit.cli.files import write_findings
    from remit.cli.findings import finding_list, summary
    from remit.cli.locating import open_charter
    from remit.incentives.text_findings import lint_charter

    charter = open_charter(given)
    findings = lint_charter(charter)
    printer.show(*finding_list(findings))
    printer.plain(f"{charter.path}: {summary(findings)} (text only: nothing was computed)")
    write_findings(printer, findings, sarif=wish.sarif, junit=wish.junit)
    verdict = judge_lint(findings, wish.fail_on)
    if wish.evidence is not None:
        from remit.cli.charter.check_evidence import write_lint_evidence

        write_lint_evidence(wish.evidence, charter, findings, wish.fail_on, wish.told, wish.place, printer)
    if json:
        from remit.incentives.findings_json import lint_document

        printer.document(lint_document(charter.digest, charter.path, findings))
    printer.annotate(findings)
    return verdict


def _whole(given: Path | None, wish: _Wish, printer: Output, *, json: bool) -> Verdict:
    """Lint at once, then the readings, then everything that was asked for."""
    from remit.cli.locating import open_charter
    from remit.cli.measuring import measure
    from remit.incentives.text_findings import lint_charter

    charter = open_charter(given)
    if not charter.grants and not (wish.fix or wish.html is not None or wish.baseline is not None or wish.exact):
        return _nothing_to_read(_lint_only(given, wish, printer, json=json), printer)
    early = lint_charter(charter)
    _show_early(printer, charter, early)
    old = open_charter(wish.baseline) if wish.baseline is not None else None
    report = measure(charter, early, printer, goals=wish.goals, seed=wish.seed, exact=wish.exact, shapley=wish.shapley)
    from remit.incentives.reading_rules import findings_of

    findings = findings_of(report)
    verdict = judge(report, findings, wish.fail_on)
    if old is not None:
        verdict = _against(old, report, wish, printer)
    _show(report, findings, verdict, wish, printer, json=json)
    if wish.fix:
        from remit.cli.charter.fixing import fix_charter

        return fix_charter(
            charter, report, wish.output_file, printer,
            goals=wish.goals, seed=wish.seed, exact=wish.exact, fail_on=wish.fail_on,
        )  # fmt: skip
    return verdict


def _nothing_to_read(verdict: Verdict, printer: Output) -> Verdict:
    """The verdict on a charter without a grant: what its text says, and unknown where that is clean."""
    why = "no tool is granted, so there is no act to read an incentive from"
    if verdict.code is ExitCode.YES:
        verdict = Verdict(code=ExitCode.HOLD, because=(f"{why}, and unknown is never a pass",))
    printer.plain(f"{why}; `remit run` needs no grant")
    printer.plain(f"verdict: {verdict}")
    return verdict


def _show_early(printer: Output, charter: Charter, findings: Sequence[Finding]) -> None:
    """What the text alone shows, printed before the heavy libraries are loaded."""
    from remit.cli.findings import finding_list, summary

    serious = [finding for finding in findings if finding.severity.rank > 0]
    if not serious:
        return
    printer.plain(f"{charter.path}: {summary(findings)} at first sight")
    printer.show(*finding_list(serious, limit=_EARLY, hint=False))
    printer.plain()


def _against(old: Charter, report: Report, wish: _Wish, printer: Output) -> Verdict:
    """The verdict against an older charter, read with the same goals."""
    from remit.cli.measuring import measure
    from remit.incentives.comparison import compare

    before = measure(old, (), printer, goals=wish.goals, seed=wish.seed, exact=wish.exact)
    return judge_difference(compare(before, report), report)


def _show(
    report: Report, findings: Sequence[Finding], verdict: Verdict, wish: _Wish, printer: Output, *, json: bool
) -> None:
    """The report in every form that was asked for."""
    from remit.cli.charter.report_screen import report_screen
    from remit.cli.files import write_findings, write_page

    printer.show(
        *report_screen(report, narrow=printer.narrow, slim=printer.slim, shapley=wish.shapley, written=wish.fix)
    )
    write_page(printer, report, wish.html)
    write_findings(printer, findings, sarif=wish.sarif, junit=wish.junit)
    if wish.evidence is not None:
        from remit.cli.charter.check_evidence import write_evidence

        write_evidence(wish.evidence, report, findings, wish.fail_on, wish.told, wish.place, printer)
    if json:
        from remit.incentives.encoding import encode, to_text

        printer.data(to_text(encode(report, shapley=wish.shapley)))
    printer.plain(f"verdict: {verdict}")
    printer.annotate(findings)
