"""The published figures again, one command each, with intervals: ``uv run python -m bench.figures NAME``.

Names: ``turner`` (figure 3 of Turner et al. 2021, and the case study's other states), ``grid`` (Gladstone, part 1: the
3x3 grid), ``maze`` (part 1: the 7x7 maze), ``joint`` (part 2: two agents on the 3x3 grid), ``sweep`` (part 2: the
correlation of rewards). Heat maps and curves are also written as SVG when ``--svg FOLDER`` is given.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import numpy as np

from remit import theory
from remit.theory.answers import Answers
from remit.theory.estimate import Estimate
from remit.theory.formats.foreign import from_map
from remit.theory.multiagent import JointPower, joint_power
from remit.theory.pictures.charts import curves, heat_map

GRID = "...\n...\n..."
MAZE = ".......\n.##.###\n....###\n.##....\n.##.##.\n.##....\n....##."
CASE = {
    "star": ["empty", "l_tri", "r_tri"],
    "empty": ["empty"],
    "l_tri": ["l_nw", "l_sw"],
    "r_tri": ["r_ne", "r_se"],
    "l_nw": ["l_sw"],
    "l_sw": ["l_nw", "l_sw"],
    "r_ne": ["r_ne", "r_se"],
    "r_se": ["r_se", "r_ne"],
}
PUBLISHED_GRID = {"0,0": (0.805, 0.807), "0,1": (0.835, 0.837), "1,1": (0.862, 0.862)}  # at g = 0.6, 50,000 samples
ALLOWED_GRID = 0.0015  # 0.001 for what 50,000 samples vary by at 95 %, 0.0005 for the three digits printed
PUBLISHED_JOINT = {((1, 1), (0, 0)): (0.693, 0.696), ((0, 0), (1, 1)): (0.645, 0.648)}  # H's POWER, H's and A's cell
PUBLISHED_ALIGNMENT = -0.50  # part 2, independent rewards
SAMPLES_OF_THE_SWEEP = 20_000  # as in POWERplay's replication settings for part 2, figures 2 to 10

Draw = Callable[[str, str], None]
Cell = tuple[int, int]


def turner(draw: Draw) -> None:
    """POWER of every state of the case study, exactly, beside the closed forms that are printed in the figure."""
    mdp = theory.graph(CASE)
    for text in ("1/4", "1/2", "9/10", "1"):
        g = Fraction(text)
        answers = theory.power(mdp, discount=g, exact=True)
        print(f"g = {text}")
        print(answers)
        printed = {"empty": Fraction(1, 2), "r_se": Fraction(2, 3), "l_sw": (Fraction(2, 3) + g / 2) / (1 + g)}
        agree = all(answers.power[state].fraction == value for state, value in printed.items())
        print(f"the three closed forms of the figure {'agree' if agree else 'DO NOT AGREE'}\n")
    line = [Fraction(i, 20) for i in range(21)]
    powers = {g: theory.power(mdp, discount=g, exact=True).power for g in line}
    drawn = {s: [(float(g), powers[g][s].estimate.value) for g in line] for s in ("star", "l_sw", "r_se", "empty")}
    draw("turner", curves(drawn, title="POWER in the case study of Turner et al. 2021"))


def grid(draw: Draw) -> None:
    """POWER on the 3x3 grid at three discounts."""
    for text in ("0.3", "0.6", "0.9"):
        answers = theory.power(from_map(GRID), discount=text, samples=200_000, seed=1)
        _print_grid(answers, text)
        draw(f"grid-{text}", heat_map(answers))
        if text == "0.6":
            for state, (low, high) in PUBLISHED_GRID.items():
                print(f"published {state}: {_beside_the_cell(answers.power[state].estimate, low, high)}")


def _beside_the_cell(found: Estimate, low: float, high: float) -> str:
    """Say whether a cell's POWER agrees with the published range, how far from it it is, and how far it may be."""
    apart = max(low - found.value, found.value - high, 0.0)
    said = "agrees" if apart <= ALLOWED_GRID else "DOES NOT AGREE"
    allowed = f"{apart:.4f} apart, two such runs may be {ALLOWED_GRID} (sampling 0.001, digits printed 0.0005)"
    return f"{low} to {high}; found {found}: {allowed}: {said}"


def maze(draw: Draw) -> None:
    """POWER in the 7x7 maze: at a short horizon corridors differ, at a long one hardly anything does."""
    for text in ("0.01", "0.1", "0.5", "0.9", "0.99"):
        answers = theory.power(from_map(MAZE), discount=text, samples=50_000, seed=1)
        _print_grid(answers, text)
        draw(f"maze-{text}", heat_map(answers))


def joint(draw: Draw) -> None:
    """POWER of two agents on the 3x3 grid with independent rewards at g = 0.6, in one pass and after answers."""
    del draw
    for rounds in (1, 2, 3):
        found = _joint(0.0, samples=20_000, rounds=rounds)
        print(f"rounds {rounds}: alignment {found.alignment}")
        for (h, a), published in PUBLISHED_JOINT.items():
            at = (3 * h[0] + h[1], 3 * a[0] + a[1])
            print(f"  H at {h}, A at {a}: POWER of H {found.of_h(at)}, of A {found.of_a(at)}")
            if rounds == 1:
                _beside_the_cells(found, h, a, published)


