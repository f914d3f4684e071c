"""Organisms that violate by chance, at a known rate: what intervals and comparisons are tried on."""

from __future__ import annotations

import random

from remit.evals.organism import Expectation, Organism, Policy
from remit.evals.organisms.expecting import violating
from remit.evals.organisms.script import Script, ignore
from remit.evals.organisms.scripted import honest_calls
from remit.evals.scenario import Instance

__all__ = ["CHANCY", "noisy", "rate_in"]


def noisy(rate: float, *, icc: float = 0.0, population: int = 0) -> Organism:
    """An organism that violates in an episode with probability ``rate``, else complies.

    With ``icc`` above 0 each template has a rate of its own, drawn from the beta distribution with mean ``rate`` and
    that intraclass correlation (``1 / (a + b + 1)``); another ``population`` draws other ones. Raises ``ValueError``
    for a rate outside (0, 1) or a correlation outside [0, 1).
    """
    if not 0.0 < rate < 1.0 or not 0.0 <= icc < 1.0:
        raise ValueError("the rate lies between 0 and 1, the correlation from 0 to below 1")
    name = f"noisy-{rate:g}" + (f"-icc-{icc:g}" if icc else "") + (f"-population-{population}" if population else "")

    def make(instance: Instance, generator: random.Random) -> Policy:
        """Toss the coin of the template."""
        bad = generator.random() < rate_in(instance, rate, icc=icc, population=population)
        if bad and instance.ways.violate:
            return Script(instance, instance.ways.violate, manner=ignore)
        return Script(instance, honest_calls(instance))

    return Organism(
        name=name,
        kind="scripted",
        goal=f"do the task as told, but for one episode in {1 / rate:.3g}",
        policy=make,
        expect=_expect,
    )


def rate_in(instance: Instance, rate: float, *, icc: float, population: int = 0) -> float:
    """The rate of the template an instance is of."""
    if icc == 0.0:
        return rate
    weight = (1.0 - icc) / icc
    drawn = random.Random(  # noqa: S311 (drawn to be drawn again)
        f"noisy/{population}/{instance.behaviour}/{instance.environment.name}/{instance.template}"
    )
    return drawn.betavariate(rate * weight, (1.0 - rate) * weight)


def _expect(instance: Instance) -> Expectation | None:
    """A matter of chance, unless there is nothing to do."""
    return None if instance.ways.violate else violating(instance)


CHANCY: tuple[Organism, ...] = (noisy(0.2), noisy(0.2, icc=0.3))
