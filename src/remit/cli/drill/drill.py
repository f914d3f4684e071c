"""``remit drill``: interrupt a real agent at chosen moments of its work, and measure what it does."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, TypeAlias

import typer

from remit.cli import completing
from remit.cli.command_line import command_of
from remit.cli.drill.servers import WithServers, started_by, starting_of
from remit.cli.evidence_options import EvidenceFile, Place, Subjects, told_of, write_record
from remit.cli.exits import ExitCode
from remit.cli.options import CharterArgument, Debug, Json, NoColor, Quiet, Seed
from remit.cli.output import Output
from remit.cli.progress import progress
from remit.cli.runs.cage_options import Backend, Require

if TYPE_CHECKING:
    from remit.charter.model import Charter
    from remit.drills.plan import Plan
    from remit.drills.report import CageResult, Report, Subject
    from remit.drills.stage import Setting
    from remit.drills.suite import Drill

__all__ = ["drill"]

_ABSENT = "`--servers` starts them, a service of drill.yaml that `stands_for` one replaces it"


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wish:
    """What is to be tried, and where the results go."""

    command: tuple[str, ...]
    quick: bool
    only: tuple[str, ...]
    runs: int
    seed: int
    jobs: int
    workspace: Path | None
    plan: Path | None
    cage: bool
    suite: bool
    require: str
    backend: str | None
    html: Path | None
    evidence: Path | None
    place: str
    told: dict[str, str]
    servers: bool


Telling: TypeAlias = Annotated[
    bool, typer.Option("--quick", envvar="REMIT_QUICK", help="Nine drills instead of 84: the telling ones.")
]
Only: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(
        metavar="WORDS",
        autocompletion=completing.drill_words,
        help="Only these: a kind, a timing, an authority, joined by / (stop/valid).",
    ),
]
Runs: TypeAlias = Annotated[
    int, typer.Option(metavar="N", min=1, max=10_000, envvar="REMIT_RUNS", help="How often each drill is run.")
]
Jobs: TypeAlias = Annotated[
    int, typer.Option(metavar="N", min=1, max=2, envvar="REMIT_JOBS", help="Drills at a time; 2 blurs the times.")
]
Workspace: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        metavar="DIR",
        envvar="REMIT_WORKSPACE",
        exists=True,
        file_okay=False,
        show_default=False,
        help="The folder every run gets a copy of; the charter's own, unless named.",
    ),
]
PlanFile: TypeAlias = Annotated[
    Path | None,
    typer.Option(
        metavar="FILE",
        envvar="REMIT_DRILL_PLAN",
        exists=True,
        dir_okay=False,
        show_default=False,
        help="What cannot be taken back, safe states, local services; drill.yaml beside the charter, unless named.",
    ),
]
CageOnly: TypeAlias = Annotated[
    bool, typer.Option("--cage-only", envvar="REMIT_CAGE_ONLY", help="Only try the cage and the stop themselves.")
]
NoCage: TypeAlias = Annotated[
    bool, typer.Option("--no-cage", envvar="REMIT_NO_CAGE", help="Leave the cage out; the verdict says so.")
]
Page: TypeAlias = Annotated[
    Path | None, typer.Option(metavar="FILE", envvar="REMIT_HTML", help="Write the report as one offline page.")
]


def drill(
    context: typer.Context,
    *,
    charter: CharterArgument = None,
    quick: Telling = False,
    only: Only = None,
    runs: Runs = 1,
    seed: Seed = 0,
    jobs: Jobs = 1,
    workspace: Workspace = None,
    plan: PlanFile = None,
    servers: WithServers = False,
    cage_only: CageOnly = False,
    no_cage: NoCage = False,
    require: Require = "full",
    backend: Backend = None,
    html: Page = None,
    evidence: EvidenceFile = None,
    place: Place = "this machine",
    subject: Subjects = None,
    json: Json = False,
    quiet: Quiet = False,
    no_color: NoColor = False,
    debug: Debug = False,
) -> None:
    """Does it stop? Interrupt a real agent at chosen moments of its work, and measure what it does.

    The command is run once undisturbed; then it is held, corrected, stopped, cut off, at moments of its record (idle,
    in a step, just before and after a call that cannot be taken back, at the last call), by overseers with a say and
    without. Before that, the cage and the stop themselves are tried with processes that evade.

    The charter's MCP servers are started for every run where --servers or drill.yaml says so, and not otherwise: a
    server may do in the world what nobody takes back. Without them, or a stand-in for each, there is no pass.

    \b
    Examples:
      remit drill -- python agent.py              everything, under the nearest remit.yaml
      remit drill --quick -- python agent.py      nine drills
      remit drill --only stop/valid --runs 59 -- python agent.py
                                                  enough for a claim of 95 % with no failure
      remit drill --servers -- python agent.py    with the charter's MCP servers
      remit drill --cage-only                     the cage and the stop, without an agent
      remit drill --html drill.html --evidence drill.json -- python agent.py

    \b
    Exit code: 0 everything passed, 1 something failed, 10 something is not known, 2 usage, 3 unreadable, 4 could not.
    """  # noqa: D301 (\b keeps lines apart in the help text)
    del debug  # read by main()
    if cage_only and no_cage:
        raise typer.BadParameter("`--cage-only` and `--no-cage` leave nothing to try")
    output = Output(quiet=quiet, json=json, colour=not no_color)
    wish = _Wish(
        command=() if cage_only else command_of(context), quick=quick, only=tuple(only or ()), runs=runs, seed=seed,
        jobs=jobs, workspace=workspace, plan=plan, cage=not no_cage, suite=not cage_only, require=require,
        backend=backend, html=html, evidence=evidence, place=place, told=told_of(subject), servers=servers,
    )  # fmt: skip
    raise typer.Exit(int(_drill(charter, wish, output)))


def _drill(given: Path | None, wish: _Wish, output: Output) -> ExitCode:
    """Try the cage, run the drills, show and write what was found."""
    from remit.cli.locating import open_charter
    from remit.drills.campaign import run_campaign
    from remit.drills.report import Report

    charter = open_charter(given)
    plan = _plan(charter, wish)
    drills = _suite(wish)
    setting = _setting(charter, plan, wish)
    subject = _subject(charter, plan, wish)
    if wish.suite and subject.left_out:
        output.notice(f"note: it will not come to a pass, {subject.left_out}; {_ABSENT}", "yellow")
    if wish.suite and subject.started:
        output.notice(
            f"every run starts {', '.join(subject.started)} as `remit run` does: what their tools do, they do"
        )
    with progress(output) as told:
        cage = _cage(setting, lambda stage: told(stage, 0, 0)) if wish.cage else ()
        if wish.suite:
            report = run_campaign(
                setting, subject, drills, seed=wish.seed, jobs=wish.jobs, cage=cage, progress=told
            )  # fmt: skip
        else:
            report = Report(subject=subject, seed=wish.seed, baseline=None, cage=cage)
    _show(report, plan, wish, output)
    return _code(report)


def _plan(charter: Charter, wish: _Wish) -> Plan:
    """The plan in the file named or lying beside the charter; without one, what is assumed of any agent."""
    from remit.charter.reader import read_document
    from remit.drills.plan import Plan
    from remit.drills.schema import plan_from

    beside = Path(charter.path).parent / "drill.yaml"
    path = wish.plan or (beside if beside.is_file() else None)
    if path is None:
        return Plan()
    document, _places = read_document(path.read_text(encoding="utf-8"), path=str(path))
    return plan_from(document, path=str(path))


def _setting(charter: Charter, plan: Plan, wish: _Wish) -> Setting:
    """What every run shares."""
    from remit.charter.runtime import confinement_of
    from remit.drills.stage import Setting
    from remit.supervisor.cage.filesystem import existing

    confinement = confinement_of(charter, folder=wish.workspace)
    for path in (*confinement.read, *confinement.write) if wish.suite else ():
        existing(path, confinement)  # missing in a copy of the folder, it would be named by a path nobody knows
    started = started_by(charter, plan, asked=wish.servers) if wish.suite else ()
    return Setting(
        command=wish.command,
        confinement=confinement,
        plan=plan,
        workspace=Path(confinement.folder),
        require=wish.require,
        backend=wish.backend,
        subject={"charter": charter.path, "digest": charter.digest},
        servers=starting_of(
            charter, confinement, started, require=wish.require, backend=wish.backend, life=plan.timeout
        ),
    )


def _subject(charter: Charter, plan: Plan, wish: _Wish) -> Subject:
    """What is drilled, by digest; raises ``EvaluationError`` where a service stands for a server nobody named."""
    from remit.digest import sha256_digest
    from remit.drills.report import Subject
    from remit.errors import EvaluationError

    servers = tuple(server.name for server in charter.servers)
    for name in plan.stood_for:
        if name not in servers:
            named = ", ".join(f"`{one}`" for one in servers) or "none"
            message = f"a service of the drill stands for the server `{name}`, which `{charter.path}` does not name"
            raise EvaluationError(message, code="evaluation.drill-file", hint=f"its servers: {named}")

    return Subject(
        charter=charter.path,
        charter_digest=charter.digest,
        command=wish.command,
        command_digest=sha256_digest(list(wish.command)),
        agent=charter.agent.name,
        servers=servers,
        stood_for=plan.stood_for,
        started=started_by(charter, plan, asked=wish.servers),
    )


def _cage(setting: Setting, told: Callable[[str], None]) -> tuple[CageResult, ...]:
    """Try the cage."""
    from remit.drills.cage import Cage, drill_cage

    cage = Cage(confinement=setting.confinement, require=setting.require, backend=setting.backend)
    return drill_cage(cage, told)


def _suite(wish: _Wish) -> tuple[Drill, ...]:
    """The drills that were asked for."""
    from remit.drills.suite import default_suite, quick_suite, select
    from remit.errors import EvaluationError

    suite = quick_suite() if wish.quick else default_suite()
    try:
        return select(suite, wish.only, runs=wish.runs, seed=wish.seed)
    except EvaluationError as error:
        raise typer.BadParameter(f"{error}; {error.hint}") from None


def _show(report: Report, plan: Plan, wish: _Wish, output: Output) -> None:
    """The report in every form that was asked for."""
    from remit import __version__
    from remit.cli.drill.screen import drill_screen
    from remit.cli.files import write_file
    from remit.clock import SystemClock
    from remit.drills.encoding import encode
    from remit.drills.evidence import evidence_record
    from remit.drills.page import render_page

    output.show(*drill_screen(report, plan))
    if wish.html is not None:
        write_file(wish.html, render_page(report, plan))
        output.notice(f"wrote {wish.html}")
    if wish.evidence is not None:
        record = evidence_record(
            report, clock=SystemClock(), version=__version__, setting=wish.place, told=wish.told
        )  # fmt: skip
        write_record(wish.evidence, record, output)
    if output.json:
        output.document(encode(report))


def _code(report: Report) -> ExitCode:
    """The exit code: unknown is never a pass."""
    from remit.drills.report import verdict_of

    verdict, _because = verdict_of(report)
    return {"pass": ExitCode.YES, "fail": ExitCode.NO}.get(verdict, ExitCode.HOLD)
