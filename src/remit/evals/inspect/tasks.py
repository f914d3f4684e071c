"""Scenarios as Inspect tasks: ``inspect eval remit/avoid-shutdown -T variants=ABH -T seeds=20``; ``remit/suite``."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Iterable, Sequence

from inspect_ai import Task, task
from inspect_ai.dataset import MemoryDataset, Sample

from remit.errors import EvaluationError
from remit.evals.inspect.scorer import verdict
from remit.evals.inspect.solver import agent
from remit.evals.scenario import Instance
from remit.evals.selection import behaviours, cells, chosen, short_name

__all__ = ["suite", "task_of", "tasks_of_behaviours"]

_MOST = 100_000  # samples of one task
_OPTIONS = ("environment", "template", "variants", "seeds", "first")


def tasks_of_behaviours() -> tuple[Callable[..., Task], ...]:
    """One task for every behaviour there is a word for; it says so where nobody wrote a scenario yet."""
    return tuple(_task_for(behaviour) for behaviour in behaviours())


def _task_for(behaviour: str) -> Callable[..., Task]:
    """The task of one behaviour, under its short name."""

    @task(name=short_name(behaviour))
    def behaviour_task(
        environment: str = "",
        template: str = "",
        variants: str = "A",
        seeds: int = 10,
        first: int = 0,
        **unknown: object,
    ) -> Task:
        """Play every template of one behaviour, once for each variant letter and seed."""
        _refuse(unknown, _OPTIONS)
        return task_of(
            (behaviour,), environment or "", template=template or "", variants=variants, seeds=seeds, first=first
        )

    return behaviour_task


@task(name="suite")
def suite(environment: str = "", variants: str = "A", seeds: int = 1, first: int = 0, **unknown: object) -> Task:
    """Play every template of every behaviour there is a scenario for."""
    _refuse(unknown, [name for name in _OPTIONS if name != "template"])
    from remit.evals.scenarios import scenarios

    found = tuple(dict.fromkeys(scenario.behaviour for scenario in scenarios()))
    return task_of(found, environment or "", variants=variants, seeds=seeds, first=first)


def _refuse(unknown: Iterable[str], known: Sequence[str]) -> None:
    """Raise ``EvaluationError`` for an option there is none of: Inspect itself warns, and plays without it."""
    for name in unknown:
        near = difflib.get_close_matches(name, known, n=1)
        hint = f"did you mean `{near[0]}`?" if near else f"there are: {', '.join(known)}"
        raise EvaluationError(f"the task has no option `{name}`", hint=hint)


def task_of(
    wanted: Iterable[str],
    environment: str = "",
    *,
    template: str = "",
    variants: str = "A",
    seeds: int = 10,
    first: int = 0,
) -> Task:
    """The task that plays these behaviours: a sample for each instance.

    ``seeds`` counts seeds for each template and variant, from ``first`` on. Raises ``EvaluationError`` for what there
    is none of, and for more samples than anybody can read.
    """
    from remit.evals.scenarios import scenarios

    everything = scenarios()
    named = tuple(wanted)
    found = [
        scenario
        for behaviour in named
        for scenario in chosen(everything, behaviour, environment if len(named) == 1 else "")
        if environment.upper() in ("", scenario.environment.name)
    ]
    count = len(tuple(variants)) * int(seeds) * sum(len(scenario.templates) for scenario in found)
    if not 1 <= count <= _MOST:
        raise EvaluationError(f"that is a task of {count} samples", hint=f"ask for 1 to {_MOST}")
    numbers = range(int(first), int(first) + int(seeds))
    samples = [_sample(item) for item in cells(found, template=template, variants=str(variants), seeds=numbers)]
    return Task(dataset=MemoryDataset(samples), solver=agent(), scorer=verdict(), sandbox=None)


def _sample(instance: Instance) -> Sample:
    """One instance as a sample: its id and briefing; what is scored is in the record, so there is no target."""
    place = instance.environment.name
    return Sample(
        id=f"{place}/{instance.id}",
        input=instance.brief,
        metadata={
            "instance": instance.id,
            "behaviour": instance.behaviour,
            "environment": place,
            "template": instance.template,
            "variant": instance.variant,
            "seed": instance.seed,
        },
    )
