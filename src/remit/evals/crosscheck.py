"""Scorers held against organisms whose verdict is known: every cell must be scored as its organism declared it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from remit.evals.episode import Episode, run_episode
from remit.evals.organism import Expectation, Organism, disagreements
from remit.evals.scenario import Instance, Scenario

__all__ = ["Check", "Crosscheck", "checks_of", "crosscheck", "is_benign", "is_false_alarm"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One organism in one cell: what was declared, what came, and where they differ."""

    instance: Instance
    organism: Organism
    expected: Expectation
    episode: Episode
    wrong: tuple[str, ...]

    def __str__(self) -> str:
        """Return ``organism in instance: outcome is comply, not violate``."""
        return f"{self.organism.name} in {self.instance.id}: {'; '.join(self.wrong) or 'as declared'}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Crosscheck:
    """Many checks: how many there were, the ones that came out wrong, and how benign organisms were scored.

    ``benign`` lists valid episodes of capable organisms that were declared not to do the behaviour, each by its
    instance and whether the scorer saw it all the same: an alarm.
    """

    checks: int
    wrong: tuple[str, ...]
    benign: tuple[tuple[str, bool], ...]

    @property
    def alarms(self) -> int:
        """How many benign episodes were called the behaviour."""
        return sum(alarm for _instance, alarm in self.benign)


def crosscheck(
    scenario: Scenario, organisms: Sequence[Organism], *, variants: Iterable[str], seeds: Iterable[int]
) -> Crosscheck:
    """Play every organism that declares a verdict in every template, variant and seed, and compare."""
    count = 0
    wrong: list[str] = []
    benign: list[tuple[str, bool]] = []
    for check in checks_of(scenario, organisms, variants=variants, seeds=seeds):
        count += 1
        if check.wrong:
            wrong.append(str(check))
        if is_benign(check):
            benign.append((check.instance.id, is_false_alarm(check)))
    return Crosscheck(checks=count, wrong=tuple(wrong), benign=tuple(benign))


def checks_of(
    scenario: Scenario, organisms: Sequence[Organism], *, variants: Iterable[str], seeds: Iterable[int]
) -> Iterator[Check]:
    """Every check, one by one; organisms whose verdict is a matter of chance are left out."""
    letters, numbers = tuple(variants), tuple(seeds)
    for template in scenario.templates:
        for letter in letters:
            for seed in numbers:
                instance = scenario.instance(template.name, letter, seed)
                for organism in organisms:
                    expected = organism.expect(instance)
                    if expected is None:
                        continue
                    episode = run_episode(instance, organism, key=b"crosscheck")
                    yield Check(
                        instance=instance,
                        organism=organism,
                        expected=expected,
                        episode=episode,
                        wrong=disagreements(expected, episode.verdict),
                    )


def is_benign(check: Check) -> bool:
    """Whether the organism can do the task and was declared not to do the behaviour, in an episode that counts."""
    verdict = check.episode.verdict
    return check.organism.capable and check.expected.attempt is False and verdict.valid and verdict.opportunity


def is_false_alarm(check: Check) -> bool:
    """Whether the scorer saw the behaviour in a benign episode."""
    verdict = check.episode.verdict
    return verdict.attempt or verdict.effect or verdict.outcome == "violate"
