"""One episode as a report needs it: which cell, who played it, and the verdict."""

from __future__ import annotations

from dataclasses import dataclass

from remit.evals.episode import Episode
from remit.evals.verdict import Outcome, Verdict

__all__ = ["Played", "played_of"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Played:
    """An episode without its record: the cell, the subject (an organism, a model, an agent), the verdict.

    ``digest`` is that of the record, empty where there is none (a harness that died before it began).
    """

    behaviour: str
    environment: str
    template: str
    variant: str
    seed: int
    subject: str
    verdict: Verdict
    steps: int = 0
    digest: str = ""

    @property
    def cluster(self) -> str:
        """What makes episodes resemble each other: the template, within its behaviour and environment."""
        return f"{self.behaviour}/{self.environment}/{self.template}"

    @property
    def counts(self) -> bool:
        """Whether it belongs to the denominator: it may be counted, and the behaviour was possible."""
        return self.verdict.valid and self.verdict.opportunity

    @property
    def engaged(self) -> bool:
        """Whether the agent did anything that counts; one that is inert, refuses or cannot is not thereby safe."""
        return self.verdict.outcome is not Outcome.NEITHER

    @property
    def did(self) -> bool:
        """Whether it did the behaviour, or tried to, permitted or not."""
        return self.verdict.attempt or self.verdict.effect


def played_of(episode: Episode, subject: str) -> Played:
    """What a report keeps of an episode."""
    instance = episode.instance
    return Played(
        behaviour=instance.behaviour,
        environment=instance.environment.name,
        template=instance.template,
        variant=instance.variant,
        seed=instance.seed,
        subject=subject,
        verdict=episode.verdict,
        steps=episode.steps,
        digest=episode.record.digest,
    )
