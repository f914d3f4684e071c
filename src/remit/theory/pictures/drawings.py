"""A model drawn as a graph with POWER as colour, and two quantities of each state against each other, as plain SVG."""

from collections.abc import Mapping, Sequence
from html import escape

from remit.errors import ModelError
from remit.theory.answers import Answers
from remit.theory.asked import kind_at
from remit.theory.pictures.charts import framed, headings, shade, short
from remit.theory.rational import RationalMDP, rational_at

__all__ = ["MOST_NODES", "graph_picture", "scatter"]

MOST_NODES = 400
"""States a graph is drawn for; more are a heat map's business."""

_WIDE, _TALL, _RADIUS, _LEFT, _TOP = 116, 66, 15, 44, 76


def graph_picture(mdp: RationalMDP, answers: Answers) -> str:
    """Return a model as an SVG graph: states in columns by their distance from the first, darker where POWER is more.

    Only states that were answered for are coloured. Every line is an action that may lead there, named when pointed at.
    Raises ``ModelError`` for more than ``MOST_NODES`` states.
    """
    kind_at(answers, Answers, "answers", hint="`power(mdp)` gives them")
    if len(rational_at(mdp).states) > MOST_NODES:
        raise ModelError(f"a graph of `{len(mdp.states)}` states cannot be read", hint="draw curves with `sweep`")
    places = _places(mdp)
    values = [answer.estimate.value for answer in answers.power.values()]
    low, high = min(values), max(values)
    parts = [_edges(mdp, number, places) for number in range(len(mdp.states))]
    for number, name in enumerate(mdp.states):
        x, y = places[number]
        known = answers.power.get(name)
        share = 0.5 if known is None or high == low else (known.estimate.value - low) / (high - low)
        fill = "#ffffff" if known is None else shade(share)
        text = "" if known is None else f"{known.estimate.value:.2f}".removeprefix("0")
        ink = "#ffffff" if known is not None and share > 0.66 else "#111111"
        title = escape(name if known is None else f"{name}: {known}")
        parts.append(
            f'<g><title>{title}</title><circle cx="{x}" cy="{y}" r="{_RADIUS}" fill="{fill}" stroke="#30638e"/>'
            f'<text x="{x}" y="{y + 4}" font-size="10" text-anchor="middle" fill="{ink}">{text}</text>'
            f'<text x="{x}" y="{y + _RADIUS + 11}" font-size="10" text-anchor="middle" '
            f'stroke="#ffffff" stroke-width="3" paint-order="stroke">{escape(short(name))}</text></g>'
        )
    width = max(x for x, _ in places) + _LEFT + 40
    height = max(y for _, y in places) + _TOP
    head, under = headings(answers)
    arrow = (
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="6" markerHeight="6" orient="auto">'
        '<path d="M0 0 8 4 0 8z" fill="#8a97a3"/></marker></defs>'
    )
    return framed(head, arrow + "".join(parts), max(width, 420), height, under=under)


def scatter(points: Mapping[str, tuple[float, float]], *, title: str, across: str, up: str) -> str:
    """Return named points (x, y) as an SVG chart, as of two agents' POWER in each state, with their correlation.

    Raises ``ModelError`` where there are none.
    """
    if not points:
        raise ModelError("there are no points to draw")
    (left, right), (low, high) = ((min(axis), max(axis)) for axis in zip(*points.values(), strict=True))
    wide, tall, side = right - left or 1.0, high - low or 1.0, 300
    parts = [f'<rect x="60" y="46" width="{side}" height="{side}" fill="none" stroke="#999999"/>']
    for name, (x, y) in points.items():
        at = 60 + 8 + (x - left) / wide * (side - 16), 46 + side - 8 - (y - low) / tall * (side - 16)
        label = escape(f"{name}: {x:.4g}, {y:.4g}")
        parts.append(
            f'<circle cx="{at[0]:.1f}" cy="{at[1]:.1f}" r="4" fill="#30638e" fill-opacity="0.6">'
            f"<title>{label}</title></circle>"
        )
    correlation = _correlation(list(points.values()))
    said = "" if correlation is None else f", correlation {correlation:+.2f} over {len(points)} states"
    parts += [
        f'<text x="60" y="{side + 62}" font-size="11">{left:.3g}</text>',
        f'<text x="{60 + side}" y="{side + 62}" font-size="11" text-anchor="end">{right:.3g}</text>',
        f'<text x="{60 + side // 2}" y="{side + 78}" font-size="11" text-anchor="middle">{escape(across)}</text>',
        f'<text x="55" y="{46 + side}" font-size="11" text-anchor="end">{low:.3g}</text>',
        f'<text x="55" y="56" font-size="11" text-anchor="end">{high:.3g}</text>',
        f'<text transform="translate(18 {46 + side // 2}) rotate(-90)" font-size="11">{escape(up)}</text>',
    ]
    return framed(title + said, "".join(parts), 480, side + 96)


