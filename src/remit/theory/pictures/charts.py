"""Pictures of answers as plain SVG: POWER over a grid or a list of states, curves and phases over the discount.

Nothing but text is made; a picture opens in any browser and in a notebook, and every number in it can be pointed at.
"""

import re
from collections.abc import Mapping, Sequence
from html import escape
from itertools import pairwise

from remit.errors import ModelError
from remit.theory.answers import Answers
from remit.theory.asked import kind_at, listed_at
from remit.theory.exact.phases import Phase

__all__ = ["COLOURS", "curves", "framed", "headings", "heat_map", "in_a_grid", "phase_picture", "shade", "short"]

CELL, MARGIN = 56, 24
WIDTH, HEIGHT = 480, 300
COLOURS = ("#0072b2", "#d55e00", "#009e73", "#cc79a7", "#e69f00", "#56b4e9", "#111111")
"""Colours of curves that the colour-blind tell apart (Okabe and Ito 2008)."""
DASHES = ("none", "8 3", "2 3", "9 3 2 3")
"""Strokes of curves, so that they are told apart without colours as well."""
_UNDRAWN = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
"""What no XML document may hold (Extensible Markup Language 1.0, section 2.2)."""
_GRID = re.compile(r"\(?(\d{1,4}),\s*(\d{1,4})\)?")


def heat_map(answers: Answers) -> str:
    """Return POWER as coloured cells, in SVG: where states are named ``row,column`` in their place, else in one line.

    Darker is more; each cell names its state and shows its interval when pointed at. Where its place does not say which
    state it is, its name stands in it as well.
    """
    kind_at(answers, Answers, "answers", hint="`power(mdp)` gives them")
    places, named = _places(list(answers.power)), not in_a_grid(list(answers.power))
    values = {state: answer.estimate.value for state, answer in answers.power.items()}
    low, high = min(values.values()), max(values.values())
    parts = []
    for state, answer in answers.power.items():
        row, column = places[state]
        x, y = MARGIN + column * CELL, MARGIN + 20 + row * CELL
        share = (values[state] - low) / (high - low) if high > low else 0.5
        ink = "#ffffff" if share > 0.66 else "#111111"  # whichever stands out more from the cell
        name = _name_in(state, x, y, ink) if named else ""
        parts.append(
            f"<g><title>{escape(state)}: {escape(str(answer))}</title>"
            f'<rect x="{x}" y="{y}" width="{CELL - 2}" height="{CELL - 2}" fill="{shade(share)}"/>'
            f'<text x="{x + CELL // 2 - 1}" y="{y + CELL // 2 + 4}" fill="{ink}" font-size="12" '
            f'text-anchor="middle">{values[state]:.3f}</text>{name}</g>'
        )
    rows, columns = (1 + max(place[i] for place in places.values()) for i in (0, 1))
    head, under = headings(answers)
    wide, tall = max(2 * MARGIN + columns * CELL, 420), 2 * MARGIN + 20 + rows * CELL
    return framed(head, "".join(parts), wide, tall, under=under)


def headings(answers: Answers) -> tuple[str, str]:
    """Return what a picture of answers shows, and how that was found and what its shades stand for."""
    values = [answer.estimate.value for answer in answers.power.values()]
    low, high = min(values), max(values)
    shades = f"states from {low:.4g} (pale) to {high:.4g} (dark)" if low < high else f"{low:.4g} in every state"
    return f"POWER at discount {answers.discount} over rewards {short(answers.rewards, 60)}", f"{answers.how}; {shades}"


def _name_in(state: str, x: int, y: int, ink: str) -> str:
    """Return the name of a state below the number in its cell, at x, y."""
    return (
        f'<text x="{x + CELL // 2 - 1}" y="{y + CELL - 8}" fill="{ink}" font-size="9" text-anchor="middle">'
        f"{escape(short(state, 10))}</text>"
    )


