"""The weights of words for ``remit.monitor.wording``, fitted on all runs that were written out by hand.

A logistic regression (ridge 1) over the words of the acts of each run, each word once, divided by the root of how many
there are and ``LEVEL`` more; of words that stand in acts of six scenarios or more, so that no name of one has a weight.
Nobody reads the runs for this; what the weights are worth is measured on scenarios left out (``bench.monitor_scores``).

Run: ``uv run python -m bench.wording [--write]``
"""

from __future__ import annotations

import argparse
import math
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from bench.transcripts.corpus import WRITTEN_OUT, corpus
from bench.transcripts.labelled import Labelled, opened
from scipy import optimize, sparse

from remit.monitor.event import EventKind
from remit.monitor.wording import LEVEL, Weights, words_of

ROOT = Path(__file__).parents[1]
TABLE = ROOT / "src" / "remit" / "monitor" / "wording.toml"
FEWEST = 6
FOLDS = 10
Array = np.ndarray[Any, np.dtype[np.float64]]


def logistic(matrix: Any, labels: Array, penalty: float = 1.0) -> Array:
    """Weights of a logistic regression with a ridge, the last one the constant."""

    def loss(weights: Array) -> tuple[float, Array]:
        margin = matrix @ weights[:-1] + weights[-1]
        chance = 1 / (1 + np.exp(-np.clip(margin, -30, 30)))
        value = -np.sum(labels * np.log(chance + 1e-12) + (1 - labels) * np.log(1 - chance + 1e-12))
        slope, ridge = chance - labels, penalty * weights[:-1]
        return value + ridge @ weights[:-1] / 2, np.append(matrix.T @ slope + ridge, slope.sum())

    start = np.zeros(matrix.shape[1] + 1)
    found = optimize.minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 100})
    return np.asarray(found.x)


def acts_of(found: Sequence[Labelled]) -> list[frozenset[str]]:
    """The words of the acts of each transcript."""
    return [
        frozenset(word for event in transcript.events if event.kind is EventKind.CALL for word in words_of(event))
        for transcript in opened(found)
    ]


@lru_cache(maxsize=1)
def written_out() -> tuple[tuple[Labelled, frozenset[str]], ...]:
    """Every run written out by hand, with the words of its acts."""
    found = [one for split in WRITTEN_OUT for one in corpus(seed=1, each=1, split=split)]
    return tuple(zip(found, acts_of(found), strict=True))


def fitted(left_out: Collection[str] = ()) -> Weights:
    """The weights of words, fitted on all scenarios but those left out."""
    runs = [(one, words) for one, words in written_out() if one.family not in left_out]
    scenarios: dict[str, set[str]] = defaultdict(set)
    for one, words in runs:
        for word in words:
            scenarios[word].add(one.family)
    known = {word: at for at, word in enumerate(sorted(w for w, where in scenarios.items() if len(where) >= FEWEST))}
    rows, columns, values = [], [], []
    for row, (_, words) in enumerate(runs):
        found = sorted(known[word] for word in words if word in known)
        rows += [row] * len(found)
        columns += found
        values += [1 / math.sqrt(len(found) + LEVEL)] * len(found)
    matrix = sparse.csr_matrix((values, (rows, columns)), shape=(len(runs), len(known)))
    weights = logistic(matrix, np.array([float(one.label) for one, _ in runs]))
    return Weights(round(float(weights[-1]), 4), {word: round(float(weights[at]), 4) for word, at in known.items()})


def folds(families: Collection[str]) -> list[tuple[str, ...]]:
    """Scenarios in ten parts, each to be left out at once."""
    names = sorted(set(families))
    return [part for at in range(FOLDS) if (part := tuple(names[at::FOLDS]))]


def document(weights: Weights) -> str:
    """The weights as they are kept."""
    lines: Mapping[str, float] = weights.words
    head = "# Written by bench/wording.py: what each word of an act adds to the margin of a logistic regression.\n"
    return f"{head}constant = {weights.constant}\n\n[words]\n" + "".join(f"{w} = {x}\n" for w, x in lines.items())


def main() -> None:
    """Fit, print the heaviest words, and with ``--write`` keep all."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help=f"keep the weights in {TABLE.relative_to(ROOT)}")
    options = parser.parse_args()
    weights = fitted()
    ranked = sorted(weights.words, key=lambda word: weights.words[word])
    print(f"{len(ranked)} words of {len({one.family for one, _ in written_out()})} scenarios")
    print("least: " + " ".join(ranked[:30]))
    print("most: " + " ".join(reversed(ranked[-30:])))
    if options.write:
        TABLE.write_text(document(weights), encoding="utf-8")


if __name__ == "__main__":
    main()
