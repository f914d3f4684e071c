"""Pictures of answers as plain SVG: POWER over a grid or a list of states, and curves over the discount.

Nothing but text is made; a picture opens in any browser and in a notebook, and every number in it can be pointed at.
"""

import re
from collections.abc import Mapping, Sequence
from html import escape

from remit.errors import ModelError
from remit.theory.answers import Answers

__all__ = ["COLOURS", "curves", "framed", "heat_map", "in_a_grid", "shade"]

CELL, MARGIN = 56, 24
WIDTH, HEIGHT = 480, 300
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#111111")
"""Colours of curves that the colour-blind tell apart (Okabe and Ito 2008)."""
DASHES = ("none", "8 3", "2 3", "9 3 2 3")
"""Strokes of curves, so that they are told apart without colours as well."""
_GRID = re.compile(r"\(?(\d{1,4}),\s*(\d{1,4})\)?")


def heat_map(answers: Answers) -> str:
    """Return POWER as coloured cells, in SVG: where states are named ``row,column`` in their place, else in one line.

    Darker is more; each cell names its state and shows its interval when pointed at.
    """
    places = _places(list(answers.power))
    values = {state: answer.estimate.value for state, answer in answers.power.items()}
    low, high = min(values.values()), max(values.values())
    parts = []
    for state, answer in answers.power.items():
        row, column = places[state]
        x, y = MARGIN + column * CELL, MARGIN + 20 + row * CELL
        share = (values[state] - low) / (high - low) if high > low else 0.5
        ink = "#ffffff" if share > 0.66 else "#111111"  # whichever stands out more from the cell
        parts.append(
            f"<g><title>{escape(state)}: {escape(str(answer))}</title>"
            f'<rect x="{x}" y="{y}" width="{CELL - 2}" height="{CELL - 2}" fill="{shade(share)}"/>'
            f'<text x="{x + CELL // 2 - 1}" y="{y + CELL // 2 + 4}" fill="{ink}" font-size="12" '
            f'text-anchor="middle">{values[state]:.3f}</text></g>'
        )
    rows, columns = (1 + max(place[i] for place in places.values()) for i in (0, 1))
    head = f"POWER at discount {answers.discount} ({answers.method}), {low:.4g} to {high:.4g}"
    return framed(head, "".join(parts), max(2 * MARGIN + columns * CELL, 420), 2 * MARGIN + 20 + rows * CELL)


def curves(lines: Mapping[str, Sequence[tuple[float, float]]], *, title: str, across: str = "discount") -> str:
    """Return named curves through points (x, y) as an SVG chart; raises ``ModelError`` where there are none."""
    points = [point for line in lines.values() for point in line]
    if not points:
        raise ModelError("there are no points to draw")
    (left, right), (low, high) = ((min(axis), max(axis)) for axis in zip(*points, strict=True))
    wide, tall = right - left or 1.0, high - low or 1.0

    def place(point: tuple[float, float]) -> str:
        x = 50 + (point[0] - left) / wide * (WIDTH - 180)
        y = HEIGHT - 40 - (point[1] - low) / tall * (HEIGHT - 90)
        return f"{x:.1f},{y:.1f}"

    parts = [
        f'<rect x="50" y="50" width="{WIDTH - 180}" height="{HEIGHT - 90}" fill="none" stroke="#999999"/>',
        f'<text x="50" y="{HEIGHT - 22}" font-size="11">{left:.4g}</text>',
        f'<text x="{WIDTH - 130}" y="{HEIGHT - 22}" font-size="11" text-anchor="end">{right:.4g}</text>',
        f'<text x="{WIDTH // 2 - 40}" y="{HEIGHT - 8}" font-size="11" text-anchor="middle">{escape(across)}</text>',
        f'<text x="46" y="{HEIGHT - 40}" font-size="11" text-anchor="end">{low:.3g}</text>',
        f'<text x="46" y="58" font-size="11" text-anchor="end">{high:.3g}</text>',
    ]
    for number, (name, line) in enumerate(lines.items()):
        colour = COLOURS[number % len(COLOURS)]
        stroke = f'stroke="{colour}" stroke-width="2" stroke-dasharray="{DASHES[number % len(DASHES)]}"'
        path, y = " ".join(place(point) for point in line), 60 + 16 * number
        parts += [
            f'<polyline points="{path}" fill="none" {stroke}/>',
            f'<line x1="{WIDTH - 122}" y1="{y - 4}" x2="{WIDTH - 98}" y2="{y - 4}" {stroke}/>',
            f'<text x="{WIDTH - 92}" y="{y}" font-size="11" fill="#111111">{escape(name)}</text>',
        ]
    return framed(title, "".join(parts), WIDTH, max(HEIGHT, 70 + 16 * len(lines)))


def in_a_grid(states: Sequence[str]) -> bool:
    """Return whether every state is named for its place, ``row,column``."""
    return all(_GRID.fullmatch(state) for state in states)


def _places(states: Sequence[str]) -> dict[str, tuple[int, int]]:
    """Return the row and column of each state: as its name says, else all in one row."""
    found = {state: _GRID.fullmatch(state) for state in states}
    if all(match is not None for match in found.values()):
        return {state: (int(match[1]), int(match[2])) for state, match in found.items() if match is not None}
    return {state: (0, number) for number, state in enumerate(states)}


def shade(share: float) -> str:
    """Return a colour between pale and dark for a share in [0, 1]."""
    pale, dark = (237, 243, 247), (16, 62, 97)
    return "#" + "".join(f"{round(a + share * (b - a)):02x}" for a, b in zip(pale, dark, strict=True))


def framed(title: str, inside: str, width: int, height: int) -> str:
    """Return a whole SVG document."""
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'role="img" font-family="sans-serif"><title>{escape(title)}</title>'
        f'<rect width="100%" height="100%" fill="#ffffff"/>'
        f'<text x="{MARGIN}" y="22" font-size="13" fill="#111111">{escape(title)}</text>{inside}</svg>\n'
    )