def curves(
    lines: Mapping[str, Sequence[tuple[float, float]]], *, title: str, across: str = "discount", under: str = ""
) -> str:
    """Return named curves through points (x, y) as an SVG chart; raises ``ModelError`` where there are none.

    A line of one point is a dot. ``under`` the title may stand how the numbers were found.
    """
    points = [point for line in lines.values() for point in line]
    if not points:
        raise ModelError("there are no points to draw")
    (left, right), (low, high) = ((min(axis), max(axis)) for axis in zip(*points, strict=True))

    def place(point: tuple[float, float]) -> tuple[float, float]:
        x = 50 + _share(point[0], left, right) * (WIDTH - 180)
        return x, HEIGHT - 40 - _share(point[1], low, high) * (HEIGHT - 90)

    parts = [
        f'<rect x="50" y="50" width="{WIDTH - 180}" height="{HEIGHT - 90}" fill="none" stroke="#999999"/>',
        *(
            f'<text x="{place((at, low))[0]:.1f}" y="{HEIGHT - 22}" font-size="11" text-anchor="{side}">{at:.4g}</text>'
            for at, side in (((left, "start"), (right, "end")) if left < right else ((left, "middle"),))
        ),
        f'<text x="{WIDTH // 2 - 40}" y="{HEIGHT - 8}" font-size="11" text-anchor="middle">{escape(across)}</text>',
        *(
            f'<text x="46" y="{place((left, at))[1] + drop:.1f}" font-size="11" text-anchor="end">{at:.3g}</text>'
            for at, drop in (((low, 0), (high, 8)) if low < high else ((low, 4),))
        ),
    ]
    for number, (name, line) in enumerate(lines.items()):
        colour = COLOURS[number % len(COLOURS)]
        stroke = f'stroke="{colour}" stroke-width="2" stroke-dasharray="{DASHES[number % len(DASHES)]}"'
        path, y = " ".join("{:.1f},{:.1f}".format(*place(point)) for point in line), 60 + 16 * number
        label = f"{escape(short(name))}<title>{escape(name)}</title>"
        parts += [
            f'<polyline points="{path}" fill="none" {stroke}/>',
            *(_dot(place(point), colour) for point in line if len(line) == 1),
            f'<line x1="{WIDTH - 122}" y1="{y - 4}" x2="{WIDTH - 98}" y2="{y - 4}" {stroke}/>',
            f'<text x="{WIDTH - 92}" y="{y}" font-size="11" fill="#111111">{label}</text>',
        ]
    return framed(title, "".join(parts), WIDTH, max(HEIGHT, 70 + 16 * len(lines)), under=under)


def _share(value: float, low: float, high: float) -> float:
    """Return which share of the way from low to high a value stands at: in the middle where there is no way."""
    return (value - low) / (high - low) if high > low else 0.5


def _dot(place: tuple[float, float], colour: str) -> str:
    """Return a point of a curve by itself."""
    return f'<circle cx="{place[0]:.1f}" cy="{place[1]:.1f}" r="4" fill="{colour}"/>'


def phase_picture(found: Sequence[Phase], *, title: str = "what is optimal, by discount") -> str:
    """Return which actions are optimal for one goal as an SVG bar over the discount, a colour for each set of actions.

    The discounts at which they change stand below it. Raises ``ModelError`` where there are no phases.
    """
    if not listed_at(found, "found", hint="`theory.phases` gives them"):
        raise ModelError("there are no phases to draw", hint="`theory.phases` gives them")
    for phase in found:
        kind_at(phase, Phase, "found", hint="`theory.phases` gives them")
    names = [", ".join(sorted(phase.actions)) for phase in found]
    colours = {name: COLOURS[number % len(COLOURS)] for number, name in enumerate(dict.fromkeys(names))}
    marks = [float(sum(phase.start) / 2) for phase in found] + [float(sum(found[-1].end) / 2)]
    wide, parts = WIDTH - 2 * MARGIN, []
    for number, (name, (start, end)) in enumerate(zip(names, pairwise(marks), strict=True)):
        x, y = MARGIN + start * wide, 104 + 14 * (number % 3)
        parts.append(
            f'<g><title>{escape(name)}: {start:.6g} to {end:.6g}</title><rect x="{x:.1f}" y="44" '
            f'width="{(end - start) * wide:.1f}" height="44" fill="{colours[name]}" stroke="#ffffff"/>'
            f'<line x1="{x:.1f}" y1="88" x2="{x:.1f}" y2="{y - 9}" stroke="#999999"/>'
            f'<text x="{x:.1f}" y="{y}" font-size="11">{start:.4g}</text></g>'
        )
    parts.append(f'<text x="{MARGIN + wide}" y="104" font-size="11" text-anchor="end">{marks[-1]:.4g}</text>')
    for number, (name, colour) in enumerate(colours.items()):
        y = 160 + 18 * number
        parts.append(
            f'<rect x="{MARGIN}" y="{y - 11}" width="24" height="12" fill="{colour}"/><text x="{MARGIN + 32}" y="{y}" '
            f'font-size="11">{escape(short(name, 60))}<title>{escape(name)}</title></text>'
        )
    return framed(title, "".join(parts), WIDTH, 170 + 18 * len(colours))


def short(name: str, longest: int = 14) -> str:
    """Return a name, cut where it is long."""
    return name if len(name) <= longest else f"{name[: longest - 1]}…"


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


def framed(title: str, inside: str, width: int, height: int, *, under: str = "") -> str:
    """Return a whole SVG document, ``under`` its title a smaller line, as wide as both need.

    Signs that no document may hold are drawn as unknown ones.
    """
    width = max(width, 2 * MARGIN + 8 * len(title), 2 * MARGIN + 6 * len(under))
    below = f'<text x="{MARGIN}" y="38" font-size="11" fill="#555555">{escape(under)}</text>' if under else ""
    text = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" width="{width}" height="{height}" '
        f'role="img" font-family="sans-serif"><title>{escape(title)}</title>'
        f'<rect width="100%" height="100%" fill="#ffffff"/>'
        f'<text x="{MARGIN}" y="22" font-size="13" fill="#111111">{escape(title)}</text>{below}{inside}</svg>\n'
    )
    return _UNDRAWN.sub("\ufffd", text)
