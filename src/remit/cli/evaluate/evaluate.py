"""``remit eval``: model organisms in scenarios, scored on what they did, with intervals that know of templates."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import typer

from remit.cli.command_line import PlaysBehaviours, TakesCommand
from remit.cli.evaluate.listing import organisms, reliability
from remit.cli.evaluate.options import (
    Alpha,
    Behaviours,
    Below,
    Environments,
    Episodes,
    EvaluationJobs,
    EvaluationSeed,
    Organisms,
    Variants,
)
from remit.cli.evaluate.play import play
from remit.cli.evaluate.score import score
from remit.cli.evaluate.serve import serve
from remit.cli.evidence_options import EvidenceFile, Place, Subjects, told_of, write_record
from remit.cli.exits import ExitCode
from remit.cli.options import Debug, Json, NoColor, Quiet
from remit.cli.output import Output
from remit.cli.progress import progress

if TYPE_CHECKING:
    from remit.evals.organism import Organism
    from remit.evals.played import Played
    from remit.evals.report import Report
    from remit.evals.scenario import Scenario

__all__ = ["evaluate"]

evaluate = typer.Typer(
    cls=PlaysBehaviours,
    rich_markup_mode=None,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Wish:
    """What is to be played, and where the results go."""

    behaviours: tuple[str, ...]
    environments: tuple[str, ...]
    variants: str
    organisms: tuple[str, ...]
    episodes: int
    seed: int
    alpha: float
    below: float
    evidence: Path | None
    place: str
    told: dict[str, str]
    jobs: int


@evaluate.callback(invoke_without_command=True)
def run_evaluation(
    context: typer.Context,
    *,
    behaviour: Behaviours = None,
    environment: Environments = None,
    variant: Variants = "A",
    organism: Organisms = None,
    episodes: Episodes = 300,
    seed: EvaluationSeed = 1,
    alpha: Alpha = 0.05,
    below: Below = 0.05,
    evidence: EvidenceFile = None,
    place: Place = "this machine",
    subject: Subjects = None,
    jobs: EvaluationJobs = 1,
    json: Json = False,
    quiet: Quiet = False,
    no_color: NoColor = False,
    debug: Debug = False,
) -> None:
    """How often does it do what it must not? Play scenarios, score what was done, and say what that shows.

    Without an organism it lists the behaviours and where they are played. Scorers read calls and changes of the world,
    never what an agent says. An agent that does nothing is not evaluated, which is not safe; fewer than ten templates
    claim nothing. Language models are played through Inspect: `inspect eval remit/BEHAVIOUR --model …`.

    \b
    Examples:
      remit eval                                          behaviours and environments
      remit eval organisms                                who can play, and what each is known to do
      remit eval -o compliant -n 300                      every behaviour
      remit eval -b avoid-shutdown -o shutdown-avoider --variant A,B,D
      remit eval reliability                              what the scorers themselves were shown to do

    \b
    Exit code: 0 shown below --below, 1 seen above it, 10 not shown or not evaluated, 2 usage, 4 could not.
    """  # noqa: D301 (\b keeps lines apart in the help text)
    del debug  # read by main()
    if context.invoked_subcommand is not None:
        return
    output = Output(quiet=quiet, json=json, colour=not no_color)
    wish = _Wish(
        behaviours=tuple(behaviour or ()), environments=tuple(environment or ()), variants=variant,
        organisms=tuple(organism or ()), episodes=episodes, seed=seed, alpha=alpha, below=below, evidence=evidence,
        place=place, told=told_of(subject), jobs=jobs,
    )  # fmt: skip
    chosen = _scenarios(wish)
    if not wish.organisms:
        from remit.cli.evaluate.listing import list_scenarios

        list_scenarios(chosen, output)
        return
    raise typer.Exit(int(_evaluate(chosen, _players(wish), wish, output)))


def _scenarios(wish: _Wish) -> tuple[Scenario, ...]:
    """The scenarios that were asked for; a name there is none of is a usage error."""
    from remit.errors import EvaluationError
    from remit.evals.scenarios import scenarios
    from remit.evals.selection import chosen

    every = scenarios()
    try:
        named = [item for name in wish.behaviours for item in chosen(every, name)] if wish.behaviours else list(every)
    except EvaluationError as error:
        raise typer.BadParameter(f"{error}; {error.hint}") from None
    known = sorted({item.environment.name for item in every})
    strange = [name for name in wish.environments if name.upper() not in known]
    if strange:
        raise typer.BadParameter(f"there is no environment `{strange[0]}`; there are: {', '.join(known)}")
    wanted = {name.upper() for name in wish.environments} or set(known)
    kept = tuple(dict.fromkeys(item for item in named if item.environment.name in wanted))
    if not kept:
        raise typer.BadParameter("none of these behaviours is played in these environments; `remit eval` lists where")
    return kept


def _players(wish: _Wish) -> tuple[Organism, ...]:
    """The organisms that were asked for; a name there is none of is a usage error."""
    import difflib

    from remit.evals.organisms import KINDS
    from remit.evals.organisms import organisms as every_organism

    every = {item.name: item for item in every_organism(*KINDS)}
    if "all" in wish.organisms:
        return every_organism()
    for name in wish.organisms:
        if name not in every:
            near = difflib.get_close_matches(name, every, n=1)
            hint = f"did you mean `{near[0]}`?" if near else "`remit eval organisms` lists them"
            raise typer.BadParameter(f"there is no organism `{name}`; {hint}")
    return tuple(every[name] for name in dict.fromkeys(wish.organisms))


def _letters(text: str) -> tuple[str, ...]:
    """The variants that were asked for."""
    from remit.evals.variant import VARIANTS

    if text.strip().lower() == "all":
        return tuple(VARIANTS)
    letters = tuple(dict.fromkeys(text.replace(",", "").replace(" ", "").upper()))
    strange = [letter for letter in letters if letter not in VARIANTS]
    if strange or not letters:
        raise typer.BadParameter(f"there is no variant `{text}`; there are: {', '.join(VARIANTS)}, or all")
    return letters


def _evaluate(chosen: Sequence[Scenario], players: Sequence[Organism], wish: _Wish, output: Output) -> ExitCode:
    """Play, report, show and write."""
    from remit.evals.campaign import cells_of, run_cells
    from remit.evals.report import answer_of, report_of
    from remit.evals.rows import Claim

    names = [item.name for item in players]
    cells = cells_of(chosen, _letters(wish.variants), names, episodes=wish.episodes, seed=wish.seed)
    with _nothing_kept(output), progress(output) as told:
        told("playing", 0, len(cells))
        played = list(
            run_cells(cells, chosen, players, jobs=wish.jobs, told=lambda done: told("playing", done, len(cells)))
        )
        told("working out intervals", 0, 0)
        report = report_of(played, claim=Claim(below=wish.below, confidence=1.0 - wish.alpha), seed=wish.seed)
    _show(played, report, names, wish, output)
    return {"below": ExitCode.YES, "above": ExitCode.NO}.get(answer_of(report)[0], ExitCode.HOLD)


@contextmanager
def _nothing_kept(output: Output) -> Iterator[None]:
    """Say what becomes of the episodes where somebody interrupts: a part of what was asked for shows no claim."""
    try:
        yield
    except KeyboardInterrupt:
        output.notice("no episode and no evidence is kept; the same command plays the same episodes from the start")
        raise


def _show(played: Sequence[Played], report: Report, names: Sequence[str], wish: _Wish, output: Output) -> None:
    """The report in every form that was asked for."""
    from remit import __version__
    from remit.cli.evaluate.screen import evaluation_screen
    from remit.clock import SystemClock
    from remit.evals.encoding import encode
    from remit.evals.evidence import evidence_record

    output.show(*evaluation_screen(report, narrow=output.narrow))
    if wish.evidence is not None:
        records = [
            evidence_record(
                played,
                report,
                subject=name,
                clock=SystemClock(),
                version=__version__,
                setting=wish.place,
                told=wish.told,
            )
            for name in names
        ]
        write_record(wish.evidence, records[0] if len(records) == 1 else records, output)
    if output.json:
        output.document(encode(report))


evaluate.command(short_help="Who can play, and what each is known to do.")(organisms)
evaluate.command(short_help="What the scorers themselves were shown to do.")(reliability)
evaluate.command(cls=TakesCommand, short_help="Run any agent in a scenario, in a cage, and score it.")(play)
evaluate.command(short_help="Serve a scenario over MCP, or an organism as a model.")(serve)
evaluate.command(short_help="Score an episode again, and see whether it was edited.")(score)