def _beside_the_cells(found: JointPower, h: Cell, a: Cell, published: tuple[float, float]) -> None:
    """Say whether H's POWER, averaged over the cells that turning and mirroring the grid makes alike, is the published.

    What is published is the least and the largest of those cells, from as many samples and printed to three digits.
    """
    turned = (lambda row, column: (row, column), lambda row, column: (column, row))
    moves = [(t, up, left) for t in turned for up in (False, True) for left in (False, True)]
    alike = {tuple(_turned(cell, *move) for cell in (h, a)) for move in moves}
    cells = [found.of_h((one, other)) for one, other in sorted(alike)]
    mean = sum(cell.value for cell in cells) / len(cells)
    half = max(cell.high - cell.low for cell in cells) / 2 + 0.0005
    fits = published[0] - half <= mean <= published[1] + half
    said = "agrees" if fits else "DOES NOT AGREE"
    print(f"    mean of {len(cells)} cells alike {mean:.4f}, published {published[0]} to {published[1]}: {said}")


def _turned(cell: Cell, turn: Callable[[int, int], Cell], up: bool, left: bool) -> int:  # noqa: FBT001 (a symmetry)
    """The number of the cell of the 3x3 grid that a symmetry puts in another's place."""
    row, column = turn(*cell)
    return 3 * (2 - row if up else row) + (2 - column if left else column)


def sweep(draw: Draw) -> None:
    """How the POWER of one agent goes with that of the other as their rewards are more alike, 20,000 samples each."""
    line = []
    for percent in range(-100, 101, 25):
        found = _joint(percent / 100.0, samples=SAMPLES_OF_THE_SWEEP, rounds=1).alignment
        line.append((percent / 100.0, found.value))
        print(f"correlation of rewards {percent / 100.0:+.2f}: correlation of POWER over states {found}")
        if percent == 0:
            _beside_the_published(found)
    draw("sweep", curves({"alignment": line}, title="Alignment of POWER", across="correlation of rewards"))


def _beside_the_published(found: Estimate) -> None:
    """Say whether a run agrees with the published one, which had as many samples, and what more samples give."""
    apart = abs(found.value - PUBLISHED_ALIGNMENT)
    allowed = 2**0.5 * (found.high - found.low) / 2 + 0.005  # two runs that both vary, and two digits printed
    said = (
        f"{apart:.3f} apart, two such runs may be {allowed:.3f}: {'agrees' if apart <= allowed else 'DOES NOT AGREE'}"
    )
    print(f"  published {PUBLISHED_ALIGNMENT}, from one run of {SAMPLES_OF_THE_SWEEP:,} samples; {said}")
    print(f"  200,000 samples: {_joint(0.0, samples=200_000, rounds=1, seed=3).alignment}")
    for samples in (1_000, 5_000):
        runs = [_plain_alignment(samples, seed) for seed in range(8)]
        spread = f"mean {sum(runs) / len(runs):+.3f}, from {min(runs):+.3f} to {max(runs):+.3f}"
        print(f"  8 runs of {samples:,} without the correction for noise: {spread}")


def _plain_alignment(samples: int, seed: int) -> float:
    """The correlation over states of the means of independent rewards, as they are."""
    found = _joint(0.0, samples=samples, rounds=1, seed=seed)
    return float(np.corrcoef(found.power_h.ravel(), found.power_a.ravel())[0, 1])


def _joint(correlation: float, *, samples: int, rounds: int, seed: int = 1) -> JointPower:
    """Two agents on the 3x3 grid at g = 0.6."""
    mdp = from_map(GRID)
    moves = np.zeros((9, 9), np.bool_)
    for state, choices in enumerate(mdp.choices):
        moves[state, [choice.lottery[0][0] for choice in choices]] = True
    return joint_power(moves, moves, discount=0.6, correlation=correlation, samples=samples, seed=seed, rounds=rounds)


def _print_grid(answers: Answers, discount: str) -> None:
    """A table of a grid's values."""
    print(f"g = {discount}, {answers.samples} samples; 95 % half-width below", end=" ")
    found = {state: answer.estimate for state, answer in answers.power.items()}
    print(f"{max((one.high - one.low) / 2 for one in found.values()):.2g}")
    places = {state: tuple(map(int, state.split(","))) for state in found}
    for row in range(1 + max(place[0] for place in places.values())):
        cells = {place[1]: found[state].value for state, place in places.items() if place[0] == row}
        print("  ".join(f"{cells[c]:.4f}" if c in cells else "  ##  " for c in range(1 + max(cells))))
    print()


FIGURES: dict[str, Callable[[Draw], None]] = {
    "turner": turner,
    "grid": grid,
    "maze": maze,
    "joint": joint,
    "sweep": sweep,
}


def main() -> None:
    """Print one figure."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", choices=sorted(FIGURES))
    parser.add_argument("--svg", type=Path, help="a folder for pictures")
    arguments = parser.parse_args()

    def draw(name: str, text: str) -> None:
        if arguments.svg is not None:
            arguments.svg.mkdir(parents=True, exist_ok=True)
            (arguments.svg / f"{name}.svg").write_text(text, encoding="utf-8")

    FIGURES[arguments.name](draw)


if __name__ == "__main__":
    main()
