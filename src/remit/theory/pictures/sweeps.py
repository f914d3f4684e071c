"""The same question at many discounts: how answers change with how far an agent looks ahead."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from fractions import Fraction

from remit.errors import InvalidMDPError, ModelError
from remit.theory.answers import Answers, Request, answer
from remit.theory.pictures.charts import curves, short
from remit.theory.progress import Progress, unheard, within
from remit.theory.rational import RationalMDP, number_at

__all__ = ["Sweep", "discounts_of", "swept"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sweep:
    """Answers to one question at discounts in rising order."""

    answers: tuple[Answers, ...]

    def as_json(self) -> dict[str, object]:
        """Return the discounts, and the object of ``Answers.as_json`` at each."""
        return {
            "discounts": [float(one.discount) for one in self.answers],
            "answers": [one.as_json() for one in self.answers],
        }

    def svg(self) -> str:
        """Return POWER of each state over the discount as curves, how it was found said; ``ModelError`` for none."""
        lines = {
            state: [(float(one.discount), one.power[state].estimate.value) for one in self.answers]
            for state in (self.answers[0].power if self.answers else ())
        }
        wide = any(answer.estimate.low < answer.estimate.high for one in self.answers for answer in one.power.values())
        hows = [*(one.how for one in self.answers), *(["intervals are not drawn"] if wide else [])]
        rewards = self.answers[0].rewards if self.answers else ""
        return curves(
            lines,
            title=f"POWER over the discount, rewards {short(rewards, 50)}",
            under=short("; ".join(dict.fromkeys(hows)), 180),
        )

    def _repr_svg_(self) -> str:
        """Return the curves for a notebook."""
        return self.svg()


def swept(
    mdp: RationalMDP,
    wanted: Request,
    discounts: Sequence[Fraction],
    told: Callable[[str], None] | None = None,
    report: Progress = unheard,
) -> Iterator[Answers]:
    """Yield the answers at each discount, as they are found; ``told``, ``report`` and errors as ``answers.answer``."""
    for number, discount in enumerate(discounts, 1):
        inner = within(report, f"discount {number} of {len(discounts)}")
        yield answer(mdp, replace(wanted, discount=discount), told, inner)


def discounts_of(words: str) -> tuple[Fraction, ...]:
    """Read ``0,1/2,0.99`` or ``LOW:HIGH:STEP``; rising, each once. Raises ``ModelError`` for anything else."""
    try:
        if ":" in words:
            low, high, step = (number_at(part, "discounts") for part in words.split(":"))
            count = (high - low) / step if step > 0 else Fraction(-1)
            found = {low + number * step for number in range(int(count) + 1)} if 0 <= count <= 10_000 else set()
        else:
            found = {number_at(part, "discounts") for part in words.split(",")}
    except (ValueError, InvalidMDPError):
        found = set()
    if not found or min(found) < 0 or max(found) > 1:
        raise ModelError(f"`{words[:60]}` names no discounts in [0, 1]", hint="write 0,1/2,0.99 or 0:1:0.1")
    return tuple(sorted(found))