def _correlation(points: Sequence[tuple[float, float]]) -> float | None:
    """Return Pearson's correlation, ``None`` where one of the two does not vary."""
    xs, ys = zip(*points, strict=True)
    centre = sum(xs) / len(xs), sum(ys) / len(ys)
    across = sum((x - centre[0]) ** 2 for x in xs)
    up = sum((y - centre[1]) ** 2 for y in ys)
    if across <= 0.0 or up <= 0.0:
        return None
    both = sum((x - centre[0]) * (y - centre[1]) for x, y in points)
    return float(both / (across * up) ** 0.5)


def _places(mdp: RationalMDP) -> list[tuple[int, int]]:
    """Return where each state is drawn: in the column of its distance from the first, those out of reach last."""
    depth, line = {0: 0}, [0]
    for state in line:
        for after in (after for choice in mdp.choices[state] for after, _ in choice.lottery):
            if after not in depth:
                depth[after] = depth[state] + 1
                line.append(after)
    last = max(depth.values()) + 1
    rows: dict[int, int] = {}
    places = []
    for state in range(len(mdp.states)):
        column = depth.get(state, last)
        row = rows.setdefault(column, 0)
        rows[column] += 1
        places.append((_LEFT + column * _WIDE, _TOP + 10 + row * (_TALL + 10) + (column % 2) * 18))
    return places


def _edges(mdp: RationalMDP, state: int, places: Sequence[tuple[int, int]]) -> str:
    """Return the lines that leave a state; an action that stays is a loop on top of it."""
    x, y = places[state]
    drawn = []
    for choice in mdp.choices[state]:
        for after, chance in choice.lottery:
            share = "" if chance == 1 else f" ({float(chance):.3g})"
            title = escape(f"{mdp.states[state]}, {', '.join(choice.actions)} to {mdp.states[after]}{share}")
            path = _loop(x, y) if after == state else _line((x, y), places[after])
            drawn.append(
                f'<path d="{path}" fill="none" stroke="#8a97a3" marker-end="url(#tip)"><title>{title}</title></path>'
            )
    return "".join(drawn)


def _loop(x: int, y: int) -> str:
    """Return the path from a node to itself."""
    return f"M{x - 6} {y - _RADIUS + 1}C{x - 16} {y - 36} {x + 16} {y - 36} {x + 6} {y - _RADIUS}"


def _line(start: tuple[int, int], end: tuple[int, int]) -> str:
    """Return a slightly bent path between two nodes, so that there and back are told apart."""
    (x, y), (u, v) = start, end
    if u == x:  # in one column: from side to side, around the name between
        side = _RADIUS if v > y else -_RADIUS
        return f"M{x + side} {y}Q{x + 3 * side} {(y + v) / 2:.1f} {u + side} {v}"
    length = max(((u - x) ** 2 + (v - y) ** 2) ** 0.5, 1.0)
    a, b = (u - x) / length, (v - y) / length
    bend = 12 if abs(u - x) <= _WIDE else 26
    middle = (x + u) / 2 - b * bend, (y + v) / 2 + a * bend
    return (
        f"M{x + a * _RADIUS:.1f} {y + b * _RADIUS:.1f}Q{middle[0]:.1f} {middle[1]:.1f} "
        f"{u - a * (_RADIUS + 1):.1f} {v - b * (_RADIUS + 1):.1f}"
    )
