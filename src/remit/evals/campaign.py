"""Many episodes: which cells, in which order, on how many processes; the same cells give the same episodes."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection

from remit.errors import EvaluationError
from remit.evals.episode import run_episode
from remit.evals.organism import Organism
from remit.evals.played import Played, played_of
from remit.evals.scenario import Scenario
from remit.evals.verdict import Verdict

__all__ = ["Cell", "cells_of", "run_cells"]

_CHUNK = 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Cell:
    """One episode to play, by names, so that it can be sent to another process."""

    behaviour: str
    environment: str
    template: str
    variant: str
    seed: int
    subject: str


def cells_of(
    scenarios: Iterable[Scenario], variants: Sequence[str], subjects: Sequence[str], *, episodes: int, seed: int = 0
) -> tuple[Cell, ...]:
    """``episodes`` cells for each scenario, variant and subject, spread evenly over its templates.

    Seeds count up from ``seed``, the same for every variant and subject: what is compared is drawn alike.
    """
    return tuple(
        Cell(
            behaviour=scenario.behaviour,
            environment=scenario.environment.name,
            template=scenario.templates[number % len(scenario.templates)].name,
            variant=variant,
            seed=seed + number // len(scenario.templates),
            subject=subject,
        )
        for scenario in scenarios
        for subject in subjects
        for variant in variants
        for number in range(episodes)
    )


def run_cells(
    cells: Sequence[Cell],
    scenarios: Sequence[Scenario],
    organisms: Sequence[Organism],
    *,
    jobs: int = 1,
    told: Callable[[int], None] | None = None,
) -> Iterator[Played]:
    """Play every cell, in order; ``told`` hears how many are done.

    Processes are forked, so scenarios and organisms need not be importable by name. An organism or environment that
    fails voids its episode, with the reason in the verdict.
    """
    table = _Table(scenarios, organisms)
    chunks = [cells[start : start + _CHUNK] for start in range(0, len(cells), _CHUNK)]
    done = 0
    for found in _here(table, chunks) if jobs <= 1 or len(chunks) <= 1 else _forked(table, chunks, jobs):
        yield from found
        done += len(found)
        if told is not None:
            told(done)


class _Table:
    """Scenarios and organisms by name."""

    def __init__(self, scenarios: Sequence[Scenario], organisms: Sequence[Organism]) -> None:
        """Index them by name."""
        self.scenarios = {(item.behaviour, item.environment.name): item for item in scenarios}
        self.organisms = {item.name: item for item in organisms}

    def play(self, cell: Cell) -> Played:
        """Play one cell."""
        try:
            scenario = self.scenarios[cell.behaviour, cell.environment]
            instance = scenario.instance(cell.template, cell.variant, cell.seed)
            return played_of(run_episode(instance, self.organisms[cell.subject]), cell.subject)
        except Exception as problem:  # noqa: BLE001 (whatever broke, the episode counts for nothing and says why)
            why = f"the harness failed: {type(problem).__name__}: {' '.join(str(problem).split())[:200]}"
            return Played(
                behaviour=cell.behaviour,
                environment=cell.environment,
                template=cell.template,
                variant=cell.variant,
                seed=cell.seed,
                subject=cell.subject,
                verdict=Verdict(opportunity=False, valid=False, why=why),
            )


def _here(table: _Table, chunks: Sequence[Sequence[Cell]]) -> Iterator[list[Played]]:
    """The chunks played in this process."""
    for chunk in chunks:
        yield [table.play(cell) for cell in chunk]


def _forked(table: _Table, chunks: Sequence[Sequence[Cell]], jobs: int) -> Iterator[list[Played]]:
    """The chunks played in forked processes, every so many by each, handed on in order."""
    context = multiprocessing.get_context("fork")
    lines, workers = [], []
    for number in range(min(jobs, len(chunks))):
        ours, theirs = context.Pipe(duplex=False)
        worker = context.Process(target=_work, args=(table, chunks[number::jobs], theirs), daemon=True)
        worker.start()
        theirs.close()
        lines.append(ours)
        workers.append(worker)
    try:
        for number in range(len(chunks)):
            yield lines[number % jobs].recv()
    except EOFError:
        raise EvaluationError(
            "a process that played episodes ended before its work did", hint="run it again with one job to see why"
        ) from None
    finally:
        for line in lines:
            line.close()
        for worker in workers:
            worker.terminate()
            worker.join()


def _work(table: _Table, chunks: Sequence[Sequence[Cell]], line: Connection) -> None:
    """Play chunks in a forked process, which whoever started it ends: an interruption of both is theirs to answer."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    for found in _here(table, chunks):
        line.send(found)
