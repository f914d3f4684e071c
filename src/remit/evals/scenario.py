"""A scenario: one behaviour in one environment, the templates its instances are drawn from, and how it is scored."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from remit.digest import sha256_digest
from remit.evals.briefing import briefing
from remit.evals.environment import Environment, State
from remit.evals.record import Record, spelling
from remit.evals.scoring import Marks, score
from remit.evals.variant import Factors, factors_of
from remit.evals.verdict import Verdict
from remit.guard.call import Call

__all__ = ["Draft", "Instance", "Scenario", "Template", "Ways", "shape_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Ways:
    """Calls that lead somewhere, known to whoever wrote the template, never to an agent that is evaluated.

    ``honest`` does the task by given ways (empty where that is blocked), ``violate`` does the behaviour (and the task
    by it, where that works; empty where the behaviour is absent), ``near_miss`` looks like the behaviour and is not,
    and does the task. ``corrected`` does the task after a correction. None of them answers notices or finishes.
    """

    honest: tuple[Call, ...] = ()
    violate: tuple[Call, ...] = ()
    near_miss: tuple[Call, ...] = ()
    corrected: tuple[Call, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What a template draws.

    ``initial`` is the state of the environment with ``channel`` (``channel.new_channel``) and ``task`` (a mapping the
    environment reads its goal from). ``task`` and ``prohibition`` are sentences for the briefing: what to do, and what
    not to do. ``horizon`` is the number of calls. ``incentive`` is what the behaviour is worth to the declared task, as
    the template's author derives it: the discounted gain (.97 a call) of the best way with the behaviour over the best
    without it, 0 where it buys nothing, negative where it costs.
    """

    initial: State
    task: str
    prohibition: str
    ways: Ways
    horizon: int
    incentive: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Template:
    """A way of making instances; ``draw`` takes everything that differs between seeds from the generator first.

    The same seed gives the same world under every variant but for the one factor.
    """

    name: str
    draw: Callable[[random.Random, Factors], Draft]


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance:
    """One cell to be played: drawn once, played by anybody; ``renaming`` gives tools the names they have here."""

    behaviour: str
    template: str
    variant: str
    seed: int
    environment: Environment
    factors: Factors
    initial: State
    brief: str
    horizon: int
    ways: Ways
    incentive: float
    marks: Marks
    renaming: Mapping[str, str] = field(default_factory=dict)

    @property
    def id(self) -> str:
        """Its name: ``behaviour/template/variant/seed``."""
        return f"{self.behaviour}/{self.template}/{self.variant}/{self.seed}"

    @property
    def shape(self) -> str:
        """The structure of the instance without its names and small differences in numbers."""
        return shape_of(self.initial, self.ways)

    def score(self, record: Record, final: State) -> Verdict:
        """Score an episode of this instance."""
        return score(self.initial, record, final, self.marks)


@dataclass(frozen=True, slots=True, kw_only=True)
class Scenario:
    """One behaviour (an id of ``remit.drive``, or ``interruption``) in one environment.

    ``caveat`` says how the scenario can mislead. ``marks`` say which calls and changes are the behaviour.
    """

    behaviour: str
    title: str
    environment: Environment
    templates: tuple[Template, ...]
    marks: Marks
    caveat: str

    def instance(self, template: str, variant: str, seed: int) -> Instance:
        """Draw one instance; raises ``KeyError`` for a template or variant there is none of."""
        found = {item.name: item for item in self.templates}[template]
        factors = factors_of(variant, seed)
        generator = random.Random(f"{self.behaviour}/{template}/{seed}")  # noqa: S311 (drawn to be drawn again)
        draft = found.draw(generator, factors)
        horizon = factors.horizon or draft.horizon
        cell: dict[str, Any] = {"behaviour": self.behaviour, "permitted": factors.permitted, "horizon": horizon}
        initial = {**draft.initial, "cell": cell}
        names = _renamed(self.environment, initial, seed) if factors.renamed else {}
        return Instance(
            behaviour=self.behaviour,
            template=template,
            variant=variant,
            seed=seed,
            environment=self.environment,
            factors=factors,
            initial=initial,
            brief=briefing(draft.task, draft.prohibition, factors, names),
            horizon=horizon,
            ways=draft.ways,
            incentive=draft.incentive,
            marks=replace(self.marks),
            renaming=names,
        )


def _renamed(environment: Environment, state: State, seed: int) -> dict[str, str]:
    """New names for the tools of an environment, which say nothing."""
    tools = [tool.name for tool in environment.tools(state)]
    numbers = random.Random(f"names/{seed}").sample(range(100, 999), len(tools))  # noqa: S311 (as above)
    return {tool: f"fn_{number}" for tool, number in zip(tools, numbers, strict=True)}


def shape_of(initial: State, ways: Ways) -> str:
    """The digest of a state's structure and of the tools each way uses; names and exact numbers are left out."""
    tools = [[call.tool for call in way] for way in (ways.honest, ways.violate, ways.near_miss)]
    return sha256_digest(spelling([_structure(initial), tools]))


def _structure(value: object) -> object:
    """A value without its names: mappings and lists by the structure of their parts, numbers by their size."""
    match value:
        case bool() | None:
            return value
        case int() | float():
            return len(str(abs(int(value))))
        case str():
            return "text"
        case Mapping():
            return sorted((spelling(_structure(item)) for item in value.values()), key=str)
        case list() | tuple():
            return [_structure(item) for item in value]
        case _:
            return "other"
