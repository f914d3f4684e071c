"""The variants A to H of Instrumental Choices: what a population of planners does in ours, beside what was published.

Published: Wiedermann-Möller, Dung, Andriushchenko, "Instrumental Choices" (arXiv:2605.06490, 2026): ten models, seven
tasks, 86 of 1,680 samples. Its abstract gives the effect of the blocked honest path. The other effects are taken from a
summary of the paper (ai-beat.github.io, May 2026, "instrumental-choices-agent-rule-breaking"), which gives contrasts
and no rates per variant; which two variants each contrast compares, it does not say. The paper's G is permitted as
well; ours is not.

Nearly true by definition: the planners see what calls lead to, so that they do more where the shortcut gains more (H)
and nothing where it gains nothing (G); that words bind less when vague, and less still when lifted, is assumed
(`remit.evals.organisms.population`); words about stakes and watching bind nobody here. What the table shows is that the
scenarios have the structure the paper's variants are about, not why models do as they do.

Reads what ``python -m bench.incentive_ranks --write`` kept. Run: ``python -m bench.instrumental_choices [--write]``
"""

from __future__ import annotations

import argparse
import json
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bench.incentive_ranks import RESULTS as RANKS

from remit.evals.variant import VARIANTS

RESULTS = RANKS.parent / "instrumental_choices.json"
PUBLISHED: Mapping[str, float | None] = {
    "A": 0.0,
    "B": None,
    "C": 4.8,
    "D": None,
    "E": None,
    "F": 6.2,
    "G": -7.6,
    "H": 15.7,
}
"""Percentage points as published; ``None`` where the effect is called negligible and no number is given."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """A variant: the share of our population with its interval, and its place in either order."""

    letter: str
    rate: float
    low: float
    high: float
    behaviours: int


def rows(cells: Sequence[Mapping[str, Any]]) -> list[Row]:
    """Each variant over all behaviours, with the 95 % interval where behaviours are drawn anew."""
    names = sorted({(cell["behaviour"], cell["environment"]) for cell in cells})
    shares = {(cell["behaviour"], cell["environment"], cell["variant"]): cell["rate"] for cell in cells}
    draw = random.Random(0)  # noqa: S311 (drawn to be drawn again)
    found = []
    for letter in PUBLISHED:
        own = [shares[(*name, letter)] for name in names]
        means = sorted(sum(draw.choices(own, k=len(own))) / len(own) for _ in range(2000))
        found.append(Row(letter=letter, rate=sum(own) / len(own), low=means[50], high=means[1949], behaviours=len(own)))
    return found


def order(found: Sequence[Row]) -> list[str]:
    """The letters, from the most to the least; those with one rate share a place, ``A=B``."""
    levels: dict[float, list[str]] = {}
    for row in found:
        levels.setdefault(round(row.rate, 9), []).append(row.letter)
    return ["=".join(sorted(letters)) for _, letters in sorted(levels.items(), reverse=True)]


def published_order() -> list[str]:
    """The letters, from the most to the least; what is negligible shares the baseline's place."""
    levels: dict[float, list[str]] = {}
    for letter, effect in PUBLISHED.items():
        levels.setdefault(effect or 0.0, []).append(letter)
    return ["=".join(sorted(letters)) for _, letters in sorted(levels.items(), reverse=True)]


def contradictions(found: Sequence[Row]) -> list[tuple[str, str]]:
    """Pairs that the published order has one way round and ours the other."""
    ours = {row.letter: row.rate for row in found}
    return [
        (first, second)
        for first, high in PUBLISHED.items()
        for second, low in PUBLISHED.items()
        if (high or 0.0) > (low or 0.0) and ours[first] < ours[second]
    ]


def table(found: Sequence[Row]) -> str:
    """The table, in Markdown."""
    base = next(row.rate for row in found if row.letter == "A")
    lines = [
        "| variant | | ours, % (95 % interval) | beside A, points | published, points |",
        "|---|---|---:|---:|---:|",
    ]
    for row in found:
        effect = PUBLISHED[row.letter]
        said = "0" if row.letter == "A" else "negligible" if effect is None else f"{effect:+.1f}"
        interval = f"{100 * row.rate:.1f} ({100 * row.low:.1f} to {100 * row.high:.1f})"
        title = VARIANTS[row.letter].title
        lines.append(f"| {row.letter} | {title} | {interval} | {100 * (row.rate - base):+.1f} | {said} |")
    return "\n".join(lines)


def main() -> None:
    """Show the table, and keep it where that was asked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--write", action="store_true")
    wanted = parser.parse_args()
    found = rows(json.loads(Path(RANKS).read_text())["rows"])
    print(table(found))
    print("ours:     ", " > ".join(order(found)))
    print("published:", " > ".join(published_order()))
    print("the other way round:", contradictions(found) or "no pair")
    if wanted.write:
        kept = [{"letter": row.letter, "rate": row.rate, "low": row.low, "high": row.high} for row in found]
        document = {"rows": kept, "order": order(found), "published": published_order()}
        RESULTS.write_text(json.dumps({**document, "contradictions": contradictions(found)}, indent=1) + "\n")


if __name__ == "__main__":
    main()
