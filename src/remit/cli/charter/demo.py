"""``remit demo``: the main job on a shipped charter, without a key, a network or a question."""

from __future__ import annotations

from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from remit.cli.exits import ExitCode
from remit.cli.options import Debug, NoColor, Quiet, Seed
from remit.cli.output import Output

if TYPE_CHECKING:
    from remit.charter.model import Charter
    from remit.incentives.report import Report

__all__ = ["demo"]

_CHARTER = "sre-agent.yaml"
_GOALS = 500
_REASONS = 3
_KEPT = 0.97  # the least the smaller charter must keep of the task


def demo(
    *,
    folder: Annotated[
        Path,
        typer.Option("--folder", metavar="DIR", envvar="REMIT_DEMO_FOLDER", help="Where the demo writes its files."),
    ] = Path("remit-demo"),
    seed: Seed = 0,
    quiet: Quiet = False,
    no_color: NoColor = False,
    debug: Debug = False,
) -> None:
    """Check a shipped charter: an agent that keeps a service up and can stop its own monitor. Fix it. Check again.

    It ends with the question whether the agent may be released: a safety case of the smaller charter, in which nothing
    was shown yet, and what the gate says to it.

    \b
    Exit code: 0 when the smaller charter is clean and keeps 97 % of the task, 1 when it does not.
    """  # noqa: D301 (\b keeps lines apart in the help text)
    del debug  # read by main()
    output = Output(quiet=quiet, colour=not no_color)
    charter = _unpack(folder)
    first = _measured(charter, output, seed)
    _show_first(charter, first, folder, output)
    second = _fixed(charter, first, folder, output, seed)
    code = _conclusion(first, second, folder, output)
    _released(folder, output)
    raise typer.Exit(int(code))


def _unpack(folder: Path) -> Charter:
    """Write the shipped charter where the user can read and change it, and read it from there."""
    from remit.charter.reader import read_charter
    from remit.cli.files import write_file
    from remit.errors import RemitError

    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise RemitError(
            f"`{folder}` cannot be made: {(error.strerror or 'error').lower()}", hint="choose another --folder"
        ) from None
    text = (resources.files("remit") / "charters" / _CHARTER).read_text(encoding="utf-8")
    write_file(folder / "remit.yaml", text)
    return read_charter(folder / "remit.yaml")


def _measured(charter: Charter, output: Output, seed: int) -> Report:
    """The report of a charter, with progress."""
    from remit.cli.measuring import measure
    from remit.incentives.text_findings import lint_charter

    return measure(charter, lint_charter(charter), output, goals=_GOALS, seed=seed)


def _show_first(charter: Charter, report: Report, folder: Path, output: Output) -> None:
    """The first screen, and the whole report as a page."""
    from remit.cli.charter.first_screen import first_screen
    from remit.cli.charter.report_screen import verdict_lines
    from remit.cli.files import write_page

    output.plain(f"1. The charter {charter.path} as somebody might write it: what is wrong with it?")
    output.plain()
    output.show(*first_screen(report), *verdict_lines(report))
    write_page(output, report, folder / "report.html")


def _fixed(charter: Charter, report: Report, folder: Path, output: Output, seed: int) -> Report:
    """Apply the patch to a copy and measure that."""
    from remit.charter.reader import parse_charter
    from remit.cli.charter.first_screen import first_screen
    from remit.cli.charter.fixing import apply_patch
    from remit.cli.charter.report_screen import verdict_lines
    from remit.cli.files import write_file

    path = folder / "smaller.yaml"
    text = apply_patch(charter.source, report.least_authority.patch)
    write_file(path, text)
    smaller = parse_charter(text, path=str(path))
    output.plain()
    output.plain(f"2. The same charter with the patch applied, {path}:")
    output.plain()
    after = _measured(smaller, output, seed)
    output.show(*first_screen(after), *verdict_lines(after))
    return after


def _conclusion(first: Report, second: Report, folder: Path, output: Output) -> ExitCode:
    """Whether the smaller charter is clean and still does the task."""
    from remit.incentives.comparison import task_kept
    from remit.incentives.wording import resisting

    kept = task_kept(first, second)
    clean = not resisting(second) and second.tier.tier in ("T2", "T3")
    good = clean and kept is not None and kept >= _KEPT
    output.plain()
    word = "Clean" if clean else "Not clean"
    task = "what the task keeps is not known" if kept is None else f"the task keeps {100 * kept:.3g} % of its value"
    output.plain(
        f"{word}: {len(resisting(first))} ways to resist before, {len(resisting(second))} after; "
        f"{task}, measured on the smaller charter."
    )
    output.plain(f"Whole report: {folder / 'report.html'}    Try it yourself: remit check {folder / 'remit.yaml'}")
    return ExitCode.YES if good else ExitCode.NO


def _released(folder: Path, output: Output) -> None:
    """Write the safety case of the smaller charter, and say what the gate says and why, in plain words."""
    from remit.assurance.profiles import draft_case
    from remit.assurance.views.state import state_of_case
    from remit.charter.reader import read_charter
    from remit.cli.files import write_file
    from remit.clock import SystemClock

    clock = SystemClock()
    path = folder / "case.yaml"
    smaller = read_charter(folder / "smaller.yaml")
    text = draft_case(smaller, profile=None, today=clock.now().date(), file="smaller.yaml")
    write_file(path, text)
    state = state_of_case(path, clock=clock)
    case, release = state.assessment.case, state.release
    output.plain()
    output.plain(f"3. May it be released under {folder / 'smaller.yaml'}? Its safety case is {path}:")
    output.plain()
    output.plain(f"{release.verdict.value}: a charter without findings shows what the agent may do, not what it does.")
    output.plain(
        f"{len(case.hazards)} hazards, {len(case.claims)} claims and {len(case.evidence)} pieces of evidence; "
        f"{len(case.defeaters)} doubts are open. First among {len(release.reasons)} reasons:"
    )
    for reason in release.reasons[:_REASONS]:
        output.plain(f"  {reason.claim}: {reason.why}")
    output.plain(f"What would change that: remit gate {path}")
